/** Brier score of each row: the squared distance between score and outcome. */
export function brierScores(scores: ArrayLike<number>, labels: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: labels.length }, (_, row) => (scores[row]! - labels[row]!) ** 2);
}
