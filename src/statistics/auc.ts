/**
 * Area under the ROC curve: the probability that a random positive has a higher score than a random negative, ties counting half
 * (Mann-Whitney, by midranks). 0.5 is chance, 1 is perfect. NaN when a class is missing, because then there is nothing to rank.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end += 1;
    const midrank = (start + 1 + end) / 2;
    for (; start < end; start++) {
      if (labels[order[start]!] !== 1) continue;
      positives += 1;
      rankSum += midrank;
    }
  }
  const negatives = order.length - positives;
  return positives === 0 || negatives === 0 ? Number.NaN : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
