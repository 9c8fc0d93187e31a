/**
 * What belongs to an ONNX file and cannot be read out of it: how a row becomes its input, what it must answer on known rows, and what
 * its training rows looked like. Plain JSON, named by the digest of its canonical text. A foreign trainer writes the same.
 */
import type { Digest, ModelName } from '../domain/ids.ts';
import type { OutputRange } from '../domain/output-range.ts';
import type { ReferenceProfile } from '../domain/reference-profile.ts';
import type { Task } from '../domain/spec.ts';
import type { FeatureRow } from '../features/columns.ts';
import type { Encoder } from '../features/encoder.ts';
import type { Searched } from './search.ts';
import type { TrainerOutput } from './trainer.ts';

export interface Manifest {
  readonly format: 'understudy.manifest.v1';
  readonly model: ModelName;
  readonly task: Task;
  readonly encoder: Encoder;
  /** What the graph's answers mean; absent in manifests of the first cut, which held probabilities. */
  readonly outputRange?: OutputRange;
  /** The graph takes float[n, width] and answers float[n, 1]. */
  readonly onnx: { readonly input: string; readonly output: string; readonly width: number };
  readonly artifactDigest: Digest;
  readonly trainer: {
    readonly name: string;
    readonly seed: number;
    readonly parameters: Readonly<Record<string, number>>;
    /** Of a model that was adopted: what its people declared (`ImportDeclaration`). */
    readonly imported?: Digest;
  };
  /** Fitted over the model on rows of their own; absent: none. It is in the graph. */
  readonly calibration?: { readonly method: 'platt' | 'isotonic'; readonly rows: number };
  /** How the parameters were chosen; absent: they were given. */
  readonly searched?: Searched;
  /** What the simplest model answers to everybody; absent: the base rate. */
  readonly baseline?: Baseline;
  readonly snapshotDigest: Digest;
  readonly splitDigest: Digest;
  readonly golden: readonly GoldenRow[];
  readonly referenceProfile: ReferenceProfile;
  /**
   * What the rows with the purpose `reference` looked like, which monitoring compares live traffic with: by time they are the newest.
   * Absent: they were too few, and the training rows stand in.
   */
  readonly monitoringProfile?: ReferenceProfile;
  readonly trainedRows: number;
  /** The mean of the training rows' labels. */
  readonly baseRate: number;
  readonly importances: TrainerOutput['importances'];
}

/** Of an uplift model the mean is that of the treatment's effect. */
export type Baseline = { readonly kind: 'base-rate'; readonly rate: number } | { readonly kind: 'mean'; readonly mean: number };

/** An instance as a request would bring it, and the score that the trainer itself gives it. */
export interface GoldenRow {
  readonly instance: FeatureRow;
  /** When it was asked, in milliseconds since 1970; null or absent: nobody knows. */
  readonly at?: number | null;
  readonly score: number;
}

/** The runtime may differ from the trainer's own arithmetic by this much and no more. */
const goldenTolerance = 1e-5;

/** Of a score beyond 1 it is a part: 32 bits hold seven digits of a large number as of a small one. */
export function goldenToleranceOf(score: number): number {
  return goldenTolerance * Math.max(1, Math.abs(score));
}

/** The first manifests said nothing of it: there was one task. */
export function taskOf({ task }: { readonly task?: Task }): Task {
  return task ?? 'binary-classification';
}

/** What the simplest model answers to everybody. */
export function simplestAnswer({ baseline, baseRate }: Pick<Manifest, 'baseline' | 'baseRate'>): number {
  if (baseline === undefined) return baseRate;
  return baseline.kind === 'base-rate' ? baseline.rate : baseline.mean;
}

export function outputRangeOf({ outputRange }: Pick<Manifest, 'outputRange'>): OutputRange {
  return outputRange ?? 'probability';
}
