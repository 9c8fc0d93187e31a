/**
 * From texts to values, in SQL, with one fault number a row: the first rule that the row breaks, or null. What a fault means in words
 * is kept beside it, so that a row set aside can say what was expected and what was found.
 */
import type { ColumnRule, Spec, TimeSpec } from '../domain/spec.ts';
import { ident, literal } from './duck.ts';
import { rawColumn } from './load-source.ts';
import { columnInParquet, type SetAsideRule, type SnapshotColumn } from './snapshot.ts';
import type { SourceColumns } from './source-columns.ts';

export interface Fault {
  readonly rule: SetAsideRule;
  readonly column: string;
  readonly expected: string;
  /** SQL that is true for a row with this fault. */
  readonly when: string;
}

export interface TypedRows {
  /** SQL that makes a row of `raw` one with record, entity, seen_at, label, (of uplift) treated, the kept columns and `fault` (index of `faults`). */
  readonly select: string;
  readonly faults: readonly Fault[];
}

/** Spaces, tabs, line breaks, no-break spaces. */
const BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)";
const NUMBER = "'^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$'";
/** What a 32-bit float can hold; the model's inputs are such. */
const LARGEST = '3.4028234e38';
const TRUE = "('true', 't', 'yes', 'y', '1')";
const FALSE = "('false', 'f', 'no', 'n', '0')";

export function typedRows(spec: Spec, columns: SourceColumns): TypedRows {
  const text = (column: string) => textOf(spec, columns, column);
  const faults = [
    ...keyFaults(spec, text),
    ...labelFaults(spec, text(spec.label.column)),
    ...treatmentFaults(spec, text),
    ...columns.kept.flatMap((column) => typeFaults(spec, column, text)),
    ...spec.dataContract.rules.flatMap((rule) => ruleFaults(rule, text)),
  ];
  const select = `
    select record,
      ${spec.entity.kind === 'column' ? text(spec.entity.column) : 'null::varchar'} as entity,
      ${spec.time ? timeOf(spec.time, text(spec.time.column)) : 'null::timestamp'} as seen_at,
      ${labelOf(spec, text(spec.label.column))} as label,
      ${spec.treatment ? `(${text(spec.treatment.column)} = ${literal(spec.treatment.treated)})::tinyint as treated,` : ''}
      ${columns.kept.map((column) => `${typedValue(column, text)} as ${ident(columnInParquet(column.name))}`).join(',\n      ')},
      ${faults.length > 0 ? `case ${faults.map(({ when }, index) => `when ${when} then ${index}`).join(' ')} end` : 'null'} as fault
    from raw`;
  return { select, faults };
}

/** 1 or 0, of a regression the number; null while it is not known. */
function labelOf({ task, label }: Spec, text: string): string {
  if (task === 'regression') return numberOf(text);
  const positive = [label.positive, ...label.alsoPositive].map(literal).join(', ');
  return `(${text} in (${positive}))::tinyint`;
}

/** A label that is none would otherwise be a negative, or a row that nobody misses. */
function labelFaults({ task, label }: Spec, text: string): Fault[] {
  const { column, positive, alsoPositive, negative } = label;
  if (task === 'regression') {
    const when = `${text} is not null and (${numberOf(text)}) is null`;
    return [{ rule: 'type', column, expected: 'a number with a decimal point, or nothing while it is not known', when }];
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

/** The trimmed text, null where the source means missing. */
function textOf(spec: Spec, columns: SourceColumns, column: string): string {
  const trimmed = `trim(${rawColumn(columns.indexOf(column))}, ${BLANKS})`;
  const missing = ['', ...spec.source.missing.map((marker) => marker.trim())];
  return `(case when ${trimmed} in (${[...new Set(missing)].map(literal).join(', ')}) then null else ${trimmed} end)`;
}

function typedValue({ name, type }: SnapshotColumn, text: (column: string) => string): string {
  switch (type) {
    case 'number':
      return numberOf(text(name));
    case 'boolean':
      return `case when lower(${text(name)}) in ${TRUE} then true when lower(${text(name)}) in ${FALSE} then false end`;
    case 'time':
      return `try_cast(${text(name)} as timestamptz)::timestamp`;
    case 'category':
    case 'text':
      return text(name);
  }
}

function numberOf(text: string): string {
  return `case when regexp_full_match(${text}, ${NUMBER}) and abs(try_cast(${text} as double)) <= ${LARGEST} then try_cast(${text} as double) end`;
}

function timeOf(time: TimeSpec, text: string): string {
  if (time.kind === 'column')
    return time.format === null
      ? `try_cast(${text} as timestamptz)::timestamp`
      : `try_strptime(${text}, ${literal(time.format)})::timestamp`;
  return `make_timestamp(${time.startYear} + (select count(*) from falls where falls.record <= raw.record)::bigint, ${monthOf(text)}, 1, 0, 0, 0)`;
}

/** 1 to 12, or null. */
function monthOf(text: string): string {
  const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
  return `nullif(list_position([${months.map(literal).join(', ')}], lower(left(${text}, 3))), 0)`;
}

/** SQL for the table `falls (record)`: the records at which the month is smaller than in the row before, so that a new year begins. */
export function yearFalls(spec: Spec, columns: SourceColumns, time: TimeSpec & { readonly kind: 'month-names' }): string {
  const month = monthOf(textOf(spec, columns, time.column));
  return `select record from (select record, month < lag(month) over (order by record) as falls from (select record, ${month} as month from raw) where month is not null) where falls`;
}

function keyFaults(spec: Spec, text: (column: string) => string): Fault[] {
  const faults: Fault[] = [];
  if (spec.entity.kind === 'column') {
    const { column } = spec.entity;
    faults.push({ rule: 'entity', column, expected: 'the key of an entity', when: `${text(column)} is null` });
  }
  if (spec.time) {
    const { column } = spec.time;
    const expected =
      spec.time.kind === 'month-names'
        ? 'the English name of a month'
        : spec.time.format
          ? `a time like ${spec.time.format}`
          : 'a time in ISO 8601';
    const value = spec.time.kind === 'month-names' ? monthOf(text(column)) : timeOf(spec.time, text(column));
    faults.push({ rule: 'time', column, expected, when: `(${value}) is null` });
  }
  return faults;
}

function typeFaults(spec: Spec, column: SnapshotColumn, text: (column: string) => string): Fault[] {
  const { name, type } = column;
  const faults: Fault[] = [];
  const expected = {
    number: 'a finite number with a decimal point',
    boolean: 'true or false (or yes/no, 1/0)',
    time: 'a time in ISO 8601',
    category: '',
    text: '',
  }[type];
  if (expected)
    faults.push({ rule: 'type', column: name, expected, when: `${text(name)} is not null and (${typedValue(column, text)}) is null` });
  const feature = spec.features.find((each) => each.name === name);
  if (feature && !feature.nullable)
    faults.push({ rule: 'required', column: name, expected: 'a value (the spec does not say nullable)', when: `${text(name)} is null` });
  return faults;
}

function ruleFaults({ column, required, minimum, maximum, allowed }: ColumnRule, text: (column: string) => string): Fault[] {
  const faults: Fault[] = [];
  const number = numberOf(text(column));
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
  return faults;
}
