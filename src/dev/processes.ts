/** Which processes are ours, and how they end. A pid alone proves nothing: it may have been given to another program since. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A pid together with when that process began, which no later owner of the pid shares. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly began: string | null;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, began: beganAt(pid) };
}

export function isStillRunning({ pid, began }: ProcessIdentity): boolean {
  return isAlive(pid) && beganAt(pid) === began;
}

/** A zombie counts as dead: it holds nothing any more, though its number still answers until somebody reaps it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return !isZombie(pid);
}

export function isZombie(pid: number): boolean {
  return procStat(pid)?.[0] === 'Z';
}

/** With its arguments, as far as the system tells; empty for a process that is gone. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return psOf(pid, 'command=') ?? '';
  }
}

export interface Ending {
  readonly pid: number;
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
  readonly isGone?: () => boolean;
}

/** Asks a whole process group to end, insists after the grace time, and leaves nobody of the group behind. */
export async function endGroup({ pid, signal, graceMs, isGone = () => !isAlive(pid) }: Ending): Promise<void> {
  signalGroup(pid, signal);
  await until(isGone, graceMs);
  signalGroup(pid, 'SIGKILL');
  await until(isGone, 5_000);
}

/** Resolves when the process is gone, also one that is nobody's child here. Doesn't keep us alive. */
export async function untilGone(pid: number): Promise<void> {
  const identity = identityOf(pid);
  while (isStillRunning(identity)) await new Promise((resolve) => setTimeout(resolve, 100).unref());
}

async function until(isTrue: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!isTrue() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Only the group: every server and process of ours leads one, and a bare pid might by now be a stranger's. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // No such group: nothing to end.
  }
}

function beganAt(pid: number): string | null {
  return process.platform === 'linux' ? (procStat(pid)?.[19] ?? null) : psOf(pid, 'lstart=');
}

function psOf(pid: number, field: string): string | null {
  if (process.platform === 'linux') return null;
  try {
    return execFileSync('ps', ['-o', field, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null;
  } catch {
    return null;
  }
}

/** The fields of /proc/<pid>/stat after the program's name, which may itself contain spaces and brackets. */
function procStat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
