/** From rows to a finished model: everything between reading and writing, without either, so that it can run in a thread. */
import type { ReferenceProfile } from '../domain/reference-profile.ts';
import type { FeatureSpec, InputSpec } from '../domain/feature-spec.ts';
import type { SearchSpec, Task, TrainerSpec } from '../domain/spec.ts';
import type { OurTrainer } from '../domain/trainer-parameters.ts';
import type { Column, Columns } from '../features/columns.ts';
import { withDerived } from '../features/derived-values.ts';
import { encodeColumns, encodeInto } from '../features/encode.ts';
import { type Encoder, encodedValues, type EncodingStyle, fitEncoder } from '../features/encoder.ts';
import { featureHistograms, scoreHistogram } from '../features/reference-profile.ts';
import { armsOf } from './arms.ts';
import { categoryOrder } from './category-order.ts';
import { goldenInstances } from './golden-rows.ts';
import { holdoutMetrics, type ValidationMetrics } from './holdout-metrics.ts';
import { importancesOf } from './importances.ts';
import type { EncodedRows, Surroundings } from './learners.ts';
import { learnSingles } from './learn-singles.ts';
import type { GoldenRow } from './manifest.ts';
import { type Model, scoresOf } from './model.ts';
import type { ParameterValues, Searched } from './search.ts';
import type { TrainerOutput } from './trainer.ts';

/** Deciles of so many rows are known to half a percent; more would take longer than the trees of a small model. */
const PROFILED_ROWS = 50_000;
/** Fewer say too little about rare categories; a guess. */
const LEAST_REFERENCE_ROWS = 1_000;

export interface FitInput {
  readonly task: Task;
  readonly trainer: OurTrainer;
  readonly seed: number;
  readonly inputs: readonly InputSpec[];
  readonly features: readonly FeatureSpec[];
  readonly missingTexts: readonly string[];
  /** Checked, with what is usual filled in. */
  readonly parameters: ParameterValues;
  readonly calibration: TrainerSpec['calibration'];
  readonly search: SearchSpec | null;
  readonly training: FitRows;
  readonly validation: FitRows;
  /** Read only when there is a calibration. */
  readonly calibrationRows: FitRows | null;
  /** What monitoring will compare live traffic with. Nothing is learned from them. */
  readonly reference: FitRows;
}

export interface FitRows {
  readonly count: number;
  readonly columns: Columns;
  readonly targets: Float64Array;
  readonly treated: Uint8Array | null;
  readonly weights: Float64Array | null;
  readonly seenAt: Float64Array;
}

export interface Fit {
  readonly encoder: Encoder;
  readonly model: Model;
  /** Those that were trained with. */
  readonly parameters: ParameterValues;
  readonly searched: Searched | null;
  readonly golden: readonly GoldenRow[];
  readonly referenceProfile: ReferenceProfile;
  /** Null when the rows for it were too few. */
  readonly monitoringProfile: ReferenceProfile | null;
  /** Mean of the training rows' labels. */
  readonly baseRate: number;
  /** Mean difference that the treatment makes in the training rows; null without a treatment. */
  readonly meanEffect: number | null;
  readonly validation: ValidationMetrics | null;
  readonly importances: TrainerOutput['importances'];
}

export function fitModel(input: FitInput, surroundings: Surroundings): Fit {
  const { task, training, missingTexts } = input;
  surroundings.onProgress('encoding', 0, training.count);
  const columns = withDerived(input, training, missingTexts);
  const encoder = fitEncoder(input, columns, missingTexts, styleOf(input, columns));
  const encoded = (rows: FitRows): EncodedRows => ({
    x: encodeColumns(encoder, rows.columns, rows.count, rows.seenAt),
    width: encoder.width,
    targets: rows.targets,
    weights: rows.weights,
  });
  const rows = { training: encoded(training), validation: encoded(input.validation) };
  const arms = armsOf(task, {
    training: { ...rows.training, treated: training.treated },
    validation: { ...rows.validation, treated: input.validation.treated },
    calibration: input.calibrationRows && { ...encoded(input.calibrationRows), treated: input.calibrationRows.treated },
  });
  const monotone = encoder.columns.map(({ input: value }) => monotoneOf(input.features, encodedValues(encoder)[value]!.name));
  const { singles, parameters, searched } = learnSingles({ ...input, arms, monotone, surroundings });

  surroundings.onProgress('scoring', 0, training.count);
  const [single, control] = singles;
  const model: Model = control ? { kind: 'difference', treated: single!, control } : { kind: 'single', single: single! };
  const score = (x: Float32Array) => scoresOf(model, x, encoder.width);
  const baseRate = meanOf(training.targets);
  return {
    encoder,
    model,
    parameters,
    searched,
    golden: goldenInstances(input, training).map((row) => ({ ...row, score: score(encodedInstance(encoder, row))[0]! })),
    referenceProfile: profileOf(input, training, { columns, score: (count) => score(rows.training.x.subarray(0, count * encoder.width)) }),
    monitoringProfile: monitoringProfileOf(input, { encoded, score }),
    baseRate,
    meanEffect: control ? meanOf(arms[0]!.training.targets) - meanOf(arms[1]!.training.targets) : null,
    validation: holdoutMetrics(task, score(rows.validation.x), input.validation),
    importances: importancesOf(encoder, singles, rows.training.x),
  };
}

/** Of the first rows, when there are very many: they come in the order of their ids, which is as good as random. */
function profileOf(
  input: FitInput,
  { count, targets }: FitRows,
  { columns, score }: { columns: Columns; score: (count: number) => Float64Array },
): ReferenceProfile {
  const rows = Math.min(count, PROFILED_ROWS);
  const first = new Map([...columns].map(([name, column]): [string, Column] => [name, column.slice(0, rows) as Column]));
  return {
    format: 'understudy.reference-profile.v1',
    rows,
    features: featureHistograms(input, first),
    score: scoreHistogram(score(rows)),
    baseRate: meanOf(targets),
  };
}

function monitoringProfileOf(
  input: FitInput,
  { encoded, score }: { encoded: (rows: FitRows) => EncodedRows; score: (x: Float32Array) => Float64Array },
): ReferenceProfile | null {
  const { reference, missingTexts } = input;
  if (reference.count < LEAST_REFERENCE_ROWS) return null;
  const { x, width } = encoded(reference);
  return profileOf(input, reference, {
    columns: withDerived(input, reference, missingTexts),
    score: (count) => score(x.subarray(0, count * width)),
  });
}

function styleOf({ trainer, training, features }: FitInput, columns: Columns): EncodingStyle {
  if (trainer !== 'gradient-boosted-trees') return { kind: 'linear' };
  const names = new Set(features.map(({ name }) => name));
  const order = (feature: FeatureSpec) =>
    names.has(feature.name) ? categoryOrder(feature, columns.get(feature.name) as Column, training.targets) : undefined;
  return { kind: 'trees', order };
}

function monotoneOf(features: readonly FeatureSpec[], name: string): FeatureSpec['monotone'] {
  return features.find((feature) => feature.name === name)?.monotone ?? 'none';
}

function encodedInstance(encoder: Encoder, { instance, at }: Omit<GoldenRow, 'score'>): Float32Array {
  const x = new Float32Array(encoder.width);
  encodeInto(encoder, instance, x, 0, at ?? Number.NaN);
  return x;
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
