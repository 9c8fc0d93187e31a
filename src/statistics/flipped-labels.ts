/**
 * Which share of binary labels looks turned round, given the probabilities that a model foretold. Turning a share f of all labels alike
 * makes P(label = 1) = p + f (1 - 2p) (Natarajan et al. 2013), a straight line in f: weighted least squares finds it without bias whatever f
 * is, and with the weights of a small share it is as sure as the likelihood. Rows that the model is sure of tell the most. A model that is too sure of
 * itself shows some share, and one that is not sure enough less than none, so one figure means little and the difference of two, of
 * the same model on two sets of rows, means much. That is why it may be below zero: cut off there, half of all that chance does is lost.
 */
export interface FlippedShare {
  /** At most 1; below zero where the labels surprise less than the model foretold. */
  readonly share: number;
  /** The larger of what the rows show (White 1980) and what the model foretells of unturned labels: few positives say too little of their own spread. */
  readonly standardError: number;
}

/** Of the weights. With none, one surprise among rows that a model is sure of would outweigh all others. */
const USUAL_SHARE = 0.01;
/** Nothing is certain. */
const SUREST = 1e-4;

/** Null without rows, or where every probability is one half, which says nothing. */
export function flippedShare(probabilities: ArrayLike<number>, labels: ArrayLike<number>): FlippedShare | null {
  const information = sumOf(probabilities, (p) => leverage(p) * turn(p));
  if (!(information > 0)) return null;
  const share = sumOf(probabilities, (p, row) => leverage(p) * (labels[row]! - sure(p))) / information;
  const spread = sumOf(probabilities, (p, row) => (leverage(p) * (labels[row]! - sure(p) - share * turn(p))) ** 2);
  const foretold = sumOf(probabilities, (p) => leverage(p) ** 2 * sure(p) * (1 - sure(p)));
  return { share, standardError: Math.sqrt(Math.max(spread, foretold)) / information };
}

function sure(probability: number): number {
  return Math.min(1 - SUREST, Math.max(SUREST, probability));
}

/** By how much a turned label changes what is expected. */
function turn(probability: number): number {
  return 1 - 2 * sure(probability);
}

/** How much a row counts: its turn, over the variance of its label. */
function leverage(probability: number): number {
  const expected = sure(probability) + USUAL_SHARE * turn(probability);
  return turn(probability) / (expected * (1 - expected));
}

function sumOf(probabilities: ArrayLike<number>, of: (probability: number, row: number) => number): number {
  let sum = 0;
  for (let row = 0; row < probabilities.length; row++) sum += of(probabilities[row]!, row);
  return sum;
}
