export interface Mean {
  readonly mean: number;
  /** Of the mean: sd / sqrt(n), the variance with n - 1. */
  readonly standardError: number;
  readonly rows: number;
}

/** Null below two values, which have no variance. */
export function meanOf(values: ArrayLike<number>): Mean | null {
  const rows = values.length;
  if (rows < 2) return null;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += values[row]!;
  const mean = sum / rows;
  let squares = 0;
  for (let row = 0; row < rows; row++) squares += (values[row]! - mean) ** 2;
  return { mean, standardError: Math.sqrt(squares / (rows - 1) / rows), rows };
}
