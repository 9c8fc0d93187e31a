/**
 * A model as its team describes it, after parsing: every default filled in, durations in milliseconds, shares in basis points,
 * fractions between 0 and 1. Plain JSON, because it is stored and crosses Temporal. The YAML schema in src/spec yields exactly this.
 */
import type { ModelName, ShareBps } from './ids.ts';

export interface Spec {
  readonly model: ModelName;
  readonly objective: string;
  readonly audience: string;
  readonly owners: { readonly data: string; readonly model: string; readonly release: string; readonly onCall: string };
  readonly task: 'binary-classification';
  readonly source: SourceSpec;
  readonly entity: { readonly kind: 'column'; readonly column: string } | { readonly kind: 'row-number' };
  readonly time: TimeSpec | null;
  readonly label: LabelSpec;
  /** Further outcomes; exactly one of label and outcomes is the primary KPI. */
  readonly outcomes: readonly OutcomeSpec[];
  readonly features: readonly FeatureSpec[];
  /** Columns that exist in the source only after the outcome: never features without a waiver, withheld by the simulation. */
  readonly knownAfterOutcome: readonly string[];
  readonly dataContract: DataContractSpec;
  readonly split: SplitSpec;
  readonly trainer: TrainerSpec;
  readonly gates: GateSpec;
  readonly segments: readonly SegmentSpec[];
  readonly approval: ApprovalSpec;
  readonly rollout: RolloutSpec;
  readonly monitoring: MonitoringSpec;
  readonly retraining: RetrainingSpec;
}

export interface SourceSpec {
  /** Absent when the path comes from the command line (`--data`). Relative paths are relative to the spec file and stored absolute. */
  readonly path: string | null;
  readonly format: 'csv';
  readonly separator: string;
  /** Texts that mean "missing", compared after trimming. */
  readonly missing: readonly string[];
}

/** `month-names`: a column of English month names in row order; the year starts at `startYear` and grows whenever the month falls. */
export type TimeSpec =
  | { readonly kind: 'column'; readonly column: string; readonly format: string | null }
  | { readonly kind: 'month-names'; readonly column: string; readonly startYear: number };

export interface LabelSpec {
  readonly column: string;
  /** The text of a positive label in the source. */
  readonly positive: string;
  /** The name under which its outcome is posted; the label's column unless said otherwise. */
  readonly outcome: string;
  /** A prediction counts only once this has passed since it was made. */
  readonly maturityMs: number;
  /** What absence of an outcome at maturity means. */
  readonly absent: 'negative' | 'unknown';
  /** Whether an action taken on the score can change the outcome. `possible` restricts which pairs may decide. */
  readonly dependsOnAction: 'none' | 'possible';
  /** Whether the team wants more of it (purchases) or less (churn): how arms are compared when the label is the primary outcome. */
  readonly better: 'higher' | 'lower';
  readonly isPrimary: boolean;
}

export interface OutcomeSpec {
  readonly name: string;
  readonly kind: 'binary' | 'value';
  readonly maturityMs: number;
  readonly absent: 'negative' | 'unknown';
  readonly better: 'higher' | 'lower';
  readonly role: 'primary' | 'guardrail';
}

export const featureTypes = ['number', 'category', 'boolean'] as const;
export const transforms = ['none', 'standardise', 'log', 'one-hot'] as const;

export interface FeatureSpec {
  readonly name: string;
  readonly type: (typeof featureTypes)[number];
  readonly nullable: boolean;
  /** Numbers: none, standardise (default) or log (sign(x)·ln(1+|x|), then standardised). Categories: one-hot. Booleans: none. */
  readonly transform: (typeof transforms)[number];
  /** Categories beyond the most frequent ones are encoded as "other". */
  readonly maxCategories: number;
  readonly description: string;
}

export interface DataContractSpec {
  /** A batch with fewer kept rows is refused. */
  readonly minimumRows: number;
  /** Share of source rows that may be set aside as bad before the batch is refused. */
  readonly maximumBadRows: number;
  /** AUC of one feature alone above which it is suspicious of leaking the label. */
  readonly suspiciousAuc: number;
  readonly rules: readonly ColumnRule[];
}

/** Rules about one column of the source. Every feature also gets the rules that follow from its type and nullability. */
export interface ColumnRule {
  readonly column: string;
  readonly required: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly allowed: readonly string[] | null;
  /** Largest share of nulls, 0 to 1. */
  readonly maximumNulls: number | null;
  /** Largest share of rows with a category that the champion's training never saw, 0 to 1. */
  readonly maximumUnseen: number | null;
  readonly unique: boolean;
}

/**
 * Purposes of rows: training, validation (of the trainer), comparison (champion against challenger), reference (monitoring).
 * By time: oldest first, in that order, by shares or by dates. By entity: by the salted hash of the entity, so that the same
 * entity has the same purpose in every version.
 */
export interface SplitSpec {
  readonly by: 'time' | 'entity';
  readonly shares: { readonly training: number; readonly validation: number; readonly comparison: number };
  /** ISO dates, only with `by: time`; they win over the shares. Rows up to and including `trainingUntil` train. */
  readonly trainingUntil: string | null;
  readonly comparisonFrom: string | null;
  readonly comparisonUntil: string | null;
}

export interface TrainerSpec {
  readonly name: string;
  /** Temporal task queue on which the trainer's activity runs. */
  readonly queue: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number>>;
}

export interface GateSpec {
  /** Most AUC the challenger may lose, absolute. */
  readonly aucMargin: number;
  /** Most it may lose relative to the champion's log loss and Brier score. */
  readonly logLossMargin: number;
  readonly brierMargin: number;
  /** Segment margins are this many times the overall ones. */
  readonly segmentMarginFactor: number;
  /** Segments below this many positives or negatives are inconclusive and only reported. */
  readonly minimumSegmentClass: number;
  /** AUC at or above which a model is too good to be true, which is suspicious. */
  readonly suspiciousAuc: number;
}

export interface SegmentSpec {
  readonly column: string;
  /** A critical segment must not fail in the evaluation. */
  readonly critical: boolean;
}

export interface ApprovalSpec {
  readonly quorum: number;
  readonly expiresMs: number;
  /** Empty: anyone but the person who triggered or trained. */
  readonly approvers: readonly string[];
}

export interface RolloutSpec {
  /** Rising, each at most 5,000. */
  readonly steps: readonly ShareBps[];
  readonly shadow: StepMinimum;
  readonly step: StepMinimum;
  /** A step that has taken this long without an answer asks a person. */
  readonly longestStepMs: number;
  readonly lookEveryMs: number;
  /** How long a paused rollout waits for a person before it is withdrawn. */
  readonly patienceMs: number;
  readonly holdBackBps: ShareBps;
  readonly probationMs: number;
  /** Total error probability over all metrics, segments and looks. */
  readonly alpha: number;
  readonly metrics: RolloutMetricSpec;
  /** What a version that is ready while a rollout is open does. */
  readonly whenOpen: 'wait' | 'replace';
}

export interface StepMinimum {
  readonly durationMs: number;
  /** Predictions in the challenger's arm (in the shadow: pairs). */
  readonly predictions: number;
  /** Matured outcomes in the challenger's arm (in the shadow: of pairs). `planned`: what the power plan asks for. */
  readonly maturedOutcomes: number | 'planned';
}

export interface RolloutMetricSpec {
  /** Absolute margin on the rate of challenger errors. */
  readonly errors: { readonly margin: number; readonly critical: boolean };
  /** Relative margin on p95, differences below `toleranceMs` never matter, `limitMs` is a hard limit; batches of `batchMs`. */
  readonly latency: {
    readonly margin: number;
    readonly toleranceMs: number;
    readonly limitMs: number;
    readonly batchMs: number;
    readonly critical: boolean;
  };
  /** Relative margin on the primary outcome's rate between control and challenger. */
  readonly conversion: { readonly margin: number; readonly critical: boolean };
  /** Relative margin on log loss, paired. */
  readonly logLoss: { readonly margin: number; readonly critical: boolean };
  /** Absolute margin on AUC, paired. */
  readonly auc: { readonly margin: number; readonly critical: boolean };
}

export interface MonitoringSpec {
  readonly everyMs: number;
  /** Predictions the newest window must hold before drift is judged. */
  readonly minimumPredictions: number;
  readonly windowMs: number;
  readonly psiSignificant: number;
  readonly psiMajor: number;
  /** Most AUC and relative log loss that matured performance may lose against the release baseline. */
  readonly aucMargin: number;
  readonly logLossMargin: number;
  readonly minimumMatured: number;
  /** Least time between two requests for retraining. */
  readonly quietMs: number;
}

export interface RetrainingSpec {
  /** Null: no schedule. */
  readonly everyMs: number | null;
}
