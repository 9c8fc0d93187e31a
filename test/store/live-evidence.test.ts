import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DecisionContract, JudgedStage } from '../../src/domain/decision-contract.ts';
import { digest, rolloutId, versionId } from '../../src/domain/ids.ts';
import { readLiveEvidence } from '../../src/store/live-evidence.ts';
import { storeDrops, storeOutcomes, storePairs, storePredictions } from '../../src/store/log-batches.ts';
import type { PredictionRecord } from '../../src/store/log-records.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { anOutcome, aPair, aRolloutPrediction, idAt } from '../support/log.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(() => database.drop());

const db = () => database.db;
const MINUTE = 60_000;
const now = Date.now();
const ago = (ms: number) => new Date(now - ms).toISOString();

const aContract = (changes: Partial<DecisionContract> = {}): DecisionContract => ({
  format: 'understudy.decision-contract.v1',
  judge: 'always-valid.v1',
  rolloutId: rolloutId('rollout-1'),
  challenger: versionId('churn@2'),
  champion: versionId('churn@1'),
  evidence: digest('e'.repeat(64)),
  alpha: 0.05,
  metrics: [{ metric: 'latency', critical: true, margin: 0.5, harmToFind: 0.03, alpha: 0.005, plannedRows: 100 }],
  steps: [500, 2_500, 5_000],
  shadow: { durationMs: 0, predictions: 0, maturedOutcomes: 0 },
  step: { durationMs: 0, predictions: 0, maturedOutcomes: 0 },
  longestStepMs: 1e9,
  dependsOnAction: 'none',
  label: { outcome: 'converted', maturityMs: 10 * MINUTE, absent: 'negative' },
  primary: { outcome: 'bought', maturityMs: 10 * MINUTE, absent: 'negative', better: 'higher' },
  latency: { batchMs: MINUTE, toleranceMs: 2, limitMs: 200 },
  clip: 1e-6,
  ...changes,
});

const step = (since: string): JudgedStage => ({ kind: 'step', step: 0, since });
const shadow = (since: string): JudgedStage => ({ kind: 'shadow', since });

/** Entities by the arm they have at a share of 50 %. */
const entitiesOf = (arm: string, count: number) =>
  Array.from({ length: 400 }, (_, entity) => entity)
    .filter((entity) => aRolloutPrediction(entity, 5_000).arm === arm)
    .slice(0, count);

const at = (entity: number, predicted_at: string, changes: Partial<PredictionRecord> = {}) =>
  aRolloutPrediction(entity, 5_000, { predicted_at, ...changes });

test('an empty rollout is evidence of nothing, and says so in zeroes and nulls', async () => {
  const evidence = await readLiveEvidence(db(), aContract(), step(ago(MINUTE)));
  expect(evidence).toMatchObject({
    stage: { predictions: 0, maturedOutcomes: 0 },
    errors: { control: [], challenger: [], shadow: { predictions: 0, errors: 0 } },
    latency: { controlP95Ms: null, challengerP95Ms: null, batches: [] },
    conversion: { control: { entities: 0, positives: 0 }, challenger: { entities: 0, positives: 0 } },
    pairs: { labels: [], champion: [], challenger: [] },
    pairsStored: 0,
    copiesDropped: 0,
  });
  expect(evidence.stage.sinceMs).toBeGreaterThan(MINUTE - 1);
  expect(Math.abs(Date.parse(evidence.asOf) - Date.now())).toBeLessThan(10_000);
});

test('errors are counted by assigned arm and group of buckets: a fallback is an error, an expired lease is none', async () => {
  const [one, two, three] = entitiesOf('challenger', 3) as [number, number, number];
  const [other] = entitiesOf('control', 1) as [number];
  await storePredictions(db(), [
    at(one, ago(5 * MINUTE)),
    at(one, ago(4 * MINUTE), { fallback_reason: 'challenger-timeout', version_id: 'churn@1' }),
    at(two, ago(4 * MINUTE), { fallback_reason: 'challenger-not-loaded', version_id: 'churn@1' }),
    at(three, ago(4 * MINUTE), { fallback_reason: 'lease-expired', version_id: 'churn@1' }),
    at(other, ago(4 * MINUTE)),
    at(other, ago(4 * MINUTE), { rollout_id: 'another rollout' }),
  ]);
  const { errors, stage } = await readLiveEvidence(db(), aContract(), step(ago(4.5 * MINUTE)));
  expect(errors.challenger.reduce((sum, { predictions }) => sum + predictions, 0)).toBe(4);
  expect(errors.challenger.reduce((sum, group) => sum + group.errors, 0)).toBe(2);
  expect(errors.challenger.find((group) => group.predictions === 2)).toEqual({ predictions: 2, errors: 1 });
  expect(errors.control).toEqual([{ predictions: 1, errors: 0 }]);
  expect(stage.predictions).toBe(3);
});

test('conversion counts each entity once, by its first prediction, only when matured, and only what happened in time', async () => {
  const entities = entitiesOf('challenger', 5) as [number, number, number, number, number];
  const early = entities.map((entity) => at(entity, ago(30 * MINUTE)));
  const again = at(entities[0], ago(20 * MINUTE));
  const unripe = at(entitiesOf('challenger', 6)[5]!, ago(5 * MINUTE));
  const control = entitiesOf('control', 3).map((entity) => at(entity, ago(30 * MINUTE)));
  await storePredictions(db(), [...early, again, unripe, ...control]);
  const bought = (prediction: PredictionRecord, value: number, after: number) =>
    anOutcome(prediction, { kind: 'bought', value, occurred_at: new Date(Date.parse(prediction.predicted_at) + after).toISOString() });
  await storeOutcomes(db(), [
    bought(early[0]!, 1, MINUTE),
    bought(early[1]!, 1, MINUTE),
    bought(early[1]!, 0, 2 * MINUTE),
    bought(early[2]!, 1, 11 * MINUTE),
    bought(early[3]!, 0, MINUTE),
    bought(unripe, 1, MINUTE),
    bought(control[0]!, 1, MINUTE),
    anOutcome(control[1]!, { kind: 'something else' }),
  ]);
  const { conversion, stage } = await readLiveEvidence(db(), aContract(), step(ago(40 * MINUTE)));
  expect(conversion).toEqual({ challenger: { entities: 5, positives: 1 }, control: { entities: 3, positives: 1 } });
  expect(stage.maturedOutcomes).toBe(5);

  const unknown = { ...aContract().primary, absent: 'unknown' as const };
  const known = await readLiveEvidence(db(), aContract({ primary: unknown }), step(ago(40 * MINUTE)));
  expect(known.conversion).toEqual({ challenger: { entities: 4, positives: 1 }, control: { entities: 1, positives: 1 } });
});

test('a primary outcome that is a number is summed over entities, capped, and only what came in time', async () => {
  const entities = entitiesOf('challenger', 5);
  const asked = entities.map((entity) => at(entity, ago(30 * MINUTE)));
  const control = entitiesOf('control', 1).map((entity) => at(entity, ago(30 * MINUTE)));
  await storePredictions(db(), [...asked, ...control]);
  const spent = (prediction: PredictionRecord, value: number, after = MINUTE) =>
    anOutcome(prediction, { kind: 'spent', value, occurred_at: new Date(Date.parse(prediction.predicted_at) + after).toISOString() });
  await storeOutcomes(db(), [
    spent(asked[0]!, 20),
    spent(asked[1]!, 5_000),
    spent(asked[2]!, -30),
    spent(asked[3]!, 7, 11 * MINUTE),
    spent(control[0]!, 12),
    spent(control[0]!, 15, 2 * MINUTE),
  ]);
  const primary = { outcome: 'spent', maturityMs: 10 * MINUTE, better: 'higher', kind: 'value', cap: 100 } as const;
  const read = async (absent: 'negative' | 'unknown') =>
    (await readLiveEvidence(db(), aContract({ primary: { ...primary, absent } }), step(ago(40 * MINUTE)))).conversion;
  expect(await read('negative')).toEqual({
    challenger: { entities: 5, positives: 3, sum: 90, sumOfSquares: 11_300 },
    control: { entities: 1, positives: 1, sum: 15, sumOfSquares: 225 },
  });
  expect((await read('unknown')).challenger).toEqual({ entities: 3, positives: 3, sum: 90, sumOfSquares: 11_300 });
});

test('pairs of a regression hold the number, uncapped; what never came is zero only where the spec says so', async () => {
  const asked = [0, 1, 2].map((entity) => at(entity, ago(30 * MINUTE)));
  await storePairs(
    db(),
    asked.map((prediction) => aPair(prediction, { champion_score: 240, challenger_score: -12.5 })),
  );
  await storeOutcomes(db(), [anOutcome(asked[0]!, { value: 812.5, occurred_at: ago(29 * MINUTE) })]);
  const label = { outcome: 'converted', maturityMs: 10 * MINUTE, kind: 'value' } as const;
  const read = async (absent: 'negative' | 'unknown') =>
    (await readLiveEvidence(db(), aContract({ label: { ...label, absent } }), shadow(ago(40 * MINUTE)))).pairs;
  const all = await read('negative');
  expect([...all.labels].sort((a, b) => a - b)).toEqual([0, 0, 812.5]);
  expect(all.challenger[0]).toBe(-12.5);
  expect((await read('unknown')).labels).toEqual([812.5]);
});

test('a pair an entity, its first one with both scores, matured, with the newest revision of its label', async () => {
  const entities = Array.from({ length: 6 }, (_, entity) => entity);
  const first = entities.map((entity) => at(entity, ago(30 * MINUTE + entity)));
  const second = entities.map((entity) => at(entity, ago(20 * MINUTE)));
  await storePairs(db(), [
    ...first.map((prediction, index) => aPair(prediction, { champion_score: index / 10, challenger_score: 0.5 })),
    ...second.map((prediction) => aPair(prediction, { champion_score: 0.9, challenger_score: 0.9 })),
    aPair(at(100, ago(30 * MINUTE)), { challenger_score: null, failure: 'challenger-error' }),
    aPair(at(100, ago(25 * MINUTE)), { champion_score: 0.8, challenger_score: 0.7 }),
    aPair(at(101, ago(5 * MINUTE))),
  ]);
  await storeOutcomes(db(), [
    anOutcome(first[0]!, { occurred_at: ago(29 * MINUTE) }),
    anOutcome(first[1]!, { occurred_at: ago(29 * MINUTE) }),
    anOutcome(first[1]!, { value: 0, occurred_at: ago(28 * MINUTE) }),
    anOutcome(second[2]!, { occurred_at: ago(19 * MINUTE) }),
  ]);
  const evidence = await readLiveEvidence(db(), aContract(), shadow(ago(26 * MINUTE)));
  const { labels, champion, challenger } = evidence.pairs;
  const rows = champion.map((score, index) => [score, challenger[index], labels[index]]);
  expect(rows.sort((a, b) => a[0]! - b[0]!)).toEqual([
    [0, 0.5, 1],
    [0.1, 0.5, 0],
    [0.2, 0.5, 0],
    [0.3, 0.5, 0],
    [0.4, 0.5, 0],
    [0.5, 0.5, 0],
    [0.8, 0.7, 0],
  ]);
  expect(evidence.pairsStored).toBe(15);
  expect(evidence.stage).toMatchObject({ predictions: 8, maturedOutcomes: 7 });
  expect(evidence.errors.shadow.errors).toBe(1);
});

test('when an action on the score may change the outcome, only pairs of the two equal arms count', async () => {
  const inArm = (arm: string) => at(entitiesOf(arm, 1)[0]!, ago(30 * MINUTE));
  const rehearsed = aRolloutPrediction(0, 0, { predicted_at: ago(40 * MINUTE) });
  await storePairs(db(), [aPair(inArm('control')), aPair(inArm('challenger')), aPair({ ...rehearsed, entity_hash: 'f'.repeat(32) })]);
  const pairs = async (dependsOnAction: 'none' | 'possible') =>
    (await readLiveEvidence(db(), aContract({ dependsOnAction }), step(ago(MINUTE)))).pairs.labels.length;
  expect(await pairs('none')).toBe(3);
  expect(await pairs('possible')).toBe(2);
});

test('failures of the challenger in the shadow are counted among the copies it was given; dropped copies are not forgotten', async () => {
  const rehearsed = Array.from({ length: 10 }, (_, entity) => aRolloutPrediction(entity, 0, { predicted_at: ago(2 * MINUTE) }));
  await storePairs(
    db(),
    rehearsed.map((prediction, index) => aPair(prediction, index < 3 ? { challenger_score: null, failure: 'challenger-error' } : {})),
  );
  const dropped = { gateway_id: 'a', rollout_id: 'rollout-1', dropped_at: ago(MINUTE) };
  await storeDrops(db(), [
    { ...dropped, drop_id: idAt(ago(2 * MINUTE)), dropped_count: 5 },
    { ...dropped, drop_id: idAt(ago(MINUTE)), dropped_count: 7 },
  ]);
  const { errors, copiesDropped } = await readLiveEvidence(db(), aContract(), shadow(ago(3 * MINUTE)));
  expect(errors.shadow).toEqual({ predictions: 10, errors: 3 });
  expect(copiesDropped).toBe(12);
});

test('latency is held against the control arm of the first five batches, in whole batches after them', async () => {
  const [control] = entitiesOf('control', 1) as [number];
  const [challenger] = entitiesOf('challenger', 1) as [number];
  const began = now - 20 * MINUTE - 30_000;
  const records: PredictionRecord[] = [];
  const answered = (entity: number, minute: number, latency_ms: number) =>
    records.push(at(entity, new Date(began + minute * MINUTE + records.length).toISOString(), { latency_ms }));
  for (let index = 0; index <= 100; index++) answered(control, 0, index / 10);
  answered(challenger, 4, 500);
  for (const latency of [9, 9.6, 20]) answered(control, 6, latency);
  for (const latency of [9, 9.6, 20, 30]) answered(challenger, 6, latency);
  answered(challenger, 9, 11.6);
  answered(challenger, 20, 1_000);
  await storePredictions(db(), records);
  const { latency } = await readLiveEvidence(db(), aContract(), step(new Date(began + 5 * MINUTE).toISOString()));
  expect(latency.controlP95Ms).toBeCloseTo(9.5, 5);
  // The bar of what is tolerated is 9.5 + max(50 % of it, 2 ms) = 14.25 ms; the batch of minute 20 isn't whole yet.
  expect(latency.batches).toEqual([
    { controlCount: 3, challengerCount: 4, controlOver: 2, challengerOver: 3, challengerOverTolerated: 2 },
    { controlCount: 0, challengerCount: 1, controlOver: 0, challengerOver: 1, challengerOverTolerated: 0 },
  ]);
  expect(latency.challengerP95Ms).toBeGreaterThan(500);
});

test('before the first five batches are over there is no bar, and nothing is judged by it', async () => {
  const [control] = entitiesOf('control', 1) as [number];
  await storePredictions(db(), [at(control, ago(2 * MINUTE))]);
  const { latency } = await readLiveEvidence(db(), aContract(), step(ago(2 * MINUTE)));
  expect(latency).toEqual({ controlP95Ms: null, challengerP95Ms: null, batches: [] });
});
