/** Models of the other tasks, from a data file through two trainings to a promotion by the real judge. */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Population } from '../../src/simulation/population-names.ts';
import { aStory, type Story } from '../support/story.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** Durations and minimum counts are small, and margins wide enough that only what is really different could fail. */
const BRISK = [
  ...['label.maturity=1s', 'approval.expires=10m', 'retraining.every=none', 'monitoring.every=1h', 'segments=[]'],
  ...['rollout.steps=[20%, 50%]', 'rollout.lookEvery=250ms', 'rollout.longestStep=5m', 'rollout.patience=10m'],
  ...['rollout.shadow.duration=1s', 'rollout.shadow.predictions=200', 'rollout.step.duration=1s', 'rollout.step.predictions=200'],
  ...['rollout.step.maturedOutcomes=20', 'rollout.metrics.errors.margin=30%', 'rollout.metrics.latency.batch=500ms'],
  ...['rollout.metrics.latency.limit=60s', 'rollout.metrics.latency.margin=90%', 'rollout.metrics.latency.tolerance=10s'],
  ...['rollout.metrics.latency.critical=false', 'rollout.metrics.conversion.margin=90%', 'rollout.metrics.absoluteError.margin=50%'],
];

let story: Story;
beforeAll(async () => {
  story = await aStory();
});
afterAll(() => story?.ends());

interface Model {
  readonly name: string;
  readonly people: Population;
  readonly settings: readonly string[];
}

async function describes({ name, settings }: Model, data: string, more: readonly string[] = []): Promise<void> {
  const file = path.join(ROOT, 'examples', name, `${name}.yaml`);
  await story.does('apply', file, '--data', data, ...[...BRISK, ...settings, ...more].flatMap((setting) => ['--set', setting]));
}

async function dataOf(people: Population, seed: number): Promise<string> {
  const file = path.join(story.stateDir, `${people}-${seed}.csv`);
  await story.does('generate', people, '--rows', '12000', '--seed', String(seed), '--out', file);
  return file;
}

async function becomesChampionTwice(model: Model): Promise<void> {
  const [first, second] = [await dataOf(model.people, 1), await dataOf(model.people, 2)];
  await describes(model, first);
  await story.trains(model.name, first);
  await story.approves(model.name);
  await story.until(model.name, 'the first champion', ({ champion, challenger }) => champion !== null && challenger === null);
  const traffic = story.plays(model.name, 7, model.people);
  await story.trains(model.name, second);
  await story.approves(model.name);
  await story.until(model.name, 'the promotion', ({ lastRollout }) => lastRollout?.version === `${model.name}@2`, 240_000);
  await traffic.stop();
}

const lastReasons = async (model: string): Promise<string[]> => {
  const row = await story.db('verdicts').where({ model, kind: 'pass', gate: 'step-2' }).orderBy('reached_at', 'desc').first();
  return row?.reasons ?? [];
};

test('a value model goes from a file to a promotion: sums are posted, and errors and means judge', async () => {
  await becomesChampionTwice({ name: 'customer-value', people: 'value', settings: ['gates.margins={mae: 50%, rmse: 50%}'] });
  const { champion, lastRollout } = await story.status('customer-value');
  expect([champion?.version, lastRollout?.phase]).toEqual(['customer-value@2', 'promoted']);
  const largest = await story.db('outcomes').where({ kind: 'spent_90d' }).max('value as spent').first();
  expect(Number(largest?.spent)).toBeGreaterThan(100);
  const reasons = (await lastReasons('customer-value')).join('\n');
  expect(reasons).toContain('value: "spent_90d"');
  expect(reasons).toContain('absolute-error: ');
});

test('an uplift model goes from a campaign to a promotion: differences are served, and only the arms judge', async () => {
  await becomesChampionTwice({ name: 'voucher-uplift', people: 'uplift', settings: ['gates.margins={qini: 90%}'] });
  const { champion, lastRollout } = await story.status('voucher-uplift');
  expect([champion?.version, lastRollout?.phase]).toEqual(['voucher-uplift@2', 'promoted']);
  const smallest = await story.db('predictions').where({ model: 'voucher-uplift' }).min('score as score').first();
  expect(Number(smallest?.score)).toBeLessThan(0);
  const reasons = (await lastReasons('voucher-uplift')).join('\n');
  expect(reasons).toContain('conversion: "bought"');
  expect(reasons).not.toContain('auc');
});
