/**
 * AUC with its standard error, and the difference of two AUCs on the same rows (DeLong, DeLong & Clarke-Pearson 1988), in
 * O(n log n) by ranks (Sun & Xu 2014). Each positive gets the share of negatives below it, each negative the share of
 * positives above it, ties counting half; the AUC is the mean of either, and their variances give its standard error.
 */
import { meanOf } from './mean.ts';
import { rankingOf } from './ranking.ts';

export interface PairedAuc {
  readonly champion: number;
  readonly challenger: number;
  readonly championError: number;
  readonly challengerError: number;
  /** Champion minus challenger: positive means that the challenger is worse. */
  readonly harm: number;
  readonly standardError: number;
  readonly positives: number;
  readonly negatives: number;
}

/** Null with fewer than two rows of either class. */
export function aucWithError(scores: ArrayLike<number>, labels: ArrayLike<number>): { auc: number; standardError: number } | null {
  return aucOf(placements(scores, labels));
}

function aucOf({ above, below }: Placements): { auc: number; standardError: number } | null {
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
  const [one, other] = [aucOf(champion)!, aucOf(challenger)!];
  return {
    champion: one.auc,
    challenger: other.auc,
    championError: one.standardError,
    challengerError: other.standardError,
    harm: positives.mean,
    standardError: Math.hypot(positives.standardError, negatives.standardError),
    positives: positives.rows,
    negatives: negatives.rows,
  };
}

interface Placements {
  /** For each positive, the share of negatives below it. */
  readonly above: Float64Array;
  /** For each negative, the share of positives above it. */
  readonly below: Float64Array;
}

/** One sort: with midranks, a positive's rank among all less its rank among positives is the number of negatives below it. */
function placements(scores: ArrayLike<number>, labels: ArrayLike<number>): Placements {
  const { order, last } = rankingOf(scores);
  const placement = new Float64Array(order.length);
  let [positives, negatives] = [0, 0];
  for (let row = 0; row < order.length; row++) {
    if (labels[row] === 1) positives += 1;
    else negatives += 1;
  }
  // From the best score down: what is above each row, and half of what has the same score.
  let [positivesAbove, negativesAbove, start] = [0, 0, 0];
  for (let place = 0; place < order.length; place++) {
    if (last[place] === 0) continue;
    let tiedPositives = 0;
    for (let tied = start; tied <= place; tied++) if (labels[order[tied]!] === 1) tiedPositives += 1;
    const tiedNegatives = place + 1 - start - tiedPositives;
    for (let tied = start; tied <= place; tied++) {
      const row = order[tied]!;
      placement[row] =
        labels[row] === 1 ? (negatives - negativesAbove - tiedNegatives / 2) / negatives : (positivesAbove + tiedPositives / 2) / positives;
    }
    positivesAbove += tiedPositives;
    negativesAbove += tiedNegatives;
    start = place + 1;
  }
  return {
    above: placement.filter((_, row) => labels[row] === 1),
    below: placement.filter((_, row) => labels[row] !== 1),
  };
}
