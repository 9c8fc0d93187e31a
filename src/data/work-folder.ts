/** A folder for one piece of work. A process that was killed leaves its own behind, with whatever it had read: the next one removes it. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Folders of this process: one with its number that is not among them was left by an earlier process of that number. */
const inUse = new Set<string>();

export async function withWorkFolder<Result>(workDir: string, kind: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  const prefix = `${kind}-${os.hostname()}-`;
  await sweep(workDir, prefix);
  const name = `${prefix}${process.pid}-${randomUUID()}`;
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

async function sweep(workDir: string, prefix: string): Promise<void> {
  const isLeft = (name: string) => {
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    return pid === process.pid ? !inUse.has(name) : !isAlive(pid);
  };
  const left = (await readdir(workDir)).filter((name) => name.startsWith(prefix) && isLeft(name));
  await Promise.all(left.map((name) => rm(path.join(workDir, name), { recursive: true, force: true })));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
