/** The largest segments of a column are reported one by one; a column of names has thousands, and nobody reads those. */
const MOST_SEGMENTS = 20;

export interface SegmentColumn {
  readonly name: string;
  readonly critical: boolean;
  /** One value a row; null where it is missing. */
  readonly values: readonly (string | null)[];
}

export interface SegmentRows {
  readonly name: string;
  readonly critical: boolean;
  readonly rows: readonly number[];
}

/** Largest first, then by name, so that the same rows give the same list. */
export function segmentsOf({ name, critical, values }: SegmentColumn): SegmentRows[] {
  const rows = new Map<string | null, number[]>();
  values.forEach((value, row) => {
    const known = rows.get(value);
    if (known) known.push(row);
    else rows.set(value, [row]);
  });
  return [...rows]
    .map(([value, found]) => ({ name: `${name} = ${value ?? '(missing)'}`, critical, rows: found }))
    .sort((a, b) => b.rows.length - a.rows.length || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_SEGMENTS);
}
