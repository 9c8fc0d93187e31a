/**
 * Rows by column, as training reads them from a snapshot. A missing number is NaN, a missing category or boolean is null.
 */
export type Column = Float64Array | readonly (string | null)[] | readonly (boolean | null)[];
export type Columns = ReadonlyMap<string, Column>;

export type FeatureValue = number | string | boolean | null;
/** One row as a request brings it: every feature by name, null where it is missing. */
export type FeatureRow = Readonly<Record<string, FeatureValue>>;

/** The same row as a request would bring it: the form that golden rows are kept in. */
export function rowOf(columns: Columns, index: number): FeatureRow {
  return Object.fromEntries([...columns].map(([name, column]) => [name, valueAt(column, index)]));
}

function valueAt(column: Column, index: number): FeatureValue {
  const value = column[index];
  return value === undefined || (typeof value === 'number' && Number.isNaN(value)) ? null : value;
}
