/**
 * How much two lists of categories say of each other (Cramér 1946, with the correction for bias of Bergsma 2013): 0 nothing, 1 all.
 * Rows where either is missing are left out; 0 where one of them has a single value.
 */
export function cramersV(one: readonly (string | null)[], other: readonly (string | null)[]): number {
  const cells = new Map<string, Map<string, number>>();
  const columns = new Map<string, number>();
  let rows = 0;
  for (const [index, a] of one.entries()) {
    const b = other[index] ?? null;
    if (a === null || b === null) continue;
    rows += 1;
    const line = cells.get(a) ?? new Map<string, number>();
    line.set(b, (line.get(b) ?? 0) + 1);
    cells.set(a, line);
    columns.set(b, (columns.get(b) ?? 0) + 1);
  }
  if (rows < 2 || cells.size < 2 || columns.size < 2) return 0;
  const phi = meanSquareContingency(cells, columns, rows);
  const unbiased = Math.max(0, phi - ((cells.size - 1) * (columns.size - 1)) / (rows - 1));
  const corrected = (size: number) => size - (size - 1) ** 2 / (rows - 1);
  const degrees = Math.min(corrected(cells.size), corrected(columns.size)) - 1;
  return degrees <= 0 ? 0 : Math.min(1, Math.sqrt(unbiased / degrees));
}

/** Pearson's statistic over the rows: sum of n²/(row total · column total), less one. */
function meanSquareContingency(
  cells: ReadonlyMap<string, ReadonlyMap<string, number>>,
  columns: ReadonlyMap<string, number>,
  rows: number,
): number {
  let sum = 0;
  for (const line of cells.values()) {
    let total = 0;
    for (const count of line.values()) total += count;
    for (const [column, count] of line) sum += (count * count) / (total * columns.get(column)!);
  }
  return rows === 0 ? 0 : sum - 1;
}
