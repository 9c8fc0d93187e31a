import { afterEach, beforeEach, expect, test } from 'vitest';
import { modelName } from '../../src/domain/ids.ts';
import { eventsOf, firstBrokenLink } from '../../src/store/events.ts';
import { redrivesUntil, storeRedrive } from '../../src/store/redrives.ts';
import { quarantinedRows, snapshotNamed, snapshotsOf, withdrawalsBehind, withdrawSnapshot } from '../../src/store/snapshot-records.ts';
import { storeSnapshot, trainableArtifact } from '../../src/store/snapshots.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aModel, aVersion, churn, digestOf } from '../support/registry.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
  await aModel(database.db);
});
afterEach(() => database.drop());

const bad = { by: 'ann', reason: 'the export held test customers' };

test('a snapshot says where it came from and which versions were trained on it, and is found by the beginning of its digest', async () => {
  const { db } = database;
  const version = await aVersion(db, 1);
  const [found] = await snapshotsOf(db, churn);
  expect(found).toMatchObject({ digest: digestOf('a'), rowsIn: 10, rowsKept: 10, versions: [version], withdrawn: null });
  expect((await snapshotNamed(db, 'aaaaaaaaaaaa')).digest).toBe(digestOf('a'));
  await expect(snapshotNamed(db, 'bbb')).rejects.toMatchObject({ type: 'SnapshotNotFound' });
});

test('a withdrawn snapshot is trained on by nobody, its versions are flagged, and the trail says who and why, once', async () => {
  const { db } = database;
  const version = await aVersion(db, 1);
  expect(await trainableArtifact(db, digestOf('a'))).toBe(digestOf('b'));
  expect(await withdrawSnapshot(db, digestOf('a'), bad)).toMatchObject({
    changed: true,
    snapshot: { versions: [version], withdrawn: bad },
  });
  expect(await withdrawSnapshot(db, digestOf('a'), { by: 'bob', reason: 'again' })).toMatchObject({
    changed: false,
    snapshot: { withdrawn: bad },
  });
  await expect(trainableArtifact(db, digestOf('a'))).rejects.toMatchObject({
    type: 'SnapshotWithdrawn',
    message: expect.stringContaining('was withdrawn by ann'),
  });
  expect((await withdrawalsBehind(db, churn)).get(version)).toMatchObject(bad);
  const told = (await eventsOf(db, churn)).filter(({ kind }) => kind === 'snapshot-withdrawn');
  expect(told).toMatchObject([{ by: 'ann', subject: digestOf('a'), details: { versions: [version] } }]);
  expect(await firstBrokenLink(db, churn)).toBeNull();
});

test('the same rows, taken again, are refused after they were withdrawn', async () => {
  const { db } = database;
  await aVersion(db, 1);
  await withdrawSnapshot(db, digestOf('a'), bad);
  await expect(aVersion(db, 2)).rejects.toMatchObject({ type: 'SnapshotWithdrawn' });
  expect((await eventsOf(db, churn)).filter(({ kind }) => kind === 'snapshot-taken')).toHaveLength(1);
});

test('a withdrawal cannot be half of one', async () => {
  const { db } = database;
  await aVersion(db, 1);
  await expect(db('snapshots').update({ withdrawn_at: db.fn.now() })).rejects.toThrow('a_withdrawal_says_who_and_why');
});

test('rows are brought back once, and a retry sees those that were there when it began', async () => {
  const { db } = database;
  await aVersion(db, 1);
  const before = new Date(Date.now() - 60_000);
  const redrive = { snapshot: digestOf('a'), rows: digestOf('d'), count: 3, hashed: { email: { keyId: '12ab' } } };
  expect(await storeRedrive(db, { model: churn, redrive, by: 'ann' })).toBe(true);
  expect(await storeRedrive(db, { model: churn, redrive, by: 'bob' })).toBe(false);
  expect(await redrivesUntil(db, churn, new Date(Date.now() + 60_000))).toEqual([redrive]);
  expect(await redrivesUntil(db, churn, before)).toEqual([]);
  expect(await redrivesUntil(db, modelName('other'), new Date())).toEqual([]);
  // Nor do rows come back from what was withdrawn since.
  await withdrawSnapshot(db, digestOf('a'), bad);
  expect(await redrivesUntil(db, churn, new Date(Date.now() + 60_000))).toEqual([]);
});

test('what is known of how a snapshot was taken is kept with it', async () => {
  const { db } = database;
  await aVersion(db, 1);
  const snapshot = {
    digest: digestOf('9'),
    artifact: digestOf('b'),
    quarantine: digestOf('8'),
    source: { kind: 'postgres', query: 'select 1', connection: 'warehouse' },
    rowsIn: 10,
    rowsKept: 7,
    setAside: [{ rule: 'duplicate', count: 1 }],
    leftOut: [{ reason: 'no-consent', count: 2 }],
    columns: [],
    earliestAt: null,
    latestAt: null,
    manifest: { takenAt: '2026-01-01T00:00:00.000Z', duplicates: { dropped: 1, equal: 1 } },
  };
  const { retrainingId } = (await db('retrainings').first('retraining_id as retrainingId'))!;
  await storeSnapshot(db, { model: churn, retrainingId, snapshot, quarantined: [] });
  expect(await snapshotNamed(db, digestOf('9'))).toMatchObject({
    quarantine: digestOf('8'),
    source: { connection: 'warehouse' },
    leftOut: [{ reason: 'no-consent', count: 2 }],
    manifest: { duplicates: { equal: 1 } },
  });
});

test('the same rows, taken again beside other bad ones, have those set aside and no others', async () => {
  const { db } = database;
  await aVersion(db, 1);
  const { retrainingId } = (await db('retrainings').first('retraining_id as retrainingId'))!;
  const taken = (quarantine: string, ...rowNumbers: number[]) =>
    storeSnapshot(db, {
      model: churn,
      retrainingId,
      snapshot: {
        ...{
          digest: digestOf('9'),
          artifact: digestOf('b'),
          source: {},
          rowsIn: 12,
          rowsKept: 10,
          columns: [],
          earliestAt: null,
          latestAt: null,
        },
        ...{ setAside: [{ rule: 'type', count: rowNumbers.length }], quarantine: digestOf(quarantine) },
      },
      quarantined: rowNumbers.map((rowNumber) => ({ rowNumber, rule: 'type', reason: `age: expected a number in ${rowNumber}`, raw: {} })),
    });
  const listed = async () =>
    (await quarantinedRows(db, digestOf('9'), { rule: 'type', column: null, limit: 10 })).map(({ rowNumber }) => rowNumber);
  await taken('7', 3, 5);
  await taken('7', 3, 5);
  expect(await listed()).toEqual([3, 5]);
  await taken('8', 4, 6);
  expect(await listed()).toEqual([4, 6]);
  expect((await snapshotNamed(db, digestOf('9'))).quarantine).toBe(digestOf('8'));
});
