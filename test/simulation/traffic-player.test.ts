import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Spec } from '../../src/domain/spec.ts';
import { readSourceRows, visitsOfRows } from '../../src/simulation/csv-visits.ts';
import { openJournal } from '../../src/simulation/journal.ts';
import { visitsOfNewsletter } from '../../src/simulation/newsletter-visits.ts';
import { type PlayOptions, play } from '../../src/simulation/traffic-player.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { aGateway, type FakeGateway } from './fake-gateway.ts';

const root = path.resolve(import.meta.dirname, '../..');
let gateway: FakeGateway;
let folder: string;

beforeEach(async () => {
  gateway = await aGateway();
  folder = mkdtempSync(path.join(os.tmpdir(), 'understudy-simulation-'));
});

afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

function example(name: string): Spec {
  const file = path.join(root, `examples/${name}.yaml`);
  return parseSpec(readFileSync(file, 'utf8'), { file }).spec;
}

function playing(options: Partial<PlayOptions> = {}) {
  const spec = example('newsletter/newsletter');
  return play({
    gateway: gateway.url,
    visits: visitsOfNewsletter({ seed: 1, phase: 'before' }),
    spec: () => spec,
    rate: 20_000,
    batch: 50,
    limit: { instances: 2_000 },
    latestOutcomeMs: 100,
    signal: new AbortController().signal,
    ...options,
  });
}

test('as many are asked as were wanted, in batches, and everything is accounted for', async () => {
  const played = await playing({ limit: { instances: 1_970 } });
  expect(played).toMatchObject({
    sent: 1_970,
    answered: 1_970,
    refused: 0,
    unanswered: 0,
    byVersion: { 'newsletter@1': 1_970 },
    requests: 40,
  });
  expect(gateway.batches.filter((size) => size !== 50)).toEqual([20]);
  expect(played.outcomes).toEqual({ posted: gateway.outcomes.length, pending: 0, lost: 0 });
});

test('people come back, and are the same when they do', async () => {
  await playing({ limit: { instances: 8_000 }, batch: 500 });
  const devices = new Map<string, Set<unknown>>();
  for (const { entity, features } of gateway.asked) devices.set(entity, (devices.get(entity) ?? new Set()).add(features.device));
  expect(devices.size).toBeLessThan(gateway.asked.length);
  expect([...devices.values()].every(({ size }) => size === 1)).toBe(true);
});

test('what is known only afterwards is not sent, or as null to a model that asks for it', async () => {
  await playing();
  expect(Object.keys(gateway.asked[0]!.features)).toEqual(example('newsletter/newsletter').features.map(({ name }) => name));
  const tempting = example('newsletter/newsletter-tempting');
  await playing({ spec: () => tempting });
  expect(gateway.asked.slice(2_000).every(({ features }) => features.support_minutes === null)).toBe(true);
});

test('a gateway that does not know the new feature yet is asked without it', async () => {
  const tempting = example('newsletter/newsletter-tempting');
  gateway.refuse = (features) =>
    'support_minutes' in features ? '"support_minutes" of instance 0: expected a feature of the model' : null;
  expect(await playing({ spec: () => tempting })).toMatchObject({ answered: 2_000, refused: 0 });
});

test('a newer revision of the spec is followed in the middle of a run', async () => {
  const [careful, tempting] = [example('newsletter/newsletter'), example('newsletter/newsletter-tempting')];
  // Of forty requests, each of which looks at the spec at least once.
  let looks = 0;
  await playing({ spec: () => (++looks <= 20 ? careful : tempting) });
  const knowing = gateway.asked.filter(({ features }) => 'support_minutes' in features).length;
  expect([knowing > 0, knowing < gateway.asked.length]).toEqual([true, true]);
});

test('those who convert are posted, each once, when it becomes known; those who do not are silence', async () => {
  const played = await playing({ latestOutcomeMs: 400 });
  const visits = visitsOfNewsletter({ seed: 1, phase: 'before' });
  const converted = Array.from({ length: 2_000 }, () => visits.next().value).filter((visit) => visit?.outcome(false) === 1).length;
  expect(gateway.outcomes.length).toBe(converted);
  expect(new Set(gateway.outcomes.map(({ predictionId }) => predictionId)).size).toBe(converted);
  expect(gateway.outcomes[0]).toMatchObject({ kind: 'converted', value: 1, source: 'simulate' });
  const delays = gateway.outcomes.map(({ predictionId, atMs }) => atMs - gateway.asked[Number(predictionId.slice(2))]!.atMs);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(100);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(played.outcomes.posted).toBe(converted);
});

test('where silence would mean nothing, both are posted', async () => {
  const spec = example('newsletter/newsletter');
  await playing({ spec: () => ({ ...spec, label: { ...spec.label, absent: 'unknown' } }), limit: { instances: 200 } });
  expect(gateway.outcomes.length).toBe(200);
  expect(new Set(gateway.outcomes.map(({ value }) => value))).toEqual(new Set([0, 1]));
});

test('a busy gateway is asked again, and no outcome is lost', async () => {
  gateway.trouble.push(...Array.from({ length: 6 }, () => ({ status: 503, error: 'the spool is full' })));
  const played = await playing({ limit: { instances: 500 } });
  expect(played).toMatchObject({ answered: 500, unanswered: 0, outcomes: { pending: 0, lost: 0 } });
  expect(played.retries + played.outcomes.posted).toBeGreaterThanOrEqual(6);
});

test('a gateway that dies and comes back is waited for', async () => {
  const port = Number(new URL(gateway.url).port);
  const url = gateway.url;
  await gateway.close();
  const playingOn = playing({ gateway: url, limit: { instances: 200 } });
  gateway = await aGateway(port);
  expect(await playingOn).toMatchObject({ answered: 200, unanswered: 0, outcomes: { lost: 0 } });
});

test('a gateway that stays away is given up, and said to be away', async () => {
  const { url } = gateway;
  await gateway.close();
  const played = await playing({ gateway: url, limit: { instances: 100 }, patienceMs: 100 });
  gateway = await aGateway();
  expect(played).toMatchObject({ answered: 0, unanswered: 100, firstLoss: `the gateway could not be reached at ${url}: ECONNREFUSED` });
});

test('requests that are all refused end by themselves, with the first reason', async () => {
  gateway.refuse = () => '"age" of instance 0: expected a finite number, found nothing';
  const played = await playing({ rate: 1_000, limit: { instances: 1_000_000 } });
  expect(played).toMatchObject({ answered: 0, firstRefusal: '"age" of instance 0: expected a finite number, found nothing' });
  expect(played.refused).toBeLessThan(10_000);
});

test('told to stop, it asks nobody else and posts what would have come later', async () => {
  const stop = new AbortController();
  const onProgress = (soFar: { answered: number }) => soFar.answered > 200 && stop.abort();
  const played = await playing({
    signal: stop.signal,
    onProgress,
    rate: 2_000,
    limit: { instances: 1_000_000 },
    latestOutcomeMs: 3_600_000,
  });
  expect(played.answered).toBe(gateway.asked.length);
  expect(played.answered).toBeLessThan(100_000);
  expect(played.outcomes).toEqual({ posted: gateway.outcomes.length, pending: 0, lost: 0 });
  expect(played.outcomes.posted).toBeGreaterThan(0);
  expect(gateway.outcomes.every(({ occurredAt, atMs }) => Date.parse(occurredAt) <= atMs)).toBe(true);
});

test('it ends after its time', async () => {
  const played = await playing({ limit: { durationMs: 200 }, rate: 1_000, batch: 10 });
  expect(played.answered).toBeGreaterThan(50);
  expect(played.answered).toBeLessThanOrEqual(210);
});

test('the journal names everything that was acknowledged, and requests carry their ids', async () => {
  const file = path.join(folder, 'journal.jsonl');
  const journal = openJournal(file, 'run-1');
  const played = await playing({ journal, limit: { instances: 300 } });
  journal.close();
  const entries = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const predictions = entries.filter(({ kind }) => kind === 'prediction');
  expect(predictions.map(({ predictionId }) => predictionId).sort()).toEqual(gateway.asked.map(({ predictionId }) => predictionId).sort());
  expect(entries.filter(({ kind }) => kind === 'outcome')).toHaveLength(played.outcomes.posted);
  expect(new Set(gateway.asked.map(({ requestId }) => requestId)).size).toBe(300);
});

test('rows of a file are typed as the spec says, and rows without a label are not played', async () => {
  const file = path.join(folder, 'bank.csv');
  const yaml = `{model: bank, owners: me, source: {separator: ";", missing: [unknown]}, entity: row-number, knownAfterOutcome: [duration],
    label: {column: y, positive: "yes", maturity: 1d}, features: {age: number, job: "category?", loan: "boolean?", emp.var.rate: number, duration: number}}`;
  const { spec } = parseSpec(yaml, { file: 'bank.yaml' });
  writeFileSync(
    file,
    '"age";"job";"loan";"emp.var.rate";"duration";"y"\n56;"house; ""maid""";"no";-1.1;261;"yes"\n40;"unknown";"unknown";1.4;10;""\n',
  );
  const visits = visitsOfRows(await readSourceRows(file, spec), spec, 1);
  await playing({ spec: () => spec, visits, limit: { instances: 10 }, batch: 5 });
  expect(gateway.asked[0]).toMatchObject({ features: { age: 56, job: 'house; "maid"', loan: false, 'emp.var.rate': -1.1 } });
  expect(gateway.asked.every(({ entity, features }) => entity.startsWith('1-') && !('duration' in features))).toBe(true);
  // The file names nobody, so nobody comes back.
  expect(new Set(gateway.asked.map(({ entity }) => entity)).size).toBe(10);
  expect(gateway.outcomes).toHaveLength(10);
});

test.each([
  ['absent', 'telco.csv', /^cannot read .*telco\.csv: ENOENT/],
  ['empty', 'empty.csv', /has no rows to play/],
  ['without the label', 'other.csv', /has no column "Churn", the label of the spec; found: a, b$/],
])('a file that is %s is refused in a sentence', async (_, name, expected) => {
  writeFileSync(path.join(folder, 'empty.csv'), '');
  writeFileSync(path.join(folder, 'other.csv'), 'a,b\n1,2\n');
  await expect(readSourceRows(path.join(folder, name), example('telco-churn/telco-churn'))).rejects.toThrow(expected);
});
