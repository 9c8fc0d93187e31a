import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { type Keeping, keptEvents } from '../../../src/data/events/kept-events.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kept-events-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = path.join(folder, 'orders.csv');
let keeping: Keeping;
let readings = 0;
let works = 0;
beforeEach(() => {
  works += 1;
  readings = 0;
  writeFileSync(source, 'who,happened\nann,2026-01-01\n');
  keeping = { folder: path.join(folder, `kept-${works}`), name: 'shop.orders', source, reading: ['amount'] };
});

/** One piece of work, in a folder that is gone afterwards. */
async function table(of: Keeping = keeping): Promise<string> {
  const own = path.join(folder, 'work');
  mkdirSync(own, { recursive: true });
  const target = path.join(own, 'events.parquet');
  const read = async () => {
    readings += 1;
    writeFileSync(target, `reading ${readings}`);
    return { file: target, events: readings, setAside: 0 };
  };
  const found = await keptEvents(of, target, read);
  const text = `${found.events}: ${readFileSync(found.file, 'utf8')}`;
  rmSync(own, { recursive: true });
  return text;
}

test('a file that is still the same is read once', async () => {
  expect(await table()).toBe('1: reading 1');
  expect(await table()).toBe('1: reading 1');
  expect(readings).toBe(1);
});

test('what an earlier reading left in its place is no hindrance', async () => {
  await table();
  mkdirSync(path.join(folder, 'work'), { recursive: true });
  writeFileSync(path.join(folder, 'work', 'events.parquet'), 'left behind');
  expect(await table()).toBe('1: reading 1');
});

test('a file that was written again is read again, be it of the same length, and what it was is forgotten', async () => {
  await table();
  writeFileSync(source, 'who,happened\nbob,2026-01-01\n');
  expect(await table()).toBe('2: reading 2');
  expect(readdirSync(keeping.folder)).toHaveLength(2);
});

test('another reading of the same file is another table; what another model keeps stays', async () => {
  await table({ ...keeping, name: 'shop.orders-old' });
  await table();
  expect(await table({ ...keeping, reading: ['amount', 'shop'] })).toBe('3: reading 3');
  expect(readdirSync(keeping.folder)).toHaveLength(4);
});

test('a table whose counts are missing or broken is read again', async () => {
  await table();
  const counts = readdirSync(keeping.folder).find((file) => file.endsWith('.json'))!;
  writeFileSync(path.join(keeping.folder, counts), '{');
  expect(await table()).toBe('2: reading 2');
  rmSync(path.join(keeping.folder, counts.replace('.json', '.parquet')));
  expect(await table()).toBe('3: reading 3');
});

test('a source that is not there is the reader’s to complain about, and is not kept', async () => {
  await table({ ...keeping, source: path.join(folder, 'nowhere.csv') });
  await table({ ...keeping, source: path.join(folder, 'nowhere.csv') });
  expect(readings).toBe(2);
});
