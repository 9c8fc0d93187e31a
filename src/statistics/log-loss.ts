/**
 * Log loss of each row: -ln of the probability that was given to what happened. Scores are clipped to [clip, 1 - clip], for both
 * versions alike, so that one certain mistake does not outweigh everything.
 */
export const USUAL_CLIP = 1e-6;

export function logLosses(scores: ArrayLike<number>, labels: ArrayLike<number>, clip = USUAL_CLIP): Float64Array {
  return Float64Array.from({ length: labels.length }, (_, row) => {
    const score = Math.min(1 - clip, Math.max(clip, scores[row]!));
    return labels[row] === 1 ? -Math.log(score) : -Math.log1p(-score);
  });
}
