/** What a development stack keeps in its state folder: who runs on it, which processes it started, which ports it had, its secrets. */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stopLeftPostgres } from './postgres.ts';
import { removePostgresData } from './postgres-home.ts';
import { endGroup, identityOf, isStillRunning, type ProcessIdentity } from './processes.ts';
import { stopLeftTemporal } from './temporal.ts';

export interface Ports {
  readonly postgres?: number | undefined;
  readonly temporal?: number | undefined;
  readonly ui?: number | undefined;
  readonly gateway?: number | undefined;
}

/** One stack a state folder. Answers what gives the folder free again. */
export async function lockState(stateDir: string): Promise<() => Promise<void>> {
  await mkdir(stateDir, { recursive: true });
  const file = path.join(stateDir, 'dev.lock');
  for (;;) {
    const lock = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return null;
    });
    if (lock) {
      await lock.writeFile(JSON.stringify(identityOf(process.pid)));
      await lock.close();
      return () => rm(file, { force: true });
    }
    const holder = await read<ProcessIdentity>(file);
    if (holder && isStillRunning(holder)) {
      throw new Error(
        `an Understudy (process ${holder.pid}) already runs on ${stateDir}: stop it first, or choose another folder with --state`,
      );
    }
    await rm(file, { force: true });
  }
}

/** Writes down our own processes as they start, because a stack that is killed can't stop them: the next one does. */
export function processBook(stateDir: string): { note(name: string, pid: number): void; close(): Promise<void> } {
  const file = bookPath(stateDir);
  const book: Record<string, ProcessIdentity> = {};
  return {
    note: (name, pid) => {
      book[name] = identityOf(pid);
      writeFileSync(file, JSON.stringify(book));
    },
    close: () => rm(file, { force: true }),
  };
}

export async function stopLeftProcesses(stateDir: string, onLog: (who: string, line: string) => void): Promise<void> {
  const book = (await read<Record<string, ProcessIdentity>>(bookPath(stateDir))) ?? {};
  const left = Object.entries(book).filter(([, identity]) => isStillRunning(identity));
  await Promise.all(
    left.map(([name, { pid }]) => {
      onLog(name, `process ${pid} was left by a stack that was killed; ending it`);
      return endGroup({ pid, signal: 'SIGTERM', graceMs: 8_000 });
    }),
  );
}

/** Only what Understudy itself has put there; whatever else lies in the folder stays. */
export async function forget(stateDir: string): Promise<void> {
  await Promise.all([existsSync(path.join(stateDir, 'postgres.password')) ? stopLeftPostgres(stateDir) : null, stopLeftTemporal(stateDir)]);
  await removePostgresData(stateDir);
  const servers = [
    'temporal.db',
    'temporal.db-shm',
    'temporal.db-wal',
    'temporal.json',
    'temporal.log',
    'postgres.log',
    'postgres.password',
  ];
  const ours = ['artifacts', 'spool', 'work', 'entity.key', 'personal.key', 'endpoints.json'];
  await Promise.all([...servers, ...ours].map((name) => rm(path.join(stateDir, name), { recursive: true, force: true })));
}

export async function rememberedPorts(stateDir: string): Promise<Ports> {
  return (await read<Ports>(portsPath(stateDir))) ?? {};
}

export async function rememberPorts(stateDir: string, ports: Ports): Promise<void> {
  await writeFile(portsPath(stateDir), `${JSON.stringify(ports)}\n`);
}

/** The key under which this installation hashes entities: made once, because another key would make old entities strangers. */
export function entityKeyFile(stateDir: string): Promise<string> {
  return keyFile(path.join(stateDir, 'entity.key'));
}

/** The key under which personal columns of sources are hashed: made once, because rows hashed under two keys no longer find each other. */
export function personalKeyFile(stateDir: string): Promise<string> {
  return keyFile(path.join(stateDir, 'personal.key'));
}

async function keyFile(file: string): Promise<string> {
  if (!existsSync(file)) await writeFile(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  return file;
}

const bookPath = (stateDir: string): string => path.join(stateDir, 'processes.json');
const portsPath = (stateDir: string): string => path.join(stateDir, 'ports.json');

async function read<Content>(file: string): Promise<Content | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Content;
  } catch {
    return null;
  }
}
