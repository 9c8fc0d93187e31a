/**
 * From log odds to probabilities that come true, fitted on rows that nothing else was fitted on. Platt: one more logistic curve, with
 * his smoothed targets (J. Platt, Probabilistic Outputs for Support Vector Machines, 1999). Isotonic: any rising curve, by pooling
 * adjacent violators (Ayer et al. 1955), with straight lines between the pools, so that a score on an edge cannot jump.
 */
import { sigmoid } from './logistic-regression.ts';

export type Calibration =
  | { readonly kind: 'platt'; readonly slope: number; readonly intercept: number }
  /** Rising scores and their probabilities; beyond the ends they stay what they are there. */
  | { readonly kind: 'isotonic'; readonly scores: Float64Array; readonly probabilities: Float64Array };

export interface CalibrationRows {
  /** Log odds. */
  readonly scores: Float64Array;
  /** 0 or 1. */
  readonly targets: Float64Array;
  readonly weights: Float64Array | null;
}

/** Scores closer than this count as one: between knots so close lies a cliff on which rounding decides. */
const CLOSEST = 1e-6;

export function calibrated(calibration: Calibration, score: number): number {
  if (calibration.kind === 'platt') return sigmoid(calibration.slope * score + calibration.intercept);
  const { scores, probabilities } = calibration;
  let sum = probabilities[0]!;
  for (let knot = 1; knot < scores.length; knot++) {
    const along = (score - scores[knot - 1]!) / (scores[knot]! - scores[knot - 1]!);
    sum += (probabilities[knot]! - probabilities[knot - 1]!) * Math.max(0, Math.min(1, along));
  }
  return sum;
}

export function fitCalibration(kind: Calibration['kind'], rows: CalibrationRows): Calibration {
  return kind === 'platt' ? platt(rows) : isotonic(rows);
}

/** Newton's method, on scores that are standardised first: log odds may lie close together or far apart. */
function platt({ scores, targets, weights }: CalibrationRows): Calibration {
  const { positives, negatives } = classes(targets, weights);
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);
  const mean = (positives * high + negatives * low) / (positives + negatives);
  const { middle, spread } = spreadOf(scores);
  let slope = 0;
  let intercept = Math.log(mean / (1 - mean));
  const unbent: Calibration = { kind: 'platt', slope, intercept };
  if (spread < CLOSEST) return unbent;
  for (let iteration = 0; iteration < 100; iteration++) {
    let [gs, gi, ss, si, ii] = [0, 0, 1e-12, 0, 1e-12];
    for (let row = 0; row < scores.length; row++) {
      const z = (scores[row]! - middle) / spread;
      const weight = weights?.[row] ?? 1;
      const p = sigmoid(slope * z + intercept);
      const residual = weight * (p - (targets[row] === 1 ? high : low));
      const curvature = weight * p * (1 - p);
      gs += residual * z;
      gi += residual;
      ss += curvature * z * z;
      si += curvature * z;
      ii += curvature;
    }
    const determinant = ss * ii - si * si;
    if (!(determinant > 0)) break;
    // Damped: far out the curve is flat and a full step would overshoot.
    const stepS = Math.max(-1, Math.min(1, (ii * gs - si * gi) / determinant));
    const stepI = Math.max(-2, Math.min(2, (ss * gi - si * gs) / determinant));
    slope -= stepS;
    intercept -= stepI;
    if (Math.abs(stepS) + Math.abs(stepI) < 1e-12) break;
  }
  // A curve that falls would turn every ranking round: then the scores say nothing, and everybody has the mean.
  if (slope < 0) return unbent;
  return { kind: 'platt', slope: slope / spread, intercept: intercept - (slope * middle) / spread };
}

/** Mean and standard deviation. */
function spreadOf(scores: Float64Array): { middle: number; spread: number } {
  const middle = scores.reduce((sum, score) => sum + score / scores.length, 0);
  return { middle, spread: Math.sqrt(scores.reduce((sum, score) => sum + (score - middle) ** 2 / scores.length, 0)) };
}

interface Pool {
  readonly from: number;
  until: number;
  weight: number;
  sum: number;
}

function isotonic(rows: CalibrationRows): Calibration {
  const pools = poolsOf(rows);
  const { positives, negatives } = classes(rows.targets, rows.weights);
  // Never certain: no finite number of rows says that something cannot happen.
  const floor = 1 / (positives + negatives + 2);
  const scores: number[] = [];
  const probabilities: number[] = [];
  for (const { from, until, sum, weight } of pools) {
    const probability = Math.max(floor, Math.min(1 - floor, sum / weight));
    for (const score of from === until ? [from] : [from, until]) {
      scores.push(score);
      probabilities.push(probability);
    }
  }
  return { kind: 'isotonic', scores: Float64Array.from(scores), probabilities: Float64Array.from(probabilities) };
}

function poolsOf({ scores, targets, weights }: CalibrationRows): Pool[] {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]! || a - b);
  const pools: Pool[] = [];
  for (const row of order) {
    const weight = weights?.[row] ?? 1;
    const score = scores[row]!;
    const last = pools.at(-1);
    if (last && score - last.until < CLOSEST) {
      last.weight += weight;
      last.sum += weight * targets[row]!;
      continue;
    }
    // Only now are all rows with the score before this one in, or one that cannot be told from it.
    merge(pools);
    pools.push({ from: score, until: score, weight, sum: weight * targets[row]! });
  }
  merge(pools);
  return pools;
}

function merge(pools: Pool[]): void {
  for (;;) {
    const upper = pools.at(-1);
    const lower = pools.at(-2);
    if (!upper || !lower || lower.sum / lower.weight < upper.sum / upper.weight) return;
    lower.until = upper.until;
    lower.weight += upper.weight;
    lower.sum += upper.sum;
    pools.pop();
  }
}

function classes(targets: Float64Array, weights: Float64Array | null): { positives: number; negatives: number } {
  let positives = 0;
  let all = 0;
  for (let row = 0; row < targets.length; row++) {
    const weight = weights?.[row] ?? 1;
    all += weight;
    if (targets[row] === 1) positives += weight;
  }
  return { positives, negatives: all - positives };
}
