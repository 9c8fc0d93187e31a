import { expect, test } from 'vitest';
import type { Estimate, MetricName } from '../../src/domain/evidence.ts';
import { judgeComparisons, type Measured, type MeasuredFigure, type Opponent, tooGood } from '../../src/gates/evaluation-gates.ts';
import { gates } from './fixtures.ts';

const estimated = (estimate: number, reach: number): Estimate => ({
  estimate,
  standardError: reach / 1.96,
  interval: { low: estimate - reach, high: estimate + reach },
});
const gain = estimated;

function figure(metric: MetricName, challenger: Estimate, more: { opponent: number; gain: Estimate | null }): MeasuredFigure {
  const better = metric === 'auc' ? 'higher' : 'lower';
  return { metric, better, challenger, opponent: estimated(more.opponent, 0.02), gain: more.gain, method: 'delong' };
}

interface Gains {
  readonly auc?: Estimate | null;
  readonly logLoss?: Estimate | null;
  readonly brier?: Estimate | null;
}

const figures = ({ auc = gain(0.007, 0.011), logLoss = gain(0.01, 0.015), brier = gain(0.002, 0.004) }: Gains = {}) => [
  figure('auc', estimated(0.842, 0.022), { opponent: 0.835, gain: auc }),
  figure('log-loss', estimated(0.41, 0.02), { opponent: 0.42, gain: logLoss }),
  figure('brier', estimated(0.138, 0.01), { opponent: 0.14, gain: brier }),
];

const measured = (more: Partial<Measured> = {}): Measured => ({
  name: 'overall',
  critical: true,
  rows: 1_409,
  entities: 1_409,
  positives: 374,
  tooSmall: null,
  figures: figures(),
  ...more,
});

const rules = { task: 'binary-classification', gates } as const;
const judged = (overall: Measured, segments: readonly Measured[] = [], against: Opponent = 'champion') =>
  judgeComparisons(overall, segments, { ...rules, against });
const verdictOn = (gains: Gains) => judged(measured({ figures: figures(gains) })).verdict;

test('a pass says its figures, its interval and its margin', () => {
  const { kind, reasons } = judged(measured()).verdict;
  expect(kind).toBe('pass');
  expect(reasons[0]).toBe('AUC 0.842 against 0.835: gain 0.007 (95 %: -0.004 to 0.018), margin -0.010: pass');
});

test.each([
  ['the interval lies wholly below the margin', gain(-0.03, 0.015), 'fail'],
  ['the interval touches the margin from below', gain(-0.02, 0.011), 'inconclusive'],
  ['the interval spans the margin', gain(-0.005, 0.01), 'inconclusive'],
  ['the lower bound is exactly at the margin', { ...gain(0, 0.0098), interval: { low: -0.01, high: 0.01 } }, 'inconclusive'],
  ['a small loss is within the margin', gain(-0.004, 0.005), 'pass'],
  ['identical versions lose nothing', gain(0, 0), 'pass'],
  ['the gain is not a number', gain(Number.NaN, 0.01), 'inconclusive'],
  ['the error is not a number', gain(0.01, Number.NaN), 'inconclusive'],
  ['there is no gain', null, 'inconclusive'],
] as const)('AUC: %s', (_, auc, expected) => {
  expect(verdictOn({ auc }).kind).toBe(expected);
});

test.each([
  ['log loss', { logLoss: gain(-0.03, 0.01) }, 'fail'],
  ['log loss', { logLoss: gain(-0.01, 0.01) }, 'inconclusive'],
  ['Brier', { brier: gain(-0.03, 0.01) }, 'fail'],
  ['Brier', { brier: gain(0, 0.0041) }, 'pass'],
  ['Brier', { brier: gain(0, 0.0043) }, 'inconclusive'],
] as const)('%s is held against a part of the opponent’s own', (metric, gains, expected) => {
  const verdict = verdictOn(gains);
  expect(verdict.kind).toBe(expected);
  expect(verdict.reasons.some((reason) => reason.startsWith(metric))).toBe(true);
});

test('one figure in a large family looks bad by chance: harm needs more to be shown there, and is doubt until then', () => {
  // Shown at 2.5 % by itself, not at 2.5 % over thirty-three figures.
  const doubtful = { auc: gain(-0.0215, 0.011) };
  const many = Array.from({ length: 10 }, (_, index) => measured({ name: `plan = ${index}` }));
  const alone = judgeComparisons(measured({ figures: figures(doubtful).slice(0, 1) }), [], { ...rules, against: 'champion' });
  expect([alone.verdict.kind, alone.family.comparisons]).toEqual(['fail', 1]);
  const among = judged(measured({ figures: figures(doubtful) }), many);
  expect([among.verdict.kind, among.family.comparisons]).toEqual(['inconclusive', 33]);
});

test('a metric with a margin of its own is judged, and one without is only reported', () => {
  const figuresWith = [...figures(), figure('calibration-error', estimated(0.05, 0.004), { opponent: 0.02, gain: gain(-0.03, 0.004) })];
  const reported = judged(measured({ figures: figuresWith }));
  expect([reported.verdict.kind, reported.overall.figures.at(-1)!.margin]).toEqual(['pass', null]);
  const strict = { ...rules, gates: { ...gates, margins: { 'calibration-error': 0.5 } }, against: 'champion' } as const;
  const held = judgeComparisons(measured({ figures: figuresWith }), [], strict);
  expect([held.verdict.kind, held.overall.figures.at(-1)!.margin]).toEqual(['fail', 0.01]);
});

test.each([
  ['too few rows, however clear', { tooSmall: '30 positives are too few' }],
  ['no figures', { figures: [] }],
] as const)('%s never passes', (_, more) => {
  const { verdict } = judged(measured(more));
  expect(verdict.kind).toBe('inconclusive');
  expect(verdict.reasons[0]).toMatch(/too few|no figures/);
});

test('too good to be true is said', () => {
  const overall = { figures: [{ ...figures()[0]!, challenger: estimated(0.985, 0.01), margin: null, verdict: null }] };
  expect(tooGood(overall, gates)).toContain('AUC 0.985 is too good to be true');
  expect(tooGood({ figures: [{ ...overall.figures[0]!, metric: 'r-squared' }] }, gates)).toBeNull();
  const leaking = { figures: [{ ...overall.figures[0]!, metric: 'r-squared' as const, challenger: estimated(0.996, 0.001) }] };
  expect(tooGood(leaking, gates)).toContain('R² 0.996 is too good to be true');
  expect(tooGood({ figures: [] }, gates)).toBeNull();
});

const overBaseline = (auc: Estimate, logLossGain: Estimate) =>
  judged(
    measured({
      figures: [
        figure('auc', auc, { opponent: 0.5, gain: null }),
        figure('log-loss', estimated(0.41, 0.02), { opponent: 0.578, gain: logLossGain }),
      ],
    }),
    [],
    'simple-baseline',
  ).verdict;

test('a first champion must rank better than chance and cost less than the base rate', () => {
  expect(overBaseline(estimated(0.842, 0.022), gain(0.168, 0.02)).kind).toBe('pass');
});

test.each([
  ['whose ranking may be chance', estimated(0.52, 0.03), gain(0.1, 0.02)],
  ['that costs more than the base rate', estimated(0.8, 0.03), gain(-0.02, 0.01)],
  ['that may cost more than the base rate', estimated(0.8, 0.03), gain(0.01, 0.02)],
] as const)('a first champion %s needs a waiver', (_, auc, logLoss) => {
  const verdict = overBaseline(auc, logLoss);
  expect(verdict.kind).toBe('inconclusive');
  expect(verdict.reasons.join()).toContain('not shown to be better');
});

const segment = (gains: Gains, more: Partial<Measured> = {}) => measured({ name: 'device = mobile', figures: figures(gains), ...more });

test('a segment has wider margins, and its reasons name it', () => {
  const [found] = judged(measured(), [segment({ auc: gain(-0.004, 0.015) })]).segments;
  expect(found!.verdict.kind).toBe('pass');
  expect(found!.verdict.reasons[0]).toMatch(/^device = mobile: AUC/);
});

test.each([
  ['a critical segment that fails', segment({ auc: gain(-0.05, 0.01) }), 'fail'],
  ['a critical segment in doubt', segment({ auc: gain(-0.01, 0.03) }), 'inconclusive'],
  ['a critical segment too small to judge', segment({ auc: gain(-0.5, 0.01) }, { tooSmall: '49 positives are too few' }), 'pass'],
  ['any other segment that fails', segment({ auc: gain(-0.05, 0.01) }, { critical: false }), 'pass'],
] as const)('%s', (_, given, expected) => {
  expect(judged(measured(), [segment({}), given]).verdict.kind).toBe(expected);
});

test('the worst segment is the one that may lose most of what it is allowed to', () => {
  const others = [
    segment({ auc: gain(-0.012, 0.01) }, { name: 'plan = free' }),
    segment({ auc: gain(-0.9, 0.01) }, { name: 'tiny', tooSmall: 'few' }),
  ];
  expect(judged(measured(), [segment({}), ...others]).worstSegment).toBe('plan = free');
  expect(judged(measured()).worstSegment).toBeNull();
});
