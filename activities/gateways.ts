import { sleep } from '@temporalio/activity';
import type { Knex } from 'knex';
import type { ModelName } from '../src/domain/ids.ts';
import { recordEventOnce } from '../src/store/events.ts';
import { acknowledgements, gatewaysMissing } from '../src/store/gateways.ts';

export interface AwaitGatewaysInput {
  readonly model: ModelName;
  readonly subject: string;
  readonly revision: number;
  readonly epoch: number;
}

export interface Acknowledged {
  readonly acknowledged: readonly { readonly gateway: string; readonly afterMs: number }[];
  readonly missing: readonly string[];
}

/** Longer than a gateway's lease (10 s): a gateway still silent then answers with the champion alone. */
const LONGEST_WAIT_MS = 12_000;
const SEEN_WITHIN_MS = 15_000;

export function gatewayActivities({ db }: { db: Knex }) {
  return {
    /** Waits until every live gateway obeys this route or a newer one, and names those that don't. Safe to repeat: it only reads. */
    async awaitGateways({ model, subject, revision, epoch }: AwaitGatewaysInput): Promise<Acknowledged> {
      const deadline = Date.now() + LONGEST_WAIT_MS;
      const stamp = { revision, epoch, seenWithinMs: SEEN_WITHIN_MS };
      let missing = await gatewaysMissing(db, { model, ...stamp });
      while (missing.length > 0 && Date.now() < deadline) {
        await sleep(50);
        missing = await gatewaysMissing(db, { model, ...stamp });
      }
      const acknowledged = await acknowledgements(db, { model, revision, epoch });
      const slowest = Math.max(0, ...acknowledged.map(({ afterMs }) => afterMs));
      await recordEventOnce(db, model, {
        kind: 'route-acknowledged',
        by: 'understudy',
        subject,
        summary:
          missing.length === 0
            ? `${obeying(acknowledged.length)} route ${epoch}.${revision}, the last one after ${Math.round(slowest)} ms`
            : `not yet heard from ${missing.join(', ')} about route ${epoch}.${revision}; without a lease they answer with the champion alone`,
        details: { revision, epoch, acknowledged, missing },
        idempotencyKey: `acknowledged:${subject}:${epoch}.${revision}`,
      });
      return { acknowledged, missing };
    },
  };
}

const obeying = (count: number): string => (count === 1 ? '1 gateway obeys' : `${count} gateways obey`);
