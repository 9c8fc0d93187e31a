import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storeLogBatch, storeOutcomes, storePairs, storePredictions } from '../../src/store/log-batches.ts';
import { unmatchedOutcomes } from '../../src/store/outcomes.ts';
import { ensurePartitions } from '../../src/store/prediction-partitions.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { anOutcome, aPair, aPrediction, aRolloutPrediction, hashOf } from '../support/log.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(() => database.drop());

const db = () => database.db;
const count = async (table: string) => Number((await db()(table).count('* as n').first())?.n);
const sum = async (table: string, column: string, where: Record<string, unknown> = {}) =>
  Number((await db()(table).where(where).sum(`${column} as n`).first())?.n);

test('a batch that is stored twice is counted once, also in the sums beside it', async () => {
  const batch = Array.from({ length: 300 }, (_, entity) =>
    aRolloutPrediction(entity, 2_500, entity === 7 ? { fallback_reason: 'challenger-error' } : {}),
  );
  expect(await storePredictions(db(), batch)).toEqual({ stored: 300, rejected: 0 });
  expect(await storePredictions(db(), batch)).toEqual({ stored: 0, rejected: 0 });
  expect(await count('predictions')).toBe(300);
  expect(await sum('traffic_minutes', 'predictions')).toBe(300);
  expect(await sum('traffic_minutes', 'errors')).toBe(1);
  const inArms = batch.filter(({ arm }) => arm !== 'champion').length;
  expect(await sum('rollout_traffic', 'predictions')).toBe(inArms);
  expect(await count('rollout_entities')).toBe(inArms);
});

test('two gateways that store overlapping batches at once double nothing', async () => {
  const batch = Array.from({ length: 400 }, (_, entity) => aRolloutPrediction(entity, 5_000));
  await Promise.all([storePredictions(db(), batch.slice(0, 300)), storePredictions(db(), batch.slice(100))]);
  expect(await count('predictions')).toBe(400);
  expect(await sum('rollout_traffic', 'predictions')).toBe(400);
});

test('the first prediction of an entity is its first one, in whatever order gateways ship', async () => {
  const entity = [...Array(50).keys()].find((candidate) => aRolloutPrediction(candidate, 500).arm === 'challenger') ?? 0;
  const early = aRolloutPrediction(entity, 5_000, { predicted_at: '2026-11-21T10:00:00.000Z' });
  const late = aRolloutPrediction(entity, 5_000, { predicted_at: '2026-11-21T10:05:00.000Z' });
  await storePredictions(db(), [late]);
  await storePredictions(db(), [early]);
  await storePredictions(db(), [late]);
  expect(await db()('rollout_entities').select('entity_hash', 'first_prediction_id')).toEqual([
    { entity_hash: hashOf(entity), first_prediction_id: early.prediction_id },
  ]);
});

test('one poisoned record among five hundred is set aside with its reason, and the rest is stored', async () => {
  const batch = Array.from({ length: 500 }, (_, entity) => aPrediction({ entity }));
  const poisons: [number, object, RegExp][] = [
    [3, { features: { plan: 'a\u0000b' } }, /^22P05/],
    [77, { score: 'Infinity' }, /scores_are_finite_numbers/],
    [200, { arm: 'nobody' }, /arms_are_known/],
    [499, { predicted_at: 'yesterday-ish' }, /^22007/],
  ];
  for (const [index, change] of poisons) batch[index] = { ...batch[index]!, ...change } as never;
  const lines = batch.map((record) => JSON.stringify(record));
  const at = Date.parse('2026-11-21T10:00:00Z');
  expect(await storeLogBatch(db(), { kind: 'predictions', lines, fromMs: at, untilMs: at })).toEqual({ stored: 496, rejected: 4 });
  for (const [index, , reason] of poisons) {
    const row = await db()('rejected_records').where({ record_id: batch[index]!.prediction_id }).first();
    expect(row).toMatchObject({ kind: 'predictions', reason: expect.stringMatching(reason) });
    expect(row.raw).toBe(lines[index]);
  }
  expect(await sum('traffic_minutes', 'predictions')).toBe(496);
  await storeLogBatch(db(), { kind: 'predictions', lines, fromMs: at, untilMs: at });
  expect(await count('rejected_records')).toBe(4);
});

test("what is no record's fault is thrown, so that the batch is kept", async () => {
  await db().schema.dropTable('traffic_minutes');
  await expect(storePredictions(db(), [aPrediction()])).rejects.toThrow(/traffic_minutes/);
  expect(await count('predictions')).toBe(0);
  expect(await count('rejected_records')).toBe(0);
});

test('every month has its partition before its first prediction comes, also when several gateways come at once', async () => {
  const months = ['2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00.000Z', '2026-07-15T12:00:00.000Z'];
  await Promise.all(months.map((predicted_at) => storePredictions(db(), [aPrediction({ predicted_at })])));
  await Promise.all([1, 2, 3].map(() => ensurePartitions(db(), Date.parse('2027-02-01'), Date.parse('2027-02-27'))));
  expect(await count('predictions_default')).toBe(0);
  expect(await count('predictions_2025_12')).toBe(1);
  expect(await count('predictions_2026_01')).toBe(1);
  expect(await count('predictions_2026_07')).toBe(1);
  expect(await count('predictions_2027_03')).toBe(0);
});

test('a pair is stored once', async () => {
  const prediction = aPrediction();
  await storePairs(db(), [aPair(prediction)]);
  await storePairs(db(), [aPair(prediction, { champion_score: 0.9 })]);
  expect(await db()('shadow_pairs').pluck('champion_score')).toEqual([0.25]);
});

test('the same value again is the same revision, another value is the next one, and a repeated delivery changes nothing', async () => {
  const prediction = aPrediction();
  const told = [1, 1, 0, 1].map((value) => anOutcome(prediction, { value }));
  for (const outcome of told) await storeOutcomes(db(), [outcome]);
  await storeOutcomes(db(), told);
  await storeOutcomes(db(), [told[0]!]);
  expect(await db()('outcomes').orderBy('revision').select('revision', 'value')).toEqual([
    { revision: 1, value: 1 },
    { revision: 2, value: 0 },
    { revision: 3, value: 1 },
  ]);
});

test('however outcomes are batched, repeated and interleaved, what is known in the end is what was received last', async () => {
  const predictions = [1, 2, 3].map((entity) => aPrediction({ entity }));
  const feed = fc.array(fc.record({ who: fc.nat(2), value: fc.constantFrom(0, 1, 2), again: fc.boolean() }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(feed, fc.integer({ min: 1, max: 5 }), async (told, size) => {
      await db()('outcomes').delete();
      const records = told.map(({ who, value }) => anOutcome(predictions[who]!, { value }));
      for (let from = 0; from < records.length; from += size) await storeOutcomes(db(), records.slice(from, from + size));
      await storeOutcomes(
        db(),
        records.filter((_, index) => told[index]!.again),
      );
      for (const [who, { prediction_id }] of predictions.entries()) {
        const last = told.findLast((one) => one.who === who);
        const known = await db()('outcomes').where({ prediction_id }).orderBy('revision', 'desc').first('value');
        expect(known?.value).toBe(last?.value);
      }
    }),
    { numRuns: 40 },
  );
});

test('outcomes may come before their prediction; those that never find one are counted', async () => {
  const known = aPrediction();
  const received_at = new Date(Date.now() - 60_000).toISOString();
  await storeOutcomes(db(), [anOutcome(known, { received_at }), anOutcome(aPrediction(), { received_at })]);
  const unmatched = () => unmatchedOutcomes(db(), { withinMs: 3_600_000, olderThanMs: 1_000 });
  expect(await unmatched()).toBe(2);
  await storePredictions(db(), [known]);
  expect(await unmatched()).toBe(1);
});
