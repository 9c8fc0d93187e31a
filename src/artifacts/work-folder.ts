/** A folder for one piece of work. A process that was killed leaves its own behind, with whatever it had read: the next one removes it. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Folders of this process: one with its number that is not among them was left by an earlier process of that number. */
const inUse = new Set<string>();

/** Whether a process of another machine lives cannot be seen, and numbers are given again: what nobody has written to for so long is left. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

export async function withWorkFolder<Result>(workDir: string, kind: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  await sweep(workDir, kind);
  const name = `${kind}-${os.hostname()}-${process.pid}-${randomUUID()}`;
  const folder = path.join(workDir, name);
  inUse.add(name);
  try {
    await mkdir(folder, { mode: 0o700 });
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    inUse.delete(name);
  }
}

async function sweep(workDir: string, kind: string): Promise<void> {
  for (const name of await readdir(workDir)) {
    const [, host, pid] = (name.startsWith(`${kind}-`) && /^(.+)-(\d+)-[0-9a-f-]{36}$/.exec(name.slice(kind.length + 1))) || [];
    if (host === undefined || inUse.has(name)) continue;
    const folder = path.join(workDir, name);
    const isLeft = (host === os.hostname() && !isAlive(Number(pid))) || (await isAbandoned(folder));
    if (isLeft) await rm(folder, { recursive: true, force: true });
  }
}

/** One of our own number that is not in use is of somebody before us. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const written = await Promise.all(
    ['.', ...names].map((name) =>
      stat(path.join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...written) < Date.now() - ABANDONED_AFTER_MS;
}
