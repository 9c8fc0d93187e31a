/** What a learner is judged by on rows it did not learn from. */
import type { Task } from '../domain/spec.ts';

/** Of raw scores: log loss of log odds, or the mean squared error; null without rows. */
export function meanLoss(
  task: Task,
  scores: Float64Array,
  { targets, weights }: { readonly targets: Float64Array; readonly weights: Float64Array | null },
): number | null {
  if (scores.length === 0) return null;
  let sum = 0;
  let all = 0;
  for (let row = 0; row < scores.length; row++) {
    const weight = weights?.[row] ?? 1;
    const score = scores[row]!;
    const target = targets[row]!;
    sum += weight * (task === 'regression' ? (score - target) ** 2 : logLoss(score, target));
    all += weight;
  }
  return sum / all;
}

/** Of a score in log odds. */
function logLoss(score: number, target: number): number {
  return (score > 0 ? score + Math.log1p(Math.exp(-score)) : Math.log1p(Math.exp(score))) - target * score;
}
