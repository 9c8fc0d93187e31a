/** The demo talks to Understudy only as anybody could: by its command line, its client script, and HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../config.ts';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');

const LONGEST_VERB_MS = 60_000;

export interface Programs {
  /** Runs a verb to its end and answers its stdout; a failure carries what it said. */
  understudy(...args: string[]): Promise<string>;
  /** A verb that goes on in the background until it is stopped. */
  background(...args: string[]): Background;
  /** examples/client.ts, with its words handed on as they come. */
  client(args: readonly string[], onLine: (line: string) => void): Promise<void>;
  stopAll(): Promise<void>;
}

export interface Background {
  stop(): Promise<void>;
}

export function programsWith(env: Environment): Programs {
  const running = new Set<ChildProcess>();
  const launch = (args: readonly string[]) => {
    const child = spawn(process.execPath, [...args], { cwd: ROOT, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  const finished = (child: ChildProcess, what: string, onLine: (line: string) => void = () => undefined) =>
    new Promise<string>((resolve, reject) => {
      let out = '';
      let err = '';
      let partial = '';
      child.stdout?.on('data', (text: Buffer) => {
        out += text;
        const lines = (partial + text).split('\n');
        partial = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      });
      child.stderr?.on('data', (text: Buffer) => (err += text));
      child.once('error', reject);
      child.once('close', (code) =>
        code === 0 ? resolve(out) : reject(new Error(`${what} ended with ${code}: ${(err.trim() || out.trim()).slice(-1_500)}`)),
      );
    });
  return {
    understudy: (...args) => within(launch(['bin/understudy.js', ...args]), (child) => finished(child, `understudy ${args[0]}`)),
    client: async (args, onLine) =>
      void (await finished(launch(['--import', 'tsx', 'examples/client.ts', ...args]), 'the client script', onLine)),
    background: (...args) => {
      const child = launch(['bin/understudy.js', ...args]);
      child.stdout?.resume();
      child.stderr?.resume();
      return { stop: () => ended(child) };
    },
    stopAll: async () => void (await Promise.all([...running].map(ended))),
  };
}

/** No verb of the story takes longer than a minute: one that hangs is ended and said, instead of hanging the story. */
async function within<Result>(child: ChildProcess, work: (child: ChildProcess) => Promise<Result>): Promise<Result> {
  const watchdog = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), LONGEST_VERB_MS);
  return work(child).finally(() => clearTimeout(watchdog));
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const tell = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // It ended meanwhile.
    }
  };
  tell('SIGTERM');
  const insist = setTimeout(() => tell('SIGKILL'), 5_000);
  await exit;
  clearTimeout(insist);
}
