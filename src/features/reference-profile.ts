/** Histograms of training rows, in the form that monitoring compares live traffic with. */
import type { CategoryHistogram, Histogram, NumberHistogram } from '../domain/reference-profile.ts';
import { binOf } from '../domain/reference-profile.ts';
import type { Column, Columns } from './columns.ts';
import { type Described, rawInputs } from './raw-inputs.ts';

/** Deciles: the usual choice for the population stability index. */
const BINS = 10;
/** Further categories are counted together; live traffic may bring any number of them. */
const MOST_CATEGORIES = 50;

/** Of the features, and of the numbers and categories that are only inputs; the columns are those of `withDerived`. */
export function featureHistograms(described: Described, columns: Columns): { feature: string; histogram: Histogram }[] {
  const onlyInputs = rawInputs({ inputs: described.inputs, features: [] });
  return [...described.features, ...onlyInputs].flatMap(({ name, type }) => {
    if (type === 'time') return [];
    const column = columns.get(name);
    if (!column) throw new RangeError(`the rows have no column "${name}"`);
    return [{ feature: name, histogram: type === 'number' ? numberHistogram(column as Float64Array) : categoryHistogram(column) }];
  });
}

export function numberHistogram(values: Float64Array | Float32Array, edgesOf = risingEdges): NumberHistogram {
  const sorted = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  const edges = decileEdges(sorted, edgesOf);
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of sorted) counts[binOf(edges, value)]! += 1;
  return { kind: 'number', edges, counts, nulls: values.length - sorted.length };
}

/**
 * Of scores. A calibrated one has few values that many rows share, and the runtime rounds them to 32 bits: an edge at such a value
 * would have all its rows on the other side once they are served. So each edge stands a little beside it.
 */
export function scoreHistogram(scores: Float64Array | Float32Array): NumberHistogram {
  return numberHistogram(scores, (deciles) => {
    const beside = deciles.map((decile, index) => {
      const rounding = ROUNDING * Math.max(Math.abs(decile), ROUNDING);
      return decile === deciles[index - 1] ? decile + rounding : decile - rounding;
    });
    return beside.filter((edge, index) => beside.slice(0, index).every((before) => before < edge));
  });
}

/** Relative; a 32-bit number is exact to a sixteenth of it, and what a model adds up loses some more. */
const ROUNDING = 1e-6;

/**
 * Deciles of the values. Where several fall on one value, as with a column that is nearly constant, that value gets a bin of its
 * own ([value, next number)): plain deciles would collapse, and the index would read 0 whatever happens later.
 */
function decileEdges(sorted: Float64Array, edgesOf: typeof risingEdges): number[] {
  if (sorted.length === 0) return [];
  return edgesOf(Array.from({ length: BINS - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / BINS)]!));
}

/** Edges of bins from deciles, which may repeat. */
export function risingEdges(deciles: readonly number[]): number[] {
  const edges: number[] = [];
  for (const edge of deciles) {
    const last = edges.at(-1);
    if (last === undefined || edge > last) edges.push(edge);
    else if (edge === last) edges.push(nextUp(edge));
  }
  return edges;
}

function categoryHistogram(column: Column): CategoryHistogram {
  const counts = new Map<string, number>();
  let nulls = 0;
  for (const value of column) {
    if (value === null) nulls += 1;
    else counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const other = ranked.slice(MOST_CATEGORIES).reduce((sum, [, count]) => sum + count, 0);
  return { kind: 'category', counts: ranked.slice(0, MOST_CATEGORIES).map(([value, count]) => ({ value, count })), other, nulls };
}

/** The smallest double above the given one. */
function nextUp(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  if (value === 0) return Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
