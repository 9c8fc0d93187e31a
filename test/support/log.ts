/** Records as gateways log them; every value that doesn't matter has a default. Times are ISO texts. */
import { type Arm, armOf, bucketOf } from '../../src/domain/buckets.ts';
import { timeOrderedIds } from '../../src/gateway/time-ordered-id.ts';
import type { OutcomeRecord, PairRecord, PredictionRecord } from '../../src/store/log-records.ts';

/** A time-ordered id of that moment. */
export function idAt(at: string): string {
  return sourceAt(Date.parse(at))();
}

const sources = new Map<number, () => string>();
function sourceAt(ms: number): () => string {
  const source = sources.get(ms) ?? timeOrderedIds(() => ms);
  sources.set(ms, source);
  return source;
}

export const hashOf = (entity: string | number): string => String(entity).padStart(32, '0');

export interface Told extends Partial<PredictionRecord> {
  readonly entity?: string | number;
}

export function aPrediction({ entity = 'ann', ...changes }: Told = {}): PredictionRecord {
  const at = changes.predicted_at ?? '2026-11-21T10:00:00.000Z';
  const hash = hashOf(entity);
  return {
    prediction_id: idAt(at),
    model: 'churn',
    version_id: 'churn@1',
    arm: 'champion',
    entity_hash: hash,
    bucket: bucketOf('salt', hash),
    route_revision: 1,
    route_epoch: 0,
    gateway_id: 'gateway-a',
    segments: {},
    features: { age: 34, plan: 'basic', member: true },
    score: 0.5,
    latency_ms: 1,
    predicted_at: at,
    ...changes,
  };
}

/** In the arm that its entity has at this share of `rollout-1`. */
export function aRolloutPrediction(entity: string | number, shareBps: number, changes: Partial<PredictionRecord> = {}): PredictionRecord {
  const arm: Arm = armOf(bucketOf('salt', hashOf(entity)), { challengerBps: shareBps, holdBackBps: 0 });
  return aPrediction({ entity, arm, rollout_id: 'rollout-1', version_id: arm === 'challenger' ? 'churn@2' : 'churn@1', ...changes });
}

export function aPair(prediction: PredictionRecord, changes: Partial<PairRecord> = {}): PairRecord {
  return {
    prediction_id: prediction.prediction_id,
    model: prediction.model,
    rollout_id: prediction.rollout_id ?? 'rollout-1',
    arm: prediction.arm,
    entity_hash: prediction.entity_hash,
    champion_score: 0.25,
    challenger_score: 0.75,
    failure: null,
    predicted_at: prediction.predicted_at,
    ...changes,
  };
}

let receipts = 0;
const nextReceipt = timeOrderedIds(() => 1_700_000_000_000 + receipts++);

export function anOutcome(prediction: { readonly prediction_id: string }, changes: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return {
    receipt_id: nextReceipt(),
    prediction_id: prediction.prediction_id,
    kind: 'converted',
    value: 1,
    occurred_at: '2026-11-21T10:00:01.000Z',
    received_at: '2026-11-21T10:00:01.000Z',
    source: 'test',
    ...changes,
  };
}
