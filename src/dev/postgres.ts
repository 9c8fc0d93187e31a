/**
 * PostgreSQL 18 from the npm package, for development. The binaries are driven directly: the package's own class rejects with
 * `undefined` when a port is taken and leaves an orphan behind when its process is killed. A server that is already running on
 * our data folder is adopted only after a connection has proven that it is ours.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { isPortTaken } from './ports.ts';
import { type PostgresHome, postgresHome } from './postgres-home.ts';
import { endGroup, isAlive, isZombie } from './processes.ts';

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  readonly stateDir: string;
  readonly port: number;
  readonly onLog: (line: string) => void;
}

const DATABASE = 'understudy';
const USER = 'understudy';

export async function startPostgres({ stateDir, port, onLog }: PostgresOptions): Promise<RunningServer> {
  const home = await postgresHome(stateDir, onLog);
  const password = await passwordIn(stateDir);
  const url = (at: number, database = DATABASE) => `postgres://${USER}:${password}@127.0.0.1:${at}/${database}`;

  const orphan = await orphanOf(home, (at) => url(at, 'postgres'));
  if (orphan) {
    onLog(`a Postgres of ours is still running on ${home.dataDir} (process ${orphan.pid}, port ${orphan.port}); going on with it`);
    return running({ url: url(orphan.port), pid: orphan.pid, home });
  }
  if (await isPortTaken(port)) throw new Error(`port ${port} for Postgres is taken by another program: choose another with --postgres-port, or leave it out for a free one`);
  if (!existsSync(path.join(home.dataDir, 'PG_VERSION'))) await initialise(home, password, onLog);
  const pid = await launch(home, port, { probe: url(port, 'postgres'), onLog });
  await ensureDatabase(url(port, 'postgres'));
  return running({ url: url(port), pid, home });
}

function running({ url, pid, home }: { url: string; pid: number; home: PostgresHome }): RunningServer {
  return {
    url,
    pid,
    // SIGINT is Postgres's fast stop: it ends sessions and leaves clean files behind.
    stop: () => endGroup({ pid, signal: 'SIGINT', graceMs: 10_000, isGone: () => !isAlive(pid) || !existsSync(pidFile(home)) }),
  };
}

/** A running server on our data folder, proven by a connection with our password that names this very folder. */
async function orphanOf(home: PostgresHome, url: (port: number) => string): Promise<{ pid: number; port: number } | null> {
  if (!existsSync(pidFile(home))) return null;
  const [pid, , , port] = readFileSync(pidFile(home), 'utf8').split('\n').map(Number);
  if (!pid || !port || !isAlive(pid)) return null;
  // A zombie holds nothing any more, but Postgres would take its number for a living server until somebody reaps it.
  if (isZombie(pid)) {
    await rm(pidFile(home), { force: true });
    return null;
  }
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const folder = await ask(url(port), 'show data_directory').catch((error: unknown) => (isStarting(error) ? 'starting' : null));
    if (folder === home.dataDir) return { pid, port };
    if (folder !== 'starting') break;
    await pause(100);
  }
  throw new Error(`process ${pid} holds ${home.dataDir}, but does not answer as our Postgres on port ${port}; end it yourself, or use another --state folder`);
}

async function initialise(home: PostgresHome, password: string, onLog: (line: string) => void): Promise<void> {
  onLog('making a new Postgres data folder');
  const passwordFile = path.join(path.dirname(home.dataDir), `pw-${randomBytes(6).toString('hex')}`);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (home.uid !== undefined) await chown(passwordFile, home.uid, home.gid ?? home.uid);
    await output(home, home.initdb, ['-D', home.dataDir, '-U', USER, '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '--locale=C', '--no-instructions']);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function launch(home: PostgresHome, port: number, { probe, onLog }: { probe: string; onLog: (line: string) => void }): Promise<number> {
  const logFile = path.join(home.logDir, 'postgres.log');
  const log = openSync(logFile, 'a');
  // In a process group of its own: a Ctrl-C in the terminal must not reach it before its clients have stopped.
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'shared_buffers=256MB', 'log_min_messages=warning', 'max_wal_size=2GB'];
  const child = spawn(home.postgres, ['-D', home.dataDir, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])], {
    detached: true,
    stdio: ['ignore', log, log],
    ...credentials(home),
  });
  closeSync(log);
  let ended: string | null = null;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? code}`));
  child.unref();
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (ended !== null) throw new Error(`Postgres did not start: ${ended}. Its last words: ${await lastLines(logFile)}`);
    if (await ask(probe, 'select 1').then(() => true, () => false)) return child.pid!;
    await pause(50);
  }
  onLog(await lastLines(logFile));
  throw new Error(`Postgres did not answer on port ${port} within 30 s; see ${logFile}`);
}

async function ensureDatabase(url: string): Promise<void> {
  const exists = await ask(url, `select 1 from pg_database where datname = '${DATABASE}'`);
  if (exists === undefined) await ask(url, `create database ${DATABASE}`);
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** 57P03: the server is recovering after a crash; it must be waited for, not replaced. */
function isStarting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57P03';
}

async function passwordIn(stateDir: string): Promise<string> {
  const file = path.join(stateDir, 'postgres.password');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const password = randomBytes(18).toString('hex');
  await mkdir(stateDir, { recursive: true });
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return password;
}

function output(home: PostgresHome, command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...credentials(home) });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text));
    child.stderr.on('data', (text: Buffer) => (said += text));
    child.once('error', (error) => reject(new Error(`${path.basename(command)} could not be run: ${error.message}`)));
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${path.basename(command)} ended with ${code}: ${said.trim().slice(-1_000)}`))));
  });
}

function credentials({ uid, gid, dataDir }: PostgresHome) {
  return { cwd: path.dirname(dataDir), ...(uid === undefined ? {} : { uid, gid: gid ?? uid }), env: { LC_ALL: 'C', TZ: 'UTC' } };
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-5).join(' / ') || 'nothing';
}

const pidFile = ({ dataDir }: PostgresHome): string => path.join(dataDir, 'postmaster.pid');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

