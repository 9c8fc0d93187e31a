/** What would be done with each row: the cut-off of the decision on one version's scores. */
import type { ActedUpon } from '../domain/evidence.ts';
import type { DecisionSpec } from '../domain/spec.ts';
import { rankingOf } from '../statistics/ranking.ts';
import { topRows } from './task-metrics.ts';

/**
 * A share of the best may end among rows of equal scores (a calibrated score has few values). Whoever acts on so many and no more has
 * to draw lots among them, so that is what is reckoned with: each is acted upon with the same chance. We considered to take them all,
 * which acts on more than was decided, and leaving them all out; and the order of the rows, which hangs on nothing that matters.
 */
export interface Decided {
  /** Of each row one of `left`, `acted` and `byLot`. */
  readonly rows: Uint8Array;
  /** The chance of those that draw lots. */
  readonly chance: number;
}

export const [left, acted, byLot] = [0, 1, 2] as const;

export function decidedOn(scores: Float64Array, { cutoff }: DecisionSpec): Decided {
  if (cutoff.kind === 'score') return { rows: Uint8Array.from(scores, (score) => (score >= cutoff.from ? acted : left)), chance: 0 };
  const { order } = rankingOf(scores);
  const wanted = topRows(cutoff.share, order.length);
  const last = scores[order[wanted - 1]!]!;
  const [above, equal] = [countOf(scores, (score) => score > last), countOf(scores, (score) => score === last)];
  const fits = above + equal === wanted;
  return {
    rows: Uint8Array.from(scores, (score) => (score > last || (fits && score === last) ? acted : score === last ? byLot : left)),
    chance: fits ? 0 : (wanted - above) / equal,
  };
}

/** On how many it acts, and how many of them are drawn from how many of equal scores. */
export function actedUpon(scores: Float64Array, decision: DecisionSpec): ActedUpon {
  const { rows, chance } = decidedOn(scores, decision);
  const [certain, equal] = [countOf(rows, (row) => row === acted), countOf(rows, (row) => row === byLot)];
  const drawn = Math.round(chance * equal);
  return { rows: certain + drawn, share: (certain + drawn) / rows.length, byLot: equal === 0 ? null : { among: equal, taken: drawn } };
}

function countOf(values: Float64Array | Uint8Array, is: (value: number) => boolean): number {
  let count = 0;
  for (const value of values) if (is(value)) count += 1;
  return count;
}

export interface Turned {
  /** Rows whose decision does not hang on a lot. */
  readonly compared: number;
  readonly byLot: number;
  readonly turnedWrong: number;
  readonly turnedRight: number;
  /** The rows that turned wrong by the largest step, most first. */
  readonly rows: readonly number[];
}

const MOST_SAMPLES = 20;

/** Rows on which only one of the two versions would decide rightly. */
export function turned(
  { labels, challenger, opponent }: { labels: ArrayLike<number>; challenger: Float64Array; opponent: Float64Array },
  decision: DecisionSpec,
): Turned {
  const [{ rows: before }, { rows: now }] = [decidedOn(opponent, decision), decidedOn(challenger, decision)];
  const wrong: number[] = [];
  let [turnedRight, lots] = [0, 0];
  for (let row = 0; row < challenger.length; row++) {
    if (before[row] === byLot || now[row] === byLot) lots += 1;
    else if (before[row] === now[row]) continue;
    else if (now[row] === labels[row]) turnedRight += 1;
    else wrong.push(row);
  }
  const step = (row: number) => Math.abs(challenger[row]! - opponent[row]!);
  const rows = wrong.toSorted((a, b) => step(b) - step(a) || a - b).slice(0, MOST_SAMPLES);
  return { compared: challenger.length - lots, byLot: lots, turnedWrong: wrong.length, turnedRight, rows };
}
