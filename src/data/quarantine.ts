/** Rows that were set aside: as they stood, with the rule they break, so that they can be repaired and sent again. */
import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Digest } from '../domain/ids.ts';
import type { Duck } from './duck.ts';
import { rawColumn } from './source/load-source.ts';
import type { QuarantinedRow, SetAside, SetAsideRule } from './snapshot.ts';
import type { Fault } from './fault.ts';

export interface QuarantineSource {
  readonly header: readonly string[];
  readonly faults: readonly Fault[];
  readonly folder: string;
  readonly artifacts: ArtifactStore;
}

/** Enough to see what is wrong. */
const SAMPLES = 5;

export async function writeQuarantine(duck: Duck, source: QuarantineSource): Promise<{ digest: Digest; setAside: readonly SetAside[] }> {
  const file = path.join(source.folder, 'quarantine.jsonl');
  const tally = new Tally();
  await pipeline(Readable.from(lines(duck, source, tally)), createWriteStream(file));
  return { digest: await source.artifacts.put({ file }), setAside: tally.setAside() };
}

/** Counts as the rows go by. */
class Tally {
  readonly #found = new Map<
    string,
    { rule: SetAsideRule; column: string | null; count: number; expected: string; samples: { row: number; value: string }[] }
  >();

  add({ rowNumber, rule, column }: QuarantinedRow, { expected, value }: { expected: string; value: string }): void {
    const key = JSON.stringify([rule, column, expected]);
    const found = this.#found.get(key) ?? { rule, column, count: 0, expected, samples: [] };
    found.count += 1;
    if (found.samples.length < SAMPLES) found.samples.push({ row: rowNumber, value: value.slice(0, 200) });
    this.#found.set(key, found);
  }

  setAside(): SetAside[] {
    return [...this.#found.values()];
  }
}

/** One after another, because there may be as many as there are rows. */
export async function* readQuarantine(artifacts: ArtifactStore, digest: Digest): AsyncGenerator<QuarantinedRow> {
  const file = await artifacts.verifiedPathOf(digest);
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY }))
    yield JSON.parse(line) as QuarantinedRow;
}

async function* lines(duck: Duck, { header, faults }: QuarantineSource, tally: Tally): AsyncGenerator<string> {
  const texts = header.map((_, index) => rawColumn(index)).join(', ');
  const line = (row: QuarantinedRow, more: { expected: string; value: string }) => {
    tally.add(row, more);
    return `${JSON.stringify(row)}\n`;
  };

  for await (const [records, rawLines, reasons] of duck.chunks('select record::integer, line, reason from unreadable order by record')) {
    for (const [index, record] of records!.entries()) {
      const expected = `a record of ${header.length} columns`;
      // Null where it may hold what must not be kept.
      const raw = { line: rawLines![index] as string | null };
      const reason = `expected ${expected}: ${String(reasons![index]).split('\n')[0]}`;
      yield line({ rowNumber: Number(record), rule: 'unreadable', column: null, reason, raw }, { expected, value: raw.line ?? 'not kept' });
    }
  }
  for await (const [records, indexes, ...values] of duck.chunks(
    `select record::integer, fault, ${texts} from faulty join raw using (record) order by record`,
  )) {
    for (const [index, record] of records!.entries()) {
      const { rule, column, expected } = faults[Number(indexes![index])]!;
      const raw = rawRow(header, values, index);
      const value = raw[column]?.trim() ?? '';
      const found = rule === 'expression' ? '' : `, found ${value === '' ? 'nothing' : JSON.stringify(value)}`;
      const reason = `${column}: expected ${expected}${found}`;
      yield line({ rowNumber: Number(record), rule, column, reason, raw }, { expected, value });
    }
  }
  for await (const [records, ids, ...values] of duck.chunks(
    `select record::integer, row_id, ${texts} from duplicates join raw using (record) order by record`,
  )) {
    for (const [index, record] of records!.entries()) {
      const raw = rawRow(header, values, index);
      const reason = 'a later row has the same key; the last one is kept';
      const more = { expected: 'a key that no later row has', value: `row id ${String(ids![index])}` };
      yield line({ rowNumber: Number(record), rule: 'duplicate', column: null, reason, raw }, more);
    }
  }
}

function rawRow(header: readonly string[], values: readonly (readonly unknown[])[], index: number): Record<string, string | null> {
  return Object.fromEntries(header.map((column, place) => [column, (values[place]![index] as string | null) ?? null]));
}
