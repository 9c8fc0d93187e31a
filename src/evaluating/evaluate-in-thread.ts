/**
 * Evaluates in a worker thread, so that the process that asked keeps sending heartbeats and hears a cancellation. A cancelled
 * evaluation is asked to end and does so between two pieces; only one that does not answer is ended.
 */
import type { Worker } from 'node:worker_threads';
import { Failure, type FailureType } from '../failures.ts';
import { startThread } from '../training/run-typescript.ts';
import type { EvaluationJob, EvaluationProgress, Findings } from './evaluate-job.ts';
import { newStopFlag, raise, type StopFlag } from './stop-flag.ts';

export interface ThreadInput {
  readonly job: EvaluationJob;
  readonly stop: StopFlag;
}

export type ThreadMessage =
  | { readonly kind: 'progress'; readonly progress: EvaluationProgress }
  | { readonly kind: 'evaluated'; readonly findings: Findings }
  | {
      readonly kind: 'failed';
      readonly name: string;
      readonly message: string;
      readonly stack: string;
      readonly failure: { readonly type: FailureType; readonly details: Readonly<Record<string, unknown>> } | null;
    };

export interface ThreadContext {
  readonly signal: AbortSignal;
  readonly progress: (progress: EvaluationProgress) => void;
}

const PATIENCE_MS = 2_000;

export async function evaluateInThread(job: EvaluationJob, { signal, progress }: ThreadContext): Promise<Findings> {
  signal.throwIfAborted();
  const stop = newStopFlag();
  const thread = startThread(new URL('./evaluation-thread.ts', import.meta.url), { job, stop } satisfies ThreadInput);
  const ended = new Promise<void>((resolve) => void thread.once('exit', () => resolve()));
  const asked = () => {
    raise(stop);
    thread.postMessage('stop');
  };
  signal.addEventListener('abort', asked);
  try {
    return await answerOf(thread, progress);
  } catch (error) {
    // What a stopped evaluation throws says nothing about why it was stopped.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', asked);
    await endedWithin(thread, ended);
  }
}

async function answerOf(thread: Worker, progress: ThreadContext['progress']): Promise<Findings> {
  return new Promise((resolve, reject) => {
    thread.on('message', (message: ThreadMessage) => {
      if (message.kind === 'progress') progress(message.progress);
      else if (message.kind === 'evaluated') resolve(message.findings);
      else reject(errorOf(message));
    });
    thread.on('error', reject);
    thread.on('exit', (code) => reject(new Error(`the evaluation's thread ended without a result (exit code ${code})`)));
  });
}

function errorOf({ name, message, stack, failure }: Extract<ThreadMessage, { kind: 'failed' }>): Error {
  if (failure) return new Failure(failure.type, message, failure.details);
  return Object.assign(new Error(message), { name, stack });
}

async function endedWithin(thread: Worker, ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([ended, patience]);
  clearTimeout(timer);
  await thread.terminate();
}
