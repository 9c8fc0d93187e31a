/**
 * The order in which trees read categories: by their mean target, so that one threshold parts those that buy from those that don't
 * (W. Fisher, On Grouping for Maximum Homogeneity, 1958: for one split no other grouping is better). Means that rest on few rows are
 * pulled towards the mean of all.
 */
import type { FeatureSpec } from '../domain/feature-spec.ts';
import type { Column } from '../features/columns.ts';
import type { CategoryCodes } from '../features/encoder.ts';

/** Rows that the mean of all counts for. */
const PULL = 20;

interface Seen {
  count: number;
  sum: number;
}

/** The most frequent categories, up to the feature's limit, lowest mean first; the others where their own mean belongs. */
export function categoryOrder({ maxCategories }: FeatureSpec, column: Column, targets: Float64Array): CategoryCodes {
  const seen = seenIn(column, targets);
  const mean = targets.reduce((sum, target) => sum + target, 0) / Math.max(1, targets.length);
  const pulled = ({ count, sum }: Seen) => (sum + PULL * mean) / (count + PULL);
  const ranked = [...seen].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  const kept = ranked
    .slice(0, maxCategories)
    .map(([value, rows]) => ({ value, mean: pulled(rows) }))
    .sort((a, b) => a.mean - b.mean || (a.value < b.value ? -1 : 1));
  // Without any other category in training, one never seen is like all rows together.
  const rest = ranked.slice(maxCategories).reduce((sum, [, rows]) => ({ count: sum.count + rows.count, sum: sum.sum + rows.sum }), {
    count: 0,
    sum: 0,
  });
  const below = kept.filter((entry) => entry.mean < pulled(rest)).length;
  return { values: kept.map(({ value }) => value), other: below - 0.5 };
}

function seenIn(column: Column, targets: Float64Array): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const [row, value] of column.entries()) {
    if (typeof value !== 'string') continue;
    const entry = seen.get(value) ?? { count: 0, sum: 0 };
    entry.count += 1;
    entry.sum += targets[row]!;
    seen.set(value, entry);
  }
  return seen;
}
