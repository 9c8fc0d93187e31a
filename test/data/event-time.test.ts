import { expect, test } from 'vitest';
import { literal, withDuck } from '../../src/data/duck.ts';
import { ingest } from '../../src/data/ingest.ts';
import type { Snapshot } from '../../src/data/snapshot.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { aSource, aSpec, aWorkshop } from './fixtures.ts';

const workshop = aWorkshop();
const header = 'id,age,plan,member,bought,seen';
const seen = (more: Partial<Spec['source']> = {}, format: string | null = null) =>
  aSpec({ time: { kind: 'column', column: 'seen', format }, source: aSource(more) });
const rowsAt = (...times: string[]) => `${header}\n${times.map((time, index) => `c${index},31,basic,yes,yes,${time}`).join('\n')}\n`;
const from = (csv: string, spec: Spec, now = '2026-07-10T12:00:00Z') =>
  ingest({ spec, path: workshop.write(csv), artifacts: workshop.artifacts, workDir: workshop.folder, now });

async function timesOf(snapshot: Snapshot): Promise<string[]> {
  const file = literal(workshop.artifacts.pathOf(snapshot.artifactDigest));
  const found = await withDuck({}, (duck) =>
    duck.all(`select strftime(seen_at, '%Y-%m-%dT%H:%M:%SZ') as seen from read_parquet(${file}) order by entity`),
  );
  return found.map((row) => String(row.seen));
}

test('a time without a zone is local, summer and winter; one with a zone is what it says; a date is its midnight', async () => {
  const times = [
    '2026-07-01 12:00:00',
    '2026-01-01 12:00:00',
    '2026-07-01T12:00:00Z',
    '2026-07-01T12:00:00+09:00',
    '2026-07-01T12:00:00.5-0330',
    '2026-07-01',
  ];
  expect(await timesOf(await from(rowsAt(...times), seen({ timeZone: 'Europe/Berlin' })))).toEqual([
    '2026-07-01T10:00:00Z',
    '2026-01-01T11:00:00Z',
    '2026-07-01T12:00:00Z',
    '2026-07-01T03:00:00Z',
    '2026-07-01T15:30:00Z',
    '2026-06-30T22:00:00Z',
  ]);
});

test.each(['UTC', 'Europe/Berlin'])(
  'minutes with a zone behind them are a time, and so are a blank before it and a small z (in %s)',
  async (timeZone) => {
    const times = [
      '2026-07-01T12:00Z',
      '2026-07-01T12:00+02:00',
      '2026-07-01T12:00:00z',
      '2026-07-01 12:00:00.5 -0330',
      '2026-07-01 12:00 UTC',
    ];
    expect(await timesOf(await from(rowsAt(...times), seen({ timeZone })))).toEqual([
      '2026-07-01T12:00:00Z',
      '2026-07-01T10:00:00Z',
      '2026-07-01T12:00:00Z',
      '2026-07-01T15:30:00Z',
      '2026-07-01T12:00:00Z',
    ]);
  },
);

test.each(['UTC', 'Europe/Berlin'])('what a database calls a time and nobody else does is set aside (in %s)', async (timeZone) => {
  const snapshot = await from(rowsAt('2026-07-01', 'infinity', '-infinity', 'epoch', 'now', ''), seen({ timeZone }));
  expect(snapshot.setAside.map(({ rule, count }) => [rule, count])).toEqual([['time', 5]]);
  expect(snapshot.latestAt).toBe(snapshot.earliestAt);
});

test('a zone named in one row says nothing about the rows after it', async () => {
  const times = [
    '2026-07-01 12:00:00 Europe/Berlin',
    '2026-07-01 12:00:00',
    '2026-07-01T12:00:00+09:00',
    '2026-07-01',
    '2026-07-01T12:00:00Z',
  ];
  expect(await timesOf(await from(rowsAt(...times), seen()))).toEqual([
    '2026-07-01T10:00:00Z',
    '2026-07-01T12:00:00Z',
    '2026-07-01T03:00:00Z',
    '2026-07-01T00:00:00Z',
    '2026-07-01T12:00:00Z',
  ]);
});

test('an hour that the change of the clocks skips or repeats gives one time, always the same', async () => {
  const times = ['2026-03-29 02:30:00', '2026-10-25 02:30:00'];
  expect(await timesOf(await from(rowsAt(...times), seen({ timeZone: 'Europe/Berlin' })))).toEqual([
    '2026-03-29T01:30:00Z',
    '2026-10-25T01:30:00Z',
  ]);
});

test('when every row is of a day that is not over, it is said', async () => {
  await expect(from(rowsAt('2026-07-10T01:00:00Z'), seen({ partialDay: 'drop' }))).rejects.toMatchObject({
    message: expect.stringContaining('1 rows are of a day that is not over'),
  });
});

test('a format of its own is local as well, unless it brings a zone', async () => {
  const berlin = { timeZone: 'Europe/Berlin' };
  expect(await timesOf(await from(rowsAt('01.07.2026 12:00'), seen(berlin, '%d.%m.%Y %H:%M')))).toEqual(['2026-07-01T10:00:00Z']);
  expect(await timesOf(await from(rowsAt('01.07.2026 12:00 +0000'), seen(berlin, '%d.%m.%Y %H:%M %z')))).toEqual(['2026-07-01T12:00:00Z']);
});

test('rows of a day that is not over are left out where that is asked for, by the day of the source', async () => {
  const csv = rowsAt('2026-07-08 23:59:59', '2026-07-09 00:00:00', '2026-07-09 08:00:00', '2026-07-10 00:00:00');
  const drop = { timeZone: 'Europe/Berlin', partialDay: 'drop' } as const;
  // In Berlin it is half past one on the tenth.
  const snapshot = await from(csv, seen(drop), '2026-07-09T23:30:00Z');
  expect(snapshot).toMatchObject({ rowsIn: 4, rowsKept: 3, leftOut: [{ reason: 'partial-day', count: 1 }], setAside: [] });
  const earlier = await from(csv, seen(drop), '2026-07-09T21:30:00Z');
  expect(earlier).toMatchObject({ rowsKept: 1, leftOut: [{ reason: 'partial-day', count: 3 }] });
  expect(await from(csv, seen({ timeZone: 'Europe/Berlin' }), '2026-07-09T21:30:00Z')).toMatchObject({ rowsKept: 4, leftOut: [] });
});

test('rows may come in any order', async () => {
  const rows = Array.from(
    { length: 50 },
    (_, index) => `c${index % 20},${index},basic,yes,yes,2026-01-${String(1 + (index % 28)).padStart(2, '0')}`,
  );
  const inOrder = await from(`${header}\n${rows.join('\n')}\n`, seen());
  const shuffled = rows.toSorted(
    (a, b) => ((a.length * 7 + a.charCodeAt(1) * 31 + a.charCodeAt(3)) % 11) - ((b.length * 5 + b.charCodeAt(1) * 31) % 13),
  );
  expect((await from(`${header}\n${shuffled.join('\n')}\n`, seen())).digest).toBe(inOrder.digest);
});

test('of rows with the same key the last by event time stays, whatever their order; of the same time the last record', async () => {
  const spec = seen({ key: ['id'] });
  const row = (age: number, time: string) => `c1,${age},basic,yes,yes,${time}`;
  const csv = (...rows: string[]) => `${header}\n${rows.join('\n')}\nc2,50,basic,yes,yes,2026-01-01\n`;
  const late = await from(csv(row(30, '2026-02-01'), row(31, '2026-03-01'), row(32, '2026-01-01')), spec);
  const other = await from(csv(row(31, '2026-03-01'), row(32, '2026-01-01'), row(30, '2026-02-01')), spec);
  expect(other.digest).toBe(late.digest);
  expect(late).toMatchObject({ rowsKept: 2, duplicates: { dropped: 2, equal: 0 }, latestAt: '2026-03-01T00:00:00.000Z' });
  const tied = await from(csv(row(30, '2026-02-01'), row(31, '2026-02-01')), spec);
  expect(await workshop.quarantine(tied)).toMatchObject([{ rowNumber: 2, rule: 'duplicate', raw: { age: '30' } }]);
});

test('of duplicates it is said how many are the very same record', async () => {
  const rows = [
    'c1,30,basic,yes,yes,2026-02-01',
    'c1,30,basic,yes,yes,2026-02-01',
    'c1,31,basic,yes,yes,2026-02-01',
    'c1,30,basic,yes,yes,2026-02-01',
  ];
  expect(await from(`${header}\n${rows.join('\n')}\n`, seen())).toMatchObject({ rowsKept: 1, duplicates: { dropped: 3, equal: 2 } });
});

test('a row without a part of its key is set aside', async () => {
  const snapshot = await from(`${header}\nc1,30,basic,yes,yes,2026-02-01\n,31,basic,yes,yes,2026-02-01\n`, {
    ...seen({ key: ['plan', 'id'] }),
    entity: { kind: 'row-number' },
  });
  expect(snapshot).toMatchObject({ rowsKept: 1, setAside: [{ rule: 'key', column: 'id', count: 1 }] });
});
