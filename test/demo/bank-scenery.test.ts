import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bankScenery, readBankCalls } from '../../src/demo/bank-scenery.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'understudy-bank-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = '"age";"month";"duration";"y"';
function aFile(rows: readonly string[], header = HEADER): string {
  const file = path.join(folder, `calls-${rows.length}.csv`);
  writeFileSync(file, `${[header, ...rows].join('\r\n')}\r\n`);
  return file;
}
const calls = (month: string, count: number) =>
  Array.from({ length: count }, (_, row) => `${20 + (row % 50)};"${month}";${100 + row};"no"`);
const programs = {
  understudy: async () => '',
  background: () => ({ stop: async () => undefined }),
  client: async () => undefined,
  stopAll: async () => undefined,
};

test('the file is cut where its first year ends', async () => {
  const { before, after } = await readBankCalls(aFile([...calls('may', 1_200), ...calls('dec', 10), ...calls('mar', 1_100)]));
  expect([before.length, after.length]).toEqual([1_210, 1_100]);
});

test('trained on is what is known when the call is over; asked is before it, when its length is 0', async () => {
  const scenery = bankScenery(await readBankCalls(aFile([...calls('may', 1_300), ...calls('mar', 1_050)])));
  const place = { programs, dataDir: folder };
  await scenery.prepare(place, 'before');
  const lines = (name: string) => readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n');
  expect(lines('bank-marketing.csv')[1]).toBe('20;"may";100;"no"');
  expect(lines('calls-before.csv')[1]).toBe('20;"may";0;"no"');
  expect(lines('calls-after.csv')).toHaveLength(1_051);
  await scenery.prepare(place, 'after');
  expect(lines('bank-marketing.csv')).toHaveLength(1_051);
  expect(scenery.simulate(place, 'after')).toContain(path.join(folder, 'calls-after.csv'));
});

test.each([
  ['another file', () => aFile(calls('may', 5), 'id,left'), 'found the columns id,left'],
  ['a file of one year', () => aFile(calls('may', 3_000)), 'of which no two years follow each other'],
])('%s is refused with a sentence', async (_, file, sentence) => {
  await expect(readBankCalls(file())).rejects.toThrow(sentence);
});

const real = path.join(import.meta.dirname, '../../../shared/data/bank-marketing.csv');
test.skipIf(!existsSync(real))('the real file is cut between December 2008 and March 2009 (skipped where it is absent)', async () => {
  const { before, after } = await readBankCalls(real);
  expect([before.at(-1), after[0]].map((row) => /"(dec|mar)"/.exec(row!)?.[1])).toEqual(['dec', 'mar']);
});
