import type { Comparison, Evidence } from '../../src/domain/evidence.ts';
import { digest, versionId } from '../../src/domain/ids.ts';
import { pass, type Verdict } from '../../src/domain/verdict.ts';

export const evidenceDigest = digest('0f3a77c2d1e4'.padEnd(64, '5'));

/** A comparison in which the challenger gains a little; every figure is different, so that a test can tell them apart. */
export function aComparison(changes: Partial<Comparison> = {}): Comparison {
  return {
    name: 'all',
    critical: true,
    rows: 41_873,
    positives: 9_127,
    challenger: {
      auc: 0.7461,
      aucInterval: { low: 0.7391, high: 0.7532 },
      logLoss: 0.4412,
      logLossInterval: { low: 0.4371, high: 0.4453 },
      brier: 0.1423,
    },
    opponent: {
      auc: 0.7278,
      aucInterval: { low: 0.7203, high: 0.7354 },
      logLoss: 0.4587,
      logLossInterval: { low: 0.4545, high: 0.4629 },
      brier: 0.1479,
    },
    aucGain: { estimate: 0.0183, standardError: 0.0021, interval: { low: 0.0142, high: 0.0224 } },
    logLossGain: { estimate: 0.0175, standardError: 0.0019, interval: { low: 0.0138, high: 0.0212 } },
    brierGain: { estimate: 0.0056, standardError: 0.0007, interval: { low: 0.0043, high: 0.0069 } },
    verdict: pass('AUC 0.7461 against 0.7278: gain +0.0183, margin 0.0100'),
    ...changes,
  };
}

export function anEvidence(changes: Partial<Evidence> = {}): Evidence {
  const verdict: Verdict = pass('AUC 0.7461 against 0.7278: gain +0.0183 (95 %: +0.0142 to +0.0224), may lose 0.0100');
  return {
    format: 'understudy.evidence.v1',
    model: 'newsletter',
    challenger: versionId('newsletter@2'),
    opponent: { kind: 'champion', version: versionId('newsletter@1') },
    artifactDigest: digest('a'.repeat(64)),
    manifestDigest: digest('b'.repeat(64)),
    snapshotDigest: digest('c'.repeat(64)),
    splitDigest: digest('d'.repeat(64)),
    specRevision: 7,
    decisionContract: null,
    gates: {
      aucMargin: 0.01,
      logLossMargin: 0.03,
      brierMargin: 0.03,
      margins: {},
      draws: 1_000,
      segmentMarginFactor: 2,
      minimumSegmentClass: 50,
      suspiciousAuc: 0.97,
    },
    comparisonRows: { count: 41_873, from: '2026-02-01T00:00:00.000Z', until: '2026-02-28T23:59:00.000Z', excludedBecauseTrainedOn: 1_312 },
    overall: aComparison({ verdict }),
    segments: [
      aComparison({ name: 'device = mobile', critical: false, rows: 25_311, positives: 5_211 }),
      aComparison({
        name: 'device = tablet',
        critical: false,
        rows: 2_204,
        positives: 431,
        aucGain: { estimate: -0.0121, standardError: 0.0131, interval: { low: -0.0378, high: 0.0136 } },
        verdict: { kind: 'inconclusive', reasons: ['AUC gain -0.0121 (95 %: -0.0378 to +0.0136), may lose 0.0200'] },
      }),
      aComparison({
        name: 'plan = <old & "free">',
        rows: 61,
        positives: 12,
        challenger: null,
        opponent: null,
        aucGain: null,
        logLossGain: null,
        brierGain: null,
        verdict: { kind: 'inconclusive', reasons: ['plan = <old & "free">: 12 with the outcome, 50 are needed'] },
      }),
    ],
    curves: {
      roc: { challenger: curve(0.36), opponent: curve(0.41) },
      calibration: [0.04, 0.11, 0.19, 0.28, 0.39, 0.52, 0.71].map((meanScore, index) => ({
        meanScore,
        rate: meanScore * 0.97 + 0.004 * index,
        rows: 9_000 - 1_100 * index,
      })),
    },
    waivers: [],
    verdict,
    ...changes,
  };
}

/** A concave curve from (0, 0) to (1, 1): the smaller the power, the better the ranking. */
function curve(power: number): readonly (readonly [number, number])[] {
  return Array.from({ length: 41 }, (_, index) => [index / 40, (index / 40) ** power] as const);
}
