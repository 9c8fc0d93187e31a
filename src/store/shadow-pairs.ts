import type { Knex } from 'knex';

const STORE_PAIRS = /* sql */ `
with stored as (
  insert into shadow_pairs (prediction_id, model, rollout_id, arm, entity_hash, champion_score, challenger_score, failure, predicted_at)
  select prediction_id, model, rollout_id, arm, entity_hash, champion_score, challenger_score, failure, predicted_at
  from jsonb_to_recordset(?::jsonb) as record (prediction_id uuid, model text, rollout_id text, arm text, entity_hash text,
    champion_score double precision, challenger_score double precision, failure text, predicted_at timestamptz)
  on conflict do nothing returning 1
)
select count(*)::int as stored from stored`;

const STORE_DROPS = /* sql */ `
with stored as (
  insert into dropped_copies (drop_id, gateway_id, rollout_id, dropped_count, dropped_at)
  select drop_id, gateway_id, rollout_id, dropped_count, dropped_at
  from jsonb_to_recordset(?::jsonb) as record (drop_id uuid, gateway_id text, rollout_id text, dropped_count bigint, dropped_at timestamptz)
  on conflict do nothing returning 1
)
select count(*)::int as stored from stored`;

export async function insertPairs(transaction: Knex.Transaction, lines: readonly string[]): Promise<number> {
  const { rows } = await transaction.raw(STORE_PAIRS, [`[${lines.join(',')}]`]);
  return rows[0].stored;
}

export async function insertDrops(transaction: Knex.Transaction, lines: readonly string[]): Promise<number> {
  const { rows } = await transaction.raw(STORE_DROPS, [`[${lines.join(',')}]`]);
  return rows[0].stored;
}
