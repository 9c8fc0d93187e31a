/**
 * Metrics of a model that answers a number. `w` is the weight of a row, e = answer - target.
 *
 * MAE: mean |e|. RMSE: root of the mean of e². R²: 1 - sum e² / sum (target - mean)². Quantile (pinball) loss at 0.9: mean of 0.9·(-e)
 * where the answer is too low and 0.1·e where it is too high (Koenker & Bassett 1978): being too low costs nine times as much. Gini:
 * area between the concentration curve of the targets, rows in the order of the answers, and the diagonal, over the same with rows in
 * the order of the targets (Frees, Meyers & Cummings 2011); 1 is the best order, 0 chance.
 */
import { rankingOf } from '../statistics/ranking.ts';
import { type Metric, type TaskMetrics, weightBuffer } from './task-metrics.ts';

interface Ordered {
  readonly entities: Uint32Array;
  /** Less their mean, which changes neither R² nor Gini: squares of large numbers that lie close together would lose their digits. */
  readonly targets: Float64Array;
  readonly last: Uint8Array;
}

export interface PreparedRegression {
  readonly byScore: Ordered;
  readonly byTarget: Ordered;
  /** In the order of the scores. */
  readonly errors: Float64Array;
}

/** Of the pinball loss. */
const QUANTILE = 0.9;

const positive = { low: 0, high: Number.POSITIVE_INFINITY };
const metrics: readonly Metric[] = [
  { name: 'mae', better: 'lower', bounds: positive },
  { name: 'rmse', better: 'lower', bounds: positive },
  { name: 'r-squared', better: 'higher', bounds: { low: Number.NEGATIVE_INFINITY, high: 1 } },
  { name: 'quantile-loss', better: 'lower', bounds: positive },
  { name: 'gini', better: 'higher', bounds: { low: -1, high: 1 } },
];

export const regressionMetrics: TaskMetrics<PreparedRegression> = {
  metrics,
  prepare({ targets, entities }, scores) {
    const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
    const ordered = (by: Float64Array): Ordered & { order: Uint32Array } => {
      const { order, last } = rankingOf(by);
      return {
        order,
        last,
        entities: Uint32Array.from(order, (row) => entities[row]!),
        targets: Float64Array.from(order, (row) => targets[row]! - mean),
      };
    };
    const { order, ...byScore } = ordered(scores);
    const { order: _, ...byTarget } = ordered(targets);
    return { byScore, byTarget, errors: Float64Array.from(order, (row) => scores[row]! - targets[row]!) };
  },
  measure({ byScore, byTarget, errors }, weights, out, at) {
    const { entities, targets } = byScore;
    let [rows, sum, squares, absolute, errorSquares, pinball] = [0, 0, 0, 0, 0, 0];
    for (let row = 0; row < errors.length; row++) {
      const weight = weights === null ? 1 : weights[entities[row]!]!;
      const error = errors[row]!;
      const target = targets[row]!;
      rows += weight;
      sum += weight * target;
      squares += weight * target * target;
      absolute += weight * Math.abs(error);
      errorSquares += weight * error * error;
      pinball += weight * (error < 0 ? -QUANTILE * error : (1 - QUANTILE) * error);
    }
    out[at] = absolute / rows;
    out[at + 1] = Math.sqrt(errorSquares / rows);
    out[at + 2] = 1 - errorSquares / (squares - (sum * sum) / rows);
    out[at + 3] = pinball / rows;
    out[at + 4] = concentration(byScore, weights) / concentration(byTarget, weights);
  },
};

/** Area between the concentration curve and the diagonal, without its constant factors, which cancel. */
function concentration({ entities, targets, last }: Ordered, given: Uint8Array | null): number {
  const rows = targets.length;
  const weights = weightBuffer(rows);
  let [all, total] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const weight = given === null ? 1 : given[entities[row]!]!;
    weights[row] = weight;
    all += weight;
    total += weight * targets[row]!;
  }
  let [area, width, height, rise] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    width += weights[row]!;
    rise += weights[row]! * targets[row]!;
    if (last[row] === 0) continue;
    area += width * (height + rise / 2);
    height += rise;
    width = 0;
    rise = 0;
  }
  return area - (all * total) / 2;
}
