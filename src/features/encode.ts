/**
 * From a row to numbers: the one piece of code that training, packaging and serving share. A row may come from a request or from
 * the columns of a snapshot; both go through `derive` and `encodeValue`.
 */
import type { Columns, FeatureRow, FeatureValue } from './columns.ts';
import { type Derived, derivedRow, planDerived, withDerived } from './derived-values.ts';
import { type Encoder, encodedValues, signedLog } from './encoder.ts';

/** Far beyond any standardised value, far below the end of a 32-bit float: a sum of products stays finite. */
const LARGEST = 1e30;

interface NumberPlaces {
  readonly at: number;
  readonly of: 'value' | 'log';
  readonly mean: number;
  /** 1/sd; 0 for a constant column, 1 for a plain one. */
  readonly scale: number;
  /** What is written when the value is missing. */
  readonly missing: number;
}

interface InputPlaces {
  readonly name: string;
  readonly number: NumberPlaces | null;
  readonly boolean: { readonly at: number; readonly missing: number } | null;
  readonly categories: ReadonlyMap<string, number>;
  readonly otherAt: number;
  readonly missingAt: number;
  /** The one place of an input of trees, or -1. */
  readonly rawAt: number;
  readonly code: { readonly at: number; readonly codes: ReadonlyMap<string, number>; readonly other: number } | null;
}

interface Plan {
  /** Of the inputs, then of the derived features; those without a place are left out. */
  readonly places: readonly InputPlaces[];
  readonly derived: Derived;
  readonly missingTexts: ReadonlySet<string>;
}

const plans = new WeakMap<Encoder, Plan>();

/**
 * Writes the encoded row into `out[offset .. offset + width)`. The row is expected to have passed `checkInstance`. `at` is when the
 * score is asked for, in milliseconds since 1970; NaN when nobody knows, which leaves what depends on it missing.
 */
export function encodeInto(encoder: Encoder, row: FeatureRow, out: Float32Array, offset: number, at: number): void {
  const plan = planOf(encoder);
  out.fill(0, offset, offset + encoder.width);
  const whole = derivedRow(plan.derived, row, at);
  for (const places of plan.places) encodeValue(plan, places, whole[places.name] ?? null, out, offset);
}

/** All rows of the columns, row after row. `seenAt` is needed by features that depend on the time of the prediction. */
export function encodeColumns(encoder: Encoder, columns: Columns, rows: number, seenAt: Float64Array | null = null): Float32Array {
  const plan = planOf(encoder);
  const whole = withDerived(encoder, { columns, count: rows, seenAt }, encoder.missingTexts);
  const out = new Float32Array(rows * encoder.width);
  for (const places of plan.places) {
    const column = whole.get(places.name);
    if (!column) throw new RangeError(`the rows have no column "${places.name}"`);
    if (places.rawAt >= 0 && column instanceof Float64Array) fillRaw(column, { out, at: places.rawAt, width: encoder.width });
    else for (let row = 0; row < rows; row++) encodeValue(plan, places, column[row] ?? null, out, row * encoder.width);
  }
  return out;
}

/** As `encodeValue` does, in a loop that a compiler likes: training reads hundreds of millions of numbers so. */
function fillRaw(column: Float64Array, { out, at, width }: { out: Float32Array; at: number; width: number }): void {
  for (let row = 0, place = at; row < column.length; row++, place += width) {
    const value = column[row]!;
    // There are many bit patterns that are no number, and serving writes this one.
    out[place] = Number.isNaN(value) ? Number.NaN : bounded(value);
  }
}

function encodeValue(plan: Plan, input: InputPlaces, value: FeatureValue, out: Float32Array, offset: number): void {
  if (input.rawAt >= 0 && typeof value !== 'string' && value !== null && !Number.isNaN(value)) {
    out[offset + input.rawAt] = bounded(Number(value));
    return;
  }
  if (typeof value === 'number' && input.number && !Number.isNaN(value)) {
    const { at, of, mean, scale } = input.number;
    out[offset + at] = bounded(((of === 'log' ? signedLog(value) : value) - mean) * scale);
    return;
  }
  if (typeof value === 'boolean' && input.boolean) {
    out[offset + input.boolean.at] = value ? 1 : 0;
    return;
  }
  const hasTexts = input.otherAt >= 0 || input.code !== null || input.categories.size > 0;
  const text = typeof value === 'string' && hasTexts ? value.trim() : '';
  if (text !== '' && !plan.missingTexts.has(text)) {
    if (input.code) {
      out[offset + input.code.at] = input.code.codes.get(text) ?? input.code.other;
      return;
    }
    const at = input.categories.get(text) ?? input.otherAt;
    // A foreign encoder may have no place for other categories.
    if (at >= 0) out[offset + at] = 1;
    return;
  }
  encodeMissing(input, out, offset);
}

function encodeMissing(input: InputPlaces, out: Float32Array, offset: number): void {
  if (input.number) out[offset + input.number.at] = bounded(input.number.missing);
  if (input.boolean) out[offset + input.boolean.at] = input.boolean.missing;
  if (input.missingAt >= 0) out[offset + input.missingAt] = 1;
  if (input.rawAt >= 0) out[offset + input.rawAt] = Number.NaN;
  if (input.code) out[offset + input.code.at] = Number.NaN;
}

/** Adding 0 makes −0, which JSON cannot carry, a plain 0. */
function bounded(value: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, value)) + 0;
}

function planOf(encoder: Encoder): Plan {
  let plan = plans.get(encoder);
  if (!plan) {
    const placed = new Set(encoder.columns.map(({ input }) => input));
    plan = {
      places: encodedValues(encoder).flatMap(({ name }, index) => (placed.has(index) ? [inputPlaces(encoder, name, index)] : [])),
      derived: planDerived(encoder, encoder.missingTexts),
      missingTexts: new Set(encoder.missingTexts),
    };
    plans.set(encoder, plan);
  }
  return plan;
}

function inputPlaces(encoder: Encoder, name: string, index: number): InputPlaces {
  const places = {
    name,
    number: null as NumberPlaces | null,
    boolean: null as InputPlaces['boolean'],
    categories: new Map<string, number>(),
    otherAt: -1,
    missingAt: -1,
    rawAt: -1,
    code: null as InputPlaces['code'],
  };
  encoder.columns.forEach((column, at) => {
    if (column.input !== index) return;
    switch (column.kind) {
      case 'standardised':
        places.number = { at, of: column.of, mean: column.mean, scale: column.sd === 0 ? 0 : 1 / column.sd, missing: 0 };
        break;
      case 'plain':
        places.number = { at, of: 'value', mean: 0, scale: 1, missing: column.mean };
        break;
      case 'boolean':
        places.boolean = { at, missing: column.mean };
        break;
      case 'is':
        places.categories.set(column.value, at);
        break;
      case 'other':
        places.otherAt = at;
        break;
      case 'missing':
        places.missingAt = at;
        break;
      case 'raw':
        places.rawAt = at;
        break;
      case 'code':
        places.code = {
          at,
          codes: new Map(column.values.map((value, code) => [value, code])),
          other: column.other ?? column.values.length,
        };
        break;
    }
  });
  return places;
}
