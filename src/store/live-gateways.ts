import type { Knex } from 'knex';

export interface LiveGateway {
  readonly id: string;
  readonly address: string;
}

/** Gateways that have given a sign of life lately and have not said goodbye. */
export async function liveGateways(db: Knex, seenWithinMs: number): Promise<LiveGateway[]> {
  const { rows } = await db.raw<{ rows: LiveGateway[] }>(
    /* sql */ `
    select gateway_id as id, address from gateways
    where stopped_at is null and last_seen_at > clock_timestamp() - ? * interval '1 millisecond'
    order by gateway_id`,
    [seenWithinMs],
  );
  return rows;
}
