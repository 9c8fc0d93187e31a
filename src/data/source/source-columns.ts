/** Which columns of the source a spec needs, and where they are in its header. */
import { nearestName } from '../../domain/nearest-name.ts';
import type { FeatureSpec } from '../../domain/feature-spec.ts';
import type { Spec } from '../../domain/spec.ts';
import { Failure } from '../../failures.ts';
import { fieldsOf } from './csv-shape.ts';
import { foundColumns } from './found-columns.ts';
import type { SnapshotColumn } from '../snapshot.ts';
import type { OpenedSource } from './opened-source.ts';

type Headed = Pick<OpenedSource, 'name' | 'header' | 'headerLine'>;

export interface SourceColumns {
  readonly header: readonly string[];
  /** What the snapshot keeps, features first, each once. */
  readonly kept: readonly SnapshotColumn[];
  readonly indexOf: (column: string) => number;
}

export function sourceColumns(spec: Spec, source: Headed): SourceColumns {
  insistOnColumns(spec, source, wantedColumns(spec));
  return { header: source.header, kept: snapshotColumns(spec, source.header), indexOf: (column) => source.header.indexOf(column) };
}

/** Columns known only after the outcome are kept where they exist; a source may stop to deliver them. */
export function snapshotColumns(spec: Spec, header: readonly string[]): SnapshotColumn[] {
  const { features, inputs, label, segments, fairness, dataContract, knownAfterOutcome, treatment, trainer } = spec;
  const typed = [...features.filter(isColumn), ...inputs].map(({ name, type }): SnapshotColumn => ({ name, type }));
  if (trainer.weight !== null) typed.push({ name: trainer.weight, type: 'number' });
  const texts = [
    label.column,
    ...segments.flatMap(({ columns }) => columns),
    ...fairness.map(({ column }) => column),
    ...dataContract.rules.map(({ column }) => column),
    ...knownAfterOutcome.filter((column) => header.includes(column)),
    ...(treatment ? [treatment.column] : []),
  ];
  const derived = new Set(features.filter((feature) => !isColumn(feature)).map(({ name }) => name));
  const all = [...typed, ...texts.filter((name) => !derived.has(name)).map((name): SnapshotColumn => ({ name, type: 'text' }))];
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

/** A derived feature is made of other columns, and of no column of its own. */
const isColumn = ({ derive }: FeatureSpec): boolean => derive === null;

function wantedColumns(spec: Spec): Map<string, string> {
  const { features, inputs, segments, fairness, dataContract, source, split, trainer, consent } = spec;
  const derived = new Set(features.filter((feature) => !isColumn(feature)).map(({ name }) => name));
  const wanted = new Map<string, string>();
  for (const { column } of dataContract.rules) wanted.set(column, 'a rule of the data contract');
  for (const column of segments.flatMap(({ columns }) => columns)) wanted.set(column, 'a segment');
  for (const { column } of fairness) wanted.set(column, 'a group to be treated fairly');
  for (const column of derived) wanted.delete(column);
  for (const { name } of inputs) wanted.set(name, 'an input');
  for (const { name } of features.filter(isColumn)) wanted.set(name, 'a feature');
  for (const column of source.key ?? []) wanted.set(column, 'a part of the key');
  if (split.by === 'given' && split.column !== null) wanted.set(split.column, 'the split');
  if (trainer.weight !== null) wanted.set(trainer.weight, 'the weight');
  for (const column of spec.personal) wanted.set(column, 'personal');
  if (consent) wanted.set(consent.column, 'the consent');
  if (spec.time) wanted.set(spec.time.column, 'the time');
  if (spec.entity.kind === 'column') wanted.set(spec.entity.column, 'the entity');
  if (spec.treatment) wanted.set(spec.treatment.column, 'the treatment');
  wanted.set(spec.label.column, 'the label');
  return wanted;
}

function insistOnColumns(spec: Spec, source: Headed, wanted: ReadonlyMap<string, string>): void {
  const { header, name: path } = source;
  const missing = [...wanted].filter(([column]) => !header.includes(column));
  if (missing.length > 0) {
    insistOnSeparator(spec, source, wanted);
    const found = foundColumns(spec, { header, expected: [...wanted.keys()] });
    const unused = found === header ? header.filter((column) => !wanted.has(column)) : [];
    const sentences = missing.map(([column, role]) => {
      const nearest = nearestName(column, unused);
      return `"${column}" (${role}${nearest ? `; did it become "${nearest}"?` : ''})`;
    });
    throw new Failure(
      'TrainingDataRejected',
      `${path} lacks ${missing.length === 1 ? 'a column' : `${missing.length} columns`} that the spec names: ${sentences.join(', ')}. Found: ${found.slice(0, 40).join(', ')}. Correct the spec or the file`,
      { path, missing: missing.map(([column]) => column), found },
    );
  }
  const twice = header.find((column, index) => wanted.has(column) && header.indexOf(column) !== index);
  if (twice !== undefined)
    throw new Failure('SourceUnreadable', `${path} has two columns called "${twice}": expected each name once`, { path });
}

/** The file may be fine and cut with another character. */
function insistOnSeparator(spec: Spec, { headerLine, name: path, header }: Headed, wanted: ReadonlyMap<string, string>): void {
  if (headerLine === null) return;
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
