import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ingest } from '../../../src/data/ingest.ts';
import { aFeature, aSpec, aWorkshop } from '../fixtures.ts';

const workshop = aWorkshop();
const header = 'id,age,plan,member,bought';
const good = `${header}\n1,31,basic,yes,yes\n2,45,gold,no,no\n`;

test.each([
  ['an empty file', '', 'SourceUnreadable', 'is empty: expected a header line and rows'],
  [
    'a blank line above the header',
    `\n${good}`,
    'SourceUnreadable',
    'begins with a blank line where its header should be (source.skipLines: 1',
  ],
  ['line ends of two kinds', `${good}${good.slice(header.length + 1).replaceAll('\n', '\r\n')}`, 'SourceUnreadable', 'to end in one way'],
  ['a header alone', `${header}\n`, 'SourceUnreadable', 'has a header and no rows'],
  [
    'a file cut off inside a quote',
    `${header}\n1,31,"basic,yes,yes\n2,45,gold,no,no\n`,
    'SourceUnreadable',
    'is cut off or has an unbalanced quote: the quote opened in record 2 is never closed',
  ],
  ['a file cut off inside a row', `${good}3,45,go`, 'SourceUnreadable', 'is cut off: its last record, number 4, lacks columns'],
  ['a compressed file', gzipSync(good), 'SourceUnreadable', 'is not a CSV file: expected text in UTF-8, found a gzip archive'],
  ['a Parquet file', Buffer.from('PAR1\x15\x04'), 'SourceUnreadable', 'found a Parquet file'],
  ['a spreadsheet', Buffer.from('PK\x03\x04whatever'), 'SourceUnreadable', 'an Excel file'],
  [
    'bytes that are no text',
    Buffer.concat([Buffer.from(good), Buffer.of(0, 1, 2)]),
    'SourceUnreadable',
    `found a zero byte at ${good.length}`,
  ],
  ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), 'SourceUnreadable', 'found UTF-16 text'],
  [
    'another separator',
    good.replaceAll(',', ';'),
    'SourceUnreadable',
    'is not separated by ",": its header reads "id;age;plan;member;bought"; set source.separator: ";"',
  ],
  [
    'a renamed column',
    good.replace('age', 'Age'),
    'TrainingDataRejected',
    'lacks a column that the spec names: "age" (a feature; did it become "Age"?). Found: id, Age, plan, member, bought',
  ],
  ['a missing label', good.replace('bought', 'outcome'), 'TrainingDataRejected', '"bought" (the label)'],
  ['a column that is there twice', good.replace('id,age', 'age,age'), 'TrainingDataRejected', '"id" (the entity)'],
  ['two columns of one name', `${header},age\n1,31,basic,yes,yes,3\n`, 'SourceUnreadable', 'has two columns called "age"'],
  [
    'nothing but bad rows',
    `${header}\n1,x,basic,yes,yes\n2,y,gold,no,no\n`,
    'TrainingDataRejected',
    'most were set aside by the rule "type" about "age" (2 rows): expected a finite number with a decimal point, found "x" in row 2',
  ],
])('%s is refused and says why', async (_, content, type, message) => {
  await expect(workshop.ingest(content)).rejects.toMatchObject({ type, message: expect.stringContaining(message) });
});

test('a missing file and a folder are refused and say why', async () => {
  const from = (path: string) => ingest({ spec: aSpec(), path, artifacts: workshop.artifacts, workDir: workshop.folder });
  await expect(from(`${workshop.folder}/nowhere.csv`)).rejects.toMatchObject({
    type: 'SourceUnreadable',
    message: expect.stringContaining('there is no such file'),
  });
  await expect(from(workshop.folder)).rejects.toMatchObject({
    type: 'SourceUnreadable',
    message: expect.stringContaining('found a folder'),
  });
});

test('a row with bytes that are no UTF-8 is set aside, the others are kept', async () => {
  const bytes = Buffer.concat([Buffer.from(`${header}\n1,31,`), Buffer.of(0xff, 0xfe), Buffer.from(',yes,yes\n2,45,gold,no,no\n')]);
  const snapshot = await workshop.ingest(bytes);
  expect(snapshot).toMatchObject({ rowsIn: 2, rowsKept: 1, setAside: [{ rule: 'unreadable', count: 1 }] });
});

test('a stray quote damages its own row or the file is refused, but no row is lost without a word', async () => {
  const snapshot = await workshop.ingest(`${header}\n1,31,"ba"sic,yes,yes\n2,45,gold,no,no\n`);
  expect(snapshot).toMatchObject({ rowsIn: 2, rowsKept: 1 });
  const merged = await workshop.ingest(`${header}\n1,31,"basic,yes,yes\n2,45,"gold",no,no\n3,45,gold,no,no\n`);
  expect(merged).toMatchObject({ rowsKept: 1, setAside: [{ rule: 'unreadable', count: 1 }] });
  expect(await workshop.quarantine(merged)).toMatchObject([{ raw: { line: expect.stringContaining('2,45,"gold"') } }]);
});

test.each([
  ['hide a row from the reader', ' "x\n"1,2,3\n \n",1,2,3\n,\n', "has quotes that don't fit together: expected"],
  ['make no sense at all', 'xx  ,",,\n"\r\n\r\n  1,2,3\n\n', 'cannot be read as CSV'],
])('quotes that %s refuse the file', async (_, body, message) => {
  const spec = aSpec({
    entity: { kind: 'row-number' },
    features: [aFeature('a', 'category', { nullable: true })],
    label: { ...aSpec().label, column: 'b' },
  });
  await expect(workshop.ingest(`a,b,c\n${body}`, spec)).rejects.toMatchObject({
    type: 'SourceUnreadable',
    message: expect.stringContaining(message),
  });
});

test('a file that is written anew while it is read is refused, even when it has as many rows', async () => {
  const path = workshop.write(good);
  const onProgress = (stage: string) => stage === 'reading' && writeFileSync(path, good.replaceAll('gold', 'silver'));
  const reading = ingest({ spec: aSpec(), path, artifacts: workshop.artifacts, workDir: workshop.folder, onProgress });
  await expect(reading).rejects.toMatchObject({
    type: 'SourceUnreadable',
    message: expect.stringContaining('changed while it was being read'),
  });
});
