/**
 * Whether a row becomes the same numbers in training and in serving: training reads whole columns, a gateway one request that has been
 * through JSON. Both are compared bit by bit.
 */
import type { Rows } from '../data/rows.ts';
import { checkInstance } from '../features/check-instance.ts';
import { type Columns, rowOf } from '../features/columns.ts';
import { encodeColumns, encodeInto } from '../features/encode.ts';
import type { Encoder } from '../features/encoder.ts';

export interface Parity {
  readonly rows: number;
  /** The first row that differs, or is no request at all; null: none does. */
  readonly broken: { readonly row: number; readonly why: string } | null;
}

export function parityOf(encoder: Encoder, rows: Pick<Rows, 'columns' | 'count' | 'seenAt'>): Parity {
  const { width } = encoder;
  const trained = encodeColumns(encoder, rows.columns, rows.count, rows.seenAt);
  const inputs: Columns = new Map(encoder.inputs.map(({ name }) => [name, rows.columns.get(name)!]));
  const served = new Float32Array(width);
  for (let row = 0; row < rows.count; row++) {
    const request: unknown = JSON.parse(JSON.stringify(rowOf(inputs, row)));
    const checked = checkInstance(encoder, request);
    if (!checked.ok) {
      const { field, expected, found } = checked.problems[0]!;
      return { rows: rows.count, broken: { row, why: `a gateway would refuse it: ${field}: expected ${expected}, found ${found}` } };
    }
    encodeInto(encoder, checked.row, served, 0, rows.seenAt[row] ?? Number.NaN);
    const place = served.findIndex((value, at) => !Object.is(value, trained[row * width + at]));
    if (place >= 0) {
      const why = `place ${place} is ${trained[row * width + place]} in training and ${served[place]} in serving`;
      return { rows: rows.count, broken: { row, why } };
    }
  }
  return { rows: rows.count, broken: null };
}
