/**
 * Fits in a worker thread, so that the process that asked keeps sending heartbeats and hears a cancellation. A cancelled fit ends at
 * once, in the middle of whatever it computes.
 */
import type { FitInput, LinearFit } from './fit-logistic-regression.ts';
import { startThread } from './run-typescript.ts';
import type { TrainerContext, TrainingProgress } from './trainer.ts';

export type ThreadMessage =
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'fitted'; readonly fit: LinearFit }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string; readonly stack?: string };

const HEARTBEAT_MS = 1_000;

export async function fitInThread(
  input: FitInput,
  { signal, heartbeat }: Pick<TrainerContext, 'signal' | 'heartbeat'>,
): Promise<LinearFit> {
  signal.throwIfAborted();
  let newest: TrainingProgress = { stage: 'starting', done: 0, total: 0 };
  const thread = startThread(new URL('./fit-thread.ts', import.meta.url), input);
  const beating = setInterval(() => heartbeat(newest), HEARTBEAT_MS);
  const ending = new AbortController();
  try {
    return await new Promise<LinearFit>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { signal: ending.signal });
      thread.on('message', (message: ThreadMessage) => {
        if (message.kind === 'progress') newest = message.progress;
        else if (message.kind === 'fitted') resolve(message.fit);
        else reject(Object.assign(new Error(message.message), { name: message.name, stack: message.stack }));
      });
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`the training thread ended without a result (exit code ${code})`)));
    });
  } finally {
    ending.abort();
    clearInterval(beating);
    await thread.terminate();
  }
}
