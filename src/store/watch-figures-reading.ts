/** Reads what one look at a champion rests on: its newest window of traffic beside the profile it was released with. */
import type { Knex } from 'knex';
import type { VersionId } from '../domain/ids.ts';
import { binOf, type CategoryHistogram, type Histogram, type NumberHistogram, type ReferenceProfile } from '../domain/reference-profile.ts';
import type { Spec } from '../domain/spec.ts';
import type { WatchFigures } from '../domain/watch-figures.ts';
import { timeOf } from '../features/times.ts';

export interface WatchedChampion {
  readonly model: string;
  readonly version: VersionId;
  readonly spec: Spec;
  readonly profile: ReferenceProfile;
  /** The logged row with its derived features, as they were when it was asked for; without it they are what was logged. */
  readonly derived?: (row: Readonly<Record<string, unknown>>, atMs: number) => Readonly<Record<string, unknown>>;
}

/** Rows behind the histograms: PSI over ten bins is exact to about 0.001 then. */
const SAMPLE = 20_000;
const MOST_MATURED = 20_000;
/** Matured labels of one window may be few; with windows of a day this is the rolling month that performance is judged on. */
const LABEL_WINDOWS = 30;
/** Windows whose mean volume is usual. */
const USUAL_WINDOWS = 7;
/** From here on sums by the minute are exact enough for volumes, and far cheaper than rows. */
const MINUTES_SUFFICE_MS = 3_600_000;

interface Window {
  readonly from: string;
  readonly until: string;
}

export async function readWatchFigures(db: Knex, watched: WatchedChampion): Promise<WatchFigures> {
  return db.transaction((transaction) => readWithin(transaction, watched), { isolationLevel: 'repeatable read', readOnly: true });
}

async function readWithin(transaction: Knex.Transaction, watched: WatchedChampion): Promise<WatchFigures> {
  await transaction.raw(`set local statement_timeout = '120s'`);
  const { rows } = await transaction.raw<{ rows: [{ now: Date }] }>('select now() as now');
  const asOf = rows[0].now;
  const { windowMs } = watched.spec.monitoring;
  const window = windowBefore(asOf, windowMs);
  const traffic = await trafficIn(transaction, watched, window);
  const sample = await sampleOf(transaction, watched, window, traffic.predictions);
  const asked = sample.map(({ features, at }) => watched.derived?.(features, at) ?? features);
  return {
    asOf: asOf.toISOString(),
    windowMs,
    predictions: traffic.predictions,
    usualPredictions: await usualPredictions(transaction, watched, { asOf, windowMs, traffic }),
    errors: traffic.errors,
    latency: { p95Ms: traffic.p95Ms, limitMs: watched.spec.rollout.metrics.latency.limitMs },
    sample: { predictions: sample.length, entities: new Set(sample.map((row) => row.entity_hash)).size },
    features: watched.profile.features.map(({ feature, histogram }) => ({
      feature,
      reference: histogram,
      current: histogramLike(
        histogram,
        asked.map((row) => row[feature]),
        watched.spec.source.missing,
      ),
    })),
    score:
      sample.length === 0
        ? null
        : {
            reference: watched.profile.score,
            current: numbersLike(
              watched.profile.score,
              sample.map(({ score }) => score),
            ),
          },
    matured: await matured(transaction, watched, asOf),
  };
}

interface Traffic {
  /** Answered by the champion. */
  readonly predictions: number;
  /** Answered by anybody. */
  readonly all: number;
  readonly errors: number;
  readonly p95Ms: number | null;
}

async function trafficIn(transaction: Knex.Transaction, { model, version }: WatchedChampion, { from, until }: Window): Promise<Traffic> {
  const { rows } = await transaction.raw<{ rows: [Omit<Traffic, 'errors'>] }>(
    /* sql */ `
    select count(*) as all, count(*) filter (where version_id = :version) as predictions,
      percentile_cont(0.95) within group (order by latency_ms) filter (where version_id = :version) as "p95Ms"
    from predictions where model = :model and predicted_at >= :from and predicted_at < :until`,
    { model, version, from, until },
  );
  const failed = await transaction('failed_answers')
    .where({ model, version_id: version })
    .andWhere('failed_at', '>=', from)
    .andWhere('failed_at', '<', until)
    .sum('failed_count as count')
    .first();
  return { ...rows[0], errors: Number(failed?.count ?? 0) };
}

interface Now {
  readonly asOf: Date;
  readonly windowMs: number;
  readonly traffic: Traffic;
}

/**
 * The mean of earlier windows as far as the model's history goes, scaled to the champion's part of the traffic now: promotions and
 * rollouts move traffic between versions, which says nothing about its volume.
 */
async function usualPredictions(
  transaction: Knex.Transaction,
  { model }: WatchedChampion,
  { asOf, windowMs, traffic }: Now,
): Promise<number | null> {
  const until = new Date(asOf.getTime() - windowMs);
  const { rows } = await transaction.raw<{ rows: [{ first: Date | null }] }>(
    'select min(minute) as first from traffic_minutes where model = ?',
    [model],
  );
  const { first } = rows[0];
  const windows = first === null ? 0 : Math.min(USUAL_WINDOWS, Math.floor((until.getTime() - first.getTime()) / windowMs));
  if (windows < 1) return null;
  const from = new Date(until.getTime() - windows * windowMs);
  const usual = (await volume(transaction, model, { from, until, windowMs })) / windows;
  return traffic.all === 0 ? usual : (usual * traffic.predictions) / traffic.all;
}

async function volume(
  transaction: Knex.Transaction,
  model: string,
  { from, until, windowMs }: { from: Date; until: Date; windowMs: number },
): Promise<number> {
  const counted =
    windowMs >= MINUTES_SUFFICE_MS
      ? transaction('traffic_minutes')
          .where({ model })
          .andWhere('minute', '>=', from)
          .andWhere('minute', '<', until)
          .sum('predictions as count')
      : transaction('predictions')
          .where({ model })
          .andWhere('predicted_at', '>=', from)
          .andWhere('predicted_at', '<', until)
          .count('* as count');
  const row = await counted.first();
  return Number(row?.count ?? 0);
}

interface SampledRow {
  readonly features: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly score: number;
  readonly entity_hash: string;
}

/** Spread evenly over the window by a hash of the id: the newest rows alone would be one hour of the day. */
async function sampleOf(
  transaction: Knex.Transaction,
  { model, version }: WatchedChampion,
  { from, until }: Window,
  predictions: number,
): Promise<SampledRow[]> {
  const { rows } = await transaction.raw<{ rows: (Omit<SampledRow, 'at'> & { said: string | null; predicted_at: Date })[] }>(
    /* sql */ `
    select features, context ->> 'at' as said, predicted_at, score, entity_hash from predictions
    where model = :model and version_id = :version and predicted_at >= :from and predicted_at < :until
      and (hashtext(cast(prediction_id as text)) & 2147483647) % :every = 0`,
    { model, version, from, until, every: Math.max(1, Math.ceil(predictions / SAMPLE)) },
  );
  return rows.map(({ said, predicted_at, ...row }) => ({ ...row, at: timeOf(said) || predicted_at.getTime() }));
}

/**
 * One prediction an entity, the first one within the newest matured window; when that holds too few, within as many windows as make
 * a rolling month.
 */
async function matured(transaction: Knex.Transaction, watched: WatchedChampion, asOf: Date): Promise<WatchFigures['matured']> {
  const { windowMs, minimumMatured } = watched.spec.monitoring;
  const until = new Date(asOf.getTime() - watched.spec.label.maturityMs);
  const newest = await maturedIn(transaction, watched, windowBefore(until, windowMs));
  if (newest.labels.length >= minimumMatured) return newest;
  return maturedIn(transaction, watched, windowBefore(until, LABEL_WINDOWS * windowMs));
}

async function maturedIn(
  transaction: Knex.Transaction,
  { model, version, spec }: WatchedChampion,
  { from, until }: Window,
): Promise<WatchFigures['matured']> {
  const { outcome, maturityMs, absent } = spec.label;
  const isValue = spec.task === 'regression';
  const inTime = `outcome.occurred_at <= asked.predicted_at + :maturityMs * interval '1 millisecond'`;
  const { rows } = await transaction.raw<{ rows: { label: number; score: number }[] }>(
    /* sql */ `
    with asked as materialized (
      select * from (
        select distinct on (entity_hash) prediction_id, predicted_at, score from predictions
        where model = :model and version_id = :version and predicted_at >= :from and predicted_at < :until
        order by entity_hash, prediction_id
      ) first_predictions order by prediction_id desc limit ${MOST_MATURED}
    )
    select ${isValue ? `case when ${inTime} then outcome.value else 0 end` : `case when outcome.value > 0 and ${inTime} then 1 else 0 end`} as label, score
    from asked left join lateral (select value, occurred_at from outcomes
      where outcomes.prediction_id = asked.prediction_id and outcomes.kind = :outcome order by revision desc limit 1) outcome on true
    where :absentCounts or ${isValue ? `coalesce(${inTime}, false)` : 'outcome.value is not null'}`,
    { model, version, from, until, outcome, maturityMs, absentCounts: absent === 'negative' },
  );
  return { labels: rows.map(({ label }) => label), scores: rows.map(({ score }) => score) };
}

function windowBefore(until: Date, ms: number): Window {
  return { from: new Date(until.getTime() - ms).toISOString(), until: until.toISOString() };
}

/** The live values in the bins or categories of the reference. */
export function histogramLike(reference: Histogram, values: readonly unknown[], missing: readonly string[]): Histogram {
  return reference.kind === 'number' ? numbersLike(reference, values) : categoriesLike(reference, values, missing);
}

function numbersLike({ edges }: NumberHistogram, values: readonly unknown[]): NumberHistogram {
  const counts = new Array<number>(edges.length + 1).fill(0);
  let nulls = 0;
  for (const value of values) {
    if (typeof value === 'number') counts[binOf(edges, value)]! += 1;
    else nulls += 1;
  }
  return { kind: 'number', edges, counts, nulls };
}

function categoriesLike(reference: CategoryHistogram, values: readonly unknown[], missing: readonly string[]): CategoryHistogram {
  const counts = new Map(reference.counts.map(({ value }) => [value, 0]));
  let other = 0;
  let nulls = 0;
  for (const value of values) {
    const text = value === null || value === undefined ? '' : String(value).trim();
    const known = counts.get(text);
    if (text === '' || missing.includes(text)) nulls += 1;
    else if (known === undefined) other += 1;
    else counts.set(text, known + 1);
  }
  return { kind: 'category', counts: [...counts].map(([value, count]) => ({ value, count })), other, nulls };
}
