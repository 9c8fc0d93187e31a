/** Derived features beside what they are made of: of one row, and of rows by column. */
import type { Column, Columns, FeatureRow, FeatureValue } from './columns.ts';
import { derive, operandsOf, type RowDerivation } from './derive.ts';
import { derivedOf, type EncodedDerivation, type Encoder } from './encoder.ts';
import type { EncoderInput } from './raw-inputs.ts';
import { type Described, rawInputs } from './raw-inputs.ts';
import { timeOf } from './times.ts';

type Source = Pick<Encoder, 'inputs' | 'derived'> | Described;

export interface DatedRows {
  readonly columns: Columns;
  readonly count: number;
  /** When each row was seen, in milliseconds since 1970; null: nobody knows. */
  readonly seenAt: Float64Array | null;
}

interface Step {
  readonly name: string;
  readonly type: EncodedDerivation['type'];
  readonly derive: RowDerivation;
  readonly operands: readonly { readonly name: string; readonly type: EncoderInput['type'] | null }[];
}

/** How to compute what is derived; made once for an encoder. */
export interface Derived {
  readonly steps: readonly Step[];
  readonly missingTexts: ReadonlySet<string>;
}

export function planDerived(source: Source, missingTexts: readonly string[]): Derived {
  const { inputs, derived } = partsOf(source);
  const inputTypes = new Map(inputs.map(({ name, type }) => [name, type]));
  const steps = derived.map(({ name, type, derive: derivation }) => ({
    name,
    type,
    derive: derivation,
    // What was derived before is clean already.
    operands: operandsOf(derivation).map((operand) => ({ name: operand, type: inputTypes.get(operand) ?? null })),
  }));
  return { steps, missingTexts: new Set(missingTexts) };
}

/** The row with its derived features; the row itself where there are none. */
export function derivedRow({ steps, missingTexts }: Derived, row: FeatureRow, at: number): FeatureRow {
  if (steps.length === 0) return row;
  const whole: Record<string, FeatureValue> = { ...row };
  for (const step of steps) {
    const operands = step.operands.map(({ name, type }) => clean(whole[name] ?? null, type, missingTexts));
    whole[step.name] = derive(step.derive, operands, at);
  }
  return whole;
}

/** The columns with those of the derived features. */
export function withDerived(source: Source, { columns, count, seenAt }: DatedRows, missingTexts: readonly string[]): Columns {
  const { steps, missingTexts: missing } = planDerived(source, missingTexts);
  if (steps.length === 0) return columns;
  const timeless = seenAt === null && steps.find((step) => needsTime(step.derive));
  if (timeless) throw new RangeError(`"${timeless.name}" depends on when a row was seen, and the rows do not say it`);
  const whole = new Map<string, Column>(columns);
  for (const step of steps) {
    const operands = step.operands.map(({ name, type }) => ({ column: columnOf(whole, name), type }));
    whole.set(
      step.name,
      columnLike(step.type, count, (row) =>
        derive(
          step.derive,
          operands.map(({ column, type }) => clean(column[row] ?? null, type, missing)),
          seenAt?.[row] ?? Number.NaN,
        ),
      ),
    );
  }
  return whole;
}

/** Whether its value depends on when the score is asked for. */
function needsTime(derivation: RowDerivation): boolean {
  return derivation.kind === 'recency' || derivation.kind === 'frequency' || (derivation.kind === 'season' && derivation.of === null);
}

/** The value as `derive` expects it: null for whatever is missing, times in milliseconds. */
function clean(value: FeatureValue, type: EncoderInput['type'] | null, missingTexts: ReadonlySet<string>): FeatureValue {
  if (value === null || type === null) return Number.isNaN(value) ? null : value;
  switch (type) {
    case 'number':
      return typeof value === 'number' && !Number.isNaN(value) ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'time': {
      const ms = timeOf(value);
      return Number.isNaN(ms) ? null : ms;
    }
    case 'category': {
      const text = typeof value === 'string' ? value.trim() : '';
      return text === '' || missingTexts.has(text) ? null : text;
    }
  }
}

function columnLike(type: EncodedDerivation['type'], count: number, read: (row: number) => FeatureValue): Column {
  if (type === 'number') return Float64Array.from({ length: count }, (_, row) => (read(row) as number | null) ?? Number.NaN);
  return Array.from({ length: count }, (_, row) => read(row)) as (string | null)[] | (boolean | null)[];
}

function columnOf(columns: Columns, name: string): Column {
  const column = columns.get(name);
  if (!column) throw new RangeError(`the rows have no column "${name}"`);
  return column;
}

function partsOf(source: Source): { inputs: readonly EncoderInput[]; derived: readonly EncodedDerivation[] } {
  if ('features' in source) return { inputs: rawInputs(source), derived: derivedOf(source) };
  return { inputs: source.inputs, derived: source.derived ?? [] };
}
