import fc from 'fast-check';
import { expect, test } from 'vitest';
import { literal, withDuck } from '../../src/data/duck.ts';
import { ingest } from '../../src/data/ingest.ts';
import { aFeature, aRule, aSpec, aWorkshop } from './fixtures.ts';

const workshop = aWorkshop();
const header = 'id,age,plan,member,bought';

test('a snapshot counts what it keeps, and a retry gives the same digests', async () => {
  const csv = `${header}\n1,31,basic,yes,yes\n2,45.5,n/a,no,no\n3, 28 ,,1,\n`;
  const snapshot = await workshop.ingest(csv);
  expect(snapshot).toMatchObject({ rowsIn: 3, rowsKept: 3, setAside: [], earliestAt: null });
  const again = await workshop.ingest(csv);
  expect([again.digest, again.artifactDigest]).toEqual([snapshot.digest, snapshot.artifactDigest]);
});

test('the digest is that of the rows, not of the file: order, line ends and ways to write a number do not matter', async () => {
  const snapshot = await workshop.ingest(`${header}\n1,31,basic,yes,yes\n2,45.5,n/a,no,no\n`);
  const other = await workshop.ingest(`\ufeff${header},unused\r\n2,45.50,,FALSE,no,x\r\n\r\n1,31.0,"basic",true,yes,y\r\n`);
  expect(other.digest).toBe(snapshot.digest);
  const changed = await workshop.ingest(`${header}\n1,32,basic,yes,yes\n2,45.5,n/a,no,no\n`);
  expect(changed.digest).not.toBe(snapshot.digest);
});

test('a file with decimal commas gives the rows of one with points; a point in it is no number, nor is a group of thousands', async () => {
  const points = await workshop.ingest(`${header}\n1,31.25,basic,yes,yes\n2,-4.5e1,,no,no\n3,7,,no,no\n`);
  const spec = aSpec({ source: { ...aSpec().source, separator: ';', decimal: ',' } });
  const heading = header.replaceAll(',', ';');
  const commas = await workshop.ingest(`${heading}\n1;31,25;basic;yes;yes\n2;-4,5e1;;no;no\n3;7;;no;no\n`, spec);
  expect(commas.digest).toBe(points.digest);
  const mixed = await workshop.ingest(`${heading}\n1;31,25;basic;yes;yes\n2;4.5;;no;no\n3;1.234,5;;no;no\n`, spec);
  expect((await workshop.quarantine(mixed)).map(({ reason }) => reason)).toEqual([
    'age: expected a finite number with a decimal comma, and nothing between thousands, found "4.5"',
    'age: expected a finite number with a decimal comma, and nothing between thousands, found "1.234,5"',
  ]);
});

test('the order of the source does not matter to the digest, whichever rule is broken first', async () => {
  const rows = ['1,x,basic,yes,yes', '2,45,gold,no,no', ',31,basic,yes,yes', '3,,gold,no,no'];
  const [one, other] = [rows, [...rows].reverse()].map((each) => workshop.ingest(`id,age,plan,member,bought\n${each.join('\n')}\n`));
  expect((await one)!.setAside).toHaveLength(3);
  expect((await other)!.digest).toBe((await one)!.digest);
});

test('each bad row is set aside with its number, the rule it breaks, a reason, and as it stood', async () => {
  const spec = aSpec({
    dataContract: {
      ...aSpec().dataContract,
      rules: [aRule('age', { minimum: 18, maximum: 99 }), aRule('plan', { allowed: ['basic', 'gold'] })],
    },
  });
  const rows = [
    '1,31,basic,yes,yes',
    '2,thirty,basic,yes,no',
    '3,31,basic',
    '',
    '4,31,basic,perhaps,no',
    ',31,basic,yes,no',
    '5,,basic,yes,no',
    '6,17,gold,no,no',
    '7,100,gold,no,no',
    '8,20,silver,no,no',
    '9,1e39,gold,no,no',
    '10,20,gold,no,no,more',
  ];
  const snapshot = await workshop.ingest(`${header}\n${rows.join('\n')}\n`, spec);
  expect(snapshot).toMatchObject({ rowsIn: 11, rowsKept: 1 });
  const aside = await workshop.quarantine(snapshot);
  expect(aside.map(({ rowNumber, rule, column }) => [rowNumber, rule, column])).toEqual([
    [4, 'unreadable', null],
    [13, 'unreadable', null],
    [3, 'type', 'age'],
    [6, 'type', 'member'],
    [7, 'entity', 'id'],
    [8, 'required', 'age'],
    [9, 'minimum', 'age'],
    [10, 'maximum', 'age'],
    [11, 'allowed', 'plan'],
    [12, 'type', 'age'],
  ]);
  expect(aside[2]).toEqual({
    rowNumber: 3,
    rule: 'type',
    column: 'age',
    reason: 'age: expected a finite number with a decimal point, found "thirty"',
    raw: { id: '2', age: 'thirty', plan: 'basic', member: 'yes', bought: 'no' },
  });
  expect(aside[0]).toMatchObject({ raw: { line: '3,31,basic' } });
  expect(snapshot.setAside.reduce((sum, { count }) => sum + count, 0)).toBe(10);
});

test('of rows with the same key the last is kept', async () => {
  const snapshot = await workshop.ingest(`${header}\n1,31,basic,yes,yes\n2,31,basic,yes,yes\n1,32,gold,no,no\n`);
  expect(snapshot).toMatchObject({ rowsIn: 3, rowsKept: 2, setAside: [{ rule: 'duplicate', column: null, count: 1 }] });
  expect(await workshop.quarantine(snapshot)).toMatchObject([{ rowNumber: 2, rule: 'duplicate', raw: { age: '31' } }]);
});

test('an entity may come back at another time', async () => {
  const spec = aSpec({ time: { kind: 'column', column: 'seen', format: null } });
  const csv = `${header},seen\n1,31,basic,yes,yes,2026-01-02T03:04:05Z\n1,31,basic,yes,no,2026-02-02T03:04:05+01:00\n1,32,basic,yes,no,2026-02-02 02:04:05\n1,31,basic,yes,no,soon\n`;
  const snapshot = await workshop.ingest(csv, spec);
  expect(snapshot).toMatchObject({ rowsKept: 2, earliestAt: '2026-01-02T03:04:05.000Z', latestAt: '2026-02-02T02:04:05.000Z' });
  expect(snapshot.setAside).toMatchObject([
    { rule: 'time', column: 'seen', count: 1 },
    { rule: 'duplicate', column: null, count: 1 },
  ]);
});

test('a time can be written in its own format', async () => {
  const spec = aSpec({ time: { kind: 'column', column: 'seen', format: '%d.%m.%Y %H:%M' } });
  expect(await workshop.ingest(`${header},seen\n1,31,basic,yes,yes,24.12.2025 18:30\n`, spec)).toMatchObject({
    earliestAt: '2025-12-24T18:30:00.000Z',
  });
});

test('a year grows whenever the month falls, and rows without an entity are told apart by all they say', async () => {
  const spec = aSpec({
    entity: { kind: 'row-number' },
    time: { kind: 'month-names', column: 'month', startYear: 2008 },
    source: { ...aSpec().source, separator: ';' },
  });
  const row = (month: string, age = 30) => `x;${age};basic;yes;no;${month}`;
  const rows = [row('may'), row('Nov'), row('smarch'), row('jan', 31), row('dec', 32), row('mar', 33), row('mar', 33)];
  const snapshot = await workshop.ingest(`${header.replaceAll(',', ';')};month\n${rows.join('\n')}\n`, spec);
  expect(snapshot).toMatchObject({ rowsIn: 7, rowsKept: 5, earliestAt: '2008-05-01T00:00:00.000Z', latestAt: '2010-03-01T00:00:00.000Z' });
  expect((await workshop.quarantine(snapshot)).map(({ rowNumber, rule }) => [rowNumber, rule])).toEqual([
    [4, 'time'],
    [7, 'duplicate'],
  ]);
});

test('columns with dots, spaces, quotes and differing only in case are what they are called', async () => {
  const spec = aSpec({ features: [aFeature('emp.var.rate', 'number'), aFeature('say "hi"', 'category'), aFeature('A', 'number')] });
  const snapshot = await workshop.ingest(`id,emp.var.rate,"say ""hi""",A,a,bought\n1,1.5,x,2,3,yes\n`, spec);
  expect(snapshot.columns.map(({ name }) => name)).toEqual(['emp.var.rate', 'say "hi"', 'A', 'bought']);
  expect(snapshot.rowsKept).toBe(1);
});

test('a quoted field may hold separators, quotes and line breaks, and the numbers of later rows stay right', async () => {
  const snapshot = await workshop.ingest(`${header}\n1,31,"a, ""b""\nc",yes,yes\n2,x,basic,yes,no\n`);
  expect(snapshot.rowsKept).toBe(1);
  expect(await workshop.quarantine(snapshot)).toMatchObject([{ rowNumber: 3, rule: 'type' }]);
});

test('a row keeps its number, however many blank and unreadable ones lie before it', async () => {
  const kinds = fc.array(fc.constantFrom('good', 'good', 'good', 'blank', 'short', 'damaged'), { minLength: 2_500, maxLength: 3_500 });
  await fc.assert(
    fc.asyncProperty(kinds, async (records) => {
      const line = {
        good: (row: number) => `${row},31,basic,yes,yes`,
        blank: () => '',
        short: (row: number) => `${row},31`,
        damaged: (row: number) => `${row},"3"1,basic,yes,yes`,
      };
      const snapshot = await workshop.ingest(
        `${header}\n${records.map((kind, index) => line[kind](index + 2)).join('\n')}\n9,1,a,yes,yes\n`,
      );
      const file = literal(workshop.artifacts.pathOf(snapshot.artifactDigest));
      const strays = await withDuck({}, (duck) =>
        duck.value(`select count(*) from read_parquet(${file}) where source_row <> entity::bigint and source_row <> ${records.length + 2}`),
      );
      expect(Number(strays)).toBe(0);
      const aside = (await workshop.quarantine(snapshot)).filter(({ rule }) => rule === 'unreadable');
      expect(aside.map(({ rowNumber }) => rowNumber)).toEqual(
        records.flatMap((kind, index) => (kind === 'short' || kind === 'damaged' ? [index + 2] : [])),
      );
    }),
    { numRuns: 4 },
  );
});

test('a signal stops it', async () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => `${index},31,basic,yes,yes`).join('\n');
  const controller = new AbortController();
  const working = ingest({
    spec: aSpec(),
    path: workshop.write(`${header}\n${rows}\n`),
    artifacts: workshop.artifacts,
    workDir: workshop.folder,
    signal: controller.signal,
    onProgress: (stage) => stage === 'typing' && controller.abort(new Error('enough')),
  });
  await expect(working).rejects.toThrow('enough');
});
