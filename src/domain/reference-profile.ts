/**
 * What the training rows looked like, kept beside the model so that monitoring can ask whether live traffic still looks so.
 * Lists instead of objects keyed by name, because the names and values come from other people's data.
 */
export interface NumberHistogram {
  readonly kind: 'number';
  /**
   * Rising edges between the bins. Bin i holds the values with edges[i-1] <= value < edges[i]; the first and the last bin are open.
   * A value that is shared by very many rows has a bin of its own, so that a shift away from it or past it is seen.
   */
  readonly edges: readonly number[];
  /** One more than there are edges. */
  readonly counts: readonly number[];
  readonly nulls: number;
}

export interface CategoryHistogram {
  readonly kind: 'category';
  /** Most frequent first. Booleans are the categories `true` and `false`. */
  readonly counts: readonly { readonly value: string; readonly count: number }[];
  /** Rows with any other value. */
  readonly other: number;
  readonly nulls: number;
}

export type Histogram = NumberHistogram | CategoryHistogram;

export interface ReferenceProfile {
  readonly format: 'understudy.reference-profile.v1';
  readonly rows: number;
  readonly features: readonly { readonly feature: string; readonly histogram: Histogram }[];
  readonly score: NumberHistogram;
  /** Share of positive labels, 0 to 1. */
  readonly baseRate: number;
}

/** The index of the bin that a value falls into, by binary search. */
export function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
