/** Outcomes on their way: each becomes known some time after its prediction and is posted then, many at once, until it is accepted. */
import type { GatewayClient, OutcomeToPost } from './gateway-client.ts';

export interface OutcomeQueue {
  add(outcome: Omit<OutcomeToPost, 'occurredAt'>, dueMs: number): void;
  readonly pending: number;
  /** Posts what is due, and resolves when that has been accepted or given up. */
  postDue(nowMs: number): Promise<void>;
  /** Posts what isn't due yet, too. */
  postAll(nowMs: number): Promise<void>;
}

export interface OutcomeQueueOptions {
  readonly client: Pick<GatewayClient, 'post'>;
  readonly onPosted: (outcomes: readonly OutcomeToPost[]) => void;
  /** Refused for good, or the gateway stayed away for too long. */
  readonly onLost: (outcomes: readonly OutcomeToPost[], sentence: string) => void;
}

const SLOT_MS = 50;
const MOST_AT_ONCE = 1_000;

export function outcomeQueue({ client, onPosted, onLost }: OutcomeQueueOptions): OutcomeQueue {
  const slots = new Map<number, Omit<OutcomeToPost, 'occurredAt'>[]>();
  let pending = 0;
  let underWay: Promise<void> = Promise.resolve();

  async function post(outcomes: readonly OutcomeToPost[]): Promise<void> {
    const reply = await client.post(outcomes);
    pending -= outcomes.length;
    if (reply.kind === 'answered') onPosted(outcomes);
    else onLost(outcomes, reply.sentence);
  }

  function postUntil(untilMs: number, nowMs: number): Promise<void> {
    const due: OutcomeToPost[] = [];
    for (const slot of [...slots.keys()].filter((each) => each * SLOT_MS <= untilMs).sort((a, b) => a - b)) {
      const occurredAt = new Date(Math.min(nowMs, slot * SLOT_MS)).toISOString();
      due.push(...slots.get(slot)!.map((outcome) => ({ ...outcome, occurredAt })));
      slots.delete(slot);
    }
    // One after the other, so that a gateway that is away is not asked by a crowd.
    for (let from = 0; from < due.length; from += MOST_AT_ONCE) {
      const some = due.slice(from, from + MOST_AT_ONCE);
      underWay = underWay.then(() => post(some));
    }
    return underWay;
  }

  return {
    add(outcome, dueMs) {
      const slot = Math.ceil(dueMs / SLOT_MS);
      const waiting = slots.get(slot);
      if (waiting) waiting.push(outcome);
      else slots.set(slot, [outcome]);
      pending += 1;
    },
    get pending() {
      return pending;
    },
    postDue: (nowMs) => postUntil(nowMs, nowMs),
    postAll: (nowMs) => postUntil(Number.POSITIVE_INFINITY, nowMs),
  };
}
