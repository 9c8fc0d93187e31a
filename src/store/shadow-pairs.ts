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

export async function insertPairs(transaction: Knex.Transaction, lines: readonly string[]): Promise<number> {
  const { rows } = await transaction.raw(STORE_PAIRS, [`[${lines.join(',')}]`]);
  return rows[0].stored;
}
