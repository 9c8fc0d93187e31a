/** Which rows belong together: the values of a column, or of several crossed. Numbers are cut into quarters. */
import type { SegmentColumn as SegmentCounts } from '../domain/evidence.ts';
import { quantile } from '../statistics/bootstrap.ts';

/** The largest segments of a column are reported one by one; a column of names has thousands, and nobody reads those. */
const MOST_SEGMENTS = 20;
/** A number with fewer different values is a category in disguise. */
const FEWEST_FOR_QUARTERS = 9;

export type SegmentValues = ArrayLike<string | number | boolean | null>;

export interface SegmentColumn {
  /** One column, or several joined by " × ". */
  readonly name: string;
  readonly critical: boolean;
  /** Of each column a value for each row; null or NaN where it is missing. */
  readonly columns: readonly SegmentValues[];
}

export interface SegmentRows {
  readonly name: string;
  readonly column: string;
  readonly critical: boolean;
  readonly rows: Uint32Array;
}

/** Largest first, then by name, so that the same rows give the same list. */
export function segmentsOf({ name, critical, columns }: SegmentColumn): SegmentRows[] {
  const texts = columns.map(textsOf);
  const rows = new Map<string, number[]>();
  for (let row = 0; row < (texts[0]?.length ?? 0); row++) {
    const value = texts.map((column) => column[row]!).join(' × ');
    const known = rows.get(value);
    if (known) known.push(row);
    else rows.set(value, [row]);
  }
  return [...rows]
    .map(([value, found]) => ({ name: `${name} = ${value}`, column: name, critical, rows: Uint32Array.from(found) }))
    .sort((a, b) => b.rows.length - a.rows.length || (a.name < b.name ? -1 : 1));
}

export function reported(segments: readonly SegmentRows[]): readonly SegmentRows[] {
  return segments.slice(0, MOST_SEGMENTS);
}

export function countsOf(name: string, segments: readonly SegmentRows[], isTooSmall: (rows: Uint32Array) => boolean): SegmentCounts {
  return {
    name,
    values: segments.length,
    smallest: segments.at(-1)?.rows.length ?? 0,
    tooSmall: segments.filter(({ rows }) => isTooSmall(rows)).length,
  };
}

const MISSING = '(missing)';

function textsOf(values: SegmentValues): readonly string[] {
  const numbers = numbersIn(values);
  if (numbers !== null) return quartersOf(numbers);
  return Array.from(values, (value) => (isMissing(value) ? MISSING : String(value)));
}

/** Null unless every value that is there is a number, and there are many different ones. */
function numbersIn(values: SegmentValues): Float64Array | null {
  const numbers = new Float64Array(values.length);
  const distinct = new Set<number>();
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (typeof value === 'boolean') return null;
    const number = isMissing(value) ? Number.NaN : Number(value);
    if (!isMissing(value) && !Number.isFinite(number)) return null;
    numbers[row] = number;
    if (distinct.size < FEWEST_FOR_QUARTERS && !Number.isNaN(number)) distinct.add(number);
  }
  return distinct.size >= FEWEST_FOR_QUARTERS ? numbers : null;
}

function quartersOf(numbers: Float64Array): readonly string[] {
  const sorted = numbers.filter((value) => !Number.isNaN(value)).sort();
  const edges = [...new Set([0.25, 0.5, 0.75].map((share) => Number(quantile(sorted, share).toPrecision(6))))];
  const names = [`up to ${edges[0]}`, ...edges.slice(1).map((edge, index) => `over ${edges[index]} to ${edge}`), `over ${edges.at(-1)}`];
  return Array.from(numbers, (value) => {
    if (Number.isNaN(value)) return MISSING;
    const bin = edges.findIndex((edge) => value <= edge);
    return names[bin === -1 ? edges.length : bin]!;
  });
}

function isMissing(value: string | number | boolean | null | undefined): boolean {
  return value === null || value === undefined || value === '' || Number.isNaN(value);
}
