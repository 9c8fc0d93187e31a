/**
 * The only reader of process.env. Every variable is checked here, and what is wrong with it is said in a sentence. Addresses come
 * from the environment, or else from the `endpoints.json` that a running `understudy dev` keeps in its state folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Failure } from './failures.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly stateDir: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalUiUrl: string | null;
  readonly artifactsUrl: string;
  readonly gateway: {
    readonly host: string;
    /** 0: a free one. */
    readonly port: number;
    readonly id: string;
    readonly url: string | null;
    readonly spoolDir: string;
    /** Without a word from Postgres for longer than this, the champion answers alone. */
    readonly routeLeaseMs: number;
    readonly challengerTimeoutMs: number;
  };
  /** Key of the keyed hash under which entities are stored. */
  readonly entityKey: string | null;
  /** Key of the keyed hash that personal columns of a source are replaced by. */
  readonly personalKey: string | null;
  /** Databases that sources are read from, by the name that specs use. */
  readonly sourceUrls: Readonly<Record<string, string>>;
  /** Who acts, where no `--by` says so. */
  readonly actor: string;
  readonly codeCommit: string | null;
  /** Approved sources, features and trainers; null: everything is approved. */
  readonly cataloguePath: string | null;
  /** Where tests arm fault points; null in production. */
  readonly hooksDir: string | null;
  readonly log: 'pretty' | 'json';
}

/** What `understudy dev` writes for the other commands. */
export interface Endpoints {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string | null;
  readonly gatewayUrl: string;
  readonly artifactsUrl: string;
  readonly entityKeyFile: string;
  readonly personalKeyFile: string;
  readonly pid: number;
}

const port = z.coerce.number().int().min(0).max(65_535);
const ms = z.coerce.number().int().min(1);
const text = z.string().trim().min(1);

const variables = {
  DATABASE_URL: {
    schema: z.string().regex(/^postgres(ql)?:\/\/.+/),
    expected: 'a Postgres URL such as postgres://user:password@host:5432/name',
  },
  TEMPORAL_ADDRESS: { schema: z.string().regex(/^[^\s:/]+:\d{1,5}$/), expected: 'host:port, such as 127.0.0.1:7233' },
  TEMPORAL_NAMESPACE: { schema: text, expected: 'the name of a Temporal namespace' },
  ARTIFACTS_URL: { schema: text, expected: 'a folder, as a path or file:// URL' },
  UNDERSTUDY_STATE: { schema: text, expected: 'a folder' },
  UNDERSTUDY_GATEWAY_HOST: { schema: text, expected: 'a host name or address to listen on' },
  UNDERSTUDY_GATEWAY_PORT: { schema: port, expected: 'a port, 0 to 65535' },
  UNDERSTUDY_GATEWAY_ID: { schema: z.string().regex(/^[a-zA-Z0-9._-]{1,100}$/), expected: 'letters, digits, dots and dashes' },
  UNDERSTUDY_GATEWAY_URL: { schema: z.url(), expected: 'the URL of a gateway, such as http://127.0.0.1:8080' },
  UNDERSTUDY_DATA: { schema: text, expected: "a data file, instead of the spec's own" },
  UNDERSTUDY_SPOOL: { schema: text, expected: 'a folder' },
  UNDERSTUDY_ENTITY_KEY: { schema: z.string().min(16), expected: 'a secret of at least 16 characters' },
  UNDERSTUDY_PERSONAL_KEY: { schema: z.string().min(16), expected: 'a secret of at least 16 characters' },
  UNDERSTUDY_ACTOR: { schema: text, expected: 'your name' },
  UNDERSTUDY_ROUTE_LEASE_MS: { schema: ms, expected: 'milliseconds' },
  UNDERSTUDY_CHALLENGER_TIMEOUT_MS: { schema: ms, expected: 'milliseconds' },
  UNDERSTUDY_CODE_COMMIT: { schema: text, expected: 'the commit that the image was built from' },
  UNDERSTUDY_CATALOGUE: { schema: text, expected: 'a YAML file of approved sources, features and trainers' },
  UNDERSTUDY_HOOKS_DIR: { schema: text, expected: 'a folder' },
  UNDERSTUDY_LOG: { schema: z.enum(['pretty', 'json']), expected: 'pretty or json' },
} as const;

/** Every variable that Understudy reads; the compose file is held against it. */
export const variableNames = Object.keys(variables) as (keyof typeof variables)[];

type Values = { readonly [Name in keyof typeof variables]?: z.infer<(typeof variables)[Name]['schema']> };

/** Secrets are named, never repeated. */
const secret = new Set(['DATABASE_URL', 'UNDERSTUDY_ENTITY_KEY', 'UNDERSTUDY_PERSONAL_KEY']);

function readVariables(env: Environment): Values {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of variableNames) {
    const found = env[name];
    if (found === undefined || found === '') continue;
    const parsed = variables[name].schema.safeParse(found);
    if (parsed.success) values[name] = parsed.data;
    else
      problems.push(`${name}: expected ${variables[name].expected}, found ${secret.has(name) ? 'something else' : JSON.stringify(found)}`);
  }
  if (problems.length > 0) throw notAsExpected(problems);
  return values as Values;
}

/** `UNDERSTUDY_SOURCE_WAREHOUSE_URL` is the connection `warehouse`. */
const SOURCE_URL = /^UNDERSTUDY_SOURCE_([A-Z][A-Z0-9_]*)_URL$/;

export function readSourceUrls(env: Environment): Readonly<Record<string, string>> {
  const found = Object.entries(env).flatMap(([variable, url]) => {
    const name = SOURCE_URL.exec(variable)?.[1];
    return name && url ? [{ variable, name: name.toLowerCase().replaceAll('_', '-'), url }] : [];
  });
  const wrong = found.filter(({ url }) => !variables.DATABASE_URL.schema.safeParse(url).success);
  const { expected } = variables.DATABASE_URL;
  if (wrong.length > 0) throw notAsExpected(wrong.map(({ variable }) => `${variable}: expected ${expected}, found something else`));
  return Object.fromEntries(found.map(({ name, url }) => [name, url]));
}

function notAsExpected(problems: readonly string[]): Failure {
  return new Failure('SpecInvalid', `the environment is not as expected: ${problems.join('; ')}`, { problems });
}

/** Where state is kept, whether or not anything runs. */
export function stateDirOf(env: Environment, cwd: string): string {
  return path.resolve(cwd, readVariables({ UNDERSTUDY_STATE: env.UNDERSTUDY_STATE }).UNDERSTUDY_STATE ?? '.understudy');
}

function readEndpoints(stateDir: string): Endpoints | null {
  const file = path.join(stateDir, 'endpoints.json');
  if (!existsSync(file)) return null;
  try {
    const endpoints = JSON.parse(readFileSync(file, 'utf8')) as Endpoints;
    return mayBeAlive(endpoints.pid) ? endpoints : null;
  } catch {
    return null;
  }
}

/** A stack that was killed leaves its file behind. */
function mayBeAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The environment wins; a running `understudy dev` fills the gaps. Without either the sentence says what to do. */
export function readConfig(env: Environment, cwd: string): Config {
  const values = readVariables(env);
  const stateDir = stateDirOf(env, cwd);
  const running = readEndpoints(stateDir);
  const databaseUrl = values.DATABASE_URL ?? running?.databaseUrl;
  const temporalAddress = values.TEMPORAL_ADDRESS ?? running?.temporalAddress;
  if (running && databaseUrl !== running.databaseUrl && values.TEMPORAL_ADDRESS === undefined) {
    throw new Failure(
      'RegistryUnavailable',
      `DATABASE_URL names another database than the Understudy that runs on ${stateDir}, whose Temporal server does not belong to it: set TEMPORAL_ADDRESS too, or unset DATABASE_URL`,
      { stateDir },
    );
  }
  if (databaseUrl === undefined || temporalAddress === undefined) {
    const missing = [databaseUrl === undefined ? 'DATABASE_URL' : '', temporalAddress === undefined ? 'TEMPORAL_ADDRESS' : '']
      .filter(Boolean)
      .join(' and ');
    throw new Failure(
      'RegistryUnavailable',
      `no Understudy runs on the state folder ${stateDir}: start one with "understudy dev", or set ${missing}`,
      { stateDir },
    );
  }
  return {
    stateDir,
    databaseUrl,
    temporalAddress,
    temporalNamespace: values.TEMPORAL_NAMESPACE ?? 'default',
    temporalUiUrl: running?.temporalUiUrl ?? null,
    artifactsUrl: values.ARTIFACTS_URL ?? running?.artifactsUrl ?? path.join(stateDir, 'artifacts'),
    gateway: {
      host: values.UNDERSTUDY_GATEWAY_HOST ?? '127.0.0.1',
      port: values.UNDERSTUDY_GATEWAY_PORT ?? 0,
      id: values.UNDERSTUDY_GATEWAY_ID ?? `gateway-${os.hostname()}`,
      url: values.UNDERSTUDY_GATEWAY_URL ?? running?.gatewayUrl ?? null,
      spoolDir: path.resolve(cwd, values.UNDERSTUDY_SPOOL ?? path.join(stateDir, 'spool')),
      routeLeaseMs: values.UNDERSTUDY_ROUTE_LEASE_MS ?? 10_000,
      challengerTimeoutMs: values.UNDERSTUDY_CHALLENGER_TIMEOUT_MS ?? 1_000,
    },
    entityKey: values.UNDERSTUDY_ENTITY_KEY ?? keyFrom(running?.entityKeyFile),
    personalKey: values.UNDERSTUDY_PERSONAL_KEY ?? keyFrom(running?.personalKeyFile),
    sourceUrls: readSourceUrls(env),
    actor: values.UNDERSTUDY_ACTOR ?? whoAmI(),
    codeCommit: values.UNDERSTUDY_CODE_COMMIT ?? null,
    cataloguePath: values.UNDERSTUDY_CATALOGUE === undefined ? null : path.resolve(cwd, values.UNDERSTUDY_CATALOGUE),
    hooksDir: values.UNDERSTUDY_HOOKS_DIR ?? null,
    log: values.UNDERSTUDY_LOG ?? 'pretty',
  };
}

/** What the person said in the environment, before anything is started: `understudy dev` uses these instead of its own servers. */
export function givenAddresses(env: Environment): { readonly databaseUrl: string | null; readonly temporalAddress: string | null } {
  const values = readVariables(env);
  return { databaseUrl: values.DATABASE_URL ?? null, temporalAddress: values.TEMPORAL_ADDRESS ?? null };
}

function keyFrom(file: string | undefined): string | null {
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

function whoAmI(): string {
  try {
    return `${os.userInfo().username}@${os.hostname()}`;
  } catch {
    return `unknown@${os.hostname()}`;
  }
}

/** For composition roots, which hand it to readConfig or on to a child process. */
export function processEnvironment(): Environment {
  return process.env;
}
