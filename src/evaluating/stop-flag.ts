/** Stops work in threads that compute without a pause: a flag in shared memory that they look at between pieces. */
export type StopFlag = Int32Array;

export function newStopFlag(): StopFlag {
  return new Int32Array(new SharedArrayBuffer(4));
}

export function raise(flag: StopFlag): void {
  Atomics.store(flag, 0, 1);
}

class Stopped extends Error {
  override readonly name = 'Stopped';
}

export function throwIfRaised(flag: StopFlag): void {
  if (Atomics.load(flag, 0) === 1) throw new Stopped('the evaluation was stopped');
}
