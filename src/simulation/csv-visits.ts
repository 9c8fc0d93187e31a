/** The rows of a source file as people who turn up, some of them again and again. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fieldsOf } from '../data/source/csv-shape.ts';
import type { InputSpec } from '../domain/feature-spec.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import type { FeatureValue } from '../features/columns.ts';
import { timeOf } from '../features/times.ts';
import { randomness } from './random.ts';
import type { Visit } from './visit.ts';

/** Enough people for any simulation; a longer file is read to here. */
const MOST_ROWS = 200_000;
const TRUE = ['true', 't', 'yes', 'y', '1'];
const FALSE = ['false', 'f', 'no', 'n', '0'];

export interface SourceRows {
  readonly header: readonly string[];
  readonly records: readonly (readonly string[])[];
}

export async function readSourceRows(path: string, { source, label }: Spec): Promise<SourceRows> {
  const records = await recordsOf(path, source.separator);
  const [header, ...rows] = records;
  if (header === undefined || rows.length === 0) {
    throw new Failure('SourceUnreadable', `${path} has no rows to play: expected a header and at least one row`, { path });
  }
  if (!header.includes(label.column)) {
    const found = header.slice(0, 40).join(', ');
    throw new Failure('SourceUnreadable', `${path} has no column "${label.column}", the label of the spec; found: ${found}`, { path });
  }
  return { header, records: rows.filter((row) => row.length === header.length) };
}

/** Without end. Visits fall with the fourth root of a row's rank, so that some come back often. Rows without a label have no outcome to play. */
export function* visitsOfRows({ header, records }: SourceRows, spec: Spec, seed: number): Generator<Visit> {
  const random = randomness(seed);
  const { label, entity } = spec;
  const placeOf = new Map(header.map((column, index) => [column, index]));
  const text = (row: readonly string[], column: string) => row[placeOf.get(column) ?? -1];
  const isMissing = (value: string) => value === '' || spec.source.missing.includes(value);
  const playable = records.map((row, index) => ({ row, key: String(index + 1) })).filter(({ row }) => !isMissing(text(row, label.column)!));
  if (playable.length === 0) throw new Failure('SourceUnreadable', `no row has a label in "${label.column}": expected some to play`);
  // Rows near each other in a file are alike, so ranks are dealt out anew.
  const ranked = playable.map((each, index) => ({ ...each, rank: random.uniform(index, 301) })).sort((a, b) => a.rank - b.rank);
  for (let number = 0; ; number++) {
    const { row, key } = ranked[Math.floor(ranked.length * random.uniform(number, 302) ** (1 / 0.75))]!;
    const outcome = outcomeOf(text(row, label.column)!, spec);
    yield {
      // A file that names nobody has no one who comes back: whoever is like this row is somebody else.
      entity: (entity.kind === 'column' && text(row, entity.column)) || `${key}-${number}`,
      valueOf: (feature) => {
        const value = text(row, feature.name);
        return value === undefined ? undefined : isMissing(value) ? null : valueAs(feature, value, spec);
      },
      outcome: () => outcome,
      delay: random.uniform(number, 303),
    };
  }
}

/** What the file says came of it. Whoever was not treated in it is played as they were: nobody knows what they would have done. */
function outcomeOf(text: string, { task, label, source }: Spec): number {
  if (task === 'regression') return numberOf(text, source) ?? 0;
  return text === label.positive || label.alsoPositive.includes(text) ? 1 : 0;
}

/** As training reads it; a text that is none of its type is sent as it stands, for the gateway to refuse. */
function valueAs({ type }: Pick<InputSpec, 'type'>, text: string, { source }: Spec): FeatureValue {
  if (type === 'category') return text;
  if (type === 'time') return Number.isNaN(timeOf(text)) ? inUtc(text) : text;
  if (type === 'number') return numberOf(text, source) ?? text;
  const word = text.toLowerCase();
  return TRUE.includes(word) ? true : FALSE.includes(word) ? false : text;
}

/** Null for any other text. */
function numberOf(text: string, { decimal }: Spec['source']): number | null {
  const number = Number(decimal === ',' ? text.replace(',', '.') : text);
  return Number.isFinite(number) ? number : null;
}

/** A request says the zone; a file that says none is read in UTC, as training does unless the spec says otherwise. */
function inUtc(text: string): string {
  const ms = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? text : new Date(ms).toISOString();
}

async function recordsOf(path: string, separator: string): Promise<string[][]> {
  const records: string[][] = [];
  let open = '';
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      const record = open === '' ? line : `${open}\n${line}`;
      const isOpen = record.split('"').length % 2 === 0;
      open = isOpen ? record : '';
      if (!isOpen && record !== '') records.push(fieldsOf(record, separator).map((field) => field.trim()));
      if (records.length > MOST_ROWS) break;
    }
  } catch (cause) {
    throw new Failure('SourceUnreadable', `cannot read ${path}: ${(cause as Error).message}`, { path }, { cause });
  }
  return records;
}
