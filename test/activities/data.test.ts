/** Ingest and preparation as the worker does them, with a personal source in Postgres. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { asyncLocalStorage } from '@temporalio/activity';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataActivities } from '../../activities/data.ts';
import { sourceQueries } from '../../activities/source-queries.ts';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { literal, withDuck } from '../../src/data/duck.ts';
import { retrainingId } from '../../src/domain/ids.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { eventsOf } from '../../src/store/events.ts';
import { openRetraining } from '../../src/store/retrainings.ts';
import { snapshotNamed, withdrawSnapshot } from '../../src/store/snapshot-records.ts';
import { applySpec } from '../../src/store/specs.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { churn } from '../support/registry.ts';

const yaml = `model: churn
owners: team
source: { query: select * from customers, connection: warehouse }
consent: { column: agreed, allowed: ["true"] }
personal: [email]
entity: email
label: { column: gone, positive: "true", maturity: 30d }
features: { tenure: { type: number, maximum: 500 } }
split: { shares: { training: 50%, validation: 10%, comparison: 40% } }
dataContract: { minimumRows: 10 }
`;
const keys = { personal: 'a key for personal columns', entity: 'a key for entities of this installation' };

let warehouse: TestDatabase;
let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'data-'));
  [warehouse, database] = [await aDatabase(), await aDatabase()];
  await warehouse.db.raw(`create table customers as select 'person' || i || '@private.example' as email, i as tenure, i % 3 = 0 as gone, i % 10 > 0 as agreed
    from generate_series(1, 600) i`);
  const { spec, digest } = parseSpec(yaml, { file: 'churn.yaml' });
  await applySpec(database.db, { spec, yaml, digest, by: 'dana' });
});
afterEach(async () => {
  await Promise.all([warehouse.drop(), database.drop()]);
  rmSync(folder, { recursive: true, force: true });
});

function activities() {
  const url = path.join(folder, 'artifacts');
  const fetchQuery = sourceQueries({ warehouse: warehouse.url });
  return dataActivities({
    db: database.db,
    artifacts: openArtifacts(url),
    artifactsUrl: url,
    workDir: path.join(folder, 'work'),
    doorKeys: keys,
    fetchQuery,
  });
}

/** Inside an activity there is a context to beat to. */
const working = <Result>(work: () => Promise<Result>): Promise<Result> =>
  asyncLocalStorage.run({ heartbeat: () => undefined, cancellationSignal: new AbortController().signal } as never, work);

async function begun(name: string) {
  const id = retrainingId(name);
  const { version, specRevision } = await openRetraining(database.db, {
    retrainingId: id,
    model: churn,
    requests: [{ by: 'dana', reason: 'weekly' }],
  });
  return { retrainingId: id, model: churn, version, specRevision };
}

test('whoever has an answer keeps it: a repeated ingest asks nobody again', async () => {
  const subject = await begun('first');
  const first = await working(() => activities().ingestSource({ ...subject, dataPath: null }));
  expect(first.rowsKept).toBe(450);
  await warehouse.db.raw('delete from customers where tenure > 300');
  expect(await working(() => activities().ingestSource({ ...subject, dataPath: null }))).toEqual(first);
  expect((await eventsOf(database.db, churn)).filter(({ kind }) => kind === 'snapshot-taken')).toHaveLength(1);
  const stored = await snapshotNamed(database.db, first.digest);
  expect(stored).toMatchObject({
    rowsIn: 600,
    leftOut: [{ reason: 'no-consent', count: 60 }],
    source: { kind: 'postgres', connection: 'warehouse' },
  });
});

test('nothing of ours ever holds who somebody is, nor the password of a source', async () => {
  const subject = await begun('first');
  const { digest } = await working(() => activities().ingestSource({ ...subject, dataPath: null }));
  await working(() => activities().prepareTraining({ ...subject, snapshot: digest, seed: 1 }));
  const { rows: tables } = await database.db.raw(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const told: string[] = [];
  for (const { name } of tables as { name: string }[]) {
    const { rows } = await database.db.raw(`select each::text as line from ?? each`, [name]);
    told.push(...(rows as { line: string }[]).map(({ line }) => line));
  }
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name));
  for (const file of files.filter((each) => statSync(each).isFile())) {
    told.push(readFileSync(file, 'latin1'));
    if (readFileSync(file).subarray(0, 4).toString() !== 'PAR1') continue;
    told.push(
      await withDuck({}, async (duck) =>
        String(await duck.value(`select list(each::varchar)::varchar from read_parquet(${literal(file)}) each`)),
      ),
    );
  }
  expect(told.length).toBeGreaterThan(100);
  const password = new URL(warehouse.url).password;
  expect(told.filter((text) => text.includes('private.example') || text.includes(password))).toEqual([]);
  expect(readdirSync(path.join(folder, 'work'))).toEqual([]);
});

test('nothing trains on a withdrawn snapshot, neither the training that took it nor the next one of the same rows', async () => {
  const first = await begun('first');
  const { digest } = await working(() => activities().ingestSource({ ...first, dataPath: null }));
  await withdrawSnapshot(database.db, digest, { by: 'ann', reason: 'test customers' });
  const refused = { type: 'SnapshotWithdrawn', message: expect.stringContaining('was withdrawn by ann') };
  await expect(working(() => activities().prepareTraining({ ...first, snapshot: digest, seed: 1 }))).rejects.toMatchObject(refused);
  const second = await begun('second');
  await expect(working(() => activities().ingestSource({ ...second, dataPath: null }))).rejects.toMatchObject(refused);
  await warehouse.db.raw('delete from customers where tenure = 1');
  expect(await working(() => activities().ingestSource({ ...second, dataPath: null }))).toMatchObject({ rowsKept: 449 });
});
