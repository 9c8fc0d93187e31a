import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArtifacts, sha256 } from '../../src/artifacts/store.ts';
import { storeOutcomes, storePredictions } from '../../src/store/log-batches.ts';
import { inputName, outputName, writeLinearModel } from '../../src/training/onnx/write-linear-model.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { anOutcome, aPrediction } from '../support/log.ts';
import { aChampion, aVersion } from '../support/registry.ts';
import { environment, type Spoken, understudy } from './a-command-line.ts';

let database: TestDatabase;
let folder: string;
const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();

/** Whoever stays long leaves: churn@2 knows it, churn@1 answered the same to everybody. */
beforeAll(async () => {
  database = await aDatabase();
  folder = await mkdtemp(path.join(os.tmpdir(), 'understudy-replay-'));
  const artifacts = openArtifacts(folder);
  const bytes = writeLinearModel({ weights: Float32Array.from([1.5]), bias: -1 });
  const artifact = await artifacts.put(bytes);
  const encoder = {
    format: 'understudy.encoder.v1',
    inputs: [{ name: 'tenure', type: 'number', nullable: false }],
    columns: [{ kind: 'standardised', input: 0, of: 'value', mean: 0, sd: 1 }],
    width: 1,
    missingTexts: [],
  };
  const onnx = { input: inputName, output: outputName, width: 1 };
  const manifest = await artifacts.putJson({
    format: 'understudy.manifest.v1',
    encoder,
    onnx,
    artifactDigest: sha256(bytes),
    baseRate: 0.3,
  });
  await aChampion(database.db);
  await aVersion(database.db, 2, { artifact, manifest });
  const asked = Array.from({ length: 900 }, (_, index) =>
    aPrediction({ entity: index, predicted_at: ago(40 - index / 1_000), features: { tenure: (index % 7) - 3 }, score: 0.3 }),
  );
  const young = Array.from({ length: 5 }, (_, index) =>
    aPrediction({ entity: 2_000 + index, predicted_at: ago(1), features: { tenure: 0 }, score: 0.3 }),
  );
  await storePredictions(database.db, [...asked, ...young]);
  const left = asked.filter((_, index) => index % 7 > 4 || index % 11 === 0);
  await storeOutcomes(
    database.db,
    left.map((asked) => anOutcome(asked, { kind: 'left', occurred_at: asked.predicted_at, received_at: asked.predicted_at })),
  );
});
afterAll(() => database.drop());

const ask = (...words: string[]): Promise<Spoken> =>
  understudy(words, { env: environment(database.url, { ARTIFACTS_URL: folder }), cwd: folder });

test('replay asks another version what the champion was asked, and says what to believe', async () => {
  const { code, out, err } = await ask('replay', 'churn', '--version', 'churn@2', '--from', ago(50), '--json');
  expect({ code, err: err.includes('comparing') }).toEqual({ code: 0, err: true });
  const found = JSON.parse(out);
  expect(found).toMatchObject({ model: 'churn', version: 'churn@2', champion: 'churn@1', rows: 900, unknown: 5, unreadable: 0 });
  expect(found.verdict.kind).toBe('pass');
  expect(found.notes.join()).toContain('it may have learned from outcomes of requests before that');
});

test('the page names both versions and every figure', async () => {
  const { out } = await ask('replay', 'churn', '--version', 'churn@2', '--from', ago(50));
  expect(out).toContain('asked of churn@2');
  expect(out).toContain('900 requests of 900 entities with a matured outcome');
  expect(out).toContain('5 more requests have no matured outcome yet');
});

test('a period without matured requests, and one that ends before it begins, are told apart', async () => {
  const empty = await ask('replay', 'churn', '--version', 'churn@2', '--from', ago(3));
  expect([empty.code, empty.err]).toEqual([1, expect.stringContaining('5 requests there have no matured outcome yet')]);
  const backwards = await ask('replay', 'churn', '--version', 'churn@2', '--from', ago(3), '--until', ago(9));
  expect(backwards.code).toBe(2);
});

test('a version of another model is refused before anything is read', async () => {
  const { code, err } = await ask('replay', 'churn', '--version', 'value@2', '--from', ago(50));
  expect([code, err]).toEqual([2, expect.stringContaining('--version must be one of churn, such as churn@2, and value@2 is not')]);
});
