import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { arms } from '../../src/domain/buckets.ts';
import { lifecycleEventKinds } from '../../src/domain/lifecycle-events.ts';
import { rolloutPhases } from '../../src/domain/rollout.ts';
import { verdictKinds } from '../../src/domain/verdict.ts';
import { eventsOf, firstBrokenLink, recordEventOnce } from '../../src/store/events.ts';
import { migrate, pendingMigrations } from '../../src/store/migrate.ts';
import { dumpSchema } from '../../src/store/schema-dump.ts';
import { documentKinds } from '../../src/store/version-documents.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aChampion, aRollout, aVersion, churn, enters } from '../support/registry.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(() => database.drop());
const db = () => database.db;

test('the schema is the one that was reviewed in schema.sql', async () => {
  const file = path.join(import.meta.dirname, '../../src/store/schema.sql');
  const dumped = await dumpSchema(db());
  if (process.argv.includes('--update') || process.env['UPDATE_SCHEMA']) writeFileSync(file, dumped);
  expect(dumped).toBe(readFileSync(file, 'utf8'));
});

test('migrating twice, and from several processes at once, changes nothing', async () => {
  await Promise.all([migrate(db()), migrate(db())]);
  expect(await pendingMigrations(db())).toEqual([]);
});

test('one open rollout per model is a rule of the database itself', async () => {
  await aChampion(db());
  await aVersion(db(), 2);
  await aRollout(db(), 2, 1);
  const [row] = await db()('rollouts').where({ rollout_id: 'rollout-2' });
  const second = db()('rollouts').insert({ ...row, rollout_id: 'another', steps: JSON.stringify(row.steps) });
  await expect(second).rejects.toMatchObject({ constraint: 'one_open_rollout_per_model' });
});

test('a closed rollout without a time, a share without a challenger and a model name with a slash are refused', async () => {
  await aChampion(db());
  await aVersion(db(), 2);
  await aRollout(db(), 2, 1);
  const refused = async (work: Promise<unknown>, constraint: string) => expect(work).rejects.toMatchObject({ constraint });
  await refused(db()('rollouts').where({ rollout_id: 'rollout-2' }).update({ phase: 'rejected' }), 'closed_rollouts_have_a_time');
  await refused(db()('routes').update({ challenger_share_bps: 500, challenger_id: null }), 'a_share_needs_a_challenger');
  await refused(db()('routes').update({ challenger_share_bps: 5_001, challenger_id: 'churn@2' }), 'challengers_have_at_most_half');
  await refused(db()('models').insert({ name: '../x', current_revision: 0 }), 'model_names_are_lower_case');
});

test.each(['spec_revisions', 'model_versions', 'approvals', 'champion_changes', 'lifecycle_events'])(
  'a row of %s never changes and never goes',
  async (table) => {
    await aChampion(db());
    await expect(db()(table).delete()).rejects.toThrow('are facts and never change');
    const [column] = await db()('information_schema.columns').where({ table_name: table, data_type: 'text' }).pluck('column_name');
    await expect(db()(table).update({ [column]: 'forged' })).rejects.toThrow('are facts and never change');
  },
);

test('the lists of allowed values are the same in the code and in the database', async () => {
  const { rows } = await db().raw(`select conname, pg_get_constraintdef(oid) as definition from pg_constraint where contype = 'c'`);
  const allowed = (name: string) =>
    [...(rows.find((row: { conname: string }) => row.conname === name)?.definition ?? '').matchAll(/'([a-z-]+)'/g)].map(
      ([, value]) => value,
    );
  expect(allowed('rollout_phases_are_known')).toEqual([...rolloutPhases]);
  expect(allowed('verdicts_are_known')).toEqual([...verdictKinds]);
  expect(allowed('evaluation_verdicts_are_known')).toEqual([...verdictKinds]);
  expect(allowed('arms_are_known')).toEqual([...arms]);
  expect(allowed('document_kinds_are_known')).toEqual([...documentKinds]);
});

test('the audit chain holds, counts without gaps, and shows where a row was forged', async () => {
  await aChampion(db());
  await aVersion(db(), 2);
  await aRollout(db(), 2, 1);
  await enters(db(), 2, { at: 0, rollout: { phase: 'shadowing' } });
  const events = await eventsOf(db(), churn);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  expect(events.every(({ kind }) => lifecycleEventKinds.includes(kind))).toBe(true);
  expect(await firstBrokenLink(db(), churn)).toBeNull();

  await db().raw('alter table lifecycle_events disable trigger all');
  await db()('lifecycle_events').where({ sequence: 3 }).update({ canonical: '{"forged":true}' });
  expect(await firstBrokenLink(db(), churn)).toBe(3);
});

test('fifty events written at once are fifty links of one chain, and a repeated one is one', async () => {
  await aChampion(db());
  const before = (await eventsOf(db(), churn)).length;
  const event = (index: number) =>
    ({
      kind: 'alarm-raised',
      by: 'x',
      subject: 'y',
      summary: `alarm ${index}`,
      details: {},
      idempotencyKey: `alarm:${index % 40}`,
    }) as const;
  const written = await Promise.all(Array.from({ length: 50 }, (_, index) => recordEventOnce(db(), churn, event(index))));
  expect(written.filter(Boolean)).toHaveLength(40);
  expect(await eventsOf(db(), churn)).toHaveLength(before + 40);
  expect(await firstBrokenLink(db(), churn)).toBeNull();
});
