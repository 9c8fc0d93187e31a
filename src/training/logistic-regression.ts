/**
 * Logistic regression with a ridge, by Newton's method with step halving (iteratively reweighted least squares; see Hastie, Tibshirani
 * and Friedman, The Elements of Statistical Learning, 4.4.1). Minimises Σ v·(log(1+exp(z)) − y·z) + ridge/2·|w|², where z = w·x + b
 * and v is the weight of a row; b is free of the ridge. The ridge keeps it finite and unique when the classes can be separated or
 * columns are constant or repeat each other.
 */
import { solvePositiveDefinite } from './cholesky.ts';

export interface LogisticRegressionInput {
  /** Row after row. */
  readonly x: Float32Array;
  readonly width: number;
  /** 0 or 1. */
  readonly y: Uint8Array | Float64Array;
  /** Of the rows; absent: all the same. */
  readonly rowWeights?: Float64Array | null;
  /** Greater than 0; 1 divided by scikit-learn's C. */
  readonly ridge: number;
  readonly iterations: number;
  /** It has converged when half the squared Newton decrement is below this share of the objective. */
  readonly tolerance: number;
  readonly onIteration?: (done: number, most: number) => void;
}

export interface LogisticRegression {
  readonly weights: Float64Array;
  readonly bias: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export function logisticRegression(input: LogisticRegressionInput): LogisticRegression {
  if (!(input.ridge > 0)) throw new RangeError(`the ridge must be above 0, found ${input.ridge}`);
  const rows = sparse(input.x, input.width);
  let point: Float64Array = startOf(input);
  let value = objective(rows, input, point);
  for (let iteration = 1; iteration <= input.iterations; iteration++) {
    input.onIteration?.(iteration, input.iterations);
    const { gradient, hessian } = derivatives(rows, input, point);
    const direction = solvePositiveDefinite(hessian, gradient);
    const decrement = dot(gradient, direction) / 2;
    if (decrement <= input.tolerance * (1 + Math.abs(value))) return resultOf(point, iteration, true);
    const next = stepDown({ rows, input, point, value, direction });
    if (!next) return resultOf(point, iteration, true);
    ({ point, value } = next);
  }
  return resultOf(point, input.iterations, false);
}

/** 1/(1+exp(−z)), without overflow at either end. */
export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

/** Only the places that are not zero: of one-hot columns nearly all are. */
interface SparseRows {
  readonly starts: Uint32Array;
  readonly places: Uint32Array;
  readonly values: Float64Array;
}

function sparse(x: Float32Array, width: number): SparseRows {
  const rows = width === 0 ? 0 : x.length / width;
  let filled = 0;
  for (const value of x) if (value !== 0) filled += 1;
  const starts = new Uint32Array(rows + 1);
  const places = new Uint32Array(filled);
  const values = new Float64Array(filled);
  let next = 0;
  for (let index = 0; index < x.length; index++) {
    if (index % width === 0) starts[index / width] = next;
    if (x[index] === 0) continue;
    places[next] = index % width;
    values[next++] = x[index]!;
  }
  starts[rows] = next;
  return { starts, places, values };
}

/** Weights 0 and the bias at the base rate, so that the first step already starts near the truth. */
function startOf({ y, width, rowWeights }: LogisticRegressionInput): Float64Array {
  const point = new Float64Array(width + 1);
  let positives = 0;
  let all = 0;
  for (let row = 0; row < y.length; row++) {
    positives += y[row]! * (rowWeights?.[row] ?? 1);
    all += rowWeights?.[row] ?? 1;
  }
  const rate = (positives + 0.5) / (all + 1);
  point[width] = Math.log(rate / (1 - rate));
  return point;
}

function scoreOf({ starts, places, values }: SparseRows, point: Float64Array, row: number): number {
  let z = point[point.length - 1]!;
  for (let k = starts[row]!; k < starts[row + 1]!; k++) z += point[places[k]!]! * values[k]!;
  return z;
}

function objective(rows: SparseRows, { y, width, ridge, rowWeights }: LogisticRegressionInput, point: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < y.length; row++) {
    const z = scoreOf(rows, point, row);
    const loss = (z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z))) - y[row]! * z;
    sum += loss * (rowWeights?.[row] ?? 1);
  }
  for (let column = 0; column < width; column++) sum += (ridge / 2) * point[column]! ** 2;
  return sum;
}

function derivatives(rows: SparseRows, { y, width, ridge, rowWeights }: LogisticRegressionInput, point: Float64Array) {
  const size = width + 1;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  const { starts, places, values } = rows;
  for (let row = 0; row < y.length; row++) {
    const p = sigmoid(scoreOf(rows, point, row));
    const rowWeight = rowWeights?.[row] ?? 1;
    const residual = rowWeight * (p - y[row]!);
    const weight = rowWeight * p * (1 - p);
    const end = starts[row + 1]!;
    for (let k = starts[row]!; k < end; k++) {
      const at = places[k]!;
      const value = values[k]!;
      gradient[at]! += residual * value;
      const line = at * size;
      const share = weight * value;
      for (let other = starts[row]!; other <= k; other++) hessian[line + places[other]!]! += share * values[other]!;
      hessian[width * size + at]! += share;
    }
    gradient[width]! += residual;
    hessian[width * size + width]! += weight;
  }
  for (let column = 0; column < width; column++) {
    gradient[column]! += ridge * point[column]!;
    hessian[column * size + column]! += ridge;
  }
  // Rows whose scores are certain have no weight left; this keeps the bias solvable.
  hessian[size * size - 1]! += 1e-9;
  return { gradient, hessian };
}

/** The longest step of 1, 1/2, 1/4, ... that goes down; null when none does, which is the end of the precision. */
function stepDown(from: { rows: SparseRows; input: LogisticRegressionInput; point: Float64Array; value: number; direction: Float64Array }) {
  for (let step = 1; step > 1e-9; step /= 2) {
    const point = from.point.map((value, index) => value - step * from.direction[index]!);
    const value = objective(from.rows, from.input, point);
    if (value < from.value) return { point, value };
  }
  return null;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

function resultOf(point: Float64Array, iterations: number, converged: boolean): LogisticRegression {
  return { weights: point.slice(0, -1), bias: point.at(-1)!, iterations, converged };
}
