import { afterEach, beforeEach, expect, test } from 'vitest';
import { versionOf } from '../../src/domain/ids.ts';
import { championAt, championChanges, rollBackDirect } from '../../src/store/champions.ts';
import { eventsOf } from '../../src/store/events.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aChampion, approvedBy, aRollout, aVersion, churn, enters } from '../support/registry.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
  await aChampion(database.db);
  await aVersion(database.db, 2);
  await aRollout(database.db, 2, 1);
});
afterEach(() => database.drop());

const db = () => database.db;
const route = () => database.db('routes').where({ model: churn }).first();
const rollBack = (key: string) => rollBackDirect(database.db, { model: churn, to: null, by: 'bob', reason: 'complaints', key });
const ramping = (step: number) => ({ phase: 'ramping', step }) as const;

test('entering a phase writes the route of exactly that phase, and gateways see a newer revision', async () => {
  const before = await route();
  await enters(db(), 2, { at: 0, rollout: ramping(0), share: 500 });
  const after = await route();
  expect(after).toMatchObject({ champion_id: 'churn@1', challenger_id: 'churn@2', challenger_share_bps: 500, salt: 'rollout-2' });
  expect(after.revision).toBeGreaterThan(before.revision);
});

test('entering the same phase twice writes nothing the second time', async () => {
  const first = await enters(db(), 2, { at: 0, rollout: ramping(0), share: 500, events: [approvedBy('ann')] });
  const events = (await eventsOf(db(), churn)).length;
  const again = await enters(db(), 2, { at: 0, rollout: ramping(0), share: 500, events: [approvedBy('ann')] });
  expect(again).toEqual(first);
  expect(await eventsOf(db(), churn)).toHaveLength(events);
  expect(await db()('approvals').where({ rollout_id: 'rollout-2' })).toHaveLength(1);
});

test('a late retry of an older phase loses to the newer one', async () => {
  await enters(db(), 2, { at: 0, rollout: ramping(0), share: 500 });
  await enters(db(), 2, { at: 1, rollout: { phase: 'rolled-back', reason: 'worse' } });
  await enters(db(), 2, { at: 0, rollout: ramping(0), share: 500 });
  expect(await route()).toMatchObject({ challenger_id: null, challenger_share_bps: 0 });
});

test('a rollback raises the epoch, so that gateways prefer it to any older write', async () => {
  const { epoch } = await route();
  await enters(db(), 2, { at: 0, rollout: ramping(0), share: 500 });
  await enters(db(), 2, { at: 1, rollout: { phase: 'rolled-back', reason: 'worse' } });
  expect((await route()).epoch).toBe(epoch + 1);
});

test('promotion moves registry, route and history together, and the old champion keeps its hold-back', async () => {
  await enters(db(), 2, { at: 0, rollout: ramping(2), share: 5_000 });
  await enters(db(), 2, { at: 1, rollout: { phase: 'promoted' }, share: 10_000 });
  expect(await route()).toMatchObject({
    champion_id: 'churn@2',
    challenger_id: null,
    hold_back_id: 'churn@1',
    hold_back_bps: 500,
    held_by: null,
  });
  expect(await db()('models').where({ name: churn }).first()).toMatchObject({ champion_id: 'churn@2' });
  expect((await championChanges(db(), churn)).map(({ version }) => version)).toEqual(['churn@1', 'churn@2']);
});

test('a promotion repeated after a lost answer promotes once', async () => {
  await enters(db(), 2, { at: 0, rollout: ramping(2), share: 5_000 });
  const twice = () => enters(db(), 2, { at: 1, rollout: { phase: 'promoted' }, share: 10_000 });
  await Promise.all([twice(), twice(), twice()]);
  expect(await championChanges(db(), churn)).toHaveLength(2);
});

test('after a rollback without Temporal the rollout finds itself fenced off and can no longer promote', async () => {
  await enters(db(), 2, { at: 0, rollout: ramping(2), share: 5_000 });
  expect(await rollBack('r1')).toMatchObject({ from: 'churn@2', to: 'churn@1' });
  expect(await enters(db(), 2, { at: 1, rollout: { phase: 'promoted' }, share: 10_000 })).toEqual({
    lost: expect.stringContaining('bob took churn@2 off'),
  });
  expect(await route()).toMatchObject({ champion_id: 'churn@1', challenger_id: null });
  expect(await championChanges(db(), churn)).toHaveLength(1);
});

test('rolling back a champion returns to what it had replaced, once per key', async () => {
  await enters(db(), 2, { at: 0, rollout: ramping(2), share: 5_000 });
  await enters(db(), 2, { at: 1, rollout: { phase: 'promoted' }, share: 10_000 });
  const [first, second] = [await rollBack('r1'), await rollBack('r1')];
  expect(first).toMatchObject({ from: 'churn@2', to: 'churn@1' });
  expect(second).toMatchObject({ from: 'churn@2', to: 'churn@1' });
  expect((await championChanges(db(), churn)).map(({ version, kind }) => [version, kind])).toEqual([
    ['churn@1', 'promoted'],
    ['churn@2', 'promoted'],
    ['churn@1', 'rolled-back'],
  ]);
});

test('taking a challenger off twice under one key takes it off once, and leaves the champion where it is', async () => {
  await enters(db(), 2, { at: 0, rollout: ramping(2), share: 5_000 });
  await enters(db(), 2, { at: 1, rollout: { phase: 'promoted' }, share: 10_000 });
  await aVersion(db(), 3);
  await aRollout(db(), 3, 2);
  await enters(db(), 3, { at: 0, rollout: ramping(0), share: 500 });
  const [first, second] = [await rollBack('r1'), await rollBack('r1')];
  expect(first).toMatchObject({ from: 'churn@3', to: 'churn@2' });
  expect(second).toEqual(first);
  expect((await championChanges(db(), churn)).map(({ version }) => version)).toEqual(['churn@1', 'churn@2']);
});

test('a first champion has nothing to return to, and a stranger was never champion', async () => {
  await db()('routes').update({ challenger_id: null });
  await expect(rollBack('r1')).rejects.toThrow('there is nothing before it');
  const stranger = rollBackDirect(db(), { model: churn, to: versionOf(churn, 2), by: 'bob', reason: 'x', key: 'r2' });
  await expect(stranger).rejects.toThrow('has never been champion');
});

test('who was champion at a time is answered for any time', async () => {
  const start = new Date(Date.now() - 60_000).toISOString();
  const [first] = await championChanges(db(), churn);
  await enters(db(), 2, { at: 0, rollout: ramping(2), share: 5_000 });
  await enters(db(), 2, { at: 1, rollout: { phase: 'promoted' }, share: 10_000 });
  expect(await championAt(db(), churn, start)).toBeNull();
  expect(await championAt(db(), churn, first!.since)).toMatchObject({ version: 'churn@1' });
  expect(await championAt(db(), churn, new Date(Date.now() + 1_000).toISOString())).toMatchObject({ version: 'churn@2' });
});

test('a second version waits, and only the newest waiting one is kept', async () => {
  await aVersion(db(), 3);
  await aVersion(db(), 4);
  expect(await aRollout(db(), 3, 1)).toBe('waiting');
  expect(await aRollout(db(), 4, 1)).toBe('waiting');
  expect(await aRollout(db(), 3, 1)).toBe('waiting');
  expect(await db()('waiting_versions').select('version_id')).toEqual([{ version_id: 'churn@4' }]);
});

test('twenty rollouts opened at once are one open rollout and nineteen that wait', async () => {
  await enters(db(), 2, { at: 0, rollout: { phase: 'rejected', reason: 'no' } });
  await aVersion(db(), 3);
  const opened = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const { openRollout } = await import('../../src/store/rollouts.ts');
      return openRollout(db(), {
        rolloutId: `race-${index}` as never,
        model: churn,
        challenger: versionOf(churn, 3),
        champion: versionOf(churn, 1),
        specRevision: 1,
        evidence: 'f'.repeat(64) as never,
        contract: null,
        steps: [500],
      });
    }),
  );
  expect(opened.filter((each) => each === 'opened')).toHaveLength(1);
});
