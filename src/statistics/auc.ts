import { midranks } from './midranks.ts';

/**
 * Area under the ROC curve: the probability that a random positive has a higher score than a random negative, ties counting half
 * (Mann-Whitney, by midranks). 0.5 is chance, 1 is perfect. NaN when a class is missing, because then there is nothing to rank.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const ranks = midranks(scores);
  let positives = 0;
  let rankSum = 0;
  for (let row = 0; row < ranks.length; row++) {
    if (labels[row] !== 1) continue;
    positives += 1;
    rankSum += ranks[row]!;
  }
  const negatives = ranks.length - positives;
  return positives === 0 || negatives === 0 ? Number.NaN : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
