/**
 * Standard error of an AUC from nothing but its value and the sizes of both classes (Hanley and McNeil 1982): what chance does to it where
 * the scores of either class are spread alike. Infinite where a class is missing.
 */
export function aucError(auc: number, { positives, negatives }: { readonly positives: number; readonly negatives: number }): number {
  if (positives === 0 || negatives === 0) return Number.POSITIVE_INFINITY;
  const bothAbove = auc / (2 - auc);
  const aboveBoth = (2 * auc * auc) / (1 + auc);
  const square = auc * auc;
  const variance = auc * (1 - auc) + (positives - 1) * (bothAbove - square) + (negatives - 1) * (aboveBoth - square);
  return Math.sqrt(Math.max(0, variance) / (positives * negatives));
}
