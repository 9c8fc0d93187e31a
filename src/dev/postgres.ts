/**
 * PostgreSQL 18 from the npm package, for development. The binaries are driven directly: the package's own class rejects with
 * `undefined` when a port is taken and leaves an orphan behind when its process is killed. A server that is already running on
 * our data folder is adopted only after a connection has proven that it is ours.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { createDatabaseIfMissing } from '../store/server-admin.ts';
import { choosePort } from './ports.ts';
import { type PostgresHome, postgresHome } from './postgres-home.ts';
import { disregardZombie, runningPostgres } from './postgres-orphan.ts';
import { endGroup, untilGone } from './processes.ts';

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  /** Resolves when the process has ended, asked for or not. */
  readonly gone: Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  readonly stateDir: string;
  /** Insisted on; an own server left on another port is stopped for it. Without it any will do. */
  readonly port?: number | undefined;
  readonly rememberedPort?: number | undefined;
  readonly onLog: (line: string) => void;
}

const DATABASE = 'understudy';
const USER = 'understudy';
/** A start after a crash first replays what was written since the last checkpoint. */
const ANSWERS_WITHIN_MS = 60_000;

export async function startPostgres({ stateDir, port, rememberedPort, onLog }: PostgresOptions): Promise<RunningServer> {
  const home = await postgresHome(path.resolve(stateDir), onLog);
  const password = await passwordIn(path.resolve(stateDir));
  const urlAt = (at: number, database: string) => `postgres://${USER}:${password}@127.0.0.1:${at}/${database}`;
  const adminAt = (at: number) => urlAt(at, 'postgres');

  const orphan = await runningPostgres(home.dataDir, adminAt);
  if (orphan && (port ?? orphan.port) === orphan.port) {
    onLog(`a Postgres of ours is still running on ${home.dataDir} (process ${orphan.pid}, port ${orphan.port}); going on with it`);
    await createDatabaseIfMissing(adminAt(orphan.port), DATABASE);
    return running(orphan.pid, orphan.port, urlAt(orphan.port, DATABASE));
  }
  if (orphan) await stopPostgres(orphan.pid);
  const free = await choosePort({ what: 'Postgres', option: '--postgres-port', asked: port, remembered: rememberedPort });
  if (!existsSync(home.dataDir)) await initialise(home, password, onLog);
  await disregardZombie(home.dataDir);
  const pid = await launch(home, free, adminAt(free));
  return running(pid, free, urlAt(free, DATABASE));
}

/** Ends what an earlier run may have left on this state folder. */
export async function stopLeftPostgres(stateDir: string): Promise<void> {
  const home = await postgresHome(path.resolve(stateDir), () => undefined);
  const password = await passwordIn(path.resolve(stateDir));
  const orphan = await runningPostgres(home.dataDir, (port) => `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`);
  if (orphan) await stopPostgres(orphan.pid);
}

/** SIGINT is Postgres's fast stop: it ends sessions and leaves clean files behind. */
function stopPostgres(pid: number): Promise<void> {
  return endGroup({ pid, signal: 'SIGINT', graceMs: 10_000 });
}

function running(pid: number, port: number, url: string): RunningServer {
  return { url, pid, port, gone: untilGone(pid), stop: () => stopPostgres(pid) };
}

async function initialise(home: PostgresHome, password: string, onLog: (line: string) => void): Promise<void> {
  onLog('making a new Postgres data folder');
  const base = path.dirname(home.dataDir);
  const unfinished = `${home.dataDir}.unfinished`;
  const passwordFile = path.join(base, `pw-${randomBytes(6).toString('hex')}`);
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (home.uid !== undefined) await chown(passwordFile, home.uid, home.gid ?? home.uid);
    const sorting = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    await promisify(execFile)(
      home.initdb,
      ['-D', unfinished, '-U', USER, '-A', 'scram-sha-256', '--pwfile', passwordFile, ...sorting, '--no-sync', '--no-instructions'],
      surroundings(home),
    );
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new Error(`Postgres could not make a data folder in ${base}: ${said}`, { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
  }
  // Complete or absent: a start that was interrupted above begins anew.
  await rename(unfinished, home.dataDir);
}

async function launch(home: PostgresHome, port: number, adminUrl: string): Promise<number> {
  const logFile = path.join(home.logDir, 'postgres.log');
  const before = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  // A file, not a pipe: the server may outlive us. In a process group of its own: a Ctrl-C in the terminal must not reach it before
  // its clients have stopped.
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(home.postgres, ['-D', home.dataDir, '-p', String(port), ...settings()], {
    detached: true,
    stdio: ['ignore', log, log],
    ...surroundings(home),
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  child.unref();
  const over = new AbortController();
  const failure = await Promise.race([ended, answer(adminUrl, over.signal)]);
  over.abort();
  if (failure === null) return child.pid!;
  if (child.pid !== undefined) await stopPostgres(child.pid);
  throw new Error(`Postgres did not start: ${await complaints(logFile, before)}${failure} (its log is ${logFile})`);
}

/** Null when it lets us in and has the database. */
async function answer(adminUrl: string, over: AbortSignal): Promise<string | null> {
  const deadline = performance.now() + ANSWERS_WITHIN_MS;
  let last = '';
  while (!over.aborted && performance.now() < deadline) {
    try {
      await createDatabaseIfMissing(adminUrl, DATABASE);
      return null;
    } catch (error) {
      last = (error as Error).message;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return `it did not let us in within ${ANSWERS_WITHIN_MS / 1_000} s: ${last}`;
}

function settings(): string[] {
  const wanted = {
    listen_addresses: '127.0.0.1',
    // Sockets would need a path of at most 107 bytes and leave lock files in shared folders.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    max_connections: '200',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
  };
  return Object.entries(wanted).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Messages in English, whatever the person's locale: we look for words in them. */
function surroundings({ uid, gid, dataDir }: PostgresHome) {
  return {
    cwd: path.dirname(dataDir),
    ...(uid === undefined ? {} : { uid, gid: gid ?? uid }),
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
  };
}

/** Postgres's own words since this start, without what only repeats our knocking. */
async function complaints(logFile: string, from: number): Promise<string> {
  const text = (await readFile(logFile, 'utf8').catch(() => '')).slice(from);
  const lines = text.split('\n').map((line) => line.replace(/^\S+ \S+ UTC \[\d+\] /, ''));
  const telling = lines.filter((line) => /^(FATAL|PANIC|HINT|LOG: {2}could not)|error while loading/.test(line));
  return telling.length > 0 ? `${[...new Set(telling)].slice(-4).join(' / ')}; ` : '';
}

async function passwordIn(stateDir: string): Promise<string> {
  const file = path.join(stateDir, 'postgres.password');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const password = randomBytes(18).toString('hex');
  await mkdir(stateDir, { recursive: true });
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  return password;
}
