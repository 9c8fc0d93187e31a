/**
 * The same two trainings and the same rollout, once in calm and once in a storm: every process dies without a warning at least
 * once. What people are told afterwards must not differ.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { championChanges } from '../../src/store/champions.ts';
import { firstBrokenLink } from '../../src/store/events.ts';
import { aStory, eventually, type Story, type Traffic } from '../support/story.ts';

let story: Story;
let traffic: Traffic;
const STORM_MS = 240_000;

beforeAll(async () => {
  story = await aStory();
  const [first, second] = [await story.dataFile('first.csv', 1), await story.dataFile('second.csv', 2)];
  await Promise.all(['calm', 'stormy'].map((model) => story.hasAFirstChampion(model, first)));
  await inCalm(second);
  await inStorm(second);
}, STORM_MS);
afterAll(() => story?.ends());

async function inCalm(data: string): Promise<void> {
  const readers = story.plays('calm');
  await story.trains('calm', data);
  await story.approves('calm');
  await story.until('calm', 'the promotion', ({ lastRollout }) => lastRollout?.version === 'calm@2');
  await readers.stop();
}

/** A killed worker's activity is tried again when its time is over; other processes die in that time. */
async function inStorm(data: string): Promise<void> {
  traffic = story.plays('stormy');
  story.holdsAt('training');
  const training = story.trains('stormy', data);
  training.catch(() => undefined);
  await story.reaches('training');
  await story.kills('training');
  story.letsGo('training');
  await training;

  story.holdsAt('after-shadowing');
  await story.approves('stormy');
  await killLifecycleAt('after-shadowing');
  story.holdsAt('before-ramping');
  await story.kills('gateway');
  await killLifecycleAt('before-ramping');
  story.holdsAt('before-promoted');
  await killServer('postgres');
  await killLifecycleAt('before-promoted');
  await killServer('temporal');
  await story.until('stormy', 'the promotion', ({ lastRollout }) => lastRollout?.version === 'stormy@2', 90_000);
  expect(await traffic.stop()).toMatchObject({ code: 0 });
}

async function killLifecycleAt(point: string): Promise<void> {
  await story.reaches(point);
  await story.kills('lifecycle');
  story.letsGo(point);
}

async function killServer(name: 'postgres' | 'temporal'): Promise<void> {
  const before = story.stack[name]!.current().pid;
  process.kill(before, 'SIGKILL');
  const isBack = () => story.stack[name]!.current().pid !== before || null;
  expect(await eventually(isBack, 30_000), `${name} runs again`).toBe(true);
}

/** Names and digests that carry the model's own name, told without it. */
const untold = (text: string) => text.replace(/(calm|stormy)/g, 'model');

test('the registry holds the same versions', async () => {
  const versions = async (model: string) => {
    const columns = ['number', 'snapshot_digest', 'split_digest', 'seed', 'metrics', 'trainer'];
    const rows = await story.db('model_versions').where({ model }).orderBy('number').select(columns);
    // What a training cost is measured, and no two measurements are the same.
    return rows.map(({ metrics: { cost, ...metrics }, ...row }) => ({ ...row, metrics }));
  };
  const calm = await versions('calm');
  expect(calm.map(({ number }) => number)).toEqual([1, 2]);
  expect(await versions('stormy')).toEqual(calm);
  expect(await story.db('retrainings').where({ model: 'stormy' }).orderBy('version_number').pluck('outcome')).toEqual([
    'registered',
    'registered',
  ]);
});

test('the rollout passes the same phases, and every step of its story is told once', { timeout: 90_000 }, async () => {
  // Who asked for a training, and what the gateways answered, is written beside the story and not in step with it.
  const beside = ['retraining-requested', 'route-acknowledged'];
  const told = async (model: string) => (await story.events(model)).map(({ kind }) => kind);
  const isAnswered = async () => (await told('stormy')).filter((kind) => kind === 'route-acknowledged').length >= 5 || null;
  await eventually(isAnswered, 60_000);
  const [calm, stormy] = [await told('calm'), await told('stormy')];
  expect(stormy.filter((kind) => !beside.includes(kind))).toEqual(calm.filter((kind) => !beside.includes(kind)));
  expect(stormy.filter((kind) => beside.includes(kind)).toSorted()).toEqual(calm.filter((kind) => beside.includes(kind)).toSorted());
  expect(stormy.filter((kind) => kind === 'share-changed')).toHaveLength(3);
});

test('every approval is there once, with who gave it and why', async () => {
  const approvals = (model: string) =>
    story
      .db('approvals')
      .join('rollouts', 'rollouts.rollout_id', 'approvals.rollout_id')
      .where({ model })
      .orderBy('approved_at')
      .select('approved_by', 'approvals.reason', 'via');
  const calm = await approvals('calm');
  expect(calm).toHaveLength(2);
  expect(await approvals('stormy')).toEqual(calm);
});

test('the champions follow each other as in calm', async () => {
  const champions = async (model: string) =>
    (await championChanges(story.db, model)).map(({ version, from, kind, changedBy, reason }) =>
      [version, from, kind, changedBy, reason].map((word) => untold(String(word))),
    );
  const calm = await champions('calm');
  expect(calm.map(([version]) => version)).toEqual(['model@1', 'model@2']);
  expect(await champions('stormy')).toEqual(calm);
});

test('the audit trail has no broken link', async () => {
  expect(await firstBrokenLink(story.db, 'calm')).toBeNull();
  expect(await firstBrokenLink(story.db, 'stormy')).toBeNull();
});

test('everything the gateway acknowledged is in Postgres, exactly once', async () => {
  const lines = readFileSync(traffic.journal, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; predictionId: string });
  const acknowledged = (kind: string) => lines.filter((line) => line.kind === kind).map(({ predictionId }) => predictionId);
  const [predictions, outcomes] = [acknowledged('prediction'), acknowledged('outcome')];
  expect(new Set(predictions).size).toBe(predictions.length);
  expect(outcomes.length).toBeGreaterThan(100);
  const missingFrom = async (table: string, ids: readonly string[]) => {
    const stored = new Set<string>(await story.db(table).pluck('prediction_id'));
    return ids.filter((id) => !stored.has(id)).length;
  };
  const isAllThere = async () => (await missingFrom('predictions', predictions)) + (await missingFrom('outcomes', outcomes)) === 0 || null;
  await eventually(isAllThere, 20_000);
  expect({ predictions: await missingFrom('predictions', predictions), outcomes: await missingFrom('outcomes', outcomes) }).toEqual({
    predictions: 0,
    outcomes: 0,
  });
  const doubled = await story.db('outcomes').select('prediction_id').groupBy('prediction_id', 'kind').havingRaw('count(*) > 1');
  expect(doubled).toEqual([]);
});

test('the sums that the judge reads count every stored prediction once, whatever was shipped twice', async () => {
  const stored = await story.db('predictions').where({ model: 'stormy' }).count('* as n').first();
  const counted = await story.db('traffic_minutes').where({ model: 'stormy' }).sum('predictions as n').first();
  expect(Number(counted?.n)).toBe(Number(stored?.n));
  expect(await story.db('rejected_records')).toEqual([]);
});
