/** Rows that were set aside: as they stood, with the rule they break, so that they can be repaired and sent again. */
import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Digest } from '../domain/ids.ts';
import type { Duck } from './duck.ts';
import { rawColumn } from './load-source.ts';
import type { QuarantinedRow } from './snapshot.ts';
import type { Fault } from './typed-rows.ts';

export interface QuarantineSource {
  readonly header: readonly string[];
  readonly faults: readonly Fault[];
  readonly folder: string;
  readonly artifacts: ArtifactStore;
}

export async function writeQuarantine(duck: Duck, source: QuarantineSource): Promise<Digest> {
  const file = path.join(source.folder, 'quarantine.jsonl');
  await pipeline(Readable.from(lines(duck, source)), createWriteStream(file));
  return source.artifacts.put({ file });
}

/** One after another, because there may be as many as there are rows. */
export async function* readQuarantine(artifacts: ArtifactStore, digest: Digest): AsyncGenerator<QuarantinedRow> {
  const file = await artifacts.verifiedPathOf(digest);
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY }))
    yield JSON.parse(line) as QuarantinedRow;
}

async function* lines(duck: Duck, { header, faults }: QuarantineSource): AsyncGenerator<string> {
  const texts = header.map((_, index) => rawColumn(index)).join(', ');
  const asText = (row: QuarantinedRow) => `${JSON.stringify(row)}\n`;

  for await (const [records, rawLines, reasons] of duck.chunks('select record::integer, line, reason from unreadable order by record')) {
    for (const [index, record] of records!.entries()) {
      const reason = `expected ${header.length} columns: ${String(reasons![index]).split('\n')[0]}`;
      yield asText({
        rowNumber: Number(record),
        rule: 'unreadable',
        column: null,
        reason,
        raw: { line: rawLines![index] as string | null },
      });
    }
  }
  for await (const [records, indexes, ...values] of duck.chunks(
    `select record::integer, fault, ${texts} from faulty join raw using (record) order by record`,
  )) {
    for (const [index, record] of records!.entries()) {
      const { rule, column, expected } = faults[Number(indexes![index])]!;
      const raw = rawRow(header, values, index);
      const found = raw[column]?.trim() ? JSON.stringify(raw[column]) : 'nothing';
      yield asText({ rowNumber: Number(record), rule, column, reason: `${column}: expected ${expected}, found ${found}`, raw });
    }
  }
  for await (const [records, ...values] of duck.chunks(
    `select record::integer, ${texts} from duplicates join raw using (record) order by record`,
  )) {
    for (const [index, record] of records!.entries()) {
      const raw = rawRow(header, values, index);
      yield asText({
        rowNumber: Number(record),
        rule: 'duplicate',
        column: null,
        reason: 'a later row has the same key; the last one is kept',
        raw,
      });
    }
  }
}

function rawRow(header: readonly string[], values: readonly (readonly unknown[])[], index: number): Record<string, string | null> {
  return Object.fromEntries(header.map((column, place) => [column, (values[place]![index] as string | null) ?? null]));
}
