/** One of our own processes, started again when it dies without having been asked to. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../config.ts';
import { backoffMs } from './backoff.ts';
import { endGroup } from './processes.ts';

const PROGRAM = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../bin/understudy.js');
/** A worker lets its activities go within seven seconds of the signal (its grace and its force time). */
const STOP_WITHIN_MS = 8_000;

export interface ChildOptions {
  readonly name: string;
  /** What Node runs; ours unless a test puts something in its place. */
  readonly program?: string | undefined;
  readonly args: readonly string[];
  readonly env: Environment;
  /** The line by which it says that it is ready. */
  readonly ready: RegExp;
  readonly onLine: (line: string) => void;
  /** At the first start and at every later one. */
  readonly onStarted?: (pid: number) => void;
}

export interface RunningChild {
  /** Resolves at the first sign of readiness; rejects when it can't even start. */
  readonly ready: Promise<void>;
  /** The process that runs now. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

export function startChild({ name, program = PROGRAM, args, env, ready, onLine, onStarted }: ChildOptions): RunningChild {
  let child: ChildProcess | undefined;
  let stopping = false;
  let failures = 0;
  let wasReady = false;
  const { promise: readiness, resolve: isReady, reject: isHopeless } = withResolvers();

  const launch = (): void => {
    const started = spawn(process.execPath, [program, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...env } });
    child = started;
    if (started.pid !== undefined) onStarted?.(started.pid);
    for (const stream of [started.stdout, started.stderr]) {
      readline.createInterface({ input: stream }).on('line', (line) => {
        onLine(line);
        if (!ready.test(line)) return;
        failures = 0;
        wasReady = true;
        isReady();
      });
    }
    started.once('error', (error) => onLine(`could not be started: ${error.message}`));
    started.once('exit', (code, signal) => {
      if (stopping) return;
      failures += 1;
      const how = signal ?? `exit code ${code}`;
      if (!wasReady && failures >= 3)
        return isHopeless(new Error(`the ${name} process ended three times before it was ready (${how}); its words are above`));
      const waitMs = backoffMs(failures);
      onLine(`ended unexpectedly (${how}); starting it again in ${waitMs} ms`);
      setTimeout(() => stopping || launch(), waitMs).unref();
    });
  };
  launch();
  return {
    ready: readiness,
    pid: () => child?.pid,
    stop: async () => {
      stopping = true;
      isReady();
      const running = child;
      if (!running?.pid || hasEnded(running)) return;
      await endGroup({ pid: running.pid, signal: 'SIGTERM', graceMs: STOP_WITHIN_MS, isGone: () => hasEnded(running) });
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Promise.withResolvers comes with Node 22. */
function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Whoever waits hears it; a stack that is already being stopped has nobody waiting.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
