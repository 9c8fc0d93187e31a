/** Counts of values by bins, made by DuckDB in the pass that it makes anyway. */
import type { NumberHistogram } from '../domain/reference-profile.ts';
import { literal } from './duck.ts';

/** SQL that counts how many values fall into each bin: bin i holds the values with edges[i-1] <= value < edges[i]. */
export function countsWithin(value: string, edges: readonly number[]): string {
  if (edges.length === 0) return 'null';
  // DuckDB's own bins include their upper end. As a text: a number of SQL is a decimal, which is rounded on its way to a double.
  return `histogram(${value}, [${edges.map((edge) => `${literal(String(nextDown(edge)))}::double`).join(', ')}])`;
}

/** `counts` is what DuckDB answered. */
export function numberHistogramOf(
  edges: readonly number[],
  counts: unknown,
  { present, nulls }: { readonly present: number; readonly nulls: number },
): NumberHistogram {
  if (edges.length === 0) return { kind: 'number', edges, counts: [present], nulls };
  const inBins = new Array<number>(edges.length + 1).fill(0);
  const ends = new Map(edges.map((edge, bin) => [nextDown(edge), bin]));
  for (const { key, value } of entriesOf(counts)) inBins[ends.get(key as number) ?? edges.length]! += Number(value);
  return { kind: 'number', edges, counts: inBins, nulls };
}

function entriesOf(map: unknown): readonly { readonly key: unknown; readonly value: unknown }[] {
  return map === null ? [] : (map as { readonly entries: readonly { key: unknown; value: unknown }[] }).entries;
}

/** The largest double below the given one. */
function nextDown(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  if (value === 0) return -Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
