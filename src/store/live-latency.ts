/**
 * Latency of the two arms in batches of time. The bar is the control arm's p95 over the first batches of the ramp, which are then
 * not judged themselves: frozen before the first judged answer, it cannot follow what it measures.
 */
import type { Knex } from 'knex';
import type { DecisionContract, LatencyBatch, LiveEvidence } from '../domain/decision-contract.ts';

/** Batches that set the bar: enough answers for a 95th percentile, little of a step's time. Guessed. */
const BATCHES_FOR_THE_BAR = 5;

interface Span {
  readonly since: string;
  readonly asOf: string;
}

export async function readLiveLatency(
  transaction: Knex.Transaction,
  contract: DecisionContract,
  { since, asOf }: Span,
): Promise<LiveEvidence['latency']> {
  const challengerP95Ms = await p95(transaction, contract, { arm: 'challenger', from: since, until: asOf });
  const rampBegan = await beginningOfRamp(transaction, contract);
  if (rampBegan === null) return { controlP95Ms: null, challengerP95Ms, batches: [] };
  const judgedFrom = new Date(rampBegan.getTime() + BATCHES_FOR_THE_BAR * contract.latency.batchMs);
  if (judgedFrom.getTime() > Date.parse(asOf)) return { controlP95Ms: null, challengerP95Ms, batches: [] };
  const controlP95Ms = await p95(transaction, contract, { arm: 'control', from: rampBegan.toISOString(), until: judgedFrom.toISOString() });
  if (controlP95Ms === null) return { controlP95Ms, challengerP95Ms, batches: [] };
  return { controlP95Ms, challengerP95Ms, batches: await batches(transaction, contract, { judgedFrom, asOf, controlP95Ms }) };
}

async function beginningOfRamp(transaction: Knex.Transaction, { rolloutId }: DecisionContract): Promise<Date | null> {
  const { rows } = await transaction.raw<{ rows: [{ began: Date | null }] }>(
    /* sql */ `
    select least(
      (select min(predicted_at) from predictions where rollout_id = ? and arm = 'control'),
      (select min(predicted_at) from predictions where rollout_id = ? and arm = 'challenger')) as began`,
    [rolloutId, rolloutId],
  );
  return rows[0].began;
}

async function p95(
  transaction: Knex.Transaction,
  { rolloutId }: DecisionContract,
  { arm, from, until }: { arm: string; from: string; until: string },
): Promise<number | null> {
  const { rows } = await transaction.raw<{ rows: [{ p95: number | null }] }>(
    /* sql */ `
    select percentile_cont(0.95) within group (order by latency_ms) as p95 from predictions
    where rollout_id = ? and arm = ? and predicted_at >= ? and predicted_at < ?`,
    [rolloutId, arm, from, until],
  );
  return rows[0].p95;
}

interface Judged {
  readonly judgedFrom: Date;
  readonly asOf: string;
  readonly controlP95Ms: number;
}

/** Whole batches only: a batch that is still filling would be another one at the next look. */
async function batches(
  transaction: Knex.Transaction,
  contract: DecisionContract,
  { judgedFrom, asOf, controlP95Ms }: Judged,
): Promise<LatencyBatch[]> {
  const { batchMs, toleranceMs } = contract.latency;
  const margin = contract.metrics.find(({ metric }) => metric === 'latency')?.margin ?? 0;
  const tolerated = Math.max((1 + margin) * controlP95Ms, controlP95Ms + toleranceMs);
  const whole = Math.floor((Date.parse(asOf) - judgedFrom.getTime()) / batchMs);
  const until = new Date(judgedFrom.getTime() + whole * batchMs).toISOString();
  const { rows } = await transaction.raw<{ rows: (LatencyBatch & { batch: string })[] }>(
    /* sql */ `
    select floor(extract(epoch from predicted_at - cast(:from as timestamptz)) * 1000 / :batchMs) as batch,
      count(*) filter (where arm = 'control') as "controlCount",
      count(*) filter (where arm = 'challenger') as "challengerCount",
      count(*) filter (where arm = 'control' and latency_ms > :bar) as "controlOver",
      count(*) filter (where arm = 'challenger' and latency_ms > :bar) as "challengerOver",
      count(*) filter (where arm = 'challenger' and latency_ms > :tolerated) as "challengerOverTolerated"
    from predictions
    where rollout_id = :rollout and arm in ('control', 'challenger') and predicted_at >= :from and predicted_at < :until
    group by batch order by batch`,
    { bar: controlP95Ms, tolerated, rollout: contract.rolloutId, from: judgedFrom.toISOString(), until, batchMs },
  );
  return rows.map(({ batch: _, ...counts }) => counts);
}
