import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { literal, withDuck } from '../../../src/data/duck.ts';
import { ingest } from '../../../src/data/ingest.ts';
import type { Spec } from '../../../src/domain/spec.ts';
import { Failure } from '../../../src/failures.ts';
import { aFeature, aSource, aSpec, aWorkshop } from '../fixtures.ts';

const workshop = aWorkshop();
const header = 'id,age,plan,member,bought,seen';
const rows = [
  ['1', '31', 'basic', 'true', 'yes', '2026-01-02T03:04:05Z'],
  ['2', '45.5', 'gold', 'false', 'no', '2026-01-03T00:00:00Z'],
  ['3', '', '', 'true', '', '2026-02-01T12:00:00Z'],
  ['4', '1e3', 'a "b", c', 'false', 'yes', '2026-02-02T00:00:00.5Z'],
];
const spec = aSpec({
  features: [
    aFeature('age', 'number', { nullable: true }),
    aFeature('plan', 'category', { nullable: true }),
    aFeature('member', 'boolean'),
  ],
  time: { kind: 'column', column: 'seen', format: null },
});
const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = `${header}\n${rows.map((row) => row.map(quoted).join(',')).join('\n')}\n`;

const file = (name: string, content: string | Buffer) => {
  const target = path.join(workshop.folder, name);
  writeFileSync(target, content);
  return target;
};
const from = (source: string, how: Spec = spec) =>
  ingest({ spec: how, path: source, artifacts: workshop.artifacts, workDir: workshop.folder, now: '2026-03-01T00:00:00Z' });

const asJson = ([id, age, plan, member, bought, seen]: string[]) => ({
  id: Number(id),
  age: age === '' ? null : Number(age),
  ...(plan === '' ? {} : { plan }),
  member: member === 'true',
  bought: bought === '' ? null : bought,
  seen,
});

async function parquet(name: string): Promise<string> {
  const target = path.join(workshop.folder, name);
  await withDuck({}, async (duck) => {
    const values = rows.map(([id, age, plan, member, bought, seen]) => {
      const text = (value: string) => (value === '' ? 'null' : literal(value));
      return `(${id}::integer, ${text(age!)}::double, ${text(plan!)}, ${member}, ${text(bought!)}, timestamptz ${literal(seen!)})`;
    });
    await duck.run(
      `copy (select * from (values ${values.join(', ')}) t(id, age, plan, member, bought, seen)) to ${literal(target)} (format parquet)`,
    );
  });
  return target;
}

test('the same rows are the same snapshot, whatever the format', async () => {
  const sources = [
    file('rows.csv', csv),
    file('rows.csv.gz', gzipSync(csv)),
    await parquet('rows.parquet'),
    file('rows.jsonl', `${rows.map((row) => JSON.stringify(asJson(row))).join('\n')}\n`),
    file('rows.ndjson.gz', gzipSync(rows.map((row) => JSON.stringify(asJson(row))).join('\n'))),
  ];
  const snapshots = await Promise.all(sources.map((source) => from(source)));
  expect(snapshots.map(({ source }) => source.kind)).toEqual(['csv', 'csv', 'parquet', 'jsonl', 'jsonl']);
  expect(snapshots.map(({ digest }) => digest)).toEqual(sources.map(() => snapshots[0]!.digest));
  expect(snapshots.map(({ artifactDigest }) => artifactDigest).slice(0, 2)).toEqual([
    snapshots[0]!.artifactDigest,
    snapshots[0]!.artifactDigest,
  ]);
  expect(snapshots[0]).toMatchObject({ rowsIn: 4, rowsKept: 4, takenAt: '2026-03-01T00:00:00Z' });
});

test('tab-separated values are told by the name of the file', async () => {
  const snapshot = await from(file('some.tsv', 'id\tage\tplan\tmember\tbought\tseen\n1\t31\tbasic\tyes\tyes\t2026-01-02\n'));
  expect(snapshot).toMatchObject({ rowsKept: 1, source: { kind: 'csv' } });
});

test('a line that is no JSON object is set aside as it stands, and the numbers of the others stay right', async () => {
  const lines = [
    JSON.stringify(asJson(rows[0]!)),
    '{"id": 2',
    '',
    '[1, 2]',
    JSON.stringify({ ...asJson(rows[1]!), member: 'perhaps' }),
    Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
    JSON.stringify({ ...asJson(rows[3]!), age: 'old' }),
  ];
  const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
  const snapshot = await from(file('bad.jsonl', bytes));
  expect(snapshot).toMatchObject({ rowsIn: 6, rowsKept: 1 });
  expect((await workshop.quarantine(snapshot)).map(({ rowNumber, rule, raw }) => [rowNumber, rule, raw.line ?? raw.id ?? null])).toEqual([
    [2, 'unreadable', '{"id": 2'],
    [4, 'unreadable', '[1, 2]'],
    [6, 'unreadable', null],
    [5, 'type', '2'],
    [7, 'type', '4'],
  ]);
});

test.each([
  ['Parquet that is none', 'no.parquet', 'id,age\n1,2\n', 'is not a Parquet file'],
  ['Parquet that is cut off', 'cut.parquet', 'PAR1 and no more', 'cannot be read as Parquet'],
  ['Parquet that is packed once more', 'twice.parquet.gz', gzipSync('PAR1 and no more'), 'is packed: expected a Parquet file as it is'],
  [
    'a file of JSON Lines that is cut off',
    'cut.jsonl',
    `${JSON.stringify(asJson(rows[0]!))}\n{"id": 2, "age"`,
    'is cut off: its last line, number 2, lacks a line break and is no whole JSON object',
  ],
  ['JSON Lines without an object', 'no.jsonl', '1\n2\n', 'expected a JSON object'],
  ['an archive that is cut off', 'cut.csv.gz', gzipSync(csv).subarray(0, 60), 'expected a whole gzip archive'],
  [
    'Parquet called JSON Lines',
    'what.jsonl',
    Buffer.from('PAR1....'),
    'is not a file of JSON Lines: expected text in UTF-8, found a Parquet file',
  ],
])('%s is refused and says why', async (_, name, content, message) => {
  await expect(from(file(name, content))).rejects.toMatchObject({ type: 'SourceUnreadable', message: expect.stringContaining(message) });
});

test('the last of the JSON Lines needs no line break', async () => {
  const lines = rows.map((row) => JSON.stringify(asJson(row))).join('\n');
  expect(await from(file('open.jsonl', `\ufeff${lines}`))).toMatchObject({ rowsIn: 4, setAside: [] });
});

test('Parquet that is damaged anywhere is refused, or its rows are read', async () => {
  const whole = readFileSync(await parquet('whole.parquet'));
  for (let at = 4; at < whole.length - 4; at += 17) {
    const bytes = Buffer.from(whole);
    for (let place = at; place < Math.min(at + 6, whole.length - 4); place++) bytes[place]! ^= 0xff;
    const failed: unknown = await from(file('damaged.parquet', bytes)).then(
      () => null,
      (error: unknown) => error,
    );
    if (failed !== null) expect(failed).toBeInstanceOf(Failure);
  }
});

test('a file without a header line gets its names from the spec, and lines before the first record are skipped', async () => {
  const named = { ...spec, time: null, source: aSource({ header: ['id', 'age', 'plan', 'member', 'bought'], skipLines: 2 }) };
  const snapshot = await from(
    file('bare.csv', '|1x3 "Cross validator\nmade by hand\n1, 31, basic, yes, yes\n\n2, old, basic, yes, no\n3, 32, gold, no, no\n'),
    named,
  );
  expect(snapshot).toMatchObject({ rowsIn: 3, rowsKept: 2 });
  expect(await workshop.quarantine(snapshot)).toMatchObject([{ rowNumber: 5, rule: 'type', raw: { id: '2' } }]);
});

test('a second file is the comparison, its records counted on from the first', async () => {
  const second = file('second.csv', '|a comment\n5,40,basic,yes,yes.\n6,x,basic,yes,no.\n7,41,gold,no,no.\n');
  const given: Spec = {
    ...spec,
    time: null,
    label: { ...spec.label, alsoPositive: ['yes.'], negative: ['no', 'no.'] },
    source: aSource({ header: ['id', 'age', 'plan', 'member', 'bought'], comparisonPath: second, comparisonSkipLines: 1 }),
    split: { ...spec.split, by: 'given' },
  };
  const snapshot = await from(file('first.csv', '1,31,basic,yes,yes\n2,32,gold,no,no\n3,33,gold,no,maybe\n'), given);
  expect(snapshot).toMatchObject({ rowsIn: 6, rowsKept: 4 });
  expect((await workshop.quarantine(snapshot)).map(({ rowNumber, rule, column }) => [rowNumber, rule, column])).toEqual([
    [3, 'allowed', 'bought'],
    [6, 'type', 'age'],
  ]);
  const kept = await withDuck({}, (duck) =>
    duck.all(
      `select entity, label, purpose from read_parquet(${literal(workshop.artifacts.pathOf(snapshot.artifactDigest))}) order by entity`,
    ),
  );
  expect(kept.map(({ entity, label, purpose }) => [entity, label, purpose])).toEqual([
    ['1', 1, null],
    ['2', 0, null],
    ['5', 1, 'comparison'],
    ['7', 0, 'comparison'],
  ]);
});
