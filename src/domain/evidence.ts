/**
 * The evidence of an offline evaluation: everything the verdict and the page rest on, as JSON with a digest. Rates and scores
 * are plain numbers; `difference` is challenger minus champion unless its name says harm.
 */
import type { Digest, VersionId } from './ids.ts';
import type { GateSpec } from './spec.ts';
import type { Verdict } from './verdict.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BinaryMetrics {
  readonly auc: number;
  readonly aucInterval: Interval;
  readonly logLoss: number;
  readonly logLossInterval: Interval;
  readonly brier: number;
}

export interface Comparison {
  /** `overall`, or a segment such as `device = mobile`. */
  readonly name: string;
  /** Whether its verdict counts for the whole; the overall comparison always does. */
  readonly critical: boolean;
  readonly rows: number;
  readonly positives: number;
  readonly challenger: BinaryMetrics | null;
  /** The champion, or the simple baseline where there is no champion. */
  readonly opponent: BinaryMetrics | null;
  /** Positive means the challenger is better. DeLong for AUC, paired normal for the losses; 95 %. */
  readonly aucGain: { readonly estimate: number; readonly standardError: number; readonly interval: Interval } | null;
  readonly logLossGain: { readonly estimate: number; readonly standardError: number; readonly interval: Interval } | null;
  readonly brierGain: { readonly estimate: number; readonly standardError: number; readonly interval: Interval } | null;
  readonly verdict: Verdict;
}

export interface Evidence {
  readonly format: 'understudy.evidence.v1';
  readonly model: string;
  readonly challenger: VersionId;
  readonly opponent:
    | { readonly kind: 'champion'; readonly version: VersionId }
    | { readonly kind: 'simple-baseline'; readonly baseRate: number };
  readonly artifactDigest: Digest;
  readonly manifestDigest: Digest;
  readonly snapshotDigest: Digest;
  readonly splitDigest: Digest;
  readonly specRevision: number;
  readonly decisionContract: Digest | null;
  /** The margins and limits it was judged by. */
  readonly gates: GateSpec;
  readonly comparisonRows: {
    readonly count: number;
    readonly from: string | null;
    readonly until: string | null;
    readonly excludedBecauseTrainedOn: number;
  };
  readonly overall: Comparison;
  readonly segments: readonly Comparison[];
  readonly curves: {
    readonly roc: {
      readonly challenger: readonly (readonly [number, number])[];
      readonly opponent: readonly (readonly [number, number])[] | null;
    };
    readonly calibration: readonly { readonly meanScore: number; readonly rate: number; readonly rows: number }[];
  };
  readonly waivers: readonly { readonly gate: string; readonly by: string; readonly reason: string }[];
  readonly verdict: Verdict;
}
