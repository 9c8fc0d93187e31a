/**
 * How far one distribution is from another over the same bins: the population stability index, less what two samples of these sizes
 * show by chance, and a chi-square test of homogeneity, which says better than the index whether it is chance.
 */
import type { Histogram } from '../domain/reference-profile.ts';
import { chiSquareQuantile, homogeneity } from './chi-square.ts';
import { alignedCounts } from './histogram-counts.ts';
import { expectedPsi, psi } from './psi.ts';
import { sum } from './sum.ts';

export interface DistributionShift {
  /** At least 0; 0.1 is usually called significant and 0.25 major. */
  readonly index: number;
  /** Of chi-square, with `freedom` degrees. */
  readonly statistic: number;
  readonly freedom: number;
  /** Of the current histogram. */
  readonly rows: number;
}

/** Null without rows on either side. `sizeOf` turns rows into independent ones, where entities repeat themselves. */
export function distributionShift(
  reference: Histogram,
  current: Histogram,
  sizeOf: (rows: number) => number = (rows) => rows,
): DistributionShift | null {
  const aligned = alignedCounts(reference, current);
  const found = psi(aligned.reference, aligned.current);
  if (found === null) return null;
  const rows = sum(aligned.current);
  const sizes = { reference: sum(aligned.reference), current: sizeOf(rows) };
  const bins = aligned.reference.filter((before, bin) => before > 0 || aligned.current[bin]! > 0).length;
  const statistic = homogeneity({ counts: aligned.reference, size: sizes.reference }, { counts: aligned.current, size: sizes.current });
  return { index: Math.max(0, found - expectedPsi({ bins, ...sizes })), statistic, freedom: Math.max(1, bins - 1), rows };
}

export function isBeyondChance({ statistic, freedom }: DistributionShift, falseAlarm: number): boolean {
  return statistic > chiSquareQuantile(1 - falseAlarm, freedom);
}
