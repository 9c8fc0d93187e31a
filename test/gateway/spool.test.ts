import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Spool, SpoolUnavailable } from '../../src/gateway/spool.ts';
import { frameAt, frameOf } from '../../src/gateway/spool-frames.ts';
import { type RecordKind, recordKinds } from '../../src/store/log-records.ts';

let folder: string;
let troubles: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'spool-'));
  troubles = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const aSpool = ({ limitBytes = 1e9, segmentBytes = 1e6 } = {}) =>
  new Spool({ folder, limitBytes, segmentBytes, onTrouble: (sentence) => troubles.push(sentence) });

const segments = () => readdirSync(folder).filter((name) => name.endsWith('.spool'));
const onlySegment = () => path.join(folder, segments().at(-1)!);

/** Everything the spool hands out, as a shipper would take it. */
function drained(spool: Spool): Partial<Record<RecordKind, string[]>> {
  const found: Partial<Record<RecordKind, string[]>> = {};
  for (let waiting = spool.waiting(10, 1_000); waiting !== null; waiting = spool.waiting(10, 1_000)) {
    for (const { kind, lines } of waiting.batches) found[kind] = [...(found[kind] ?? []), ...lines];
    spool.shipped(waiting.until);
  }
  return found;
}

test('what was appended is handed out once, in order, whatever the sizes of frames, segments and batches', async () => {
  const aLine = fc.string({ maxLength: 300 }).map((text) => JSON.stringify({ text }));
  const anAppend = fc.record({ kind: fc.constantFrom(...recordKinds), lines: fc.array(aLine, { minLength: 1, maxLength: 8 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(anAppend, { maxLength: 30 }), fc.integer({ min: 1, max: 4_000 }), async (appends, segmentBytes) => {
      rmSync(folder, { recursive: true, force: true });
      const spool = aSpool({ segmentBytes });
      const expected: Partial<Record<RecordKind, string[]>> = {};
      for (const { kind, lines } of appends) {
        await spool.append(kind, lines, 5);
        expected[kind] = [...(expected[kind] ?? []), ...lines];
      }
      expect(drained(spool)).toEqual(expected);
      expect(spool.waitingBytes).toBe(0);
      spool.close();
      expect(segments()).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('what was not shipped before the process ended is handed out by the next one', async () => {
  const first = aSpool({ segmentBytes: 100 });
  for (let index = 0; index < 20; index++) await first.append('predictions', [`{"n":${index}}`], 1);
  const waiting = first.waiting(5, 10_000)!;
  first.shipped(waiting.until);
  first.close();
  const second = aSpool();
  await second.append('predictions', ['{"n":20}'], 1);
  const seen = drained(second).predictions!.map((line) => JSON.parse(line).n as number);
  // What was shipped from a segment that still held more comes again; Postgres knows it already.
  expect(new Set([...waiting.batches[0]!.lines.map((line) => JSON.parse(line).n), ...seen]).size).toBe(21);
  expect(seen.at(-1)).toBe(20);
  second.close();
});

test('a torn tail is cut off at the start and nothing whole is lost', async () => {
  const first = aSpool();
  await first.append('predictions', ['{"n":1}', '{"n":2}'], 1);
  first.close();
  const torn = frameOf('predictions', ['{"n":3}'], 1);
  appendFileSync(onlySegment(), torn.subarray(0, torn.length - 3));
  const second = aSpool();
  expect(drained(second).predictions).toEqual(['{"n":1}', '{"n":2}']);
  expect(troubles[0]).toMatch(/never acknowledged and are cut off/);
  second.close();
});

test('a damaged frame is kept for a person and the ones around it are shipped', async () => {
  const first = aSpool();
  for (const n of [1, 2, 3]) await first.append('predictions', [`{"n":${n}}`], 1);
  first.close();
  const bytes = readFileSync(onlySegment());
  bytes[bytes.indexOf('"n":2') + 4] = '9'.charCodeAt(0);
  writeFileSync(onlySegment(), bytes);
  const second = aSpool();
  expect(drained(second).predictions).toEqual(['{"n":1}', '{"n":3}']);
  expect(readdirSync(folder).filter((name) => name.endsWith('.damaged'))).toHaveLength(1);
  expect(troubles[0]).toMatch(/damaged/);
  second.close();
});

test('a full spool refuses what it cannot keep, keeps what it has, and takes more once Postgres has taken some', async () => {
  const spool = aSpool({ limitBytes: 200 });
  await spool.append('predictions', ['x'.repeat(100)], 1);
  await expect(spool.append('predictions', ['y'.repeat(100)], 1)).rejects.toBeInstanceOf(SpoolUnavailable);
  const waiting = spool.waiting(10, 1_000)!;
  expect(waiting.batches[0]!.lines).toEqual(['x'.repeat(100)]);
  spool.shipped(waiting.until);
  await spool.append('predictions', ['z'.repeat(100)], 1);
  expect(drained(spool).predictions).toEqual(['z'.repeat(100)]);
  spool.close();
});

test('appends of one turn of the event loop are one write and all survive', async () => {
  const spool = aSpool();
  await Promise.all(Array.from({ length: 50 }, (_, n) => spool.append('outcomes', [`{"n":${n}}`], 1)));
  const size = statSync(onlySegment()).size;
  expect(spool.waitingBytes).toBe(size);
  expect(drained(spool).outcomes).toHaveLength(50);
  spool.close();
});

test('every shortened or bit-flipped frame is recognised', () => {
  const frame = frameOf('pairs', ['{"a":1}', '{"b":2}'], 1_234_567_890_123);
  expect(frameAt(frame, 0)).toMatchObject({ kind: 'pairs', atMs: 1_234_567_890_123, lines: ['{"a":1}', '{"b":2}'] });
  for (let length = 0; length < frame.length; length++) expect(frameAt(frame.subarray(0, length), 0)).toBeNull();
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const flipped = Buffer.from(frame);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(frameAt(flipped, 0)).toBeNull();
  }
});

test('a segment of zeroes, as a power cut leaves them, is set aside and does not stop the rest', async () => {
  const first = aSpool();
  await first.append('predictions', ['{"n":1}'], 1);
  first.close();
  truncateSync(onlySegment(), statSync(onlySegment()).size + 64);
  const second = aSpool();
  await second.append('predictions', ['{"n":2}'], 1);
  expect(drained(second).predictions).toEqual(['{"n":1}', '{"n":2}']);
  second.close();
});
