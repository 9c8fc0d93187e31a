import type { CategoryHistogram, Histogram } from '../domain/reference-profile.ts';

export interface AlignedCounts {
  readonly reference: readonly number[];
  readonly current: readonly number[];
}

/** Counts of two histograms over the same bins. Nulls are a bin of their own: a column that falls silent is the largest shift there is. */
export function alignedCounts(reference: Histogram, current: Histogram): AlignedCounts {
  if (reference.kind === 'number' && current.kind === 'number') {
    if (reference.counts.length !== current.counts.length) {
      throw new RangeError(`expected the reference's ${reference.counts.length} bins, found ${current.counts.length}`);
    }
    return { reference: [...reference.counts, reference.nulls], current: [...current.counts, current.nulls] };
  }
  if (reference.kind === 'category' && current.kind === 'category') return alignedCategories(reference, current);
  throw new RangeError(`expected two histograms of one kind, found ${reference.kind} and ${current.kind}`);
}

/** Categories by name; live ones that the reference does not list are "other". */
function alignedCategories(reference: CategoryHistogram, current: CategoryHistogram): AlignedCounts {
  const live = new Map(current.counts.map(({ value, count }) => [value, count]));
  const listed = reference.counts.map(({ value }) => live.get(value) ?? 0);
  const known = new Set(reference.counts.map(({ value }) => value));
  const unlisted = current.counts.reduce((sum, { value, count }) => (known.has(value) ? sum : sum + count), 0);
  return {
    reference: [...reference.counts.map(({ count }) => count), reference.other, reference.nulls],
    current: [...listed, current.other + unlisted, current.nulls],
  };
}
