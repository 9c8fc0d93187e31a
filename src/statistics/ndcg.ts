/**
 * Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002): what the items at the top of one ranking are worth by another,
 * against the best order. 1 is the same order. Worths below zero count as nothing; null when nothing is worth anything.
 */
export function ndcg(ranking: readonly string[], worth: ReadonlyMap<string, number>): number | null {
  const of = (item: string) => Math.max(0, worth.get(item) ?? 0);
  const gain = (items: readonly string[]) => items.reduce((sum, item, place) => sum + of(item) / Math.log2(place + 2), 0);
  const best = gain([...worth.keys()].sort((a, b) => of(b) - of(a)));
  return best > 0 ? gain(ranking) / best : null;
}
