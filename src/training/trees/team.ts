/**
 * Threads that wait for a piece of work, do their part of it, and wait again. The first one leads; it works, too. Waiting spins for
 * a moment, since most pieces take less than waking a thread does.
 */
import type { Memory } from './memory.ts';
import { cell, doWork, type WorkName, works } from './work.ts';

export interface Team {
  readonly memory: Memory;
  /** Returns when every thread has done its part. */
  together(work: WorkName, ...numbers: readonly number[]): void;
  /** The same, by the leader alone: for pieces too small to be worth a word to the others. */
  alone(work: WorkName, ...numbers: readonly number[]): void;
  dismiss(): void;
}

const SPINS = 2_000;
const DISMISSED = 0;

export function lead(memory: Memory): Team {
  const { control, threads } = memory;
  const instruct = (work: WorkName, numbers: readonly number[]) => {
    control.set(numbers, cell.arguments);
    Atomics.store(control, cell.next, 0);
    Atomics.store(control, cell.work, works[work]);
  };
  const call = () => {
    Atomics.store(control, cell.left, threads - 1);
    Atomics.add(control, cell.round, 1);
    Atomics.notify(control, cell.round);
  };
  return {
    memory,
    together(work, ...numbers) {
      instruct(work, numbers);
      if (threads > 1) call();
      doWork(memory, { thread: 0, threads });
      if (threads > 1) untilAllDone(control);
    },
    alone(work, ...numbers) {
      instruct(work, numbers);
      doWork(memory, { thread: 0, threads: 1 });
    },
    dismiss() {
      Atomics.store(control, cell.work, DISMISSED);
      if (threads > 1) call();
    },
  };
}

export function follow(memory: Memory, thread: number): void {
  const { control, threads } = memory;
  let round = 0;
  for (;;) {
    waitWhile(control, cell.round, round);
    // As the shared counter does, which has 32 bits.
    round = (round + 1) | 0;
    if (Atomics.load(control, cell.work) === DISMISSED) return;
    try {
      doWork(memory, { thread, threads });
    } catch (error) {
      Atomics.store(control, cell.failed, 1);
      throw error;
    } finally {
      if (Atomics.sub(control, cell.left, 1) === 1) Atomics.notify(control, cell.left);
    }
  }
}

function untilAllDone(control: Int32Array): void {
  for (let left = Atomics.load(control, cell.left); left > 0; left = Atomics.load(control, cell.left)) {
    waitWhile(control, cell.left, left);
  }
  if (Atomics.load(control, cell.failed) === 1) throw new Error('a training thread failed');
}

function waitWhile(control: Int32Array, at: number, value: number): void {
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(control, at) !== value) return;
  while (Atomics.load(control, at) === value) Atomics.wait(control, at, value);
}
