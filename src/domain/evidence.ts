/**
 * The evidence of an offline evaluation: everything the verdict and the pages rest on, as JSON with a digest. Rates and scores are
 * plain numbers, times are ISO texts. A gain is positive where the challenger is better, whichever way the metric points.
 */
import type { Digest, VersionId } from './ids.ts';
import type { DecisionSpec, GateSpec, Task } from './spec.ts';
import type { Verdict } from './verdict.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A figure and what the rows leave open about it: 95 %, two-sided. */
export interface Estimate {
  readonly estimate: number;
  readonly interval: Interval;
  readonly standardError: number | null;
}

/** Standard errors from the middle of a two-sided 95 % interval to its ends. */
export const Z95 = 1.959963984540054;

/** Of an interval that came without one, what a normal distribution would make of its width. */
export function standardErrorOf({ standardError, interval }: Pick<Estimate, 'interval' | 'standardError'>): number {
  return standardError ?? (interval.high - interval.low) / (2 * Z95);
}

export const binaryMetrics = [
  'auc',
  'average-precision',
  'log-loss',
  'brier',
  'calibration-error',
  'precision',
  'recall',
  'f1',
  'profit',
  'lift',
  'ks',
] as const;
export const regressionMetrics = ['mae', 'rmse', 'r-squared', 'quantile-loss', 'gini'] as const;
export const upliftMetrics = ['qini', 'auuc', 'uplift-at-k'] as const;

export type BinaryMetric = (typeof binaryMetrics)[number];
export type RegressionMetric = (typeof regressionMetrics)[number];
export type UpliftMetric = (typeof upliftMetrics)[number];
export type MetricName = BinaryMetric | RegressionMetric | UpliftMetric;

export interface MetricFigure {
  readonly metric: MetricName;
  readonly better: 'higher' | 'lower';
  readonly challenger: Estimate;
  readonly opponent: Estimate | null;
  /** Paired on the same rows; positive means the challenger is better. */
  readonly gain: Estimate | null;
  /** Most that may be lost, in the metric's units; 0 where something must be gained; null: reported only. */
  readonly margin: number | null;
  readonly method: 'delong' | 'bootstrap' | 'normal';
  readonly verdict: Verdict | null;
}

export interface Comparison {
  /** `overall`, or a segment such as `device = mobile`. */
  readonly name: string;
  /** Whether its verdict counts for the whole; the overall comparison always does. */
  readonly critical: boolean;
  readonly rows: number;
  readonly entities: number;
  /** Rows with the outcome; null where the label is a number. */
  readonly positives: number | null;
  /** Fewer rows than can be judged by. Its figures are reported, and no segment like that decides anything. */
  readonly tooSmall: boolean;
  readonly figures: readonly MetricFigure[];
  readonly verdict: Verdict;
}

export type Points = readonly (readonly [number, number])[];

export interface CalibrationBin {
  readonly meanScore: number;
  readonly rate: number;
  readonly interval: Interval;
  readonly rows: number;
}

export interface FairnessFinding {
  readonly column: string;
  readonly kind: 'demographic' | 'equalised-odds';
  /** Its interval holds for all pairs of groups at once; of equalised odds for both rates. */
  readonly gap: Estimate;
  /** The group with the highest rate and the one with the lowest. */
  readonly between: readonly [string, string];
  readonly tolerated: number;
  readonly breach: number;
  /** Demographic: share that is acted upon. Equalised odds: the rate (true or false positives) whose gap is larger. */
  readonly rate: 'acted-upon' | 'true-positives' | 'false-positives';
  readonly groups: readonly { readonly group: string; readonly rows: number; readonly rate: Estimate }[];
  /** Groups that say too little to be compared; absent in evidence from before they were named. */
  readonly tooSmall?: readonly { readonly group: string; readonly rows: number }[];
  readonly verdict: Verdict;
}

/** What the decision makes of one version's scores. */
export interface ActedUpon {
  readonly rows: number;
  /** Of all rows. */
  readonly share: number;
  /** Where a share of the best ends among equal scores: so many have that score, and so many of them are drawn. */
  readonly byLot: { readonly among: number; readonly taken: number } | null;
}

export interface SegmentColumn {
  /** One column, or several joined by " × ". */
  readonly name: string;
  readonly values: number;
  /** Rows of the smallest value. */
  readonly smallest: number;
  /** Values with too few rows to judge. */
  readonly tooSmall: number;
}

export interface Importance {
  readonly feature: string;
  /** How much the loss of a row grows when the feature's values are shuffled among the rows. */
  readonly importance: number;
  readonly standardError: number | null;
}

/**
 * A fact and no verdict: whether so many labels may have changed was asked before the training (the gate `data-shift`), of a person if
 * need be, and asking again would teach them to overrule unread.
 */
export interface ClassShift {
  readonly before: number;
  readonly now: number;
  /** Beyond chance, and more than twice or less than half. Absent in evidence of an earlier day. */
  readonly isSharp?: boolean;
}

/** The champion's own figures, when it was released and on the rows of this comparison. */
export interface SinceRelease {
  readonly metric: MetricName;
  readonly released: Estimate;
  readonly now: Estimate;
  /** Standard errors by which it is worse now; negative where it is better. */
  readonly worseBy: number;
}

export interface Evidence {
  readonly format: 'understudy.evidence.v2';
  readonly model: string;
  readonly task: Task;
  readonly challenger: VersionId;
  readonly opponent:
    | { readonly kind: 'champion'; readonly version: VersionId }
    | { readonly kind: 'simple-baseline'; readonly description: string };
  /** What anyone could have answered without a model, on the same rows; always there. */
  readonly simpleBaseline: {
    readonly description: string;
    readonly figures: readonly { readonly metric: MetricName; readonly estimate: number }[];
  };
  readonly artifactDigest: Digest;
  readonly manifestDigest: Digest;
  readonly snapshotDigest: Digest;
  readonly splitDigest: Digest;
  readonly specRevision: number;
  /** The margins and limits it was judged by. */
  readonly gates: GateSpec;
  /** What is done with a score; null: nobody has said, and nothing that needs a cut-off is reported. */
  readonly decision: DecisionSpec | null;
  readonly comparisonRows: {
    readonly count: number;
    readonly entities: number;
    readonly from: string | null;
    readonly until: string | null;
    readonly excludedBecauseTrainedOn: number;
    readonly positives: number | null;
    /** Share of positives, or the mean of the numbers; 0 without rows. */
    readonly meanLabel: number;
  };
  /** Figures that were judged together, and in one sentence how errors are kept in bounds over all of them. */
  readonly family: { readonly comparisons: number; readonly correction: string };
  readonly overall: Comparison;
  readonly segments: readonly Comparison[];
  /** The segment in which the challenger loses most against what it may lose; null without a segment that can be judged. */
  readonly worstSegment: string | null;
  readonly segmentColumns: readonly SegmentColumn[];
  /** Null: nobody has said what is done with a score. Absent in evidence from before this was counted. */
  readonly actedUpon?: { readonly challenger: ActedUpon; readonly opponent: ActedUpon | null } | null;
  readonly fairness: readonly FairnessFinding[];
  readonly curves: {
    readonly roc: { readonly challenger: Points; readonly opponent: Points | null };
    readonly calibration: readonly {
      /** Null: all rows. */
      readonly segment: string | null;
      readonly version: 'challenger' | 'opponent';
      readonly bins: readonly CalibrationBin[];
    }[];
    /** Share of rows acted upon, best first, against the share of positives found; of uplift the gain in positives per row. */
    readonly gain: { readonly challenger: Points; readonly opponent: Points | null };
    /** Tenths of the rows by the challenger's score, best first. `rate`: the mean label; of uplift, treated minus untreated. */
    readonly deciles: readonly {
      readonly decile: number;
      readonly rows: number;
      readonly positives: number | null;
      readonly meanScore: number;
      readonly rate: number;
      readonly lift: number;
    }[];
    readonly scores: {
      readonly edges: readonly number[];
      readonly challenger: readonly number[];
      readonly opponent: readonly number[] | null;
    };
  };
  readonly importances: {
    readonly challenger: readonly Importance[];
    readonly opponent: readonly Importance[] | null;
    /** The champion's importances in the challenger's order against the best order: 1 is the same ranking. */
    readonly ndcg: number | null;
  };
  /** Since the champion's data. */
  readonly shift: {
    readonly classes: ClassShift | null;
    /** Population stability index of the champion's scores. */
    readonly scores: { readonly psi: number } | null;
    readonly features: readonly { readonly feature: string; readonly psi: number }[];
  };
  readonly sinceRelease: readonly SinceRelease[];
  readonly golden: readonly {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly score: number;
    readonly holds: boolean;
  }[];
  /** Rows that the champion decided rightly and the challenger does not; null without a champion or a cut-off. */
  readonly turnedWrong: {
    readonly compared: number;
    /** Left out, because chance decides on them; absent in evidence from before this was counted. */
    readonly byLot?: number;
    readonly turnedWrong: number;
    readonly turnedRight: number;
    readonly samples: readonly { readonly sourceRow: number; readonly label: number; readonly before: number; readonly now: number }[];
  } | null;
  readonly cost: {
    readonly trainingMs: number | null;
    readonly scoringMsPerThousand: number | null;
    /** The sentence "better by less than its cost", or null. */
    readonly worthIt: string | null;
  };
  /** What makes one wonder, in sentences, whatever the verdict is. */
  readonly suspicions: readonly string[];
  readonly waivers: readonly { readonly gate: string; readonly by: string; readonly reason: string }[];
  readonly verdict: Verdict;
}

export function figureOf({ figures }: Pick<Comparison, 'figures'>, metric: MetricName): MetricFigure | null {
  return figures.find((figure) => figure.metric === metric) ?? null;
}

/** What matured performance is held against. Of an uplift model there is nothing that an outcome alone could be held against. */
export type ReleasedFigures =
  | { readonly task: 'binary-classification'; readonly auc: Estimate; readonly logLoss: Estimate }
  | { readonly task: 'regression'; readonly absoluteError: Estimate }
  | { readonly task: 'uplift' };

type Measured = Pick<MetricFigure, 'metric' | 'challenger'>;

/** Null where the comparison gave no such figures. */
export function releasedFigures({ figures }: { readonly figures: readonly Measured[] }): ReleasedFigures | null {
  const of = (metric: MetricName) => figures.find((figure) => figure.metric === metric)?.challenger;
  const [auc, logLoss, absoluteError] = [of('auc'), of('log-loss'), of('mae')];
  if (auc && logLoss) return { task: 'binary-classification', auc, logLoss };
  if (absoluteError) return { task: 'regression', absoluteError };
  return upliftMetrics.some((metric) => of(metric)) ? { task: 'uplift' } : null;
}
