import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { programFor } from '../src/cli/main.ts';
import { readConfig, variableNames } from '../src/config.ts';
import { searchAttributes } from '../src/dev/search-attributes.ts';
import { temporalVersion } from '../src/dev/temporal-program.ts';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly args: Readonly<Record<string, string>> };
  readonly init?: boolean;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const compose = parse(readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');

const context = {
  stdout: { write: () => 0 },
  stderr: { write: () => 0 },
  env: {},
  cwd: '/',
  isTTY: false,
  signal: new AbortController().signal,
};

test('it holds Postgres, Temporal and every process of ours', () => {
  expect(ours.map(([name]) => name)).toEqual(['migrate', 'lifecycle-worker', 'training-worker', 'gateway']);
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(['postgres', 'temporal']));
});

describe.each(ours)('%s', (_, { command = [], environment = {}, init }) => {
  test('its command is one of our verbs, with arguments that the verb takes', () => {
    const [verb, ...rest] = command;
    const found = programFor(context).commands.find((each) => each.name() === verb);
    expect(found?.name()).toBe(verb);
    expect(accepts(found!, rest)).toBe(true);
  });

  test('every variable is one that we read, and together they are accepted', () => {
    expect(Object.keys(environment).filter((name) => !(variableNames as readonly string[]).includes(name))).toEqual([]);
    const config = readConfig(filledIn(environment), '/app');
    expect(config.artifactsUrl).toBe('/data/artifacts');
    expect(new URL(config.databaseUrl).hostname).toBe('postgres');
    expect(config.temporalAddress).toBe('temporal:7233');
  });

  test('it has an init, which passes signals on and reaps what has ended', () => {
    expect(init).toBe(true);
  });
});

test("the database URL names Postgres's own user, password and database", () => {
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = filledIn(compose.services.postgres!.environment!);
  const url = new URL(readConfig(filledIn(compose.services.migrate!.environment!), '/').databaseUrl);
  expect([url.username, url.password, url.pathname]).toEqual([POSTGRES_USER, POSTGRES_PASSWORD, `/${POSTGRES_DB}`]);
});

test('Temporal is the version that we build ourselves, with the search attributes that our workflows set', () => {
  const { image, command } = compose.services.temporal!;
  expect(image).toBe(`temporalio/temporal:${temporalVersion().replace(/^v/, '')}`);
  const declared = command!
    .filter((word) => word.startsWith('--search-attribute='))
    .map((word) => word.slice('--search-attribute='.length));
  expect(declared).toEqual(Object.entries(searchAttributes).map(([name, kind]) => `${name}=${kind}`));
});

test('published ports are those the processes listen on, and only for this machine', () => {
  const published = (name: string) => compose.services[name]!.ports!.map((each) => each.split(':'));
  for (const [name, { ports }] of services) if (ports) expect(published(name).every(([host]) => host === '127.0.0.1')).toBe(true);
  expect(published('gateway').map(([, , inside]) => inside)).toEqual([
    String(compose.services.gateway!.environment!.UNDERSTUDY_GATEWAY_PORT),
  ]);
  expect(compose.services.gateway!.healthcheck!.test.join(' ')).toContain(
    `:${compose.services.gateway!.environment!.UNDERSTUDY_GATEWAY_PORT}/healthz`,
  );
  const flags = compose.services.temporal!.command!;
  expect(published('temporal').map(([, , inside]) => inside)).toEqual([flagValue(flags, '--port'), flagValue(flags, '--ui-port')]);
});

test('what is waited for and mounted is declared', () => {
  for (const [, { depends_on = {}, volumes = [] }] of services) {
    expect(Object.keys(depends_on).filter((name) => !(name in compose.services))).toEqual([]);
    expect(volumes.map((each) => each.split(':')[0]!).filter((name) => !(name in compose.volumes))).toEqual([]);
  }
});

test('a gateway is not started without a key for its entities', () => {
  expect(String(compose.services.gateway!.environment!.UNDERSTUDY_ENTITY_KEY)).toMatch(/^\$\{UNDERSTUDY_ENTITY_KEY:\?/);
});

describe('the image', () => {
  test('copies what is there, and what is run is among it', () => {
    const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, sources]) => sources!.split(' '));
    expect(copied.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
    expect(copied).toEqual(expect.arrayContaining(['bin', 'src', 'workflows', 'activities', 'package-lock.json', '.npmrc']));
    expect(dockerfile).toContain('ENTRYPOINT ["node", "bin/understudy.js"]');
    const admitted = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(copied.filter((source) => !admitted.includes(`!${source}`))).toEqual([]);
  });

  test('sets only variables that we, Node or the installation read', () => {
    const set = [...dockerfile.matchAll(/^ENV (\w+)=/gm)].map(([, name]) => name!);
    const others = ['ONNXRUNTIME_NODE_INSTALL', 'NODE_ENV'];
    expect(set.filter((name) => !(variableNames as readonly string[]).includes(name) && !others.includes(name))).toEqual([]);
  });

  test('is built with the arguments that it declares', () => {
    const declared = [...dockerfile.matchAll(/^ARG (\w+)/gm)].map(([, name]) => name);
    for (const [, { build }] of ours) expect(Object.keys(build!.args)).toEqual(declared);
  });

  test('runs the Node that the project asks for, and not as root', () => {
    const { engines } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { engines: { node: string } };
    expect(engines.node).toMatch(/^>=20\./);
    expect(dockerfile).toMatch(/^FROM node:20-/m);
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});

function accepts(command: Command, words: readonly string[]): boolean {
  const expected = command.registeredArguments;
  return (
    expected.length === words.length &&
    expected.every(({ argChoices }, index) => argChoices === undefined || argChoices.includes(words[index]!))
  );
}

/** `${NAME:-otherwise}` becomes its default, `${NAME:?why}` a secret that somebody has set. */
function filledIn(environment: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      String(value)
        .replace(/\$\{\w+:-([^}]*)\}/g, '$1')
        .replace(/\$\{\w+:\?[^}]*\}/g, 'a secret that was set'),
    ]),
  );
}

function flagValue(flags: readonly string[], name: string): string | undefined {
  return flags.find((flag) => flag.startsWith(`${name}=`))?.slice(name.length + 1);
}
