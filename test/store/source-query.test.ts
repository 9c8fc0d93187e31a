import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sourceQueries } from '../../activities/source-queries.ts';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { ingest } from '../../src/data/ingest.ts';
import { copyQuery } from '../../src/store/source-query.ts';
import { aFeature, aSource, aSpec } from '../data/fixtures.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'query-'));
  database = await aDatabase();
  await database.db.raw(`
    create table customers (id int, age numeric(6,2), plan text, member boolean, bought text, seen timestamptz, email text);
    insert into customers values (1, 31, 'basic', true, 'yes', '2026-01-02 03:04:05Z', 'ann@private.example'),
      (2, 45.5, 'a "b", c' || chr(10) || 'd', false, 'no', '2026-01-03 00:00:00+01', null), (3, null, null, true, null, '2026-02-01', '')`);
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const copied = async (query: string, more: { isConfidential?: boolean; url?: string } = {}) => {
  const file = path.join(folder, 'out.csv');
  await copyQuery({ url: database.url, connection: 'warehouse', query, file, isConfidential: false, ...more });
  return readFileSync(file, 'utf8');
};

test('what a query answers is streamed out as CSV, booleans and times as other formats write them', async () => {
  expect(await copied('select id, member, seen from customers order by id limit 2;')).toBe(
    'id,member,seen\n1,true,2026-01-02 03:04:05+00\n2,false,2026-01-02 23:00:00+00\n',
  );
});

test('the same rows are the same snapshot, whether they come from a query or a file', async () => {
  const spec = aSpec({
    features: [
      aFeature('age', 'number', { nullable: true }),
      aFeature('plan', 'category', { nullable: true }),
      aFeature('member', 'boolean'),
    ],
    time: { kind: 'column', column: 'seen', format: null },
    source: aSource({ format: 'postgres', query: 'select * from customers order by id desc', connection: 'warehouse' }),
  });
  const options = { artifacts: openArtifacts(path.join(folder, 'artifacts')), workDir: folder };
  const queried = await ingest({ ...options, spec, path: null, fetchQuery: sourceQueries({ warehouse: database.url }) });
  const file = path.join(folder, 'same.csv');
  await copyQuery({ url: database.url, connection: 'warehouse', query: 'select * from customers', file, isConfidential: false });
  const read = await ingest({ ...options, spec, path: file });
  expect(queried.digest).toBe(read.digest);
  expect(queried).toMatchObject({ rowsIn: 3, rowsKept: 3, source: { kind: 'postgres', path: null, connection: 'warehouse' } });
  expect(JSON.stringify(queried)).not.toContain(new URL(database.url).password);
  const unknown = ingest({ ...options, spec, path: null, fetchQuery: sourceQueries({}) });
  await expect(unknown).rejects.toMatchObject({ message: expect.stringContaining('UNDERSTUDY_SOURCE_WAREHOUSE_URL') });
});

test.each([
  ['deletes', 'with gone as (delete from customers returning id) select * from gone'],
  ['creates', 'create table stolen as select 1'],
  ['ends the brackets and does more', 'select 1) source limit 0) to stdout; drop table customers; copy (select * from (select 1'],
  ['hides the rest in a comment', 'select 1) source limit 0 --'],
  ['ends the transaction first', 'select 1; commit; drop table customers; select 1'],
  ['calls what writes', "select setval('s', 1) from pg_class limit 1"],
])('a query that %s is refused, and nothing has changed', async (_, query) => {
  await database.db.raw('create sequence if not exists s');
  await expect(copied(query)).rejects.toMatchObject({ type: 'SourceUnreadable' });
  const { rows } = await database.db.raw('select count(*)::int as count from customers');
  expect(rows).toEqual([{ count: 3 }]);
});

test('a query that fails on a value does not tell it when the rows are confidential', async () => {
  const query = 'select email::int as id from customers';
  await expect(copied(query)).rejects.toMatchObject({ message: expect.stringContaining('ann@private.example') });
  const failed = await copied(query, { isConfidential: true }).catch((error: Error) => error);
  expect(failed).toMatchObject({ type: 'SourceUnreadable', message: expect.stringContaining('a value does not fit (22P02)') });
  expect((failed as Error).cause).toBeUndefined();
});

test('a database that is away is waited for, and its password is not told', async () => {
  const failed = await copied('select 1', { url: 'postgres://reader:hunter2@127.0.0.1:1/sales' }).catch((error: Error) => error);
  expect(failed).toMatchObject({ type: 'SourceUnavailable' });
  expect(`${(failed as Error).message} ${JSON.stringify((failed as unknown as { details: unknown }).details)}`).not.toContain('hunter2');
});

test('a query that takes too long is left when nobody wants it any more', async () => {
  const controller = new AbortController();
  const file = path.join(folder, 'slow.csv');
  const query = 'select pg_sleep(60)::text as slept, i from generate_series(1, 3) i';
  const copying = copyQuery({ url: database.url, connection: 'warehouse', query, file, isConfidential: false, signal: controller.signal });
  const asked = async () => {
    const { rows } = await database.db.raw(
      "select count(*)::int as count from pg_stat_activity where query like 'copy%pg_sleep%' and state = 'active'",
    );
    return rows[0].count > 0;
  };
  while (!(await asked())) await new Promise((resolve) => setTimeout(resolve, 20));
  controller.abort(new Error('enough'));
  await expect(copying).rejects.toThrow('enough');
});
