import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { csvShape } from '../../../src/data/source/csv-shape.ts';
import { Failure } from '../../../src/failures.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'csv-shape-'));
const file = path.join(folder, 'some.csv');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const layout = { separator: ';', header: null, skipLines: 0 };

/** Records, and which of them are blank; null when a quote is never closed. A quote opens only where a field begins. */
function plainly(text: string): { records: number; blank: number[]; endsAbruptly: boolean } | null {
  let [records, length, isQuoted, isFieldStart, wasQuote] = [0, 0, false, true, false];
  const blank: number[] = [];
  const end = () => {
    records += 1;
    if (length === 0) blank.push(records);
    [length, isFieldStart, wasQuote] = [0, true, false];
  };
  const characters = [...text.replaceAll('\r\n', '\n')];
  // A line break inside quotes is two characters or one, and no record is blank that has one.
  for (const character of characters) {
    if (isQuoted) {
      length += 1;
      if (character === '"') [isQuoted, wasQuote] = [false, true];
    } else if (character === '\n' || character === '\r') end();
    else {
      length += 1;
      if (character === '"' && (isFieldStart || wasQuote)) isQuoted = true;
      isFieldStart = character === ';';
      wasQuote = false;
    }
  }
  if (isQuoted) return null;
  const endsAbruptly = length > 0;
  if (endsAbruptly) end();
  return { records, blank, endsAbruptly };
}

test('records are counted as their definition says, whatever quotes and line breaks are in them', async () => {
  const body = fc.array(fc.constantFrom('"', '"', ';', '\n', '\r\n', '\r', 'a', 'é'), { maxLength: 40 }).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(body, async (rows) => {
      const text = `a;b\n${rows}`;
      writeFileSync(file, text);
      const expected = plainly(text);
      const found = await csvShape(file, layout).catch((error: unknown) => error);
      if (expected === null) {
        expect(found).toBeInstanceOf(Failure);
        return;
      }
      expect(found).toMatchObject(expected);
    }),
    { numRuns: 400 },
  );
});
