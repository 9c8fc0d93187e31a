import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processEnvironment, readConfig } from '../../src/config.ts';
import { identityOf, isAlive, isStillRunning, type ProcessIdentity, signalGroup } from '../../src/dev/processes.ts';
import { type Stack, type StackOptions, startStack } from '../../src/dev/stack.ts';
import { forget, stopLeftProcesses } from '../../src/dev/state-folder.ts';
import { openDatabase } from '../../src/store/database.ts';
import { pendingMigrations } from '../../src/store/migrate.ts';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const STAND_IN = path.join(ROOT, 'test/dev/stand-in.js');

let stateDir: string;
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(path.join(os.tmpdir(), 'understudy-stack-'));
});

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  // Whatever a failed test has left, also outside the folder.
  await stopLeftProcesses(stateDir, () => undefined);
  await forget(stateDir);
  await rm(stateDir, { recursive: true, force: true });
});

test('one call starts everything, migrated and findable, and one stops all of it', async () => {
  const stack = await start();
  const config = readConfig({ UNDERSTUDY_STATE: stateDir }, ROOT);
  expect(config).toMatchObject({ databaseUrl: stack.endpoints.databaseUrl, temporalAddress: stack.endpoints.temporalAddress });
  expect(config.entityKey).toMatch(/^[0-9a-f]{64}$/);
  expect(await withoutMigrations(stack)).toEqual([]);

  const pids = pidsOf(stack);
  await stack.stop();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(path.join(stateDir, 'endpoints.json'))).toBe(false);
});

test('a second start goes on from the state and keeps the ports; a fresh one begins anew', async () => {
  const first = await start();
  const key = readConfig({ UNDERSTUDY_STATE: stateDir }, ROOT).entityKey;
  await ask(first, 'create table kept (n int)');
  await first.stop();

  const second = await start();
  expect(second.endpoints).toMatchObject({ ...first.endpoints });
  expect(readConfig({ UNDERSTUDY_STATE: stateDir }, ROOT).entityKey).toBe(key);
  await ask(second, 'select * from kept');
  await second.stop();

  writeFileSync(path.join(stateDir, 'notes.txt'), 'mine');
  const fresh = await start({ fresh: true });
  await expect(ask(fresh, 'select * from kept')).rejects.toThrow('does not exist');
  expect(readFileSync(path.join(stateDir, 'notes.txt'), 'utf8')).toBe('mine');
});

test('a second stack on the same folder is refused', async () => {
  await start();
  await expect(start()).rejects.toThrow(
    `an Understudy (process ${process.pid}) already runs on ${stateDir}: stop it first, or choose another folder with --state`,
  );
});

test('whatever dies is started again, on the same ports', async () => {
  const stack = await start();
  const before = pidsOf(stack);
  for (const pid of before) signalGroup(pid, 'SIGKILL');
  await eventually(() => pidsOf(stack).every((pid) => !before.includes(pid)));
  expect(await withoutMigrations(stack)).toEqual([]);
  expect(readConfig({ UNDERSTUDY_STATE: stateDir }, ROOT).temporalAddress).toBe(stack.temporal?.current().address);
});

test('a process that cannot start takes the whole start back', async () => {
  const broken = path.join(stateDir, 'broken.js');
  writeFileSync(broken, "console.error('no such verb'); process.exit(2);");
  const said: string[] = [];
  await expect(start({ program: broken, onLog: (who, line) => said.push(`${who} ${line}`) })).rejects.toThrow(
    /the \w+ process ended three times before it was ready/,
  );
  expect(said).toContain('lifecycle no such verb');
  expect(existsSync(path.join(stateDir, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
  expect(existsSync(path.join(stateDir, 'temporal.json'))).toBe(false);
});

test('a database and a Temporal that were given are used, and not stopped', async () => {
  const given = await start();
  const other = await mkdtemp(path.join(os.tmpdir(), 'understudy-stack-'));
  undo.push(() => rm(other, { recursive: true, force: true }));
  const { databaseUrl, temporalAddress } = given.endpoints;
  const stack = await start({
    stateDir: other,
    env: { ...processEnvironment(), DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporalAddress },
  });
  expect(stack).toMatchObject({ postgres: null, temporal: null, endpoints: { databaseUrl, temporalAddress, temporalUiUrl: null } });
  await stack.stop();
  expect(await withoutMigrations(given)).toEqual([]);
});

test('SIGTERM to `understudy dev` leaves no process behind', async () => {
  const dev = await aDev();
  const all = everythingOf(stateDir);
  expect(all).toHaveLength(5);
  dev.process.kill('SIGTERM');
  expect(await dev.ended).toBe(0);
  expect(all.filter(isStillRunning)).toEqual([]);
});

test('what a killed `understudy dev` left is taken up or ended by the next start', async () => {
  const dev = await aDev();
  const [lifecycle, training, gateway, postgres, temporal] = everythingOf(stateDir);
  dev.process.kill('SIGKILL');
  await dev.ended;
  expect(() => readConfig({ UNDERSTUDY_STATE: stateDir }, ROOT)).toThrow('no Understudy runs');

  const next = await start();
  expect([next.postgres?.current().pid, next.temporal?.current().pid]).toEqual([postgres?.pid, temporal?.pid]);
  expect([lifecycle, training, gateway].filter((each) => each && isStillRunning(each))).toEqual([]);
});

async function start(changes: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({
    stateDir,
    fresh: false,
    ports: {},
    env: processEnvironment(),
    onLog: () => undefined,
    program: STAND_IN,
    ...changes,
  });
  undo.push(() => stack.stop());
  return stack;
}

/** The real program with the real workers and the real gateway. */
async function aDev(): Promise<{ process: ChildProcess; ended: Promise<number | null> }> {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/understudy.js'), 'dev', '--state', stateDir], {
    cwd: ROOT,
    env: { ...processEnvironment() } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  undo.push(() => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const said: string[] = [];
  const isUp = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      readline.createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (line.includes('Understudy is up')) resolve();
      });
    }
    void ended.then((code) => reject(new Error(`dev ended with ${code}: ${said.join('\n')}`)));
  });
  await isUp;
  return { process: child, ended };
}

/** Lifecycle worker, training worker, gateway, Postgres, Temporal: as the state folder has them. */
function everythingOf(folder: string): ProcessIdentity[] {
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  const { lifecycle, training, gateway } = JSON.parse(read('processes.json')) as Record<string, ProcessIdentity>;
  const elsewhere = existsSync(path.join(folder, 'postgres-is-at')) ? read('postgres-is-at').trim() : path.join(folder, 'postgres');
  const postmaster = Number(readFileSync(path.join(elsewhere, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const temporal = JSON.parse(read('temporal.json')) as ProcessIdentity;
  return [lifecycle, training, gateway, identityOf(postmaster), temporal].filter((each) => each !== undefined);
}

function pidsOf({ children, postgres, temporal }: Stack): number[] {
  const pids = [...Object.values(children).map((child) => child.pid()), postgres?.current().pid, temporal?.current().pid];
  return pids.filter((pid) => pid !== undefined);
}

function withoutMigrations({ endpoints }: Stack): Promise<readonly string[]> {
  const db = openDatabase(endpoints.databaseUrl, { poolSize: 1 });
  return pendingMigrations(db).finally(() => db.destroy());
}

async function ask({ endpoints }: Stack, sql: string): Promise<unknown> {
  const db = openDatabase(endpoints.databaseUrl, { poolSize: 1 });
  return db.raw(sql).finally(() => db.destroy());
}

async function eventually(isTrue: () => boolean, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`did not come true within ${withinMs} ms: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
