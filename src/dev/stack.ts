/**
 * Everything for development: Postgres, Temporal, and our own processes, each in a process group of its own. What already runs
 * elsewhere (DATABASE_URL, TEMPORAL_ADDRESS) is used instead of being started.
 */
import { rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Endpoints, type Environment, givenAddresses } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { type RunningChild, startChild } from './child.ts';
import { type KeptServer, keepUp } from './keep-up.ts';
import { choosePort } from './ports.ts';
import { type RunningServer, startPostgres } from './postgres.ts';
import { prepareNamespace } from './search-attributes.ts';
import {
  entityKeyFile,
  personalKeyFile,
  forget,
  lockState,
  type Ports,
  processBook,
  rememberedPorts,
  rememberPorts,
  stopLeftProcesses,
} from './state-folder.ts';
import { type RunningTemporal, startTemporal } from './temporal.ts';
import { findTemporalProgram } from './temporal-program.ts';

export interface StackOptions {
  readonly stateDir: string;
  /** Forgets what earlier runs left in the state folder; databases given by address are not touched. */
  readonly fresh: boolean;
  /** Absent: the one of the last start if it is free, or else any free one. */
  readonly ports: Ports;
  readonly env: Environment;
  readonly onLog: (who: string, line: string) => void;
  /** Gives up a start, which may take minutes when the Temporal server has to be built. */
  readonly signal?: AbortSignal | undefined;
  /** What runs in place of our own program, for tests. */
  readonly program?: string | undefined;
}

export interface Stack {
  readonly endpoints: Endpoints;
  /** Where the Temporal program came from; null when a running server was given. */
  readonly temporalProgram: string | null;
  readonly children: Readonly<Record<ChildName, RunningChild>>;
  readonly postgres: KeptServer<RunningServer> | null;
  readonly temporal: KeptServer<RunningTemporal> | null;
  stop(): Promise<void>;
}

export type ChildName = 'lifecycle' | 'training' | 'gateway';

/** Steps that take back what was started, newest first. */
type Undo = (() => Promise<unknown>)[];

export async function startStack(given: StackOptions): Promise<Stack> {
  const options = { ...given, stateDir: path.resolve(given.stateDir) };
  const undo: Undo = [await lockState(options.stateDir)];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => options.onLog('dev', String(error)));
  };
  try {
    await stopLeftProcesses(options.stateDir, options.onLog);
    if (options.fresh) await forget(options.stateDir);
    return { ...(await start(options, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: StackOptions, undo: Undo): Promise<Omit<Stack, 'stop'>> {
  const { stateDir, env, ports, signal } = options;
  const given = givenAddresses(env);
  const remembered = await rememberedPorts(stateDir);
  const gatewayPort = await choosePort({
    what: 'the gateway',
    option: '--gateway-port',
    asked: ports.gateway,
    remembered: remembered.gateway,
  });

  // Both are waited for, also when one fails: what has been started must be known before it can be stopped.
  const started = await Promise.allSettled([
    given.databaseUrl === null ? ownPostgres(options, remembered, undo) : null,
    given.temporalAddress === null ? ownTemporal(options, remembered, undo) : null,
  ]);
  for (const { reason } of started.filter((each) => each.status === 'rejected')) throw reason;
  const [postgres, own] = started.map((each) => (each.status === 'fulfilled' ? each.value : null)) as [
    OwnPostgres | null,
    OwnTemporal | null,
  ];
  signal?.throwIfAborted();

  const databaseUrl = given.databaseUrl ?? postgres?.current().url ?? '';
  await migrated(databaseUrl);
  if (given.temporalAddress !== null) await prepareNamespace(given.temporalAddress, env.TEMPORAL_NAMESPACE || 'default');

  const endpoints: Endpoints = {
    databaseUrl,
    temporalAddress: given.temporalAddress ?? own?.server.current().address ?? '',
    temporalUiUrl: own?.server.current().uiUrl ?? null,
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
    artifactsUrl: env.ARTIFACTS_URL || path.join(stateDir, 'artifacts'),
    entityKeyFile: await entityKeyFile(stateDir),
    personalKeyFile: await personalKeyFile(stateDir),
    pid: process.pid,
  };
  await rememberPorts(stateDir, {
    postgres: postgres?.current().port ?? remembered.postgres,
    temporal: own?.server.current().port ?? remembered.temporal,
    ui: own ? Number(new URL(own.server.current().uiUrl).port) : remembered.ui,
    gateway: gatewayPort,
  });
  await publish(stateDir, endpoints, undo);
  const children = startChildren(options, gatewayPort, undo);
  await Promise.race([Promise.all(Object.values(children).map((child) => child.ready)), aborted(signal)]);
  return { endpoints, temporalProgram: own?.program ?? null, children, postgres, temporal: own?.server ?? null };
}

type OwnPostgres = KeptServer<RunningServer>;
type OwnTemporal = { readonly server: KeptServer<RunningTemporal>; readonly program: string };

async function ownPostgres({ stateDir, ports, onLog }: StackOptions, remembered: Ports, undo: Undo): Promise<OwnPostgres> {
  const say = (line: string) => onLog('postgres', line);
  const first = await startPostgres({ stateDir, port: ports.postgres, rememberedPort: remembered.postgres, onLog: say });
  const server = keepUp({ first, restart: () => startPostgres({ stateDir, port: first.port, onLog: say }), onLog: say });
  undo.push(() => server.stop());
  return server;
}

async function ownTemporal({ stateDir, ports, env, onLog, signal }: StackOptions, remembered: Ports, undo: Undo): Promise<OwnTemporal> {
  const say = (line: string) => onLog('temporal', line);
  const program = await findTemporalProgram({ searchPath: env.PATH ?? '', cacheDir: cacheDir(env), onProgress: say, signal });
  const asked = { stateDir, program: program.path, namespace: env.TEMPORAL_NAMESPACE || undefined, onLog: say };
  const first = await startTemporal({ ...asked, port: ports.temporal, uiPort: ports.ui, remembered });
  const uiPort = Number(new URL(first.uiUrl).port);
  const server = keepUp({ first, restart: () => startTemporal({ ...asked, port: first.port, uiPort }), onLog: say });
  undo.push(() => server.stop());
  return { server, program: `${program.path} (${program.how})` };
}

/** Our folder for big things that can be made again: built once a machine and user. */
export function cacheDir(env: Environment): string {
  return path.join(env.XDG_CACHE_HOME || path.join(env.HOME ?? os.homedir(), '.cache'), 'understudy');
}

async function migrated(databaseUrl: string): Promise<void> {
  const db = openDatabase(databaseUrl, { poolSize: 1, applicationName: 'understudy dev' });
  try {
    await migrate(db);
  } catch (error) {
    const { host } = new URL(databaseUrl);
    throw new Error(
      `the database at ${host} could not be brought to the newest migration: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  } finally {
    await db.destroy();
  }
}

/** The other commands find the stack by this file. */
async function publish(stateDir: string, endpoints: Endpoints, undo: Undo): Promise<void> {
  const file = path.join(stateDir, 'endpoints.json');
  undo.push(() => rm(file, { force: true }));
  await writeFile(file, JSON.stringify(endpoints, null, 2), { mode: 0o600 });
}

function startChildren({ stateDir, env, onLog, program }: StackOptions, gatewayPort: number, undo: Undo): Stack['children'] {
  const book = processBook(stateDir);
  const child = (name: ChildName, args: readonly string[], ready: RegExp, extra: Environment = {}) =>
    startChild({
      name,
      program,
      args,
      env: { ...env, UNDERSTUDY_STATE: stateDir, ...extra },
      ready,
      onLine: (line) => onLog(name, line),
      onStarted: (pid) => book.note(name, pid),
    });
  const children = {
    lifecycle: child('lifecycle', ['worker', 'lifecycle'], /is ready/),
    training: child('training', ['worker', 'training'], /is ready/),
    gateway: child('gateway', ['gateway'], /listens on/, {
      UNDERSTUDY_GATEWAY_PORT: String(gatewayPort),
      UNDERSTUDY_GATEWAY_ID: 'gateway-dev',
    }),
  };
  undo.push(async () => {
    await Promise.all(Object.values(children).map((each) => each.stop()));
    await book.close();
  });
  return children;
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal?.aborted) reject(signal.reason);
  });
}
