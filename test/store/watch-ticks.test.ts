import { afterEach, beforeEach, expect, test } from 'vitest';
import { versionOf } from '../../src/domain/ids.ts';
import { fail } from '../../src/domain/verdict.ts';
import { releaseHoldBack } from '../../src/store/champions.ts';
import { eventsOf } from '../../src/store/events.ts';
import { closeRetraining, openRetraining } from '../../src/store/retrainings.ts';
import { mayAskForRetraining, newestTick, storeTick } from '../../src/store/watch-ticks.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aChampion, aRollout, aVersion, churn, enters } from '../support/registry.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
  await aChampion(database.db);
  await database.db('retrainings').whereNull('closed_at').update({ outcome: 'registered', closed_at: database.db.fn.now() });
});
afterEach(() => database.drop());

const db = () => database.db;
const longAgo = '2000-01-01T00:00:00.000Z';
const mayAsk = (quietMs = 60_000) => mayAskForRetraining(db(), { model: churn, since: longAgo, quietMs });
const tick = (number: number, retrain: string | null) =>
  storeTick(db(), {
    model: churn,
    tick: number,
    figures: { unmatchedOutcomes: 3 },
    verdict: fail('PSI 0.31'),
    findings: [{ sentence: 'age moved' }],
    retrain,
  });

test('a tick is written once, and only one that asks for something becomes an event', async () => {
  const before = (await eventsOf(db(), churn)).length;
  await tick(1, null);
  await tick(2, 'PSI of age 0.31');
  await tick(2, 'PSI of age 0.31');
  expect((await eventsOf(db(), churn)).slice(before).map(({ kind }) => kind)).toEqual(['drift-detected']);
  expect(await newestTick(db(), churn)).toMatchObject({
    tick: 2,
    verdict: { kind: 'fail' },
    findings: [{ sentence: 'age moved' }],
    unmatchedOutcomes: 3,
  });
});

test('the watch asks once in its quiet time, and may ask again after it', async () => {
  expect(await mayAsk()).toBe(true);
  await tick(1, 'PSI of age 0.31');
  expect(await mayAsk()).toBe(false);
  expect(await mayAsk(0)).toBe(true);
});

test('while a training or a rollout is at work the watch asks for nothing: its challenger is the answer', async () => {
  const retrainingId = 'training-2' as never;
  await openRetraining(db(), { retrainingId, model: churn, requests: [{ by: 'watch', reason: 'PSI' }] });
  expect(await mayAsk()).toBe(false);
  await closeRetraining(db(), { retrainingId, model: churn, outcome: { kind: 'rejected', detail: 'worse' } });
  expect(await mayAsk()).toBe(true);
});

test('the old champion keeps its hold-back through probation and gives it up afterwards, once', async () => {
  await aVersion(db(), 2);
  await aRollout(db(), 2, 1);
  await enters(db(), 2, { at: 0, rollout: { phase: 'promoted' }, share: 10_000 });
  expect(await releaseHoldBack(db(), churn, 3_600_000)).toBe(false);
  expect(await db()('routes').first()).toMatchObject({ hold_back_id: versionOf(churn, 1), hold_back_bps: 500 });
  expect(await releaseHoldBack(db(), churn, 0)).toBe(true);
  expect(await db()('routes').first()).toMatchObject({ champion_id: versionOf(churn, 2), hold_back_id: null, hold_back_bps: 0 });
  expect(await releaseHoldBack(db(), churn, 0)).toBe(false);
});
