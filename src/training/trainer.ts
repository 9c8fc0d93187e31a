/**
 * The contract of a trainer. A trainer is a Temporal activity called `trainChallenger` on the task queue that the spec names; this is
 * what it takes and returns, as plain JSON. Ours are written in TypeScript; another language does as well, if it writes an ONNX file
 * and a manifest (`manifest.ts`) into the same artifact store. Same input, same output, digest by digest.
 */
import type { Digest, ModelName } from '../domain/ids.ts';
import type { FeatureSpec, InputSpec } from '../domain/feature-spec.ts';
import type { LabelSpec, Task, TrainerSpec, TreatmentSpec } from '../domain/spec.ts';
import type { Encoder } from '../features/encoder.ts';
import type { ValidationMetrics } from './holdout-metrics.ts';

export interface TrainerInput {
  readonly task: Task;
  readonly model: ModelName;
  /** Names the trainer among those on the queue. */
  readonly trainer: string;
  readonly artifactsUrl: string;
  /** Over the canonical rows; it names the data in the manifest. */
  readonly snapshotDigest: Digest;
  /** The Parquet file: `row_id`, `entity`, `seen_at`, `label` (1, 0, null; of a regression the number) and each source column as `source:<name>`. */
  readonly snapshotArtifact: Digest;
  /** The Parquet file with `row_id` and `purpose`. Fit on `training`; `validation` is for choosing, `calibration` for calibrating; touch nothing else. */
  readonly splitDigest: Digest;
  /** Columns that are no features themselves; derived features are made of them. */
  readonly inputs: readonly InputSpec[];
  readonly features: readonly FeatureSpec[];
  /** What a request brings and what is derived of it, as the manifest's encoder says it: foreign trainers copy it. */
  readonly encoder: Required<Pick<Encoder, 'inputs' | 'derived'>>;
  readonly label: Pick<LabelSpec, 'column' | 'positive'>;
  /** Of an uplift model; the snapshot's column `treated` is 1 or 0. */
  readonly treatment: TreatmentSpec | null;
  /** Texts that mean a missing value in the source. */
  readonly missingTexts: readonly string[];
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly calibration: TrainerSpec['calibration'];
  readonly search: TrainerSpec['search'];
  readonly weight: TrainerSpec['weight'];
  /** Of the trainer `imported` alone: the declaration of the file that is to be adopted. */
  readonly imported?: Digest;
}

export interface TrainerOutput {
  /** The ONNX file. */
  readonly artifactDigest: Digest;
  readonly manifestDigest: Digest;
  readonly trainedRows: number;
  /** Share of positives among them, 0 to 1; of a regression the mean. */
  readonly baseRate: number;
  /** On the rows with the purpose `validation`, by task; null when there is nothing to measure on. */
  readonly validation: ValidationMetrics | null;
  /** How much each feature counts, largest first; what the figure means is the trainer's own (`importances.ts`). */
  readonly importances: readonly { readonly feature: string; readonly importance: number }[];
  /** Reading and writing included. */
  readonly trainedMs?: number;
  /** That took part; the result does not depend on them. */
  readonly threads?: number;
  /** Where it ran: platform, processor, runtime, whatever may explain that it comes out differently elsewhere. */
  readonly surroundings?: Readonly<Record<string, string>>;
}

export interface TrainingProgress {
  readonly stage: string;
  /** Of `total`; total is 0 when it is not known. */
  readonly done: number;
  readonly total: number;
  /** Where finished work is kept for the attempt after this one. */
  readonly checkpoint?: string;
}

export interface TrainerContext {
  readonly signal: AbortSignal;
  /** Called about every second and whenever a stage begins, with the newest progress. */
  readonly heartbeat: (progress: TrainingProgress) => void;
  /** For temporary files, and for checkpoints: the next attempt on the same machine should get the same folder. */
  readonly workDir: string;
  /** As many as the machine has unless said otherwise. */
  readonly threads?: number;
  /** Finished trees are kept this often. */
  readonly checkpointEveryMs?: number;
}

export type Trainer = (input: TrainerInput, context: TrainerContext) => Promise<TrainerOutput>;
