/** Starts one of our files in a thread or a process of its own, whatever started this one: tsx, a test runner, or plain Node. */
import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** The file finds `input` in its `workerData`. What is transferred is there alone from then on, and not copied. */
export function startThread(file: URL, input: unknown, transferList: readonly ArrayBuffer[] = []): Worker {
  const workerData = { file: file.href, input };
  return new Worker(new URL('./typescript-thread.mjs', import.meta.url), { workerData, transferList: [...transferList], execArgv: [] });
}

/** Messages keep their typed arrays. */
export function startProcess(file: URL): ChildProcess {
  // By its full path, because a bare name would be looked up from the folder that somebody happens to stand in.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(file, { execArgv: ['--import', tsx], serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}
