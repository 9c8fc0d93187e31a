import { readFileSync } from 'node:fs';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Dead, but not reaped by its parent: it holds nothing any more, yet its number still answers. */
export function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

export interface Ending {
  readonly pid: number;
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
  readonly isGone?: () => boolean;
}

/** Asks a whole process group to end, and insists after the grace time. */
export async function endGroup({ pid, signal, graceMs, isGone = () => !isAlive(pid) || isZombie(pid) }: Ending): Promise<void> {
  tell(pid, signal);
  const deadline = Date.now() + graceMs;
  while (!isGone() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  if (!isGone()) tell(pid, 'SIGKILL');
}

function tell(pid: number, signal: NodeJS.Signals): void {
  // The group first; an adopted server's group is its own, too, because we start each in one.
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // No such group: the process alone. No such process: nothing to end.
    }
  }
}
