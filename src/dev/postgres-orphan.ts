/** A Postgres that an earlier run left behind: found by its own lock file, believed only after a connection has shown whose it is. */
import { readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataDirectoryOf, isNotYetUp } from '../store/server-admin.ts';
import { isAlive, isZombie } from './processes.ts';

export interface RunningPostgres {
  readonly pid: number;
  readonly port: number;
}

/** Larger than any system's largest pid, so that kill(2) says "no such process". */
const NOBODY = 2_147_483_646;

/** Null also when the lock file names a stranger: whether that keeps Postgres from starting is for Postgres to say. */
export async function runningPostgres(dataDir: string, urlAt: (port: number) => string): Promise<RunningPostgres | null> {
  const found = await lockFile(dataDir);
  if (!found || !isAlive(found.pid)) return null;
  return (await provesOurs(dataDir, urlAt(found.port), found.pid)) ? found : null;
}

/**
 * Postgres refuses to start while the pid in its lock file exists, and a zombie's does, in a container perhaps for ever. Only the pid is
 * replaced: Postgres still checks that nobody holds the old server's shared memory, which deleting the file would prevent.
 */
export async function disregardZombie(dataDir: string): Promise<void> {
  const found = await lockFile(dataDir);
  if (!found || !isZombie(found.pid)) return;
  const lines = (await readFile(lockPath(dataDir), 'utf8')).split('\n');
  await writeFile(lockPath(dataDir), [String(NOBODY), ...lines.slice(1)].join('\n'));
}

async function provesOurs(dataDir: string, url: string, pid: number): Promise<boolean> {
  const deadline = performance.now() + 30_000;
  while (isAlive(pid)) {
    try {
      return (await realpath(await dataDirectoryOf(url))) === (await realpath(dataDir));
    } catch (error) {
      if (!isNotYetUp(error) || performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return false;
}

/** Lines of postmaster.pid: pid, data folder, start time, port, … */
async function lockFile(dataDir: string): Promise<RunningPostgres | null> {
  const text = await readFile(lockPath(dataDir), 'utf8').catch(() => null);
  const [pid, , , port] = (text?.split('\n') ?? []).map(Number);
  return pid && port && pid > 0 && port > 0 ? { pid, port } : null;
}

const lockPath = (dataDir: string) => path.join(dataDir, 'postmaster.pid');
