/**
 * Reads evidence as it was stored, also that of the first version, which champions in service were released on. What the first version
 * did not measure is empty or null, never invented.
 */
import {
  type Comparison,
  type Estimate,
  type Evidence,
  type Interval,
  type MetricFigure,
  type MetricName,
  type Points,
  standardErrorOf,
} from './evidence.ts';
import type { Digest, VersionId } from './ids.ts';
import type { GateSpec } from './spec.ts';
import type { Verdict } from './verdict.ts';

interface FirstMetrics {
  readonly auc: number;
  readonly aucInterval: Interval;
  readonly logLoss: number;
  readonly logLossInterval: Interval;
  readonly brier: number;
}

interface FirstComparison {
  readonly name: string;
  readonly critical: boolean;
  readonly rows: number;
  readonly positives: number;
  readonly challenger: FirstMetrics | null;
  readonly opponent: FirstMetrics | null;
  readonly aucGain: Estimate | null;
  readonly logLossGain: Estimate | null;
  readonly brierGain: Estimate | null;
  readonly verdict: Verdict;
}

interface FirstEvidence {
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
  readonly gates: Omit<GateSpec, 'margins' | 'draws'> & Partial<GateSpec>;
  readonly comparisonRows: {
    readonly count: number;
    readonly from: string | null;
    readonly until: string | null;
    readonly excludedBecauseTrainedOn: number;
  };
  readonly overall: FirstComparison;
  readonly segments: readonly FirstComparison[];
  readonly curves: {
    readonly roc: { readonly challenger: Points; readonly opponent: Points | null };
    readonly calibration: readonly { readonly meanScore: number; readonly rate: number; readonly rows: number }[];
  };
  readonly waivers: Evidence['waivers'];
  readonly verdict: Verdict;
}

export function evidenceFrom(stored: unknown): Evidence {
  const format = (stored as { readonly format?: unknown } | null)?.format;
  if (format === 'understudy.evidence.v2') return stored as Evidence;
  if (format === 'understudy.evidence.v1') return lifted(stored as FirstEvidence);
  throw new RangeError(`expected stored evidence (understudy.evidence.v1 or v2), found the format ${JSON.stringify(format)}`);
}

function lifted(first: FirstEvidence): Evidence {
  const { decisionContract: _, ...rest } = first as FirstEvidence & { decisionContract?: unknown };
  const { opponent, curves, comparisonRows, overall } = first;
  const baseline = opponent.kind === 'simple-baseline' ? `the base rate of the training rows, ${opponent.baseRate}` : 'not recorded';
  return {
    ...rest,
    format: 'understudy.evidence.v2',
    task: 'binary-classification',
    opponent: opponent.kind === 'champion' ? opponent : { kind: 'simple-baseline', description: baseline },
    simpleBaseline: { description: baseline, figures: [] },
    gates: { margins: {}, draws: 0, ...first.gates },
    decision: null,
    // Each row was taken for an entity of its own.
    comparisonRows: {
      ...comparisonRows,
      entities: comparisonRows.count,
      positives: overall.positives,
      meanLabel: overall.rows === 0 ? 0 : overall.positives / overall.rows,
    },
    family: { comparisons: 3, correction: 'each interval is 95 % by itself; nothing was corrected' },
    overall: liftedComparison(overall),
    segments: first.segments.map(liftedComparison),
    worstSegment: null,
    segmentColumns: [],
    fairness: [],
    curves: {
      roc: curves.roc,
      calibration: [
        {
          segment: null,
          version: 'challenger',
          bins: curves.calibration.map((bin) => ({ ...bin, interval: { low: bin.rate, high: bin.rate } })),
        },
      ],
      gain: { challenger: [], opponent: null },
      deciles: [],
      scores: { edges: [], challenger: [], opponent: null },
    },
    importances: { challenger: [], opponent: null, ndcg: null },
    shift: { classes: null, scores: null, features: [] },
    sinceRelease: [],
    golden: [],
    turnedWrong: null,
    cost: { trainingMs: null, scoringMsPerThousand: null, worthIt: null },
    suspicions: [],
  };
}

function liftedComparison(first: FirstComparison): Comparison {
  const { name, critical, rows, positives, challenger, opponent, verdict } = first;
  const figure = (metric: MetricName, gain: Estimate | null, of: (metrics: FirstMetrics) => Estimate): MetricFigure[] =>
    challenger === null
      ? []
      : [
          {
            metric,
            better: metric === 'auc' ? 'higher' : 'lower',
            challenger: of(challenger),
            opponent: opponent && of(opponent),
            gain,
            margin: null,
            method: metric === 'auc' ? 'delong' : 'normal',
            verdict: null,
          },
        ];
  const figures = [
    ...figure('auc', first.aucGain, ({ auc, aucInterval }) => estimateOf(auc, aucInterval)),
    ...figure('log-loss', first.logLossGain, ({ logLoss, logLossInterval }) => estimateOf(logLoss, logLossInterval)),
    ...figure('brier', first.brierGain, ({ brier }) => ({ estimate: brier, interval: { low: brier, high: brier }, standardError: null })),
  ];
  return { name, critical, rows, entities: rows, positives, tooSmall: challenger === null, figures, verdict };
}

function estimateOf(estimate: number, interval: Interval): Estimate {
  return { estimate, interval, standardError: standardErrorOf({ interval, standardError: null }) };
}
