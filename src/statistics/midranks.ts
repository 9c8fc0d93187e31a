/** Ranks from 1, equal values sharing the mean of theirs (Sun & Xu 2014). */
export function midranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end += 1;
    const shared = (start + 1 + end) / 2;
    for (; start < end; start++) ranks[order[start]!] = shared;
  }
  return ranks;
}
