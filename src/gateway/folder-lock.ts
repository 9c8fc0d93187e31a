/** One gateway a spool folder: two would ship, and delete, each other's records. */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../failures.ts';

/** Held by this process itself. A file alone can't say so: in a container a restarted process may well have the id of the one before. */
const held = new Set<string>();

export function lockFolder(folder: string): () => void {
  const file = path.join(folder, 'lock');
  const mine = processName(process.pid) ?? `${process.pid}`;
  for (let attempt = 0; attempt < 2; attempt++) {
    if (created(file, mine)) return holding(file);
    const holder = readFileSync(file, 'utf8').trim();
    const pid = Number(holder.split(' ')[0]);
    if (holder === mine ? held.has(file) : holder !== '' && processName(pid) === holder) {
      throw new Failure(
        'GatewayUnavailable',
        `the spool ${folder} belongs to a running gateway (process ${pid}): give this one another id or spool`,
        { folder, pid },
      );
    }
    unlinkSync(file);
  }
  throw new Failure('GatewayUnavailable', `the spool ${folder} could not be locked: another gateway is starting on it`, { folder });
}

function holding(file: string): () => void {
  held.add(file);
  return () => {
    held.delete(file);
    unlinkSync(file);
  };
}

function created(file: string, text: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600);
    writeSync(handle, text);
    closeSync(handle);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Process ids are given again, in a container even the same ones: the time of its start tells processes apart where Linux says it. */
function processName(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that has ended and waits to be collected holds nothing.
    return fields[0] === 'Z' ? null : `${pid} ${fields[19]}`;
  } catch {
    return `${pid}`;
  }
}
