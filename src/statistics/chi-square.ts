import { normalQuantile } from './normal.ts';
import { sum } from './sum.ts';

/** Quantile of chi-square by Wilson & Hilferty (1931): within 1 % from 3 degrees of freedom on. */
export function chiSquareQuantile(p: number, degreesOfFreedom: number): number {
  const spread = 2 / (9 * degreesOfFreedom);
  return degreesOfFreedom * (1 - spread + normalQuantile(p) * Math.sqrt(spread)) ** 3;
}

export interface Sample {
  readonly counts: readonly number[];
  /** How many independent rows it is worth; at most the sum of its counts. */
  readonly size: number;
}

/**
 * Pearson's statistic that two samples over the same bins come from one distribution, with bins - 1 degrees of freedom. Its tail keeps to
 * chi-square in bins of a few rows, where that of the stability index does not. 0 when either sample is empty.
 */
export function homogeneity(one: Sample, other: Sample): number {
  const [total, otherTotal] = [sum(one.counts), sum(other.counts)];
  if (!(total > 0 && otherTotal > 0)) return 0;
  const scale = 1 / one.size + 1 / other.size;
  return one.counts.reduce((statistic, count, bin) => {
    const [share, otherShare] = [count / total, other.counts[bin]! / otherTotal];
    const pooled = (share * one.size + otherShare * other.size) / (one.size + other.size);
    return pooled === 0 ? statistic : statistic + (share - otherShare) ** 2 / (pooled * scale);
  }, 0);
}
