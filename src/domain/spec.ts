/**
 * A model as its team describes it, after parsing: every default filled in, durations in milliseconds, shares in basis points,
 * fractions between 0 and 1. Plain JSON, because it is stored and crosses Temporal. The YAML schema in src/spec yields exactly this.
 */
import type { DataContractSpec } from './data-contract-spec.ts';
import type { EventTableSpec, FeatureSpec, InputSpec } from './feature-spec.ts';
import type { SourceFormat } from './source-format.ts';
import type { ModelName, ShareBps } from './ids.ts';

export interface Spec {
  readonly model: ModelName;
  readonly objective: string;
  readonly audience: string;
  readonly owners: { readonly data: string; readonly model: string; readonly release: string; readonly onCall: string };
  readonly task: Task;
  readonly source: SourceSpec;
  /** Rows whose `column` is not one of `allowed` never reach a snapshot. */
  readonly consent: { readonly column: string; readonly allowed: readonly string[] } | null;
  /** Columns that are replaced by a keyed hash at the door, before anything else sees them. */
  readonly personal: readonly string[];
  readonly entity: { readonly kind: 'column'; readonly column: string } | { readonly kind: 'row-number' };
  readonly time: TimeSpec | null;
  readonly label: LabelSpec;
  /** Only for uplift: who was treated, in a randomised experiment. */
  readonly treatment: TreatmentSpec | null;
  /** Further outcomes; exactly one of label and outcomes is the primary KPI. */
  readonly outcomes: readonly OutcomeSpec[];
  /** What a request brings and the source has, without being a feature itself: what derived features are made from. */
  readonly inputs: readonly InputSpec[];
  readonly features: readonly FeatureSpec[];
  /** Tables of events that features are aggregated from. */
  readonly events: readonly EventTableSpec[];
  /** Columns that exist in the source only after the outcome: never features without a waiver, withheld by the simulation. */
  readonly knownAfterOutcome: readonly string[];
  readonly dataContract: DataContractSpec;
  readonly split: SplitSpec;
  readonly trainer: TrainerSpec;
  readonly gates: GateSpec;
  /** What is done with a score; null: nobody has said, and nothing that needs a cut-off is reported. */
  readonly decision: DecisionSpec | null;
  readonly segments: readonly SegmentSpec[];
  readonly fairness: readonly FairnessSpec[];
  /** Cases whose score people can tell beforehand. */
  readonly golden: readonly GoldenSpec[];
  readonly approval: ApprovalSpec;
  readonly rollout: RolloutSpec;
  readonly monitoring: MonitoringSpec;
  readonly retraining: RetrainingSpec;
}

export const tasks = ['binary-classification', 'regression', 'uplift'] as const;
export type Task = (typeof tasks)[number];

export interface SourceSpec {
  /** A file. Absent when the path comes from the command line (`--data`). Relative paths are relative to the spec file and stored absolute. */
  readonly path: string | null;
  readonly format: SourceFormat;
  readonly separator: string;
  /** What a CSV file writes before the decimals; absent: a point. */
  readonly decimal?: '.' | ',';
  /** Texts that mean "missing", compared after trimming. */
  readonly missing: readonly string[];
  /** Names of the columns of a CSV file without a header line; null: the first line names them. */
  readonly header: readonly string[] | null;
  /** Lines at the start of a CSV file that are no records. */
  readonly skipLines: number;
  /** A second file with rows that are set apart for the comparison (an official test part); its columns are those of `path`. */
  readonly comparisonPath: string | null;
  readonly comparisonSkipLines: number;
  /** With `postgres`: one SELECT, and the name of the connection (UNDERSTUDY_SOURCE_<NAME>_URL). */
  readonly query: string | null;
  readonly connection: string | null;
  /** The time zone of times that name none, such as Europe/Berlin. */
  readonly timeZone: string;
  /** `drop`: rows of the newest day are left out when the day is not over, since their labels and sums are not either. */
  readonly partialDay: 'keep' | 'drop';
  /** Rows with equal values in these columns are duplicates, of which the last by event time stays; null: entity and time. */
  readonly key: readonly string[] | null;
}

/** `month-names`: a column of English month names in row order; the year starts at `startYear` and grows whenever the month falls. */
export type TimeSpec =
  | { readonly kind: 'column'; readonly column: string; readonly format: string | null }
  | { readonly kind: 'month-names'; readonly column: string; readonly startYear: number };

export interface LabelSpec {
  readonly column: string;
  /** The text of a positive label in the source. Regression reads a number, and has no use for it. */
  readonly positive: string;
  /** Other texts that mean the same. */
  readonly alsoPositive: readonly string[];
  /** Texts of a negative label; any further text is a bad row. Null: whatever is not positive is negative. */
  readonly negative: readonly string[] | null;
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
  /** Regression: a value counts for at most this much when arms are compared; null: the 99th percentile of the comparison rows. */
  readonly cap: number | null;
  readonly isPrimary: boolean;
}

export interface TreatmentSpec {
  readonly column: string;
  /** The text of a treated row. */
  readonly treated: string;
  /** Share of treated rows that the experiment was designed for, 0 to 1; null: whatever it is. */
  readonly share: number | null;
}

export interface OutcomeSpec {
  readonly name: string;
  readonly kind: 'binary' | 'value';
  readonly maturityMs: number;
  readonly absent: 'negative' | 'unknown';
  readonly better: 'higher' | 'lower';
  /** Of a value: it counts for at most this much when arms are compared; null: as it is. */
  readonly cap: number | null;
  readonly role: 'primary' | 'guardrail';
}

/**
 * Purposes of rows: training, validation (of the trainer), calibration, comparison (champion against challenger), reference (monitoring).
 * By time: oldest first, in that order, by shares or by dates. By entity: by the salted hash of the entity, so that the same
 * entity has the same purpose in every version.
 */
export interface SplitSpec {
  readonly by: 'time' | 'entity' | 'given';
  /** With `given`: the column whose texts are purposes (`training`, `comparison`, ...), or null when the second file is the comparison. */
  readonly column: string | null;
  readonly shares: {
    readonly training: number;
    readonly validation: number;
    /** 0 unless the trainer calibrates. */
    readonly calibration: number;
    readonly comparison: number;
  };
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
  /** Fitted on rows of their own, after training. */
  readonly calibration: 'none' | 'platt' | 'isotonic';
  /** Random search, seeded, judged on the validation rows; null: the parameters as they are. */
  readonly search: SearchSpec | null;
  /** Column with the weight of a row; null: all the same. */
  readonly weight: string | null;
}

export interface SearchSpec {
  readonly trials: number;
  readonly ranges: Readonly<
    Record<string, { readonly from: number; readonly to: number; readonly scale: 'linear' | 'log'; readonly whole: boolean }>
  >;
}

export interface GateSpec {
  /** Most AUC the challenger may lose, absolute. */
  readonly aucMargin: number;
  /** Most it may lose relative to the champion's log loss and Brier score. */
  readonly logLossMargin: number;
  readonly brierMargin: number;
  /** Most that other metrics may lose, relative to the champion's figure, by the metric's name; without a margin they are only reported. */
  readonly margins: Readonly<Record<string, number>>;
  /** Draws of the bootstrap. */
  readonly draws: number;
  /** Segment margins are this many times the overall ones. */
  readonly segmentMarginFactor: number;
  /** Segments below this many positives or negatives are inconclusive and only reported. */
  readonly minimumSegmentClass: number;
  /** AUC at or above which a model is too good to be true, which is suspicious. */
  readonly suspiciousAuc: number;
}

export interface DecisionSpec {
  /** Scores from here on are acted upon; or the given share of the best ones is. */
  readonly cutoff: { readonly kind: 'score'; readonly from: number } | { readonly kind: 'top'; readonly share: number };
  /** Worth of each of the four answers, in the team's currency; null: profit is not reported. */
  readonly profit: {
    readonly truePositive: number;
    readonly falsePositive: number;
    readonly falseNegative: number;
    readonly trueNegative: number;
  } | null;
  /** Cost of a thousand predictions in the same currency, beyond which a gain is worth having. */
  readonly costPerThousand: number | null;
}

/** Gaps of decisions between the groups of a column: warned of from `tolerated`, refused from `breach`. */
export interface FairnessSpec {
  readonly column: string;
  readonly tolerated: number;
  readonly breach: number;
  readonly parity: readonly ('demographic' | 'equalised-odds')[];
}

export interface GoldenSpec {
  readonly name: string;
  readonly instance: Readonly<Record<string, number | string | boolean | null>>;
  /** The score people expect, both ends included. */
  readonly from: number;
  readonly to: number;
}

export interface SegmentSpec {
  /** One column, or several whose values are crossed. */
  readonly columns: readonly string[];
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
  /** Regression: relative margin on the mean absolute error, paired. */
  readonly absoluteError: { readonly margin: number; readonly critical: boolean };
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
  /** The same of a regression: most that its mean absolute error may grow, relative. */
  readonly absoluteErrorMargin: number;
  readonly minimumMatured: number;
  /** Least time between two requests for retraining. */
  readonly quietMs: number;
}

export interface RetrainingSpec {
  /** Null: no schedule. */
  readonly everyMs: number | null;
}
