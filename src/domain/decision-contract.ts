/**
 * The decision contract of one rollout: which metrics are judged, with which margins, at which error probability, on how much
 * evidence. It is frozen and hashed when the rollout opens; nothing the rollout sees can change it.
 */
import type { Digest, RolloutId, VersionId } from './ids.ts';
import type { Task } from './spec.ts';

/** The primary outcome is compared as `conversion` when it happens or not, as `value` when it is a number. */
const liveMetrics = ['errors', 'latency', 'conversion', 'value', 'log-loss', 'auc', 'absolute-error'] as const;
export type LiveMetric = (typeof liveMetrics)[number];

export interface MetricContract {
  readonly metric: LiveMetric;
  readonly critical: boolean;
  /** Harm that must be shown absent: absolute for errors and auc, relative for all others. */
  readonly margin: number;
  /**
   * The margin in the metric's own units, by the figures of the frozen comparison rows: the harm the fail test is tuned to find.
   * Tuning changes how soon harm is found, never the probability of a false alarm. For latency, a share of answers; for value and
   * absolute-error, whose scale is known only live, a part of the mean over both sides, which says nothing of their difference.
   */
  readonly harmToFind: number;
  /** Probability of a false alarm spent on this metric, over all looks. */
  readonly alpha: number;
  /** Rows (pairs, entities or predictions an arm) the power plan asks for before this metric may pass. */
  readonly plannedRows: number;
}

export interface StepContract {
  readonly durationMs: number;
  readonly predictions: number;
  /** Matured outcomes; `planned`: what the power plan asks for. */
  readonly maturedOutcomes: number | 'planned';
}

export interface DecisionContract {
  readonly format: 'understudy.decision-contract.v1';
  readonly judge: 'always-valid.v1';
  /** Absent: binary-classification. */
  readonly task?: Task;
  readonly rolloutId: RolloutId;
  readonly challenger: VersionId;
  readonly champion: VersionId;
  readonly evidence: Digest;
  readonly alpha: number;
  readonly metrics: readonly MetricContract[];
  readonly steps: readonly number[];
  readonly shadow: StepContract;
  readonly step: StepContract;
  readonly longestStepMs: number;
  readonly dependsOnAction: 'none' | 'possible';
  readonly label: {
    readonly outcome: string;
    readonly maturityMs: number;
    readonly absent: 'negative' | 'unknown';
    /** Absent: it happens or not. */
    readonly kind?: 'value';
  };
  /** The outcome compared between arms, and which direction is better. */
  readonly primary: {
    readonly outcome: string;
    readonly maturityMs: number;
    readonly absent: 'negative' | 'unknown';
    readonly better: 'higher' | 'lower';
    /** Absent: it happens or not. */
    readonly kind?: 'value';
    /** A value counts for at most this much, in either direction; null or absent: as it is. */
    readonly cap?: number | null;
  };
  /** What this rollout cannot show by its outcomes, in sentences; absent: nothing was left out. */
  readonly notJudged?: readonly string[];
  readonly latency: { readonly batchMs: number; readonly toleranceMs: number; readonly limitMs: number };
  /** Scores are clipped to [clip, 1 - clip] for both versions before the log loss. */
  readonly clip: number;
}

/** Where the rollout stands when it is judged. */
export type JudgedStage =
  | { readonly kind: 'shadow'; readonly since: string }
  | { readonly kind: 'step'; readonly step: number; readonly since: string };

/** Predictions and errors of one arm, one entry a group of entity buckets, so that variance is computed over entities. */
export interface GroupCounts {
  readonly predictions: number;
  readonly errors: number;
}

export interface LatencyBatch {
  readonly controlCount: number;
  readonly challengerCount: number;
  /** Answers slower than the frozen control p95, in each arm. */
  readonly controlOver: number;
  readonly challengerOver: number;
  /** Challenger answers slower than what the margin and the tolerance allow. */
  readonly challengerOverTolerated: number;
}

/** Entities of one arm whose first prediction has matured. */
export interface ArmOutcomes {
  readonly entities: number;
  /** Those whose primary outcome happened, or of a value is not zero. */
  readonly positives: number;
  /** Of a value only: over entities, each capped. */
  readonly sum?: number;
  readonly sumOfSquares?: number;
}

/** What the live tables say at one moment of database time. Everything since the rollout began; the judge decides on this alone. */
export interface LiveEvidence {
  readonly asOf: string;
  readonly stage: {
    readonly sinceMs: number;
    /** Predictions in the challenger's arm, or in the shadow pairs, since the stage began. */
    readonly predictions: number;
    /** Matured outcomes of the challenger's arm, or of pairs, since the rollout began. */
    readonly maturedOutcomes: number;
  };
  readonly errors: { readonly control: readonly GroupCounts[]; readonly challenger: readonly GroupCounts[]; readonly shadow: GroupCounts };
  readonly latency: {
    /** The control arm's p95 frozen before the step; null while there is none. */
    readonly controlP95Ms: number | null;
    readonly challengerP95Ms: number | null;
    readonly batches: readonly LatencyBatch[];
  };
  /** First prediction of each entity, matured. */
  readonly conversion: { readonly control: ArmOutcomes; readonly challenger: ArmOutcomes };
  /** One pair an entity (its first), matured: the same rows scored by both versions. Arrays of equal length; labels are 1 and 0, or numbers. */
  readonly pairs: { readonly labels: readonly number[]; readonly champion: readonly number[]; readonly challenger: readonly number[] };
  readonly pairsStored: number;
  readonly copiesDropped: number;
}
