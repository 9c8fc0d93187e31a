import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSpec } from '../../src/spec/parse.ts';
import { retrainingId } from '../../src/domain/ids.ts';
import { closeRetraining, openRetraining } from '../../src/store/retrainings.ts';
import { applySpec, currentSpec, specRevision } from '../../src/store/specs.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aVersion, churn } from '../support/registry.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** As the first cut stored examples/newsletter/newsletter.yaml; the file has said the same ever since. */
const OF_THE_FIRST_CUT = readFileSync(path.join(import.meta.dirname, 'spec-of-the-first-cut.json'), 'utf8');

let database: TestDatabase;
beforeAll(async () => {
  database = await aDatabase();
  const { db } = database;
  await db('models').insert({ name: 'newsletter', current_revision: 1 });
  const row = { model: 'newsletter', revision: 1, digest: '0'.repeat(64), yaml: '', spec: OF_THE_FIRST_CUT, applied_by: 'ann' };
  await db('spec_revisions').insert(row);
});
afterAll(() => database.drop());

test('a revision stored before specs could say more is read as what its file says today, without the checks that came later', async () => {
  const yaml = readFileSync(path.join(ROOT, 'examples/newsletter/newsletter.yaml'), 'utf8');
  const today = parseSpec(yaml, { file: '/data/newsletter.yaml' }).spec;
  const later = { rowCountBand: null, servingSkew: null, shift: null, labelShift: null, freshness: null };
  const then = { ...today, dataContract: { ...today.dataContract, ...later } };
  expect((await currentSpec(database.db, 'newsletter')).spec).toEqual(then);
  expect((await specRevision(database.db, 'newsletter', 1)).spec).toEqual(then);
});

const described = (task: 'binary-classification' | 'regression') =>
  parseSpec(
    `model: churn\ntask: ${task}\nowners: team\nentity: customer\nlabel: { column: left, maturity: 30d }\nfeatures: { tenure: number }\n`,
    { file: 'churn.yaml' },
  );
const describe = (task: 'binary-classification' | 'regression') =>
  applySpec(database.db, { ...described(task), yaml: '', by: 'ann' }).then(({ revision }) => revision);

test('the task of a model may be corrected until a version of it is made or being made', async () => {
  expect(await describe('regression')).toBe(1);
  expect(await describe('binary-classification')).toBe(2);
  const asked = { retrainingId: retrainingId('first'), model: churn, requests: [{ by: 'dana', reason: 'weekly' }] };
  await openRetraining(database.db, asked);
  await expect(describe('regression')).rejects.toThrow(
    'churn is a model for binary-classification and is training churn@1, so its task cannot become regression: describe that as another model, such as churn-regression',
  );
  await closeRetraining(database.db, { retrainingId: asked.retrainingId, model: churn, outcome: { kind: 'failed', detail: 'no rows' } });
  expect(await describe('regression')).toBe(3);
  expect(await describe('binary-classification')).toBe(4);

  await aVersion(database.db, 2);
  await expect(describe('regression')).rejects.toThrow('churn is a model for binary-classification and has churn@2');
  expect((await currentSpec(database.db, 'churn')).revision).toBe(4);
});
