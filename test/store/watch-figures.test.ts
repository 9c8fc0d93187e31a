import { afterEach, beforeEach, expect, test } from 'vitest';
import { versionId } from '../../src/domain/ids.ts';
import type { ReferenceProfile } from '../../src/domain/reference-profile.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { storeLogBatch, storeOutcomes, storePredictions } from '../../src/store/log-batches.ts';
import type { PredictionRecord } from '../../src/store/log-records.ts';
import { readWatchFigures } from '../../src/store/watch-figures-reading.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { anOutcome, aPrediction, idAt } from '../support/log.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(() => database.drop());

const db = () => database.db;
const MINUTE = 60_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

const yaml = `
model: churn
owners: team
entity: customer
label: { column: left, outcome: converted, maturity: 10m, absent: negative }
features: { age: number, plan: category, member: boolean }
monitoring: { every: 1m, window: 10m, minimumMatured: 3 }
`;
const { spec } = parseSpec(yaml, { file: 'churn.yaml' });

const profile: ReferenceProfile = {
  format: 'understudy.reference-profile.v1',
  rows: 100,
  features: [
    { feature: 'age', histogram: { kind: 'number', edges: [30, 40], counts: [30, 40, 30], nulls: 0 } },
    {
      feature: 'plan',
      histogram: {
        kind: 'category',
        counts: [
          { value: 'basic', count: 60 },
          { value: 'plus', count: 40 },
        ],
        other: 0,
        nulls: 0,
      },
    },
    {
      feature: 'member',
      histogram: {
        kind: 'category',
        counts: [
          { value: 'true', count: 60 },
          { value: 'false', count: 40 },
        ],
        other: 0,
        nulls: 0,
      },
    },
  ],
  score: { kind: 'number', edges: [0.5], counts: [50, 50], nulls: 0 },
  baseRate: 0.2,
};

const read = () => readWatchFigures(db(), { model: 'churn', version: versionId('churn@1'), spec, profile });
const at = (entity: number, ms: number, changes: Partial<PredictionRecord> = {}) =>
  aPrediction({ entity, predicted_at: ago(ms), ...changes });

test('without traffic there is nothing to compare, and nothing is made up', async () => {
  const figures = await read();
  expect(figures).toMatchObject({
    predictions: 0,
    usualPredictions: null,
    errors: 0,
    score: null,
    sample: { predictions: 0, entities: 0 },
  });
  expect(figures.latency.p95Ms).toBeNull();
  expect(figures.matured).toEqual({ labels: [], scores: [] });
});

test("the newest window is counted in the bins and categories of the reference, the champion's own answers only", async () => {
  await storePredictions(db(), [
    at(1, MINUTE, { features: { age: 20, plan: 'basic', member: true }, score: 0.1, latency_ms: 2 }),
    at(2, MINUTE, { features: { age: 30, plan: ' plus ', member: false }, score: 0.5, latency_ms: 4 }),
    at(2, MINUTE, { features: { age: null, plan: 'gold', member: true }, score: 0.9, latency_ms: 4 }),
    at(3, MINUTE, { features: { age: 50, plan: '', member: true }, score: 0.9, latency_ms: 4 }),
    at(4, MINUTE, { version_id: 'churn@2', arm: 'challenger' }),
    at(5, 11 * MINUTE),
  ]);
  const figures = await read();
  expect(figures).toMatchObject({ predictions: 4, windowMs: 10 * MINUTE, sample: { predictions: 4, entities: 3 } });
  expect(figures.features.map(({ current }) => current)).toEqual([
    { kind: 'number', edges: [30, 40], counts: [1, 1, 1], nulls: 1 },
    {
      kind: 'category',
      counts: [
        { value: 'basic', count: 1 },
        { value: 'plus', count: 1 },
      ],
      other: 1,
      nulls: 1,
    },
    {
      kind: 'category',
      counts: [
        { value: 'true', count: 3 },
        { value: 'false', count: 1 },
      ],
      other: 0,
      nulls: 0,
    },
  ]);
  expect(figures.score?.current).toEqual({ kind: 'number', edges: [0.5], counts: [1, 3], nulls: 0 });
  expect(figures.latency.p95Ms).toBeCloseTo(4, 3);
});

test("what is usual is the mean of earlier windows, scaled to the champion's part of the traffic", async () => {
  const earlier = [12, 13, 22, 23, 24, 25].map((minutes, entity) => at(entity, minutes * MINUTE, { version_id: 'churn@0' }));
  const history = at(99, 31 * MINUTE, { version_id: 'churn@0' });
  await storePredictions(db(), [
    ...earlier,
    history,
    at(1, MINUTE),
    at(2, MINUTE),
    at(3, MINUTE),
    at(4, MINUTE, { version_id: 'churn@2' }),
  ]);
  const figures = await read();
  expect(figures.predictions).toBe(3);
  expect(figures.usualPredictions).toBeCloseTo((6 / 2) * (3 / 4), 5);
});

test('what the champion could not answer is an error though no prediction exists', async () => {
  const failure = {
    failure_id: idAt(ago(MINUTE)),
    gateway_id: 'a',
    model: 'churn',
    version_id: 'churn@1',
    reason: 'NaN',
    failed_count: 7,
    failed_at: ago(MINUTE),
  };
  await storeLogBatch(db(), {
    kind: 'failures',
    lines: [JSON.stringify(failure), JSON.stringify({ ...failure, failure_id: idAt(ago(0)), failed_at: ago(20 * MINUTE) })],
    fromMs: 0,
    untilMs: 0,
  });
  expect((await read()).errors).toBe(7);
});

test('matured labels are one an entity, of the newest matured window, or of a rolling month when that holds too few', async () => {
  const fresh = [1, 2].map((entity) => at(entity, 15 * MINUTE, { score: 0.7 }));
  await storePredictions(db(), [
    ...fresh,
    at(1, 14 * MINUTE, { score: 0.1 }),
    at(7, MINUTE),
    at(8, 100 * MINUTE, { score: 0.2 }),
    at(9, 400 * MINUTE),
  ]);
  await storeOutcomes(db(), [anOutcome(fresh[0]!, { occurred_at: ago(14 * MINUTE) })]);
  const byScore = async () => {
    const { labels, scores } = (await read()).matured;
    return scores.map((score, index) => [score, labels[index]]).sort((a, b) => b[0]! - a[0]! || b[1]! - a[1]!);
  };
  expect(await byScore()).toEqual([
    [0.7, 1],
    [0.7, 0],
    [0.2, 0],
  ]);
  await storePredictions(db(), [at(3, 15 * MINUTE, { score: 0.6 })]);
  expect(await byScore()).toEqual([
    [0.7, 1],
    [0.7, 0],
    [0.6, 0],
  ]);
});

test('matured labels of a regression are the numbers that came in time', async () => {
  const value = { ...spec, task: 'regression' as const };
  const asked = [1, 2, 3].map((entity) => at(entity, 15 * MINUTE, { score: 120 }));
  await storePredictions(db(), asked);
  await storeOutcomes(db(), [
    anOutcome(asked[0]!, { value: 99.5, occurred_at: ago(14 * MINUTE) }),
    anOutcome(asked[1]!, { value: 50, occurred_at: ago(1 * MINUTE) }),
  ]);
  const read = async (absent: 'negative' | 'unknown') => {
    const watched = { model: 'churn', version: versionId('churn@1'), profile, spec: { ...value, label: { ...spec.label, absent } } };
    return [...(await readWatchFigures(db(), watched)).matured.labels].sort((a, b) => a - b);
  };
  expect(await read('negative')).toEqual([0, 0, 99.5]);
  expect(await read('unknown')).toEqual([99.5]);
});

test('a derived feature is compared as it was when its score was asked for: at the time of the request, else when it came', async () => {
  const said = '2026-03-02T00:00:00.000Z';
  await storePredictions(db(), [at(1, MINUTE, { context: { at: said } }), at(2, MINUTE), at(3, MINUTE, { context: { at: 'some day' } })]);
  const year: ReferenceProfile['features'][number] = {
    feature: 'since_march',
    histogram: { kind: 'number', edges: [1], counts: [50, 50], nulls: 0 },
  };
  const derived = (row: Readonly<Record<string, unknown>>, ms: number) => ({ ...row, since_march: (ms - Date.parse(said)) / 86_400_000 });
  const watched = { model: 'churn', version: versionId('churn@1'), spec, profile: { ...profile, features: [year] }, derived };
  const { features } = await readWatchFigures(db(), watched);
  expect(features[0]!.current).toMatchObject({ counts: [1, 2] });
});
