/** The Python trainer of the examples, where Python and its packages are at hand; its environment lies in the user's cache, not here. */
import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { processEnvironment } from '../../src/config.ts';
import { endGroup } from '../../src/dev/processes.ts';
import { eventually } from './story.ts';

const FOLDER = path.join(import.meta.dirname, '../../examples/lightgbm-trainer');
const INSTALLED_WITHIN_MS = 300_000;
const run = promisify(execFile);

export type InstalledTrainer = { readonly python: string } | { readonly absent: string };

let installed: Promise<InstalledTrainer> | undefined;

/** Installs it at the first call (some 20 s), or says why it cannot be had. */
export function lightgbmTrainer(): Promise<InstalledTrainer> {
  installed ??= run(path.join(FOLDER, 'install.sh'), { timeout: INSTALLED_WITHIN_MS }).then(
    ({ stdout }) => ({ python: path.join(stdout.trim(), 'bin/python') }),
    (error: Error & { stderr?: string }) => ({
      absent: `the LightGBM trainer could not be installed here: ${(error.stderr ?? error.message).trim().split('\n').at(-1)}`,
    }),
  );
  return installed;
}

/** Runs Python code beside the trainer's files, with JSON in and out. */
export async function inPython<Result>(python: string, code: string, input: unknown): Promise<Result> {
  const child = execFile(python, ['-B', '-c', code], { cwd: FOLDER, maxBuffer: 1 << 26 });
  const out = new Promise<string>((resolve, reject) => {
    let [text, errors] = ['', ''];
    child.stdout?.on('data', (piece: string) => (text += piece));
    child.stderr?.on('data', (piece: string) => (errors += piece));
    child.once('error', reject);
    child.once('close', (exit) => (exit === 0 ? resolve(text) : reject(new Error(`Python ended with ${exit}: ${errors}`))));
  });
  child.stdin?.end(JSON.stringify(input));
  return JSON.parse(await out) as Result;
}

/** The worker as start.sh runs it, until `stop`. */
export async function startLightgbmWorker(python: string, env: Readonly<Record<string, string>>): Promise<{ stop(): Promise<void> }> {
  const { PATH, HOME } = processEnvironment();
  const child = spawn(python, ['-B', path.join(FOLDER, 'worker.py')], {
    env: { ...(PATH && { PATH }), ...(HOME && { HOME }), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text));
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  const stop = () => endGroup({ pid: child.pid!, signal: 'SIGTERM', graceMs: 10_000, isGone });
  if ((await eventually(() => /is ready/.exec(said), 30_000)) === null) {
    await stop();
    throw new Error(`the LightGBM worker did not become ready: ${said}`);
  }
  return { stop };
}
