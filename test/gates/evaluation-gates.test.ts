import { expect, test } from 'vitest';
import type { Comparison } from '../../src/domain/evidence.ts';
import { judgeEvaluation, judgeOverall, judgeSegment, type Measured } from '../../src/gates/evaluation-gates.ts';
import { gates } from './fixtures.ts';

const gain = (estimate: number, reach: number) => ({
  estimate,
  standardError: reach / 1.96,
  interval: { low: estimate - reach, high: estimate + reach },
});

function measured(more: Partial<Measured> = {}): Measured {
  const metrics = {
    auc: 0.842,
    aucInterval: { low: 0.82, high: 0.864 },
    logLoss: 0.41,
    logLossInterval: { low: 0.39, high: 0.43 },
    brier: 0.138,
  };
  return {
    name: 'overall',
    critical: true,
    rows: 1_409,
    positives: 374,
    challenger: metrics,
    opponent: { ...metrics, auc: 0.835, logLoss: 0.42, brier: 0.14 },
    aucGain: gain(0.007, 0.011),
    logLossGain: gain(0.01, 0.015),
    brierGain: gain(0.002, 0.004),
    ...more,
  };
}

test('a pass says its figures, its interval and its margin', () => {
  const { kind, reasons } = judgeOverall(measured(), gates, 'champion');
  expect(kind).toBe('pass');
  expect(reasons[0]).toBe('AUC 0.842 against 0.835: gain 0.007 (95 %: -0.004 to 0.018), margin -0.010: pass');
});

test.each([
  ['the interval lies wholly below the margin', gain(-0.03, 0.015), 'fail'],
  ['the interval touches the margin from below', gain(-0.02, 0.011), 'inconclusive'],
  ['the interval spans the margin', gain(-0.005, 0.01), 'inconclusive'],
  ['the lower bound is exactly at the margin', { estimate: 0, standardError: 0.005, interval: { low: -0.01, high: 0.01 } }, 'inconclusive'],
  ['a small loss is within the margin', gain(-0.004, 0.005), 'pass'],
  ['identical versions lose nothing', gain(0, 0), 'pass'],
  ['the gain is not a number', gain(Number.NaN, 0.01), 'inconclusive'],
  ['the error is not a number', gain(0.01, Number.NaN), 'inconclusive'],
] as const)('AUC: %s', (_, aucGain, expected) => {
  expect(judgeOverall(measured({ aucGain }), gates, 'champion').kind).toBe(expected);
});

test.each([
  ['log loss', { logLossGain: gain(-0.03, 0.01) }, 'fail'],
  ['log loss', { logLossGain: gain(-0.01, 0.01) }, 'inconclusive'],
  ['Brier', { brierGain: gain(-0.03, 0.01) }, 'fail'],
  ['Brier', { brierGain: gain(0, 0.0041) }, 'pass'],
  ['Brier', { brierGain: gain(0, 0.0043) }, 'inconclusive'],
] as const)('%s is held against a part of the opponent’s own', (metric, more, expected) => {
  const verdict = judgeOverall(measured(more), gates, 'champion');
  expect(verdict.kind).toBe(expected);
  expect(verdict.reasons.some((reason) => reason.startsWith(metric))).toBe(true);
});

test.each([
  ['no rows', { rows: 0, positives: 0 }],
  ['one class', { rows: 900, positives: 900 }],
  ['a handful of rows, however clear', { rows: 60, positives: 30, aucGain: gain(0, 0) }],
  ['no figures', { challenger: null, aucGain: null }],
] as const)('%s never passes', (_, more) => {
  const verdict = judgeOverall(measured(more), gates, 'champion');
  expect(verdict.kind).toBe('inconclusive');
  expect(verdict.reasons[0]).toMatch(/too few|no figures/);
});

test('too good to be true is doubt, even when everything else passes', () => {
  const suspicious = { ...measured().challenger!, auc: 0.985 };
  const verdict = judgeOverall(measured({ challenger: suspicious }), gates, 'champion');
  expect(verdict).toEqual({ kind: 'inconclusive', reasons: [expect.stringContaining('AUC 0.985 is too good to be true')] });
});

const baseRate = {
  auc: 0.5,
  aucInterval: { low: 0.5, high: 0.5 },
  logLoss: 0.578,
  logLossInterval: { low: 0.55, high: 0.6 },
  brier: 0.195,
};

test('a first champion must rank better than chance and cost less than the base rate', () => {
  const good = measured({ opponent: baseRate, aucGain: gain(0.342, 0.022), logLossGain: gain(0.168, 0.02) });
  expect(judgeOverall(good, gates, 'simple-baseline').kind).toBe('pass');
});

test.each([
  ['whose ranking may be chance', { challenger: { ...measured().challenger!, auc: 0.52, aucInterval: { low: 0.49, high: 0.55 } } }],
  ['that costs more than the base rate', { logLossGain: gain(-0.02, 0.01) }],
  ['that may cost more than the base rate', { logLossGain: gain(0.01, 0.02) }],
] as const)('a first champion %s needs a waiver', (_, more) => {
  const doubtful = measured({ opponent: baseRate, aucGain: gain(0.3, 0.02), logLossGain: gain(0.1, 0.02), ...more });
  const verdict = judgeOverall(doubtful, gates, 'simple-baseline');
  expect(verdict.kind).toBe('inconclusive');
  expect(verdict.reasons.join()).toContain('needs a waiver');
});

function segment(more: Partial<Measured>): Comparison {
  const figures = measured({ name: 'device = mobile', ...more });
  return { ...figures, verdict: judgeSegment(figures, gates, 'champion') };
}

test('a segment has wider margins, and its reasons name it', () => {
  expect(segment({ aucGain: gain(-0.004, 0.015) }).verdict.kind).toBe('pass');
  expect(segment({}).verdict.reasons[0]).toMatch(/^device = mobile: AUC/);
});

test.each([
  ['a critical segment that fails', { critical: true, aucGain: gain(-0.05, 0.01) }, 'fail'],
  ['a critical segment in doubt', { critical: true, aucGain: gain(-0.01, 0.03) }, 'inconclusive'],
  ['a critical segment too small to judge', { critical: true, rows: 500, positives: 49 }, 'pass'],
  ['any other segment that fails', { critical: false, aucGain: gain(-0.05, 0.01) }, 'pass'],
] as const)('%s', (_, more, expected) => {
  const overall = { ...measured(), verdict: judgeOverall(measured(), gates, 'champion') };
  expect(judgeEvaluation(overall, [segment({}), segment(more)], gates).kind).toBe(expected);
});
