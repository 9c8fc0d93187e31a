import type { Knex } from 'knex';
import type { ModelName } from '../domain/ids.ts';
import { modelStatus } from '../store/status.ts';

export interface Gateways {
  readonly obeying: readonly string[];
  readonly missing: readonly string[];
  /** Whether the new route is there to be obeyed at all. */
  readonly isWritten: boolean;
  /** From the command to the moment the last acknowledgement was seen. */
  readonly afterMs: number;
}

/** Longer than a gateway's lease (10 s): one that is still silent then answers with the champion alone, or not at all. */
const LONGEST_WAIT_MS = 15_000;
const LOOK_EVERY_MS = 25;

/** Waits until every gateway seen lately obeys the newest route; with `gone`, the challenger must be off it first. */
export async function awaitGateways(
  db: Knex,
  { model, startedAt, gone }: { model: ModelName; startedAt: number; gone: boolean },
): Promise<Gateways> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const { challenger, gateways } = await modelStatus(db, model);
    const missing = gateways.filter(({ obeysNewestRoute }) => !obeysNewestRoute).map(({ id }) => id);
    const isWritten = !gone || challenger === null;
    const isDone = isWritten && missing.length === 0;
    if (isDone || performance.now() > deadline) {
      const obeying = gateways.filter(({ obeysNewestRoute }) => obeysNewestRoute).map(({ id }) => id);
      return { obeying, missing, isWritten, afterMs: Math.round(performance.now() - startedAt) };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
