/** What would be done with each row: the cut-off of the decision on one version's scores. */
import type { DecisionSpec } from '../domain/spec.ts';
import { rankingOf } from '../statistics/ranking.ts';
import { topRows } from './task-metrics.ts';

/** 1 where the score is acted upon. A share takes every row that scores like its last one. */
export function actedUpon(scores: Float64Array, { cutoff }: DecisionSpec): Uint8Array {
  const from = cutoff.kind === 'score' ? cutoff.from : scoreOfLast(scores, cutoff.share);
  return Uint8Array.from(scores, (score) => (score >= from ? 1 : 0));
}

function scoreOfLast(scores: Float64Array, share: number): number {
  const { order } = rankingOf(scores);
  return scores[order[topRows(share, order.length) - 1]!] ?? Number.POSITIVE_INFINITY;
}

export interface Turned {
  readonly compared: number;
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
  const [before, now] = [actedUpon(opponent, decision), actedUpon(challenger, decision)];
  const wrong: number[] = [];
  let turnedRight = 0;
  for (let row = 0; row < challenger.length; row++) {
    if (before[row] === now[row]) continue;
    if (now[row] === labels[row]) turnedRight += 1;
    else wrong.push(row);
  }
  const step = (row: number) => Math.abs(challenger[row]! - opponent[row]!);
  const rows = wrong.toSorted((a, b) => step(b) - step(a) || a - b).slice(0, MOST_SAMPLES);
  return { compared: challenger.length, turnedWrong: wrong.length, turnedRight, rows };
}
