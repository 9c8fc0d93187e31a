/** All draws of the bootstrap on two threads, this one among them. The result does not depend on how they share the work. */
import { setImmediate as breath } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { type DrawPlan, drawWidth, measuring } from '../evaluation/draws.ts';
import { clustersIn } from '../statistics/bootstrap.ts';
import { startThread } from '../training/run-typescript.ts';
import { type StopFlag, throwIfRaised } from './stop-flag.ts';

export interface SharedDraws {
  readonly plan: DrawPlan;
  /** The number of the next draw that nobody has taken. */
  readonly next: Int32Array;
  /** A row of numbers a draw. */
  readonly results: Float64Array;
  readonly stop: StopFlag;
}

/** Below this a second thread takes longer to start than it saves. */
const WORTH_A_THREAD = 20_000_000;
const BREATH_EVERY_MS = 50;

export async function parallelDraws(plan: DrawPlan, stop: StopFlag, progress: (done: number) => void): Promise<Float64Array> {
  const width = drawWidth(plan);
  const shared: SharedDraws = {
    plan,
    next: new Int32Array(new SharedArrayBuffer(4)),
    results: new Float64Array(new SharedArrayBuffer(plan.draws * width * Float64Array.BYTES_PER_ELEMENT)),
    stop,
  };
  const helper =
    clustersIn(plan.strata) * plan.draws >= WORTH_A_THREAD ? startThread(new URL('./draws-thread.ts', import.meta.url), shared) : null;
  try {
    const helped = helper && endOf(helper);
    await takeDraws(shared, progress);
    await helped;
    return shared.results;
  } finally {
    await helper?.terminate();
  }
}

/** Takes the next draw until there are none, with a breath now and then in which this thread can be spoken to. */
export async function takeDraws(
  { plan, next, results, stop }: SharedDraws,
  progress: (done: number) => void = () => undefined,
): Promise<void> {
  const width = drawWidth(plan);
  const measure = measuring(plan);
  let breathed = performance.now();
  for (let draw = Atomics.add(next, 0, 1); draw < plan.draws; draw = Atomics.add(next, 0, 1)) {
    throwIfRaised(stop);
    measure(draw, results, draw * width);
    progress(Math.min(plan.draws, draw + 1));
    if (performance.now() - breathed < BREATH_EVERY_MS) continue;
    await breath();
    breathed = performance.now();
  }
}

async function endOf(helper: Worker): Promise<void> {
  let isDone = false;
  return new Promise((resolve, reject) => {
    helper.once('message', () => {
      isDone = true;
      resolve();
    });
    helper.once('error', reject);
    helper.once('exit', (code) => isDone || reject(new Error(`the thread that draws ended early (exit code ${code})`)));
  });
}
