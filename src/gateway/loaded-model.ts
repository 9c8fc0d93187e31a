import type { VersionId } from '../domain/ids.ts';
import { isWithin, type OutputRange } from '../domain/output-range.ts';
import { checkInstance, type InstanceProblem } from '../features/check-instance.ts';
import type { FeatureRow } from '../features/columns.ts';
import { encodeInto } from '../features/encode.ts';
import type { Encoder } from '../features/encoder.ts';
import { type Manifest, outputRangeOf } from '../training/manifest.ts';
import { type KnownValues, type OnlineInput, onlineInputsOf, withOnline } from './online-input.ts';

/** How encoded rows become scores, one float each. */
export interface Scorer {
  score(rows: Float32Array, count: number): Promise<Float32Array>;
  close(): void | Promise<void>;
}

/** A version in memory, warmed: it can answer at once. */
export interface LoadedModel {
  readonly version: VersionId;
  readonly encoder: Encoder;
  readonly inputNames: ReadonlySet<string>;
  /** Equal for versions that read the same fields in the same way. */
  readonly inputsKey: string;
  /** Aggregates that a request may leave out. */
  readonly onlineInputs: readonly OnlineInput[];
  readonly outputRange: OutputRange;
  readonly scorer: Scorer;
}

export function loadedModel(version: VersionId, manifest: Pick<Manifest, 'encoder' | 'outputRange'>, scorer: Scorer): LoadedModel {
  const { encoder } = manifest;
  return {
    version,
    encoder,
    inputNames: new Set(encoder.inputs.map(({ name }) => name)),
    inputsKey: JSON.stringify([encoder.inputs, encoder.missingTexts]),
    onlineInputs: onlineInputsOf(encoder),
    outputRange: outputRangeOf(manifest),
    scorer,
  };
}

/**
 * What keeps this model from reading the instance. Fields that it doesn't know are no problem when another version in service, or
 * the newest spec, knows them: applications change before or after models do.
 */
export function problemsFor(model: LoadedModel, features: unknown, knownElsewhere: ReadonlySet<string>): readonly InstanceProblem[] {
  const checked = checkInstance(model.encoder, features);
  if (checked.ok) return [];
  return checked.problems.flatMap((problem) => {
    if (model.inputNames.has(problem.field) || !knownElsewhere.has(problem.field)) return [problem];
    return loggable(problem.field, (features as Record<string, unknown>)[problem.field]);
  });
}

/** Nobody reads the value, but it is logged. */
function loggable(field: string, value: unknown): InstanceProblem[] {
  if (value === null || typeof value === 'boolean') return [];
  if (typeof value === 'number' && Number.isFinite(value)) return [];
  if (typeof value === 'string' && value.length <= 500 && !/[\0\p{Surrogate}]/u.test(value)) return [];
  return [{ field, expected: 'a number, true or false, a well-formed text of at most 500 characters, or null', found: 'something else' }];
}

/** Rows scored at a time, by every arm alike: the time of one answer then does not depend on how many its arm happens to hold. */
export const CHUNK_ROWS = 32;

export interface ScoredRows {
  readonly scores: Float64Array;
  /** Time to encode and score the chunk that a row was in, ms. */
  readonly latencyMs: Float64Array;
}

/** A row, and when its score is asked for, in milliseconds since 1970; NaN when nobody knows. */
export interface AskedRow {
  readonly row: FeatureRow;
  readonly at: number;
  /** What was read online of what the row leaves out; absent where it leaves out nothing. */
  readonly known?: KnownValues | undefined;
}

/** The row as this version reads it. */
export function rowFor({ onlineInputs }: LoadedModel, { row, at, known }: AskedRow): FeatureRow {
  return known === undefined || onlineInputs.length === 0 ? row : withOnline(onlineInputs, row, { at, known });
}

export async function scoreRows(model: LoadedModel, rows: readonly AskedRow[]): Promise<ScoredRows> {
  const scores = new Float64Array(rows.length);
  const latencyMs = new Float64Array(rows.length);
  for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows.length - from);
    const startedAt = performance.now();
    const encoded = new Float32Array(count * model.encoder.width);
    for (let index = 0; index < count; index++) {
      const asked = rows[from + index]!;
      encodeInto(model.encoder, rowFor(model, asked), encoded, index * model.encoder.width, asked.at);
    }
    const answer = await model.scorer.score(encoded, count);
    scores.set(answer.subarray(0, count), from);
    // A scorer that answers too few leaves no number behind, and never an old one.
    if (answer.length < count) scores.fill(Number.NaN, from + answer.length, from + count);
    latencyMs.fill(performance.now() - startedAt, from, from + count);
  }
  return { scores, latencyMs };
}

/** Whether it is an answer at all: a broken graph says NaN, infinity, or a probability of 7. */
export function isScore({ outputRange }: Pick<LoadedModel, 'outputRange'>, score: number): boolean {
  return isWithin(outputRange, score);
}
