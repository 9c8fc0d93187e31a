/** The thread's side of `fitInThread`: no files, no native code, so that it can be ended at any moment. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadInput, ThreadMessage } from './fit-in-thread.ts';
import { fitModel } from './fit-model.ts';

const say = (message: ThreadMessage) => parentPort!.postMessage(message);
const { fit, threads, finished, treesEveryMs } = (workerData as { readonly input: ThreadInput }).input;
let toldAt = performance.now();

try {
  const fitted = fitModel(fit, {
    threads,
    startFollower: (buffers, thread) => say({ kind: 'follower', buffers, thread }),
    onProgress(what, done, total) {
      say({ kind: 'progress', progress: { stage: what === '' ? 'fitting' : what, done, total } });
    },
    finishedTrees: (what) => finished.get(what) ?? [],
    onTrees(what, trees) {
      if (performance.now() - toldAt < treesEveryMs) return;
      toldAt = performance.now();
      say({ kind: 'trees', what, trees });
    },
  });
  say({ kind: 'fitted', fit: fitted });
} catch (error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  say({ kind: 'failed', name, message, ...(stack !== undefined && { stack }) });
}
