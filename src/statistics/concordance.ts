/**
 * Harrell's C for labels that are numbers: of two rows with different labels, the probability that the one with the higher score has
 * the higher label; equal scores count half. 0.5 is chance, 1 is perfect, and of labels that are 0 and 1 it is the AUC. NaN where all
 * labels are equal, because then there is nothing to rank. O(n log n), by counting in a tree (Fenwick 1994).
 */
export function concordance(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const places = denseRanks(scores);
  const rows = Uint32Array.from({ length: labels.length }, (_, row) => row).sort((a, b) => labels[a]! - labels[b]!);
  const seen = new Counts(scores.length);
  let pairs = 0;
  let inOrder = 0;
  for (let from = 0; from < rows.length; ) {
    let until = from;
    while (until < rows.length && labels[rows[until]!] === labels[rows[from]!]) until += 1;
    // Rows with lower labels are in the tree already; those of the same label are no pair of each other.
    for (let index = from; index < until; index++) {
      const place = places[rows[index]!]!;
      inOrder += seen.upTo(place - 1) + (seen.upTo(place) - seen.upTo(place - 1)) / 2;
      pairs += from;
    }
    for (; from < until; from++) seen.add(places[rows[from]!]!);
  }
  return pairs === 0 ? Number.NaN : inOrder / pairs;
}

/** From 1; equal values share one. */
function denseRanks(values: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: values.length }, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Uint32Array(values.length);
  let rank = 0;
  order.forEach((row, index) => {
    if (index === 0 || values[row] !== values[order[index - 1]!]) rank += 1;
    ranks[row] = rank;
  });
  return ranks;
}

class Counts {
  private readonly tree: Uint32Array;

  constructor(size: number) {
    this.tree = new Uint32Array(size + 1);
  }

  add(place: number): void {
    for (let node = place; node < this.tree.length; node += node & -node) this.tree[node]! += 1;
  }

  upTo(place: number): number {
    let sum = 0;
    for (let node = place; node > 0; node -= node & -node) sum += this.tree[node]!;
    return sum;
  }
}
