/** The thread's side of `evaluateInThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../failures.ts';
import { evaluateJob } from './evaluate-job.ts';
import type { ThreadInput, ThreadMessage } from './evaluate-in-thread.ts';

const { job, stop } = (workerData as { readonly input: ThreadInput }).input;
const stopping = new AbortController();
const say = (message: ThreadMessage) => parentPort!.postMessage(message);

/** Draws are faster than anybody reads. */
const LEAST_BETWEEN_MS = 100;
let told = 0;

parentPort!.on('message', () => stopping.abort());
try {
  const findings = await evaluateJob(job, {
    stop,
    signal: stopping.signal,
    progress(progress) {
      if (progress.done > 0 && performance.now() - told < LEAST_BETWEEN_MS) return;
      told = performance.now();
      say({ kind: 'progress', progress });
    },
  });
  say({ kind: 'evaluated', findings });
} catch (error) {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  say({ kind: 'failed', name, message, stack, failure: error instanceof Failure ? { type: error.type, details: error.details } : null });
}
parentPort!.close();
