/** From rows to a finished linear model: everything between reading and writing, without either, so that it can run in a thread. */
import type { LabelledRows } from '../data/rows.ts';
import type { ReferenceProfile } from '../domain/reference-profile.ts';
import type { FeatureSpec, InputSpec } from '../domain/spec.ts';
import { withDerived } from '../features/derived-values.ts';
import { encodeColumns, encodeInto } from '../features/encode.ts';
import { type Encoder, encodedValues, fitEncoder } from '../features/encoder.ts';
import { featureHistograms, numberHistogram } from '../features/reference-profile.ts';
import { goldenInstances } from './golden-rows.ts';
import { holdoutMetrics } from './holdout-metrics.ts';
import { logisticRegression, sigmoid } from './logistic-regression.ts';
import type { GoldenRow } from './manifest.ts';
import type { HoldoutMetrics, TrainerOutput, TrainingProgress } from './trainer.ts';

export interface FitInput {
  readonly inputs: readonly InputSpec[];
  readonly features: readonly FeatureSpec[];
  readonly missingTexts: readonly string[];
  readonly training: DatedLabels;
  readonly validation: DatedLabels;
  readonly ridge: number;
  readonly iterations: number;
  readonly tolerance: number;
}

type DatedLabels = LabelledRows & { readonly seenAt: Float64Array };

export interface LinearFit {
  readonly encoder: Encoder;
  /** Rounded to 32 bits, as they will be served: the model is what is served. */
  readonly weights: Float32Array;
  readonly bias: number;
  readonly golden: readonly GoldenRow[];
  readonly referenceProfile: ReferenceProfile;
  readonly baseRate: number;
  readonly validation: HoldoutMetrics | null;
  readonly importances: TrainerOutput['importances'];
}

export function fitLogisticRegression(input: FitInput, onProgress: (progress: TrainingProgress) => void): LinearFit {
  const { training, validation, missingTexts } = input;
  onProgress({ stage: 'encoding', done: 0, total: training.count });
  const columns = withDerived(input, training, missingTexts);
  const encoder = fitEncoder(input, columns, missingTexts);
  const x = encodeColumns(encoder, training.columns, training.count, training.seenAt);
  const { ridge, iterations, tolerance } = input;
  const onIteration = (done: number, total: number) => onProgress({ stage: 'fitting', done, total });
  const fit = logisticRegression({ x, width: encoder.width, y: training.labels, ridge, iterations, tolerance, onIteration });
  const linear = { encoder, weights: Float32Array.from(fit.weights), bias: Math.fround(fit.bias) };

  onProgress({ stage: 'scoring', done: 0, total: 0 });
  const scores = scoresOf(linear, x);
  const baseRate = training.labels.reduce((sum, label) => sum + label, 0) / training.count;
  return {
    ...linear,
    golden: goldenInstances(input, training).map((row) => ({ ...row, score: scoreOf(linear, row) })),
    referenceProfile: {
      format: 'understudy.reference-profile.v1',
      rows: training.count,
      features: featureHistograms(input, columns),
      score: numberHistogram(scores),
      baseRate,
    },
    baseRate,
    validation: holdoutMetrics(
      scoresOf(linear, encodeColumns(encoder, validation.columns, validation.count, validation.seenAt)),
      validation.labels,
    ),
    importances: importancesOf(linear, x),
  };
}

type Linear = Pick<LinearFit, 'encoder' | 'weights' | 'bias'>;

function scoreOf(linear: Linear, { instance, at }: Omit<GoldenRow, 'score'>): number {
  const x = new Float32Array(linear.encoder.width);
  encodeInto(linear.encoder, instance, x, 0, at ?? Number.NaN);
  return scoresOf(linear, x)[0]!;
}

function scoresOf({ encoder: { width }, weights, bias }: Linear, x: Float32Array): Float64Array {
  return Float64Array.from({ length: x.length / width }, (_, row) => {
    let z = bias;
    for (let column = 0; column < width; column++) z += weights[column]! * x[row * width + column]!;
    return sigmoid(z);
  });
}

/** Standard deviation, over the rows, of what the places of one feature add to the logit. */
function importancesOf({ encoder, weights }: Linear, x: Float32Array): TrainerOutput['importances'] {
  const { width, columns } = encoder;
  const values = encodedValues(encoder);
  const rows = x.length / width;
  const sums = new Float64Array(values.length);
  const squares = new Float64Array(values.length);
  const added = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    added.fill(0);
    for (let column = 0; column < width; column++) added[columns[column]!.input]! += weights[column]! * x[row * width + column]!;
    added.forEach((value, input) => {
      sums[input]! += value;
      squares[input]! += value * value;
    });
  }
  const placed = new Set(columns.map(({ input }) => input));
  return [...placed]
    .map((input) => ({
      feature: values[input]!.name,
      importance: Math.sqrt(Math.max(0, squares[input]! / rows - (sums[input]! / rows) ** 2)),
    }))
    .sort((a, b) => b.importance - a.importance || (a.feature < b.feature ? -1 : 1));
}
