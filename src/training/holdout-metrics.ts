/** How a finished model does on the rows it was chosen by. Flattering, therefore; the evaluation has rows of its own. */
import type { Task } from '../domain/spec.ts';
import { auc } from '../statistics/auc.ts';
import { brierScores } from '../statistics/brier.ts';
import { logLosses } from '../statistics/log-loss.ts';

export interface HoldoutMetrics {
  readonly rows: number;
  readonly positives: number;
  readonly auc: number;
  readonly logLoss: number;
  readonly brier: number;
}

export interface RegressionHoldout {
  readonly rows: number;
  readonly mae: number;
  readonly rmse: number;
  /** 1 is perfect, 0 as good as the mean. */
  readonly rSquared: number;
}

export interface UpliftHoldout {
  readonly rows: number;
  readonly treated: number;
  /** Mean of what the model says the treatment does. */
  readonly meanScore: number;
  /** What it did: the difference of the rates. */
  readonly effect: number;
  /** The same among the half with the higher scores: above `effect` if the order is worth anything. */
  readonly effectInBetterHalf: number;
}

export type ValidationMetrics = HoldoutMetrics | RegressionHoldout | UpliftHoldout;

export interface JudgedRows {
  readonly targets: Float64Array;
  readonly treated: Uint8Array | null;
}

/** Null when there is nothing to measure on: no rows, one class only, or an empty arm. */
export function holdoutMetrics(task: Task, scores: Float64Array, rows: JudgedRows): ValidationMetrics | null {
  switch (task) {
    case 'binary-classification':
      return binaryHoldout(scores, Uint8Array.from(rows.targets));
    case 'regression':
      return regressionHoldout(scores, rows.targets);
    case 'uplift':
      return upliftHoldout(scores, rows);
  }
}

function binaryHoldout(scores: Float64Array, labels: Uint8Array): HoldoutMetrics | null {
  const rows = labels.length;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === rows) return null;
  return { rows, positives, auc: auc(scores, labels), logLoss: mean(logLosses(scores, labels)), brier: mean(brierScores(scores, labels)) };
}

function regressionHoldout(scores: Float64Array, targets: Float64Array): RegressionHoldout | null {
  const rows = targets.length;
  if (rows === 0) return null;
  const centre = mean(targets);
  const squares = mean(targets.map((target, row) => (scores[row]! - target) ** 2));
  const spread = mean(targets.map((target) => (target - centre) ** 2));
  const mae = mean(targets.map((target, row) => Math.abs(scores[row]! - target)));
  return { rows, mae, rmse: Math.sqrt(squares), rSquared: spread === 0 ? 0 : 1 - squares / spread };
}

function upliftHoldout(scores: Float64Array, { targets, treated }: JudgedRows): UpliftHoldout | null {
  const rows = targets.length;
  const all = effectOf(Array.from(targets.keys()), { targets, treated });
  const better = Array.from(targets.keys())
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, Math.ceil(rows / 2));
  const inBetterHalf = effectOf(better, { targets, treated });
  if (treated === null || all === null || inBetterHalf === null) return null;
  const count = treated.reduce((sum, value) => sum + value, 0);
  return { rows, treated: count, meanScore: mean(scores), effect: all, effectInBetterHalf: inBetterHalf };
}

function effectOf(rows: readonly number[], { targets, treated }: JudgedRows): number | null {
  const rate = (arm: number) => {
    const own = rows.filter((row) => treated?.[row] === arm);
    return own.length === 0 ? null : own.reduce((sum, row) => sum + targets[row]!, 0) / own.length;
  };
  const [withIt, without] = [rate(1), rate(0)];
  return withIt === null || without === null ? null : withIt - without;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
