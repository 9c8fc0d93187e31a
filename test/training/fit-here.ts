/** The project's own trainers without files and threads. */
import type { FeatureSpec } from '../../src/domain/feature-spec.ts';
import { withUsual } from '../../src/domain/trainer-parameters.ts';
import type { Columns, FeatureRow } from '../../src/features/columns.ts';
import { encodeInto } from '../../src/features/encode.ts';
import { type Fit, type FitInput, type FitRows, fitModel } from '../../src/training/fit-model.ts';
import type { Surroundings } from '../../src/training/learners.ts';
import { scoresOf } from '../../src/training/model.ts';

const alone: Surroundings = {
  threads: 1,
  startFollower: () => {},
  onProgress: () => {},
  finishedTrees: () => [],
  onTrees: () => {},
};

export function fitRows(columns: Columns, targets: ArrayLike<number>, more: Partial<FitRows> = {}): FitRows {
  const count = targets.length;
  const seenAt = new Float64Array(count).fill(Number.NaN);
  return { count, columns, targets: Float64Array.from(targets), treated: null, weights: null, seenAt, ...more };
}

export function fitInput(features: readonly FeatureSpec[], training: FitRows, more: Partial<FitInput> = {}): FitInput {
  const trainer = more.trainer ?? 'logistic-regression';
  return {
    task: 'binary-classification',
    trainer,
    seed: 1,
    inputs: [],
    features,
    missingTexts: [],
    calibration: 'none',
    search: null,
    training,
    validation: training,
    calibrationRows: null,
    reference: fitRows(new Map(), []),
    ...more,
    parameters: withUsual(trainer, more.parameters ?? {}),
  };
}

export function fitHere(features: readonly FeatureSpec[], training: FitRows, more: Partial<FitInput> = {}): Fit {
  return fitModel(fitInput(features, training, more), alone);
}

/** Scores a row as a request would bring it. */
export function scorerOf({ encoder, model }: Pick<Fit, 'encoder' | 'model'>): (row: FeatureRow) => number {
  const x = new Float32Array(encoder.width);
  return (row) => {
    encodeInto(encoder, row, x, 0, Number.NaN);
    return scoresOf(model, x, encoder.width)[0]!;
  };
}
