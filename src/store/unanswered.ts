import type { Knex } from 'knex';

const STORE_DROPS = /* sql */ `
with stored as (
  insert into dropped_copies (drop_id, gateway_id, rollout_id, dropped_count, dropped_at)
  select drop_id, gateway_id, rollout_id, dropped_count, dropped_at
  from jsonb_to_recordset(?::jsonb) as record (drop_id uuid, gateway_id text, rollout_id text, dropped_count bigint, dropped_at timestamptz)
  on conflict do nothing returning 1
)
select count(*)::int as stored from stored`;

const STORE_FAILURES = /* sql */ `
with stored as (
  insert into failed_answers (failure_id, gateway_id, model, version_id, reason, failed_count, failed_at)
  select failure_id, gateway_id, model, version_id, reason, failed_count, failed_at
  from jsonb_to_recordset(?::jsonb) as record (failure_id uuid, gateway_id text, model text, version_id text, reason text,
    failed_count bigint, failed_at timestamptz)
  on conflict do nothing returning 1
)
select count(*)::int as stored from stored`;

/** Copies of requests that the other version had no time to score. */
export async function insertDrops(transaction: Knex.Transaction, lines: readonly string[]): Promise<number> {
  const { rows } = await transaction.raw(STORE_DROPS, [`[${lines.join(',')}]`]);
  return rows[0].stored;
}

/** Instances that nobody could answer. */
export async function insertFailures(transaction: Knex.Transaction, lines: readonly string[]): Promise<number> {
  const { rows } = await transaction.raw(STORE_FAILURES, [`[${lines.join(',')}]`]);
  return rows[0].stored;
}
