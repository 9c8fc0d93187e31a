import { expect, test } from 'vitest';
import { manifestProblems, trainerJsonSchema, trainerOutputProblems } from '../../src/training/manifest-schema.ts';

const digest = 'a'.repeat(64);
const manifest = {
  format: 'understudy.manifest.v1',
  model: 'churn',
  task: 'binary-classification',
  encoder: {
    format: 'understudy.encoder.v1',
    inputs: [{ name: 'age', type: 'number', nullable: false }],
    columns: [{ kind: 'raw', input: 0 }],
    width: 1,
    missingTexts: [],
  },
  onnx: { input: 'features', output: 'score', width: 1 },
  artifactDigest: digest,
  trainer: { name: 'lightgbm', seed: 1, parameters: {} },
  snapshotDigest: digest,
  splitDigest: digest,
  golden: [{ instance: { age: 3 }, score: 0.5 }],
  referenceProfile: {
    format: 'understudy.reference-profile.v1',
    rows: 1,
    features: [],
    score: { kind: 'number', edges: [], counts: [1], nulls: 0 },
    baseRate: 0.5,
  },
  trainedRows: 1,
  baseRate: 0.5,
  importances: [],
};

test('the JSON Schema for other languages is the one that is checked in', async () => {
  await expect(`${JSON.stringify(trainerJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../src/training/trainer.schema.json');
});

test('a manifest may say more than is asked, and no less', () => {
  expect(manifestProblems({ ...manifest, note: 'made on the cluster' })).toEqual([]);
  const { golden: _, ...without } = manifest;
  expect(manifestProblems(without)[0]).toMatch(/^golden: /);
  expect(manifestProblems({ ...manifest, encoder: { ...manifest.encoder, columns: [{ kind: 'magic', input: 0 }] } })[0]).toMatch(
    /^encoder\.columns\.0/,
  );
  expect(manifestProblems(null)[0]).toMatch(/^it: /);
});

test('a place of an input that is not there is found before anything is encoded', () => {
  expect(manifestProblems({ ...manifest, encoder: { ...manifest.encoder, columns: [{ kind: 'raw', input: 1 }] } })).toEqual([
    'encoder.columns.0.input: expected a place in inputs and derived',
  ]);
});

test("a trainer's answer names its files by digests", () => {
  const output = { artifactDigest: digest, manifestDigest: digest, trainedRows: 1, baseRate: 0.5, validation: null, importances: [] };
  expect(trainerOutputProblems(output)).toEqual([]);
  expect(trainerOutputProblems({ ...output, artifactDigest: '../../etc/passwd' })[0]).toMatch(/^artifactDigest: expected a SHA-256/);
});
