import { expect, test } from 'vitest';
import { figureOf, releasedFigures } from '../../src/domain/evidence.ts';
import { evidenceFrom } from '../../src/domain/stored-evidence.ts';
import { evidenceOf, overallOf, scoredSample } from '../gates/fixtures.ts';

const comparison = {
  name: 'overall',
  critical: true,
  rows: 1_409,
  positives: 374,
  challenger: {
    auc: 0.842,
    aucInterval: { low: 0.82, high: 0.864 },
    logLoss: 0.41,
    logLossInterval: { low: 0.39, high: 0.43 },
    brier: 0.138,
  },
  opponent: { auc: 0.5, aucInterval: { low: 0.5, high: 0.5 }, logLoss: 0.578, logLossInterval: { low: 0.55, high: 0.6 }, brier: 0.195 },
  aucGain: { estimate: 0.342, standardError: 0.01, interval: { low: 0.32, high: 0.36 } },
  logLossGain: { estimate: 0.16, standardError: 0.01, interval: { low: 0.14, high: 0.18 } },
  brierGain: null,
  verdict: { kind: 'pass', reasons: ['AUC'] },
};
const first = {
  format: 'understudy.evidence.v1',
  model: 'churn',
  challenger: 'churn@1',
  opponent: { kind: 'simple-baseline', baseRate: 0.26 },
  specRevision: 1,
  decisionContract: null,
  gates: { aucMargin: 0.01, logLossMargin: 0.03, brierMargin: 0.03, segmentMarginFactor: 2, minimumSegmentClass: 50, suspiciousAuc: 0.97 },
  comparisonRows: { count: 1_409, from: null, until: null, excludedBecauseTrainedOn: 0 },
  overall: comparison,
  segments: [{ ...comparison, name: 'device = tv', challenger: null, opponent: null, aucGain: null, logLossGain: null }],
  curves: { roc: { challenger: [[0, 0]], opponent: null }, calibration: [{ meanScore: 0.2, rate: 0.21, rows: 900 }] },
  waivers: [],
  verdict: { kind: 'pass', reasons: ['AUC'] },
};

test('evidence of the first version is read, and what it did not measure is missing, not invented', () => {
  const lifted = evidenceFrom(JSON.parse(JSON.stringify(first)));
  expect(lifted).toMatchObject({ format: 'understudy.evidence.v2', task: 'binary-classification', cost: { trainingMs: null } });
  expect(releasedFigures(lifted.overall)).toMatchObject({
    task: 'binary-classification',
    auc: { estimate: 0.842, interval: { low: 0.82, high: 0.864 } },
  });
  expect(figureOf(lifted.overall, 'auc')!.gain!.estimate).toBe(0.342);
  expect(figureOf(lifted.overall, 'brier')!.gain).toBeNull();
  expect(lifted.segments[0]).toMatchObject({ tooSmall: true, figures: [] });
  expect(lifted).not.toHaveProperty('decisionContract');
});

test('evidence of today is what it is, and anything else is refused', () => {
  const evidence = evidenceOf(overallOf(scoredSample({ rows: 500 })));
  expect(evidenceFrom(evidence)).toBe(evidence);
  expect(() => evidenceFrom({ format: 'understudy.manifest.v1' })).toThrow('found the format "understudy.manifest.v1"');
  expect(() => evidenceFrom(null)).toThrow('expected stored evidence');
});
