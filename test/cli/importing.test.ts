import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { versionId } from '../../src/domain/ids.ts';
import type { Encoder } from '../../src/features/encoder.ts';
import type { ImportDeclaration } from '../../src/training/import-declaration.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aModel, aVersion } from '../support/registry.ts';
import { aVersion as servedVersion } from '../support/served-model.ts';
import { classifierWithZipMap } from '../training/foreign-models.ts';
import { environment, type Spoken, understudy } from './a-command-line.ts';

let database: TestDatabase;
let folder: string;
let connection: Connection;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'understudy-import-'));
  await writeFile(path.join(folder, 'theirs.onnx'), classifierWithZipMap([0.1], -1));
  connection = await Connection.connect({ address: environment('').TEMPORAL_ADDRESS! });
});
beforeEach(async () => {
  database = await aDatabase();
  await aModel(database.db);
});
afterEach(async () => {
  await new Client({ connection }).workflow
    .getHandle('retrain:churn')
    .terminate('the test is over')
    .catch(() => undefined);
  await database.drop();
});
afterAll(() => connection.close());

const ask = (...words: string[]): Promise<Spoken> =>
  understudy(words, { env: environment(database.url, { ARTIFACTS_URL: path.join(folder, 'artifacts') }), cwd: folder });
const adopt = (...words: string[]) =>
  ask('import', 'churn', '--onnx', 'theirs.onnx', '--reason', 'what we had', '--data', 'rows.csv', ...words);

test('an import keeps the file and what was declared, and asks for a retraining that adopts it', async () => {
  const { code, out } = await adopt('--inputs', 'tenure', '--by', 'bob', '--json');
  expect(code).toBe(0);
  const asked = JSON.parse(out);
  expect(asked).toMatchObject({ model: 'churn', by: 'bob', reason: 'what we had', workflowId: 'retrain:churn' });
  const artifacts = openArtifacts(path.join(folder, 'artifacts'));
  const declaration = await artifacts.readJson<ImportDeclaration>(asked.imported);
  expect(declaration).toMatchObject({
    fileName: 'theirs.onnx',
    encoder: { inputs: [{ name: 'tenure', type: 'number' }], columns: [{ kind: 'raw', input: 0 }] },
    graph: { width: 1, output: null, column: null, transform: 'none' },
    golden: [],
  });
  expect(await artifacts.has(declaration.file)).toBe(true);
  const { out: history } = await ask('history', 'churn', '--json');
  expect(history).toContain('asked for a retraining: what we had');
});

test('without a declaration the columns are the features of the spec, in their order', async () => {
  expect(await adopt()).toMatchObject({ code: 0, out: 'churn: an import is asked for; to follow it: understudy status churn --wait\n' });
});

test('a declaration in YAML says what each column is made of', async () => {
  await writeFile(path.join(folder, 'inputs.yaml'), 'inputs:\n  - { feature: tenure, mean: 30, sd: 20 }\ncolumn: 0\ntransform: sigmoid\n');
  const { out } = await adopt('--inputs', 'inputs.yaml', '--column', '1', '--json');
  const declaration = await openArtifacts(path.join(folder, 'artifacts')).readJson<ImportDeclaration>(JSON.parse(out).imported);
  expect(declaration.encoder.columns).toEqual([{ kind: 'standardised', input: 0, of: 'value', mean: 30, sd: 20 }]);
  expect(declaration.graph).toMatchObject({ column: 1, transform: 'sigmoid' });
});

test('a manifest that a trainer wrote says everything, and its golden rows are kept with the declaration', async () => {
  const { artifacts: theirs, manifest } = await theirManifest();
  await writeFile(path.join(folder, 'their.json'), JSON.stringify(manifest));
  await writeFile(path.join(folder, 'their.onnx'), await theirs.read(manifest.artifactDigest));
  const { code, out } = await adopt('--onnx', 'their.onnx', '--manifest', 'their.json', '--json');
  expect(code).toBe(0);
  const declaration = await openArtifacts(path.join(folder, 'artifacts')).readJson<ImportDeclaration>(JSON.parse(out).imported);
  expect(declaration).toMatchObject({ encoder: manifest.encoder, golden: manifest.golden, graph: { width: manifest.onnx.width } });
});

test('a manifest that is not whole, or of another task or of columns that the source has not, is refused', async () => {
  const { manifest } = await theirManifest();
  const { golden: _, ...rest } = manifest;
  const strange = { ...manifest.encoder, inputs: [{ name: 'shoe_size', type: 'number', nullable: false }] };
  const refusals: [object, string][] = [
    [rest, 'golden'],
    [{ ...manifest, task: 'regression' }, 'is for regression: expected binary-classification, the task of churn'],
    [{ ...manifest, encoder: strange }, 'takes "shoe_size" (number): expected inputs that churn has'],
  ];
  for (const [written, sentence] of refusals) {
    await writeFile(path.join(folder, 'their.json'), JSON.stringify(written));
    const { code, err } = await adopt('--manifest', 'their.json');
    expect(err).toContain(sentence);
    expect(code).toBe(1);
  }
});

/** Of a model with one input, the only feature that the spec of the tests has. */
async function theirManifest() {
  const artifacts = openArtifacts(path.join(folder, 'theirs'));
  const encoder: Encoder = {
    format: 'understudy.encoder.v1',
    inputs: [{ name: 'tenure', type: 'number', nullable: false }],
    columns: [{ kind: 'standardised', input: 0, of: 'value', mean: 30, sd: 20 }],
    width: 1,
    missingTexts: [],
  };
  const { manifest } = await servedVersion(artifacts, versionId('churn@1'), { encoder });
  return { artifacts, manifest: await artifacts.readJson<Manifest>(manifest) };
}

test('what cannot be adopted is refused at once, and nothing is asked for', async () => {
  await writeFile(path.join(folder, 'broken.yaml'), 'inputs:\n  - { feature: tenure, median: 3 }\n');
  await writeFile(path.join(folder, 'manifest.json'), '{"format":"something else"}');
  const refusals: [string[], string][] = [
    [['--inputs', 'tenur'], 'expected a feature or input of churn that is a column of its source, found "tenur"; did you mean "tenure"?'],
    [['--inputs', 'tenure,tenure'], '"tenure" stands twice in the same form: expected each once'],
    [['--inputs', 'nowhere.yaml'], 'there is no file'],
    [['--inputs', 'broken.yaml'], 'broken.yaml: inputs.0'],
    [['--manifest', 'manifest.json'], 'manifest.json is no manifest'],
    [['--column', '2'], 'has 2 columns, counted from 0: there is no column 2'],
    [['--onnx', 'broken.yaml'], 'the ONNX file cannot be adopted: it is not an ONNX model'],
  ];
  for (const [words, sentence] of refusals) {
    const { code, out, err } = await adopt(...words);
    expect({ words, code, out }).toEqual({ words, code: 1, out: '' });
    expect(err).toContain(sentence);
  }
  expect((await ask('history', 'churn', '--json')).out).not.toContain('asked for');
});

test('an import without rows, and a declaration said twice, say what to do', async () => {
  expect(await ask('import', 'churn', '--onnx', 'theirs.onnx', '--reason', 'x')).toMatchObject({
    code: 1,
    err: 'an import is evaluated on rows, and the spec of churn names none: set source.path, or say --data FILE\n',
  });
  expect(await adopt('--inputs', 'tenure', '--manifest', 'manifest.json')).toMatchObject({
    code: 2,
    err: expect.stringContaining('expected one of them'),
  });
});

test('a version that nobody knows, or whose snapshot is gone, is not reproduced', async () => {
  expect(await ask('reproduce', 'churn@9')).toMatchObject({ code: 1, err: expect.stringContaining('there is no version "churn@9"') });
  await aVersion(database.db, 1);
  const { code, err } = await ask('reproduce', 'churn@1');
  expect(code).toBe(1);
  expect(err).toContain('no artifact');
});
