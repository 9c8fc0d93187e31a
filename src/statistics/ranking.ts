/** Rows from the best score to the worst, made once and used for every metric, curve and draw. */
export interface Ranking {
  /** Rows, best first; equal scores in the order of the rows. */
  readonly order: Uint32Array;
  /** 1 where the next score is another one, and at the end. */
  readonly last: Uint8Array;
}

/** Many figures rank the same scores; nobody changes an array of scores that has been ranked. */
const ranked = new WeakMap<object, Ranking>();

export function rankingOf(scores: ArrayLike<number>): Ranking {
  const known = ranked.get(scores);
  if (known) return known;
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const last = new Uint8Array(order.length);
  for (let place = 0; place < order.length; place++) {
    const next = order[place + 1];
    if (next === undefined || scores[next] !== scores[order[place]!]) last[place] = 1;
  }
  const ranking = { order, last };
  ranked.set(scores, ranking);
  return ranking;
}
