/**
 * Which share of binary labels looks turned round, given the probabilities that a model foretold: the f that makes
 * P(label = 1) = (1 - f) p + f (1 - p) most likely (label noise that hits every row alike; Natarajan et al. 2013), by Newton's method.
 * Rows that the model is sure of tell the most. A model that is too sure of itself shows some share, too, so one figure means little
 * and the difference of two, of the same model on two sets of rows, means much.
 */
export interface FlippedShare {
  /** 0 to 1. */
  readonly share: number;
  /** From the Fisher information at the estimate, or at 2 % if that is more: at its bound of zero the likelihood looks surer than it is. */
  readonly standardError: number;
}

/** The share is not sought below zero: fewer surprises than foretold are no flips turned back. */
const LEAST_SURE = 0.02;
const STEPS = 50;
const CLOSE = 1e-9;
/** Nothing is certain: without this bound one surprise would outweigh all other rows. */
const SUREST = 1e-4;

/** Null without rows, or where every probability is one half, which says nothing. */
export function flippedShare(probabilities: ArrayLike<number>, labels: ArrayLike<number>): FlippedShare | null {
  if (probabilities.length === 0) return null;
  let share = LEAST_SURE;
  for (let step = 0; step < STEPS; step++) {
    const { slope, information } = likelihoodAt(share, probabilities, labels);
    if (!(information > 0)) return null;
    const next = Math.min(1, Math.max(0, share + slope / information));
    const isDone = Math.abs(next - share) < CLOSE;
    share = next;
    if (isDone) break;
  }
  const { information } = likelihoodAt(Math.max(share, LEAST_SURE), probabilities, labels);
  return { share, standardError: 1 / Math.sqrt(information) };
}

function likelihoodAt(share: number, probabilities: ArrayLike<number>, labels: ArrayLike<number>): { slope: number; information: number } {
  let slope = 0;
  let information = 0;
  for (let row = 0; row < probabilities.length; row++) {
    const p = Math.min(1 - SUREST, Math.max(SUREST, probabilities[row]!));
    const one = (1 - share) * p + share * (1 - p);
    const turn = 1 - 2 * p;
    slope += labels[row] === 1 ? turn / one : -turn / (1 - one);
    information += (turn * turn) / (one * (1 - one));
  }
  return { slope, information };
}
