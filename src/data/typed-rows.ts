/**
 * From texts to values, in SQL, with one fault number a row: the first rule that the row breaks, or null. What a fault means in words
 * is kept beside it, so that a row set aside can say what was expected and what was found.
 */
import type { ColumnRule } from '../domain/data-contract-spec.ts';
import type { Spec } from '../domain/spec.ts';
import { LONGEST_TEXT } from '../features/check-instance.ts';
import { ident, literal } from './duck.ts';
import { anInstant, eventTimeOf, instantOf, yearFalls } from './event-time.ts';
import type { Fault } from './fault.ts';
import { givenPurpose, purposeFaults } from './given-split.ts';
import { rawColumn } from './source/load-source.ts';
import { decimalOf, notation, numberIn } from './numbers.ts';
import { columnInParquet, type SnapshotColumn } from './snapshot.ts';
import type { SourceColumns } from './source/source-columns.ts';
import { missingAsNull, missingMarkers, trimmed } from './texts.ts';

export interface TypedRows {
  /** SQL that makes a row of `raw` one with record, row_id, entity, seen_at, label, (of uplift) treated, (of a given split) purpose, the kept columns and `fault` (index of `faults`). */
  readonly select: string;
  /** SQL for the table `falls`, where `select` needs one. */
  readonly falls: string | null;
  readonly faults: readonly Fault[];
}

const TRUE = "('true', 't', 'yes', 'y', '1')";
const FALSE = "('false', 'f', 'no', 'n', '0')";

export function typedRows(spec: Spec, columns: SourceColumns): TypedRows {
  const missing = missingAsNull(spec.source.missing);
  const text = (column: string) => `t${columns.indexOf(column)}`;
  const faults = [
    ...keyFaults(spec, text),
    ...purposeFaults(spec, text),
    ...labelFaults(spec, text(spec.label.column)),
    ...treatmentFaults(spec, text),
    ...weightFaults(spec),
    ...columns.kept.flatMap((column) => typeFaults(spec, column, text)),
    ...spec.dataContract.rules.flatMap((rule) => ruleFaults(rule, { text, number: numberOf(spec, columns, text) })),
  ];
  const time = spec.time && missing(rawColumn(columns.indexOf(spec.time.column)));
  return { select: selectOf(spec, columns, faults), faults, falls: spec.time?.kind === 'month-names' ? yearFalls(time!) : null };
}

/** In layers, so that no text is trimmed and no value typed twice: trimmed (x), null where missing (t), typed, and only then judged. */
function selectOf(spec: Spec, columns: SourceColumns, faults: readonly Fault[]): string {
  const isMissing = missingMarkers(spec.source.missing);
  const text = (column: string) => `t${columns.indexOf(column)}`;
  const values = [
    `${spec.time ? eventTimeOf(spec, spec.time, text(spec.time.column)) : 'null::timestamp'} as seen_at`,
    ...(spec.entity.kind === 'column' ? [`${text(spec.entity.column)} as entity`] : []),
    `sha256(${keyOf(spec, columns, text)})[1:32] as row_id`,
    ...(spec.entity.kind === 'column' ? [] : ['row_id as entity']),
    `${labelOf(spec, text(spec.label.column))} as label`,
    ...(spec.treatment ? [`(${text(spec.treatment.column)} = ${literal(spec.treatment.treated)})::tinyint as treated`] : []),
    ...(spec.split.by === 'given' ? [`${givenPurpose(spec, text)} as purpose`] : []),
    ...columns.kept.map((column) => `${typedValue(spec, column, text)} as ${ident(columnInParquet(column.name))}`),
  ];
  const own = [
    'record',
    'seen_at',
    'entity',
    'row_id',
    'label',
    ...(spec.treatment ? ['treated'] : []),
    ...(spec.split.by === 'given' ? ['purpose'] : []),
  ];
  const kept = columns.kept.map(({ name }) => ident(columnInParquet(name)));
  const fault = faults.length > 0 ? `case ${faults.map(({ when }, index) => `when ${when} then ${index}`).join(' ')} end` : 'null';
  const each = (make: (index: number) => string) => columns.header.map((_, index) => make(index)).join(', ');
  const asTexts = `select *, ${each((index) => `case when x${index} in (${isMissing}) then null else x${index} end as t${index}`)}
    from (select *, ${each((index) => `${trimmed(rawColumn(index))} as x${index}`)} from raw)`;
  return `select ${[...own, ...kept].join(', ')}, (${fault})::integer as fault
    from (select *, ${values.join(',\n      ')} from (${asTexts}) raw)`;
}

/** The number in a column: already there where the column is kept as one. */
function numberOf({ source }: Spec, { kept }: SourceColumns, text: (column: string) => string): (column: string) => string {
  const isNumber = (column: string) => kept.some(({ name, type }) => name === column && type === 'number');
  return (column) => (isNumber(column) ? ident(columnInParquet(column)) : numberIn(text(column), decimalOf(source)));
}

/**
 * What makes a row this row, whatever else the spec asks for: the source's key, or its entity and time, or the whole record where
 * there is neither. So a row keeps its id, and its place in a split, when the next version uses other features.
 */
function keyOf({ source, entity, time }: Spec, columns: SourceColumns, text: (column: string) => string): string {
  if (source.key !== null) return `to_json([${source.key.map(text).join(', ')}])::varchar`;
  const parts =
    entity.kind === 'column'
      ? ['entity', ...(time ? ['epoch_us(seen_at)::varchar'] : [])]
      : columns.header.map((_, index) => `coalesce(trim(${rawColumn(index)}), '')`);
  return `to_json([${parts.join(', ')}])::varchar`;
}

/** 1 or 0, of a regression the number; null while it is not known. */
function labelOf({ task, label, source }: Spec, text: string): string {
  if (task === 'regression') return numberIn(text, decimalOf(source));
  const positive = [label.positive, ...label.alsoPositive].map(literal).join(', ');
  return `(${text} in (${positive}))::tinyint`;
}

/** A label that is none would otherwise be a negative, or a row that nobody misses. */
function labelFaults({ task, label, source }: Spec, text: string): Fault[] {
  const { column, positive, alsoPositive, negative } = label;
  if (task === 'regression') {
    const when = `${text} is not null and label is null`;
    return [{ rule: 'type', column, expected: `a number ${notation(decimalOf(source))}, or nothing while it is not known`, when }];
  }
  if (negative === null) return [];
  const texts = [positive, ...alsoPositive, ...negative];
  return [
    {
      rule: 'allowed',
      column,
      expected: `a label: one of ${texts.join(', ')}`,
      when: `${text} not in (${['', ...texts].map(literal).join(', ')})`,
    },
  ];
}

function treatmentFaults({ treatment }: Spec, text: (column: string) => string): Fault[] {
  if (!treatment) return [];
  const { column } = treatment;
  return [{ rule: 'required', column, expected: 'who was treated and who was not', when: `${text(column)} is null` }];
}

function typedValue({ source }: Spec, { name, type }: SnapshotColumn, text: (column: string) => string): string {
  switch (type) {
    case 'number':
      return numberIn(text(name), decimalOf(source));
    case 'boolean':
      return `case when lower(${text(name)}) in ${TRUE} then true when lower(${text(name)}) in ${FALSE} then false end`;
    case 'time':
      return instantOf(text(name), source.timeZone);
    case 'category':
    case 'text':
      return text(name);
  }
}

function keyFaults(spec: Spec, text: (column: string) => string): Fault[] {
  const faults: Fault[] = [];
  if (spec.entity.kind === 'column') {
    const { column } = spec.entity;
    faults.push({ rule: 'entity', column, expected: 'the key of an entity', when: `${text(column)} is null` });
  }
  for (const column of spec.source.key ?? [])
    faults.push({ rule: 'key', column, expected: 'a value, since it is part of the key', when: `${text(column)} is null` });
  if (spec.time) {
    const { column } = spec.time;
    const expected =
      spec.time.kind === 'month-names'
        ? 'the English name of a month'
        : spec.time.format
          ? `a time like ${spec.time.format}`
          : `${anInstant} (or say time.format)`;
    faults.push({ rule: 'time', column, expected, when: 'seen_at is null' });
  }
  return faults;
}

function weightFaults({ trainer: { weight } }: Spec): Fault[] {
  if (weight === null) return [];
  const when = `coalesce(${ident(columnInParquet(weight))} <= 0, true)`;
  return [{ rule: 'minimum', column: weight, expected: 'a weight above zero', when }];
}

function typeFaults(spec: Spec, column: SnapshotColumn, text: (column: string) => string): Fault[] {
  const { name, type } = column;
  const faults: Fault[] = [];
  const expected = {
    number: `a finite number ${notation(decimalOf(spec.source))}`,
    boolean: 'true or false (or yes/no, 1/0)',
    time: anInstant,
    category: '',
    text: '',
  }[type];
  if (expected)
    faults.push({
      rule: 'type',
      column: name,
      expected,
      when: `${text(name)} is not null and ${ident(columnInParquet(name))} is null`,
    });
  const described = [...spec.features, ...spec.inputs].find((each) => each.name === name);
  // A request with such a text is refused, so that nothing may be learned from one either.
  if (described && type === 'category')
    faults.push({
      rule: 'type',
      column: name,
      expected: `a text of at most ${LONGEST_TEXT} characters`,
      when: `strlen(${text(name)}) > ${LONGEST_TEXT} and ${unitsIn(text(name))} > ${LONGEST_TEXT}`,
    });
  if (described && !described.nullable)
    faults.push({ rule: 'required', column: name, expected: 'a value (the spec does not say nullable)', when: `${text(name)} is null` });
  return faults;
}

/** UTF-16 units, as JavaScript counts them: what lies beyond the basic plane counts twice. */
function unitsIn(text: string): string {
  return `(length(${text}) + length(regexp_replace(${text}, '[^\\x{10000}-\\x{10FFFF}]', '', 'g')))`;
}

interface Reading {
  readonly text: (column: string) => string;
  readonly number: (column: string) => string;
}

function ruleFaults(rule: ColumnRule, { text, number: numberOfColumn }: Reading): Fault[] {
  const { column, required, minimum, maximum, allowed, pattern } = rule;
  const faults: Fault[] = [];
  // What only warns is measured on the snapshot.
  if (rule.severity === 'warn') return faults;
  const number = numberOfColumn(column);
  if (required)
    faults.push({ rule: 'required', column, expected: 'a value (the data contract requires one)', when: `${text(column)} is null` });
  if (minimum !== null)
    faults.push({
      rule: 'minimum',
      column,
      expected: `a number of at least ${minimum}`,
      when: `${text(column)} is not null and coalesce(${number} < ${minimum}, true)`,
    });
  if (maximum !== null)
    faults.push({
      rule: 'maximum',
      column,
      expected: `a number of at most ${maximum}`,
      when: `${text(column)} is not null and coalesce(${number} > ${maximum}, true)`,
    });
  if (allowed !== null)
    faults.push({
      rule: 'allowed',
      column,
      expected: `one of ${allowed.join(', ')}`,
      when: `${text(column)} not in (${['', ...allowed].map(literal).join(', ')})`,
    });
  if (pattern !== null)
    faults.push({
      rule: 'pattern',
      column,
      expected: `a text like ${pattern}`,
      when: `not regexp_full_match(${text(column)}, ${literal(pattern)})`,
    });
  return faults;
}
