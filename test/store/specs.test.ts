import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSpec } from '../../src/spec/parse.ts';
import { currentSpec, specRevision } from '../../src/store/specs.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';

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
