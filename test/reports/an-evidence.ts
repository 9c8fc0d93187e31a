/** Evidence with a figure in every place; the figures differ from each other, so that a test can tell them apart. */
import type {
  Comparison,
  Estimate,
  Evidence,
  MetricFigure,
  MetricName,
  RegressionMetric,
  UpliftMetric,
} from '../../src/domain/evidence.ts';
import { digest, versionId } from '../../src/domain/ids.ts';
import { fail, inconclusive, pass, type Verdict } from '../../src/domain/verdict.ts';

export const evidenceDigest = digest('0f3a77c2d1e4'.padEnd(64, '5'));

function anEstimate(estimate: number, half: number): Estimate {
  return { estimate, interval: { low: round(estimate - half), high: round(estimate + half * 1.013) }, standardError: round(half / 1.96) };
}

const lowerIsBetter: ReadonlySet<MetricName> = new Set<MetricName>([
  'log-loss',
  'brier',
  'calibration-error',
  'mae',
  'rmse',
  'quantile-loss',
]);

export function aFigure(
  metric: MetricName,
  challenger: number,
  opponent: number | null,
  changes: Partial<MetricFigure> = {},
): MetricFigure {
  const better = lowerIsBetter.has(metric) ? 'lower' : 'higher';
  const half = Math.abs(challenger) * 0.0113 + 0.0007;
  const gain = opponent === null ? null : round(better === 'higher' ? challenger - opponent : opponent - challenger);
  return {
    metric,
    better,
    challenger: anEstimate(challenger, half),
    opponent: opponent === null ? null : anEstimate(opponent, half * 1.07),
    gain: gain === null ? null : anEstimate(gain, half * 0.41),
    margin: null,
    method: metric === 'auc' ? 'delong' : 'bootstrap',
    verdict: null,
    ...changes,
  };
}

/** A comparison in which the challenger gains a little. */
export function aComparison(changes: Partial<Comparison> = {}): Comparison {
  return {
    name: 'all',
    critical: true,
    rows: 41_873,
    entities: 39_204,
    positives: 9_127,
    tooSmall: false,
    figures: [
      aFigure('auc', 0.7461, 0.7278, { margin: 0.0103, verdict: pass('AUC gains +0.0183 (95 %: +0.0148 to +0.0219), may lose 0.0103') }),
      aFigure('log-loss', 0.4412, 0.4587, { margin: 0.0138, verdict: pass('log loss gains +0.0175') }),
      aFigure('brier', 0.1423, 0.1479, { margin: 0.0044, verdict: pass('Brier score gains +0.0056') }),
      aFigure('average-precision', 0.4817, 0.4526),
      aFigure('calibration-error', 0.0094, 0.0127),
      aFigure('precision', 0.4093, 0.3964),
      aFigure('recall', 0.6218, 0.6032),
      aFigure('f1', 0.4937, 0.4784),
      aFigure('profit', 18_431.5, 17_266.2),
      aFigure('lift', 1.8776, 1.8185),
      aFigure('ks', 0.3641, 0.3352),
    ],
    verdict: pass('AUC gains +0.0183 (95 %: +0.0148 to +0.0219), may lose 0.0103'),
    ...changes,
  };
}

function aSegment(name: string, rows: number, auc: readonly [number, number], changes: Partial<Comparison> = {}): Comparison {
  const figures = [
    aFigure('auc', auc[0], auc[1], { margin: 0.0206, verdict: pass() }),
    aFigure('log-loss', round(1.1873 - auc[0]), round(1.1886 - auc[1]), { margin: 0.0276, verdict: pass() }),
  ];
  const positives = Math.round(rows * 0.2179);
  return aComparison({ name, critical: false, rows, entities: rows - 137, positives, figures, verdict: pass(), ...changes });
}

export function anEvidence(changes: Partial<Evidence> = {}): Evidence {
  const verdict: Verdict = pass(
    'AUC gains +0.0183 (95 %: +0.0148 to +0.0219), may lose 0.0103',
    'log loss gains +0.0175 (95 %: +0.0152 to +0.0198), may lose 0.0138',
  );
  return {
    format: 'understudy.evidence.v2',
    model: 'newsletter',
    task: 'binary-classification',
    challenger: versionId('newsletter@2'),
    opponent: { kind: 'champion', version: versionId('newsletter@1') },
    simpleBaseline: {
      description: 'everybody gets the same chance, the base rate of training, 0.2041.',
      figures: [
        { metric: 'auc', estimate: 0.5 },
        { metric: 'log-loss', estimate: 0.5247 },
        { metric: 'brier', estimate: 0.1704 },
        { metric: 'average-precision', estimate: 0.2181 },
      ],
    },
    artifactDigest: digest('a'.repeat(64)),
    manifestDigest: digest('b'.repeat(64)),
    snapshotDigest: digest('c'.repeat(64)),
    splitDigest: digest('d'.repeat(64)),
    specRevision: 7,
    gates: {
      aucMargin: 0.0103,
      logLossMargin: 0.03,
      brierMargin: 0.03,
      margins: { profit: 0.05 },
      draws: 1_000,
      segmentMarginFactor: 2,
      minimumSegmentClass: 50,
      suspiciousAuc: 0.97,
    },
    decision: {
      cutoff: { kind: 'score', from: 0.314 },
      profit: { truePositive: 4.2, falsePositive: -0.8, falseNegative: -0.1, trueNegative: 0 },
      costPerThousand: 0.35,
    },
    comparisonRows: {
      count: 41_873,
      entities: 39_204,
      from: '2026-02-01T00:00:00.000Z',
      until: '2026-02-28T23:59:00.000Z',
      excludedBecauseTrainedOn: 1_312,
      positives: 9_127,
      meanLabel: 0.21797,
    },
    family: { comparisons: 18, correction: 'Bonferroni over 18 judged comparisons: each interval that decides has a level of 99.72 %' },
    overall: aComparison({ verdict }),
    segments: [
      aSegment('device = mobile', 25_311, [0.7517, 0.7302], { critical: true }),
      aSegment('device = desktop', 14_358, [0.7389, 0.7233]),
      aSegment('device = tablet', 2_204, [0.7142, 0.7263], {
        verdict: inconclusive('device = tablet: AUC loses -0.0121 (95 %: -0.0378 to +0.0136), may lose 0.0206'),
      }),
      aSegment('plan = premium × device = mobile', 4_617, [0.7013, 0.7431], {
        verdict: fail('plan = premium × device = mobile: AUC loses -0.0418'),
      }),
      aSegment('plan = <old & "free">', 61, [0.7, 0.7], {
        positives: 12,
        tooSmall: true,
        figures: [],
        verdict: inconclusive('plan = <old & "free">: 12 with the outcome, 50 are needed'),
      }),
    ],
    worstSegment: 'plan = premium × device = mobile',
    segmentColumns: [
      { name: 'device', values: 3, smallest: 2_204, tooSmall: 0 },
      { name: 'plan', values: 5, smallest: 61, tooSmall: 1 },
    ],
    actedUpon: {
      challenger: { rows: 11_873, share: 0.2835, byLot: null },
      opponent: { rows: 12_041, share: 0.2876, byLot: null },
    },
    fairness: [
      {
        column: 'gender',
        kind: 'demographic',
        gap: anEstimate(0.0137, 0.0043),
        between: ['female', 'male'],
        tolerated: 0.02,
        breach: 0.05,
        rate: 'acted-upon',
        groups: [
          { group: 'female', rows: 20_713, rate: anEstimate(0.2874, 0.0061) },
          { group: 'male', rows: 19_944, rate: anEstimate(0.3011, 0.0063) },
          { group: 'other', rows: 1_216, rate: anEstimate(0.2953, 0.0257) },
        ],
        tooSmall: [{ group: 'unknown', rows: 37 }],
        verdict: pass('gender: 1.4 % between female and male, 2 % are tolerated'),
      },
      {
        column: 'gender',
        kind: 'equalised-odds',
        gap: anEstimate(0.0312, 0.0129),
        between: ['female', 'other'],
        tolerated: 0.02,
        breach: 0.05,
        rate: 'true-positives',
        groups: [
          { group: 'female', rows: 4_431, rate: anEstimate(0.6137, 0.0143) },
          { group: 'male', rows: 4_389, rate: anEstimate(0.6298, 0.0144) },
          { group: 'other', rows: 307, rate: anEstimate(0.6449, 0.0535) },
        ],
        verdict: inconclusive('gender: the gap of 3.1 % between female and other lies above 2 % and below 5 %'),
      },
    ],
    curves: {
      roc: { challenger: curve(0.36), opponent: curve(0.41) },
      calibration: [
        calibrationOf(null, 'challenger', 0.97),
        calibrationOf(null, 'opponent', 0.9),
        calibrationOf('device = mobile', 'challenger', 1.02),
        calibrationOf('device = tablet', 'challenger', 0.88),
      ],
      gain: { challenger: curve(0.46), opponent: curve(0.52) },
      deciles: Array.from({ length: 10 }, (_, index) => ({
        decile: index + 1,
        rows: 4_187 + (index < 3 ? 1 : 0),
        positives: 2_214 - 231 * index + index * index,
        meanScore: round(0.5637 * 0.79 ** index),
        rate: round(0.5287 * 0.803 ** index),
        lift: round(2.4256 * 0.803 ** index),
      })),
      scores: {
        edges: Array.from({ length: 21 }, (_, index) => round(index / 20)),
        challenger: Array.from({ length: 20 }, (_, index) => Math.round(7_903 * 0.8 ** index) + index),
        opponent: Array.from({ length: 20 }, (_, index) => Math.round(9_311 * 0.76 ** index) + index),
      },
    },
    importances: {
      challenger: [
        { feature: 'opened_last_90d', importance: 0.0834, standardError: 0.0019 },
        { feature: 'days_since_signup', importance: 0.0412, standardError: 0.0014 },
        { feature: 'device', importance: 0.0137, standardError: 0.0011 },
        { feature: 'plan', importance: 0.0061, standardError: 0.0008 },
        { feature: 'hour_of_day', importance: -0.0002, standardError: 0.0003 },
      ],
      opponent: [
        { feature: 'opened_last_90d', importance: 0.0771, standardError: null },
        { feature: 'device', importance: 0.0288, standardError: null },
        { feature: 'plan', importance: 0.0053, standardError: null },
      ],
      ndcg: 0.9713,
    },
    shift: {
      classes: { before: 0.2043, now: 0.2179, isSharp: false },
      scores: { psi: 0.0417 },
      features: [
        { feature: 'device', psi: 0.1842 },
        { feature: 'opened_last_90d', psi: 0.0361 },
        { feature: 'plan', psi: 0.0087 },
      ],
    },
    sinceRelease: [
      { metric: 'auc', released: anEstimate(0.7352, 0.0071), now: anEstimate(0.7278, 0.0074), worseBy: 1.4218 },
      { metric: 'log-loss', released: anEstimate(0.4523, 0.0041), now: anEstimate(0.4587, 0.0043), worseBy: 2.1047 },
    ],
    golden: [
      { name: 'a loyal reader', from: 0.55, to: 0.95, score: 0.7723, holds: true },
      { name: 'somebody who never opened', from: 0, to: 0.05, score: 0.0614, holds: false },
    ],
    turnedWrong: {
      compared: 40_218,
      byLot: 2_533,
      turnedWrong: 1_126,
      turnedRight: 1_583,
      samples: [
        { sourceRow: 18_221, label: 1, before: 0.5123, now: 0.2217 },
        { sourceRow: 22_904, label: 0, before: 0.1338, now: 0.4471 },
      ],
    },
    cost: { trainingMs: 48_713, scoringMsPerThousand: 3.42, worthIt: null },
    suspicions: [],
    waivers: [],
    verdict,
    ...changes,
  };
}

/** A first version of a value model, against the simple baseline. */
export function aRegressionEvidence(changes: Partial<Evidence> = {}): Evidence {
  const figure = (metric: RegressionMetric, challenger: number, opponent: number, more: Partial<MetricFigure> = {}) =>
    aFigure(metric, challenger, opponent, more);
  const figures = [
    figure('mae', 31.42, 48.17, { margin: 0, verdict: pass('mean absolute error gains +16.75') }),
    figure('rmse', 73.91, 121.63, { margin: 0, verdict: pass('root mean squared error gains +47.72') }),
    figure('r-squared', 0.6308, 0),
    figure('quantile-loss', 15.71, 24.08),
    figure('gini', 0.5527, 0),
  ];
  const base = anEvidence();
  const bins = (scale: number) =>
    Array.from({ length: 10 }, (_, index) => {
      const rate = round(scale * (12.4 + 31.7 * index));
      return {
        meanScore: round(11.9 + 32.3 * index),
        rate,
        interval: { low: round(rate - 6.3), high: round(rate + 7.1) },
        rows: 1_203 + index,
      };
    });
  return {
    ...base,
    model: 'value',
    task: 'regression',
    challenger: versionId('value@1'),
    opponent: { kind: 'simple-baseline', description: 'everybody gets the mean of training, 147.93' },
    simpleBaseline: {
      description: 'everybody gets the mean of training, 147.93',
      figures: [
        { metric: 'mae', estimate: 48.17 },
        { metric: 'rmse', estimate: 121.63 },
      ],
    },
    decision: null,
    actedUpon: null,
    comparisonRows: {
      ...base.comparisonRows,
      count: 12_084,
      entities: 12_084,
      positives: null,
      meanLabel: 148.27,
      excludedBecauseTrainedOn: 0,
    },
    overall: aComparison({ figures, positives: null, rows: 12_084, entities: 12_084, verdict: pass('mean absolute error gains +16.75') }),
    segments: [
      aComparison({
        name: 'country = AT',
        critical: false,
        rows: 1_094,
        positives: null,
        figures: [figure('mae', 33.85, 47.02, { margin: 0, verdict: pass() })],
        verdict: pass(),
      }),
    ],
    worstSegment: 'country = AT',
    segmentColumns: [{ name: 'country', values: 4, smallest: 1_094, tooSmall: 0 }],
    fairness: [],
    curves: {
      roc: { challenger: [], opponent: null },
      calibration: [{ segment: null, version: 'challenger', bins: bins(1) }],
      gain: { challenger: curve(0.61), opponent: null },
      deciles: Array.from({ length: 10 }, (_, index) => ({
        decile: index + 1,
        rows: 1_208,
        positives: null,
        meanScore: round(402.3 - 38.4 * index),
        rate: round(391.1 - 36.9 * index),
        lift: round(2.6378 - 0.2489 * index),
      })),
      scores: {
        edges: Array.from({ length: 21 }, (_, index) => 25 * index),
        challenger: Array.from({ length: 20 }, (_, index) => Math.round(2_411 * 0.83 ** index)),
        opponent: null,
      },
    },
    importances: { ...base.importances, opponent: null, ndcg: null },
    shift: { classes: null, scores: null, features: [] },
    sinceRelease: [],
    golden: [],
    turnedWrong: null,
    cost: { trainingMs: null, scoringMsPerThousand: 2.17, worthIt: 'it gains 0.0013 a case, less than it costs' },
    verdict: pass('mean absolute error gains +16.75'),
    ...changes,
  };
}

/** A campaign's uplift model that challenges another. */
export function anUpliftEvidence(changes: Partial<Evidence> = {}): Evidence {
  const figure = (metric: UpliftMetric, challenger: number, opponent: number, more: Partial<MetricFigure> = {}) =>
    aFigure(metric, challenger, opponent, more);
  const base = anEvidence();
  const qini = (height: number) =>
    Array.from({ length: 21 }, (_, index): [number, number] => [
      round(index / 20),
      round((height * index) / 20 + 0.041 * Math.sin((Math.PI * index) / 20)),
    ]);
  return {
    ...base,
    model: 'mailing',
    task: 'uplift',
    challenger: versionId('mailing@3'),
    opponent: { kind: 'champion', version: versionId('mailing@2') },
    simpleBaseline: { description: 'treat people at random', figures: [{ metric: 'qini', estimate: 0 }] },
    decision: { ...base.decision!, cutoff: { kind: 'top', share: 0.3 } },
    actedUpon: {
      challenger: { rows: 5_433, share: 0.3, byLot: { among: 2_317, taken: 1_409 } },
      opponent: { rows: 5_433, share: 0.3, byLot: null },
    },
    overall: aComparison({
      figures: [
        figure('qini', 0.0163, 0.0151, { margin: 0.004, verdict: inconclusive('Qini gains +0.0012') }),
        figure('auuc', 0.0347, 0.0338),
        figure('uplift-at-k', 0.0721, 0.0689),
      ],
      verdict: inconclusive('Qini gains +0.0012 (95 %: -0.0041 to +0.0067), may lose 0.0040'),
    }),
    segments: [],
    worstSegment: null,
    segmentColumns: [],
    fairness: [],
    curves: {
      ...base.curves,
      roc: { challenger: [], opponent: null },
      calibration: [
        {
          segment: null,
          version: 'challenger',
          bins: Array.from({ length: 5 }, (_, index) => {
            const rate = round(-0.021 + 0.029 * index);
            return {
              meanScore: round(-0.018 + 0.027 * index),
              rate,
              interval: { low: round(rate - 0.017), high: round(rate + 0.018) },
              rows: 8_374,
            };
          }),
        },
      ],
      gain: { challenger: qini(0.046), opponent: qini(0.043) },
      deciles: Array.from({ length: 10 }, (_, index) => ({
        decile: index + 1,
        rows: 4_187,
        positives: null,
        meanScore: round(0.0941 - 0.0123 * index),
        rate: round(0.0902 - 0.0117 * index),
        lift: round(1.961 - 0.2543 * index),
      })),
      scores: {
        edges: Array.from({ length: 17 }, (_, index) => round(-0.08 + 0.015 * index)),
        challenger: Array.from({ length: 16 }, (_, index) => Math.round(5_204 * Math.exp(-((index - 7) ** 2) / 14))),
        opponent: Array.from({ length: 16 }, (_, index) => Math.round(5_611 * Math.exp(-((index - 6.5) ** 2) / 12))),
      },
    },
    verdict: inconclusive('Qini gains +0.0012 (95 %: -0.0041 to +0.0067), may lose 0.0040'),
    ...changes,
  };
}

function calibrationOf(segment: string | null, version: 'challenger' | 'opponent', slope: number) {
  const bins = [0.04, 0.11, 0.19, 0.28, 0.39, 0.52, 0.71].map((meanScore, index) => {
    const rate = round(meanScore * slope + 0.004 * index);
    const half = 0.006 + 0.005 * index;
    return { meanScore, rate, interval: { low: round(rate - half), high: round(rate + half) }, rows: 9_000 - 1_100 * index };
  });
  return { segment, version, bins };
}

/** A concave curve from (0, 0) to (1, 1): the smaller the power, the better the ranking. */
function curve(power: number): [number, number][] {
  return Array.from({ length: 41 }, (_, index): [number, number] => [round(index / 40), round((index / 40) ** power)]);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
