/** Carries the spool to Postgres, in batches, in order; waits while Postgres is away. What is shipped twice is stored once. */
import { faultPoint } from '../fault-hooks.ts';
import type { LogBatch, StoredBatch } from '../store/log-batches.ts';
import type { Spool } from './spool.ts';

export interface ShipperOptions {
  readonly spool: Spool;
  readonly store: (batch: LogBatch) => Promise<StoredBatch>;
  readonly onShipped: (kind: LogBatch['kind'], stored: StoredBatch) => void;
  readonly onTrouble: (sentence: string) => void;
}

export interface Shipper {
  /** Ships what is waiting, at most for so long, and ends. */
  stop(withinMs: number): Promise<void>;
}

/** Measured: larger batches make no row cheaper, and a failed one costs more to take apart. */
const BATCH_RECORDS = 1_000;
const BATCH_BYTES = 1 << 20;
/** Few records wait a moment for company, so that a trickle isn't a transaction a row. */
const GATHER_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;

export function startShipper({ spool, store, onShipped, onTrouble }: ShipperOptions): Shipper {
  let deadline = Number.POSITIVE_INFINITY;
  let failures = 0;
  let wake: () => void = () => undefined;
  const stopping = () => deadline !== Number.POSITIVE_INFINITY;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const shipOnce = async (): Promise<number> => {
    const waiting = spool.waiting(BATCH_RECORDS, BATCH_BYTES);
    if (waiting === null) return 0;
    for (const batch of waiting.batches) onShipped(batch.kind, await store(batch));
    await faultPoint('gateway-after-shipping');
    spool.shipped(waiting.until);
    return Math.max(1, waiting.records);
  };

  const run = async (): Promise<void> => {
    while (performance.now() < deadline) {
      try {
        const shipped = await shipOnce();
        if (failures > 0) onTrouble(`Postgres takes the log again after ${failures} failed attempts`);
        failures = 0;
        if (shipped === 0 && stopping()) return;
        if (shipped < BATCH_RECORDS && !stopping()) await pause(GATHER_MS);
      } catch (error) {
        failures += 1;
        if (failures === 1) onTrouble(`the log waits in the spool, since Postgres does not take it: ${(error as Error).message}`);
        if (stopping()) return;
        await pause(Math.min(LONGEST_BACKOFF_MS, 100 * 2 ** Math.min(failures, 10)));
      }
    }
  };

  const done = run();
  return {
    async stop(withinMs) {
      deadline = performance.now() + withinMs;
      wake();
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, withinMs).unref())]);
    },
  };
}
