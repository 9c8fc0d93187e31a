import { auc } from '../statistics/auc.ts';
import type { HoldoutMetrics } from './trainer.ts';

/** Scores closer to 0 or 1 than this cost no more: one certain error must not outweigh everything. */
const CLIP = 1e-15;

/** Null when there is nothing to measure on: no rows, or one class only. */
export function holdoutMetrics(scores: Float64Array, labels: Uint8Array): HoldoutMetrics | null {
  const rows = labels.length;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === rows) return null;
  let loss = 0;
  let squares = 0;
  scores.forEach((score, row) => {
    const p = Math.min(1 - CLIP, Math.max(CLIP, score));
    loss -= labels[row] === 1 ? Math.log(p) : Math.log1p(-p);
    squares += (score - labels[row]!) ** 2;
  });
  return { rows, positives, auc: auc(scores, labels), logLoss: loss / rows, brier: squares / rows };
}
