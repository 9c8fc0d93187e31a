/** Which columns of the source a spec needs, and where they are in its header. */
import { nearestName } from '../domain/nearest-name.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { type CsvShape, fieldsOf } from './csv-shape.ts';
import type { SnapshotColumn } from './snapshot.ts';

export interface SourceColumns {
  readonly header: readonly string[];
  /** What the snapshot keeps, features first, each once. */
  readonly kept: readonly SnapshotColumn[];
  readonly indexOf: (column: string) => number;
}

export function sourceColumns(spec: Spec, shape: CsvShape): SourceColumns {
  const wanted = wantedColumns(spec);
  insistOnColumns(spec, shape, wanted);
  const present = spec.knownAfterOutcome.filter((column) => shape.header.includes(column));
  const texts = [
    ...new Set([
      spec.label.column,
      ...spec.segments.flatMap(({ columns }) => columns),
      ...spec.dataContract.rules.map(({ column }) => column),
      ...present,
    ]),
  ];
  const features = new Set(spec.features.map(({ name }) => name));
  return {
    header: shape.header,
    kept: [
      ...spec.features.map(({ name, type }) => ({ name, type })),
      ...texts.filter((column) => !features.has(column)).map((name) => ({ name, type: 'text' }) as const),
    ],
    indexOf: (column) => shape.header.indexOf(column),
  };
}

/** Columns known only after the outcome are kept where they exist; a source may stop to deliver them. */
function wantedColumns(spec: Spec): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const { column } of spec.dataContract.rules) wanted.set(column, 'a rule of the data contract');
  for (const column of spec.segments.flatMap(({ columns }) => columns)) wanted.set(column, 'a segment');
  for (const { name } of spec.features) wanted.set(name, 'a feature');
  if (spec.time) wanted.set(spec.time.column, 'the time');
  if (spec.entity.kind === 'column') wanted.set(spec.entity.column, 'the entity');
  if (spec.treatment) wanted.set(spec.treatment.column, 'the treatment');
  wanted.set(spec.label.column, 'the label');
  return wanted;
}

function insistOnColumns(spec: Spec, shape: CsvShape, wanted: ReadonlyMap<string, string>): void {
  const { header, path } = shape;
  const missing = [...wanted].filter(([column]) => !header.includes(column));
  if (missing.length > 0) {
    insistOnSeparator(spec, shape, wanted);
    const unused = header.filter((column) => !wanted.has(column));
    const sentences = missing.map(([column, role]) => {
      const nearest = nearestName(column, unused);
      return `"${column}" (${role}${nearest ? `; did it become "${nearest}"?` : ''})`;
    });
    throw new Failure(
      'TrainingDataRejected',
      `${path} lacks ${missing.length === 1 ? 'a column' : `${missing.length} columns`} that the spec names: ${sentences.join(', ')}. Found: ${header.slice(0, 40).join(', ')}. Correct the spec or the file`,
      { path, missing: missing.map(([column]) => column), found: header },
    );
  }
  const twice = header.find((column, index) => wanted.has(column) && header.indexOf(column) !== index);
  if (twice !== undefined)
    throw new Failure('SourceUnreadable', `${path} has two columns called "${twice}": expected each name once`, { path });
}

/** The file may be fine and cut with another character. */
function insistOnSeparator(spec: Spec, { headerLine, path, header }: CsvShape, wanted: ReadonlyMap<string, string>): void {
  const found = (columns: readonly string[]) => columns.filter((column) => wanted.has(column)).length;
  const others = [',', ';', '\t', '|'].filter((separator) => separator !== spec.source.separator);
  const better = others.find((separator) => found(fieldsOf(headerLine, separator)) > Math.max(found(header), wanted.size / 2));
  if (!better) return;
  throw new Failure(
    'SourceUnreadable',
    `${path} is not separated by ${JSON.stringify(spec.source.separator)}: its header reads "${headerLine.slice(0, 80)}"; set source.separator: ${JSON.stringify(better)}`,
    { path, expected: spec.source.separator, found: better },
  );
}
