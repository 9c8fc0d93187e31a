/** The thread's side of `fitInThread`: no files, no native code, so that it can be ended at any moment. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadMessage } from './fit-in-thread.ts';
import { type FitInput, fitLogisticRegression } from './fit-logistic-regression.ts';

const say = (message: ThreadMessage) => parentPort!.postMessage(message);

try {
  const fit = fitLogisticRegression((workerData as { readonly input: FitInput }).input, (progress) => say({ kind: 'progress', progress }));
  say({ kind: 'fitted', fit });
} catch (error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  say({ kind: 'failed', name, message, ...(stack !== undefined && { stack }) });
}
