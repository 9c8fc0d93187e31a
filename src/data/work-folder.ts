/** A folder for one piece of work. A process that was killed leaves its own behind, with whatever it had read: the next one removes it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export async function withWorkFolder<Result>(workDir: string, kind: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  const prefix = `${kind}-${os.hostname()}-`;
  await sweep(workDir, prefix);
  const folder = await mkdtemp(path.join(workDir, `${prefix}${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sweep(workDir: string, prefix: string): Promise<void> {
  const left = (await readdir(workDir)).filter(
    (name) => name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length).split('-')[0])),
  );
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
