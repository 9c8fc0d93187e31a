import type { Knex } from 'knex';
import { BUCKET_GROUPS } from '../domain/buckets.ts';
import { challengerFaults } from '../domain/fallbacks.ts';

const FAULTS = challengerFaults.map((fault) => `'${fault}'`).join(', ');

/**
 * One statement, so that a prediction and its sums are stored together or not at all. A record that is here already changes
 * nothing: sums are taken from what was newly inserted only.
 */
const STORE = /* sql */ `
with stored as (
  insert into predictions (prediction_id, model, version_id, arm, fallback_reason, rollout_id, entity_hash, bucket, request_id,
    route_revision, route_epoch, gateway_id, segments, features, context, score, latency_ms, predicted_at)
  select prediction_id, model, version_id, arm, fallback_reason, rollout_id, entity_hash, bucket, request_id,
    route_revision, route_epoch, gateway_id, segments, features, context, score, latency_ms, predicted_at
  from jsonb_to_recordset(?::jsonb) as record (prediction_id uuid, model text, version_id text, arm text, fallback_reason text,
    rollout_id text, entity_hash text, bucket smallint, request_id text, route_revision bigint, route_epoch bigint, gateway_id text,
    segments jsonb, features jsonb, context jsonb, score double precision, latency_ms real, predicted_at timestamptz)
  on conflict do nothing
  returning prediction_id, model, version_id, arm, fallback_reason, rollout_id, entity_hash, bucket, score, latency_ms, predicted_at
), minutes as (
  insert into traffic_minutes as known (minute, model, version_id, arm, rollout_id, predictions, errors, score_sum, latency_ms_sum)
  select date_trunc('minute', predicted_at), model, version_id, arm, coalesce(rollout_id, ''), count(*),
    count(*) filter (where fallback_reason in (${FAULTS})), sum(score), sum(latency_ms)
  from stored group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (minute, model, version_id, arm, rollout_id) do update set predictions = known.predictions + excluded.predictions,
    errors = known.errors + excluded.errors, score_sum = known.score_sum + excluded.score_sum, latency_ms_sum = known.latency_ms_sum + excluded.latency_ms_sum
), arms as (
  select * from stored where rollout_id is not null and arm in ('control', 'challenger')
), traffic as (
  insert into rollout_traffic as known (rollout_id, arm, bucket_group, predictions, errors)
  select rollout_id, arm, bucket % ${BUCKET_GROUPS}, count(*), count(*) filter (where fallback_reason in (${FAULTS}))
  from arms group by 1, 2, 3 order by 1, 2, 3
  on conflict (rollout_id, arm, bucket_group) do update set predictions = known.predictions + excluded.predictions, errors = known.errors + excluded.errors
), entities as (
  insert into rollout_entities as known (rollout_id, entity_hash, arm, first_prediction_id, first_predicted_at)
  select distinct on (rollout_id, entity_hash) rollout_id, entity_hash, arm, prediction_id, predicted_at
  from arms
  where not exists (select 1 from rollout_entities seen where seen.rollout_id = arms.rollout_id and seen.entity_hash = arms.entity_hash
    and seen.first_prediction_id <= arms.prediction_id)
  order by rollout_id, entity_hash, prediction_id
  on conflict (rollout_id, entity_hash) do update
    set arm = excluded.arm, first_prediction_id = excluded.first_prediction_id, first_predicted_at = excluded.first_predicted_at
    where excluded.first_prediction_id < known.first_prediction_id
)
select count(*)::int as stored from stored`;

/** `lines`: prediction records as JSON texts. Answers how many were new. The partitions they belong to must exist. */
export async function insertPredictions(transaction: Knex.Transaction, lines: readonly string[]): Promise<number> {
  const { rows } = await transaction.raw(STORE, [`[${lines.join(',')}]`]);
  return rows[0].stored;
}
