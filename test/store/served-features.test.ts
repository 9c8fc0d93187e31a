import { afterEach, beforeEach, expect, test } from 'vitest';
import { retrainingId } from '../../src/domain/ids.ts';
import type { SnapshotProfile } from '../../src/domain/snapshot-profile.ts';
import { storePredictions } from '../../src/store/log-batches.ts';
import { earlierRowCounts, profileOf, sourceOfSnapshot, storeProfile } from '../../src/store/profiles.ts';
import { openRetraining } from '../../src/store/retrainings.ts';
import { servedFeatures } from '../../src/store/served-features.ts';
import { storeSnapshot } from '../../src/store/snapshots.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aPrediction } from '../support/log.ts';
import { aModel, churn, digestOf } from '../support/registry.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(() => database.drop());
const db = () => database.db;
const DAY = 86_400_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

const column = { distinct: 2, isConstant: false, nulls: 0, numbers: null } as const;
const histogram = { kind: 'number', edges: [30, 40], counts: [30, 40, 30], nulls: 0 } as const;
const plans = { kind: 'category', counts: [{ value: 'basic', count: 60 }], other: 40, nulls: 0 } as const;
const profile: SnapshotProfile = {
  ...{ format: 'understudy.snapshot-profile.v1', snapshot: null, rows: 100, rowsIn: 100, duplicates: 0, repeated: 0, sampled: 100 },
  ...{ earliestAt: null, latestAt: null, label: { labelled: 100, mean: 0.2, deviation: 0.4 } },
  columns: [
    { name: 'age', type: 'number', ...column, histogram },
    { name: 'plan', type: 'category', ...column, histogram: plans },
    { name: 'tenure', type: 'number', ...column, histogram },
    { name: 'receipt', type: 'text', ...column, histogram: null },
  ],
};
const question = { model: 'churn', profile, minimumPredictions: 3, missing: ['unknown'] };

test('what was asked for of late is counted in the bins of the profile; what no request carries, and old requests, are left out', async () => {
  const asked = [
    { age: 20, plan: 'basic', receipt: 'r1' },
    { age: 35, plan: 'gold' },
    { age: null, plan: ' unknown ' },
  ];
  await storePredictions(
    db(),
    asked.map((features, entity) => aPrediction({ entity, features, predicted_at: ago(entity * DAY) })),
  );
  expect(await servedFeatures(db(), { ...question, minimumPredictions: 4 })).toBeNull();
  await storePredictions(db(), [aPrediction({ entity: 9, features: { age: 90 }, predicted_at: ago(40 * DAY) })]);
  expect(await servedFeatures(db(), question)).toEqual([
    { feature: 'age', histogram: { kind: 'number', edges: [30, 40], counts: [1, 1, 0], nulls: 1 } },
    { feature: 'plan', histogram: { kind: 'category', counts: [{ value: 'basic', count: 1 }], other: 1, nulls: 1 } },
  ]);
  expect(await servedFeatures(db(), { ...question, model: 'other' })).toBeNull();
});

async function aTraining(number: number, rowsKept: number, outcome: 'registered' | 'rejected' | null): Promise<void> {
  const id = retrainingId(`training-${number}`);
  const digest = digestOf(String(number));
  await openRetraining(db(), { retrainingId: id, model: churn, requests: [{ by: 'dana', reason: 'weekly' }] });
  const snapshot = { digest, artifact: digestOf('b'), source: { path: `/data/${number}.csv` }, rowsIn: rowsKept, rowsKept };
  await storeSnapshot(db(), {
    model: churn,
    retrainingId: id,
    snapshot: { ...snapshot, setAside: [], columns: [], earliestAt: null, latestAt: null },
    quarantined: [],
  });
  const closed = outcome === null ? {} : { outcome, phase: 'closed', closed_at: new Date() };
  await db()('retrainings')
    .where({ retraining_id: id })
    .update({ snapshot_digest: digest, ...closed });
}

test('the usual number of rows is that of snapshots that versions came from, not of those that were refused', async () => {
  await aModel(db());
  await aTraining(1, 1_000, 'registered');
  await aTraining(2, 10_000, 'rejected');
  await aTraining(3, 1_200, 'registered');
  await aTraining(4, 1_100, null);
  expect([...(await earlierRowCounts(db(), { model: churn, except: digestOf('4') }))].sort()).toEqual([1_000, 1_200]);
  expect(await earlierRowCounts(db(), { model: churn, except: digestOf('3') })).toEqual([1_000]);
});

test('a snapshot was read from the file of this training, whoever took the same rows before', async () => {
  await aModel(db());
  await aTraining(1, 1_000, 'registered');
  await storeSnapshot(db(), {
    model: churn,
    retrainingId: retrainingId('training-2'),
    snapshot: {
      ...{ digest: digestOf('1'), artifact: digestOf('b'), source: { path: '/data/2.csv' }, rowsIn: 1_000, rowsKept: 1_000 },
      ...{ setAside: [], columns: [], earliestAt: null, latestAt: null },
    },
    quarantined: [],
  });
  const read = (number: number) =>
    sourceOfSnapshot(db(), { model: churn, retrainingId: retrainingId(`training-${number}`), snapshot: digestOf('1') });
  expect([await read(1), await read(2)]).toEqual(['/data/1.csv', '/data/2.csv']);
});

test('a profile is kept once for each snapshot; a later one of another kind takes its place', async () => {
  await aModel(db());
  await aTraining(1, 1_000, 'registered');
  expect(await profileOf(db(), digestOf('1'))).toBeNull();
  await storeProfile(db(), digestOf('1'), digestOf('a'));
  await storeProfile(db(), digestOf('1'), digestOf('a'));
  await storeProfile(db(), digestOf('1'), digestOf('c'));
  expect(await profileOf(db(), digestOf('1'))).toBe(digestOf('c'));
});
