import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { processEnvironment } from '../../src/config.ts';
import { type Finding, nodeVersion } from '../../src/dev/diagnosis.ts';
import { freePort } from '../../src/dev/ports.ts';
import { announceGateway } from '../../src/store/gateways.ts';
import { aDatabase, onServer, type TestDatabase, urlOf } from '../support/database.ts';

let cwd: string;
let database: TestDatabase;
beforeEach(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'understudy-doctor-'));
  database = await aDatabase();
});
afterEach(async () => {
  await database.drop();
  await rm(cwd, { recursive: true, force: true });
});

test('what is there is ok, what is not there is missing with what to do, and the exit code says so', async () => {
  await announceGateway(database.db, { gatewayId: 'gateway-a', address: 'http://127.0.0.1:8080' });
  const { code, findings } = await doctor({ DATABASE_URL: database.url, TEMPORAL_ADDRESS: inject('temporalAddress') });
  expect(code).toBe(1);
  // The server remembers pollers for minutes, and other files of this run have lifecycle workers on it; none has a training worker.
  const { 'lifecycle worker': _, ...states } = stateOf(findings);
  expect(states).toEqual({
    Node: 'ok',
    'Postgres program': 'ok',
    'Temporal program': 'ok',
    Postgres: 'ok',
    migrations: 'ok',
    gateways: 'ok',
    Temporal: 'ok',
    namespace: 'ok',
    'search attributes': 'ok',
    'training worker': 'missing',
    artifacts: 'ok',
  });
  expect(findings.find(({ what }) => what === 'training worker')).toMatchObject({
    found: 'none asks the queue training for work',
    todo: 'start one: understudy worker training',
  });
});

test('servers that are away are unreachable, with their address and without their password', async () => {
  const nowhere = `127.0.0.1:${await freePort()}`;
  const { findings, out } = await doctor({ DATABASE_URL: `postgres://ann:secret@${nowhere}/understudy`, TEMPORAL_ADDRESS: nowhere });
  expect(stateOf(findings)).toMatchObject({ Postgres: 'unreachable', Temporal: 'unreachable' });
  expect(out).toContain(nowhere);
  expect(out).not.toContain('secret');
});

test('a database that was never migrated, a namespace and a folder that are not there', async () => {
  const server = inject('databaseUrl');
  await onServer(server, 'create database empty_for_doctor');
  await writeFile(path.join(cwd, 'file'), '');
  const { findings } = await doctor({
    DATABASE_URL: urlOf(server, 'empty_for_doctor'),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: 'nowhere',
    ARTIFACTS_URL: path.join(cwd, 'file'),
  });
  await onServer(server, 'drop database empty_for_doctor with (force)');
  expect(stateOf(findings)).toMatchObject({ Postgres: 'ok', migrations: 'missing', namespace: 'missing', artifacts: 'unreachable' });
});

test('where nothing runs, it still looks at the machine, and the sentence says what to do', async () => {
  const { code, findings } = await doctor({});
  expect(code).toBe(1);
  expect(findings.at(-1)).toMatchObject({
    what: 'Understudy',
    state: 'missing',
    found: expect.stringContaining('start one with "understudy dev"'),
  });
});

test.each([
  ['20.18.3', 'missing'],
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
  ['18.20.0', 'missing'],
])('Node %s is %s', (version, state) => {
  expect(nodeVersion(version).state).toBe(state);
});

async function doctor(env: Readonly<Record<string, string>>): Promise<{ code: number; out: string; findings: Finding[] }> {
  let out = '';
  const { PATH = '', HOME = '', XDG_CACHE_HOME = '' } = processEnvironment();
  const code = await main(['doctor', '--json'], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: () => 0 },
    env: { PATH, HOME, XDG_CACHE_HOME, ...env },
    cwd,
    isTTY: false,
    signal: new AbortController().signal,
  });
  return { code, out, findings: JSON.parse(out) as Finding[] };
}

function stateOf(findings: readonly Finding[]): Record<string, string> {
  return Object.fromEntries(findings.map(({ what, state }) => [what, state]));
}
