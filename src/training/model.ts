/**
 * What training yields, as numbers: something learned, what its answers mean, and a calibration over it. Scored here as the ONNX
 * graph of `onnx/write-model.ts` scores it, step by step and in the same precision.
 */
import { type Calibration, calibrated } from './calibration.ts';
import { sigmoid } from './logistic-regression.ts';
import { addTree, type Tree } from './trees/tree.ts';

export type Learned =
  | { readonly kind: 'linear'; readonly weights: Float64Array; readonly bias: number }
  | { readonly kind: 'trees'; readonly trees: readonly Tree[]; readonly base: number };

export interface Single {
  readonly learned: Learned;
  /** `probability`: what was learned are log odds. */
  readonly answers: 'probability' | 'number';
  /** From log odds to probabilities, in place of the plain logistic function. */
  readonly calibration: Calibration | null;
}

/** `difference`: of the probabilities with and without treatment. */
export type Model =
  | { readonly kind: 'single'; readonly single: Single }
  | { readonly kind: 'difference'; readonly treated: Single; readonly control: Single };

/** The rows are encoded, one after another. */
export function scoresOf(model: Model, x: Float32Array, width: number): Float64Array {
  if (model.kind === 'single') return answersOf(model.single, x, width);
  const scores = answersOf(model.treated, x, width);
  const without = answersOf(model.control, x, width);
  return scores.map((score, row) => score - without[row]!);
}

function answersOf({ learned, answers, calibration }: Single, x: Float32Array, width: number): Float64Array {
  const raw = rawScores(learned, x, width);
  if (answers === 'number') return raw;
  return calibration === null ? raw.map(sigmoid) : raw.map((score) => calibrated(calibration, score));
}

/** Log odds, or the number itself. */
export function rawScores(learned: Learned, x: Float32Array, width: number): Float64Array {
  const rows = x.length / width;
  if (learned.kind === 'trees') {
    const scores = new Float64Array(rows);
    for (const tree of learned.trees) addTree(tree, x, { width, from: 0, until: rows }, scores);
    return scores.map((score) => score + learned.base);
  }
  const { weights, bias } = learned;
  const scores = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let z = bias;
    for (let column = 0; column < width; column++) z += weights[column]! * x[row * width + column]!;
    scores[row] = z;
  }
  return scores;
}
