/**
 * Least squares with a ridge, in closed form: minimises Σ w·(y − x·b − a)² + ridge·|b|², where a is free of the ridge. Columns are
 * centred first, which keeps the bias out of the equations and the equations solvable.
 */
import { solvePositiveDefinite } from './cholesky.ts';

export interface LinearRegressionInput {
  /** Row after row. */
  readonly x: Float32Array;
  readonly width: number;
  readonly y: Float64Array;
  readonly weights: Float64Array | null;
  /** Greater than 0; scikit-learn's alpha. */
  readonly ridge: number;
}

export function linearRegression(input: LinearRegressionInput): { weights: Float64Array; bias: number } {
  const { x, width, y, weights, ridge } = input;
  if (!(ridge > 0)) throw new RangeError(`the ridge must be above 0, found ${ridge}`);
  const { columns, target } = means(input);
  const gram = new Float64Array(width * width);
  const moment = new Float64Array(width);
  const row = new Float64Array(width);
  for (let at = 0; at < y.length; at++) {
    const weight = weights?.[at] ?? 1;
    for (let column = 0; column < width; column++) row[column] = x[at * width + column]! - columns[column]!;
    const residual = weight * (y[at]! - target);
    for (let column = 0; column < width; column++) {
      const value = row[column]!;
      moment[column]! += residual * value;
      const share = weight * value;
      if (share !== 0) for (let other = 0; other <= column; other++) gram[column * width + other]! += share * row[other]!;
    }
  }
  for (let column = 0; column < width; column++) gram[column * width + column]! += ridge;
  const solved = solvePositiveDefinite(gram, moment);
  return { weights: solved, bias: solved.reduce((bias, weight, column) => bias - weight * columns[column]!, target) };
}

function means({ x, width, y, weights }: LinearRegressionInput): { columns: Float64Array; target: number } {
  const columns = new Float64Array(width);
  let target = 0;
  let all = 0;
  for (let row = 0; row < y.length; row++) {
    const weight = weights?.[row] ?? 1;
    all += weight;
    target += weight * y[row]!;
    for (let column = 0; column < width; column++) columns[column]! += weight * x[row * width + column]!;
  }
  return { columns: columns.map((sum) => sum / all), target: target / all };
}
