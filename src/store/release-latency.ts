import type { Knex } from 'knex';

export interface ReleaseLatency {
  readonly predictions: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly from: string;
  readonly until: string;
}

/** Of the answers that a version gave while it was rolled out: the same for ever once that is over. Null when it gave none. */
export async function releaseLatency(db: Knex, version: string): Promise<ReleaseLatency | null> {
  const { rows } = await db.raw<{ rows: [{ predictions: string; percentiles: number[] | null; first: Date; last: Date }] }>(
    /* sql */ `
    select count(*) as predictions, percentile_cont(array[0.5, 0.95, 0.99]) within group (order by latency_ms) as percentiles,
      min(predicted_at) as first, max(predicted_at) as last
    from predictions
    where rollout_id in (select rollout_id from rollouts where challenger_id = :version) and arm = 'challenger' and version_id = :version`,
    { version },
  );
  const [{ predictions, percentiles, first, last }] = rows;
  const [p50Ms, p95Ms, p99Ms] = percentiles ?? [];
  if (p50Ms === undefined || p95Ms === undefined || p99Ms === undefined) return null;
  return { predictions: Number(predictions), p50Ms, p95Ms, p99Ms, from: first.toISOString(), until: last.toISOString() };
}
