import { auc } from '../statistics/auc.ts';
import { brierScores } from '../statistics/brier.ts';
import { logLosses } from '../statistics/log-loss.ts';
import type { HoldoutMetrics } from './trainer.ts';

/** Null when there is nothing to measure on: no rows, or one class only. */
export function holdoutMetrics(scores: Float64Array, labels: Uint8Array): HoldoutMetrics | null {
  const rows = labels.length;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === rows) return null;
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / rows;
  return { rows, positives, auc: auc(scores, labels), logLoss: mean(logLosses(scores, labels)), brier: mean(brierScores(scores, labels)) };
}
