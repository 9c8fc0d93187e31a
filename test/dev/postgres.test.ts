import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../src/dev/ports.ts';
import { type RunningServer, startPostgres } from '../../src/dev/postgres.ts';
import { removePostgresData } from '../../src/dev/postgres-home.ts';
import { isAlive, signalGroup } from '../../src/dev/processes.ts';
import { openDatabase } from '../../src/store/database.ts';

let stateDir: string;
let running: RunningServer[] = [];

beforeEach(async () => {
  stateDir = await mkdtemp(path.join(os.tmpdir(), 'understudy-postgres-'));
  chmodSync(stateDir, 0o755);
});

afterEach(async () => {
  for (const server of running) await server.stop();
  running = [];
  await removePostgresData(stateDir);
  await rm(stateDir, { recursive: true, force: true });
});

test('a second start finds what the first one stored', async () => {
  const first = await start();
  await using(first.url, (db) => db.schema.createTable('kept', (table) => table.integer('n')));
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  const second = await start();
  expect(await using(second.url, (db) => db.schema.hasTable('kept'))).toBe(true);
});

test('a server left behind is adopted once it has shown to be ours', async () => {
  const left = await start();
  const said: string[] = [];
  const adopted = await start({ onLog: (line) => said.push(line) });
  expect(adopted).toMatchObject({ pid: left.pid, port: left.port });
  expect(said.join()).toContain('going on with it');
});

test('a server left on another port than the one asked for is stopped and started there', async () => {
  const left = await start();
  const port = await freePort();
  const moved = await start({ port });
  expect(moved.port).toBe(port);
  expect(isAlive(left.pid)).toBe(false);
});

test('what was committed outlives a kill -9', async () => {
  const first = await start();
  await using(first.url, (db) => db.schema.createTable('kept', (table) => table.integer('n')));
  signalGroup(first.pid, 'SIGKILL');
  await first.gone;
  const second = await eventually(() => start());
  expect(await using(second.url, (db) => db.schema.hasTable('kept'))).toBe(true);
});

// An ordinary user's stranger may be a Postgres of the same user, so there Postgres itself refuses, and says so.
test.skipIf(process.getuid?.() !== 0)('a lock file that names a stranger neither stops us nor harms the stranger', async () => {
  const first = await start();
  await first.stop();
  const lock = path.join(stateDir, 'postgres', 'data', 'postmaster.pid');
  const { uid, gid } = statSync(path.dirname(lock));
  writeFileSync(lock, [process.ppid, path.dirname(lock), 1, await freePort(), '', '127.0.0.1', ''].join('\n'));
  chownSync(lock, uid, gid);
  const second = await start();
  expect(isAlive(second.pid) && isAlive(process.ppid)).toBe(true);
});

test('a first start that was interrupted begins anew', async () => {
  const unfinished = path.join(stateDir, 'postgres', 'data.unfinished');
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(path.join(unfinished, 'PG_VERSION'), '18\n');
  expect(isAlive((await start()).pid)).toBe(true);
  expect(existsSync(unfinished)).toBe(false);
});

test('a port that is taken is a clear sentence', async () => {
  const port = await freePort();
  const other = net.createServer().listen(port, '127.0.0.1');
  await expect(start({ port })).rejects.toThrow(
    `port ${port} for Postgres is taken by another program: end that program, or choose another with --postgres-port`,
  );
  other.close();
});

test("Postgres's own words reach the person", async () => {
  const first = await start();
  await first.stop();
  writeFileSync(path.join(stateDir, 'postgres', 'data', 'postgresql.conf'), 'shared_buffers = many\n');
  await expect(start()).rejects.toThrow(/Postgres did not start: .*configuration file .*contains errors/);
});

test('the password is for us alone, and a stranger is not let in', async () => {
  const { url } = await start();
  expect(statSync(path.join(stateDir, 'postgres.password')).mode & 0o077).toBe(0);
  const wrong = new URL(url);
  wrong.password = 'guessed';
  await expect(using(wrong.href, (db) => db.raw('select 1'))).rejects.toThrow('password authentication failed');
});

test.skipIf(process.getuid?.() !== 0)(
  'root in a folder that others cannot enter: the data lie elsewhere, and are forgotten with the folder',
  async () => {
    chmodSync(stateDir, 0o700);
    const first = await start();
    await using(first.url, (db) => db.schema.createTable('kept', (table) => table.integer('n')));
    await first.stop();
    const elsewhere = readFileSync(path.join(stateDir, 'postgres-is-at'), 'utf8').trim();
    expect(existsSync(path.join(elsewhere, 'data', 'PG_VERSION'))).toBe(true);

    const second = await start();
    expect(await using(second.url, (db) => db.schema.hasTable('kept'))).toBe(true);
    await second.stop();

    rmSync(stateDir, { recursive: true });
    mkdirSync(stateDir, { mode: 0o700 });
    const third = await start();
    expect(await using(third.url, (db) => db.schema.hasTable('kept'))).toBe(false);
    rmSync(elsewhere, { recursive: true });
  },
);

async function start(changes: { port?: number; onLog?: (line: string) => void } = {}): Promise<RunningServer> {
  const server = await startPostgres({ stateDir, onLog: () => undefined, ...changes });
  running.push(server);
  return server;
}

async function using<Result>(url: string, work: (db: Knex) => PromiseLike<Result>): Promise<Result> {
  const db = openDatabase(url, { poolSize: 1 });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/** The processes of a killed server need a moment to notice; until then Postgres itself refuses a second one on their memory. */
async function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let left = 20; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
