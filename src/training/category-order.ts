/**
 * The order in which trees read categories: by their mean target, so that one threshold parts those that buy from those that don't
 * (W. Fisher, On Grouping for Maximum Homogeneity, 1958: for one split no other grouping is better). Means that rest on few rows are
 * pulled towards the mean of all.
 */
import type { FeatureSpec } from '../domain/spec.ts';
import type { Column } from '../features/columns.ts';

/** Rows that the mean of all counts for. */
const PULL = 20;

/** The most frequent categories, up to the feature's limit, lowest mean first. */
export function categoryOrder({ maxCategories }: FeatureSpec, column: Column, targets: Float64Array): string[] {
  const seen = new Map<string, { count: number; sum: number }>();
  let all = 0;
  for (const [row, value] of column.entries()) {
    all += targets[row]!;
    if (typeof value !== 'string') continue;
    const entry = seen.get(value) ?? { count: 0, sum: 0 };
    entry.count += 1;
    entry.sum += targets[row]!;
    seen.set(value, entry);
  }
  const mean = all / Math.max(1, targets.length);
  const kept = [...seen].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1)).slice(0, maxCategories);
  return kept
    .map(([value, { count, sum }]) => ({ value, mean: (sum + PULL * mean) / (count + PULL) }))
    .sort((a, b) => a.mean - b.mean || (a.value < b.value ? -1 : 1))
    .map(({ value }) => value);
}
