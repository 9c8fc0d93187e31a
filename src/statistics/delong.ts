/**
 * AUC with its standard error, and the difference of two AUCs on the same rows (DeLong, DeLong & Clarke-Pearson 1988), in
 * O(n log n) by midranks (Sun & Xu 2014). Each positive gets the share of negatives below it, each negative the share of
 * positives above it, ties counting half; the AUC is the mean of either, and their variances give its standard error.
 */
import { meanOf } from './mean.ts';
import { midranks } from './midranks.ts';

export interface PairedAuc {
  readonly champion: number;
  readonly challenger: number;
  /** Champion minus challenger: positive means that the challenger is worse. */
  readonly harm: number;
  readonly standardError: number;
  readonly positives: number;
  readonly negatives: number;
}

/** Null with fewer than two rows of either class. */
export function aucWithError(scores: ArrayLike<number>, labels: ArrayLike<number>): { auc: number; standardError: number } | null {
  const { above, below } = placements(scores, labels);
  const positives = meanOf(above);
  const negatives = meanOf(below);
  if (!positives || !negatives) return null;
  return { auc: positives.mean, standardError: Math.hypot(positives.standardError, negatives.standardError) };
}

/** Null with fewer than two rows of either class. */
export function pairedAuc(rows: {
  labels: ArrayLike<number>;
  champion: ArrayLike<number>;
  challenger: ArrayLike<number>;
}): PairedAuc | null {
  const champion = placements(rows.champion, rows.labels);
  const challenger = placements(rows.challenger, rows.labels);
  const positives = meanOf(champion.above.map((placement, row) => placement - challenger.above[row]!));
  const negatives = meanOf(champion.below.map((placement, row) => placement - challenger.below[row]!));
  if (!positives || !negatives) return null;
  return {
    champion: meanOf(champion.above)!.mean,
    challenger: meanOf(challenger.above)!.mean,
    harm: positives.mean,
    standardError: Math.hypot(positives.standardError, negatives.standardError),
    positives: positives.rows,
    negatives: negatives.rows,
  };
}

/** `above`: for each positive, the share of negatives below it. `below`: for each negative, the share of positives above it. */
function placements(scores: ArrayLike<number>, labels: ArrayLike<number>): { above: Float64Array; below: Float64Array } {
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let row = 0; row < scores.length; row++) (labels[row] === 1 ? positives : negatives).push(row);
  const overall = midranks(scores);
  const among = (rows: readonly number[]) => midranks(rows.map((row) => scores[row]!));
  const rankedPositives = among(positives);
  const rankedNegatives = among(negatives);
  return {
    above: Float64Array.from(positives, (row, index) => (overall[row]! - rankedPositives[index]!) / negatives.length),
    below: Float64Array.from(negatives, (row, index) => 1 - (overall[row]! - rankedNegatives[index]!) / positives.length),
  };
}
