/**
 * Fits in a thread of its own, and lets that one have helpers, so that the process that asked keeps sending heartbeats and hears a
 * cancellation. A cancelled fit ends at once, in the middle of whatever it computes.
 */
import type { Worker } from 'node:worker_threads';
import type { Fit, FitInput, FitRows } from './fit-model.ts';
import { startThread } from './run-typescript.ts';
import type { TrainerContext, TrainingProgress } from './trainer.ts';
import type { MemoryBuffers } from './trees/memory.ts';
import type { Tree } from './trees/tree.ts';

export interface ThreadInput {
  readonly fit: FitInput;
  readonly threads: number;
  /** Trees that an earlier attempt has finished, by the fit they belong to. */
  readonly finished: ReadonlyMap<string, readonly Tree[]>;
  readonly treesEveryMs: number;
}

export type ThreadMessage =
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'trees'; readonly what: string; readonly trees: readonly Tree[] }
  /** Please start one more thread on this memory. */
  | { readonly kind: 'follower'; readonly buffers: MemoryBuffers; readonly thread: number }
  | { readonly kind: 'fitted'; readonly fit: Fit }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string; readonly stack?: string };

export interface Watching extends Pick<TrainerContext, 'signal' | 'heartbeat'> {
  readonly onTrees?: (what: string, trees: readonly Tree[]) => void;
}

const HEARTBEAT_MS = 1_000;

export interface ThreadFit {
  readonly fit: Fit;
  /** That took part. */
  readonly threads: number;
}

/** The numbers in the rows are handed over: whoever calls must not read them afterwards. */
export async function fitInThread(input: ThreadInput, { signal, heartbeat, onTrees }: Watching): Promise<ThreadFit> {
  signal.throwIfAborted();
  let newest: TrainingProgress = { stage: 'starting', done: 0, total: 0 };
  const threads: Worker[] = [startThread(new URL('./fit-thread.ts', import.meta.url), input, buffersOf(input.fit))];
  const tell = (progress: TrainingProgress) => {
    const isNewStage = progress.stage !== newest.stage;
    newest = progress;
    if (isNewStage) heartbeat(progress);
  };
  const beating = setInterval(() => heartbeat(newest), HEARTBEAT_MS);
  const ending = new AbortController();
  try {
    const { fit } = await new Promise<Extract<ThreadMessage, { kind: 'fitted' }>>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { signal: ending.signal });
      const follow = (buffers: MemoryBuffers, thread: number) => {
        const follower = startThread(new URL('./trees/follower-thread.ts', import.meta.url), { buffers, thread });
        follower.on('error', reject);
        threads.push(follower);
      };
      const [first] = threads;
      first!.on('message', (message: ThreadMessage) => {
        if (message.kind === 'progress') tell(message.progress);
        else if (message.kind === 'trees') onTrees?.(message.what, message.trees);
        else if (message.kind === 'follower') follow(message.buffers, message.thread);
        else if (message.kind === 'fitted') resolve(message);
        else reject(Object.assign(new Error(message.message), { name: message.name, stack: message.stack }));
      });
      first!.on('error', reject);
      first!.on('exit', (code) => reject(new Error(`the training thread ended without a result (exit code ${code})`)));
    });
    return { fit, threads: threads.length };
  } finally {
    ending.abort();
    clearInterval(beating);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

/** Texts are copied; numbers change hands. */
function buffersOf({ training, validation, calibrationRows, reference }: FitInput): ArrayBuffer[] {
  const arrays = [training, validation, calibrationRows, reference].flatMap((rows: FitRows | null) => {
    if (rows === null) return [];
    const { columns, targets, weights, seenAt } = rows;
    return [...columns.values(), targets, seenAt, ...(weights ? [weights] : [])];
  });
  const buffers = arrays.flatMap((values) =>
    values instanceof Float64Array && values.buffer instanceof ArrayBuffer ? [values.buffer] : [],
  );
  return [...new Set(buffers)];
}
