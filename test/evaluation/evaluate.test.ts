import { describe, expect, test } from 'vitest';
import { figureOf } from '../../src/domain/evidence.ts';
import { evaluate } from '../../src/evaluation/evaluate.ts';
import { gates, scoredSample } from '../gates/fixtures.ts';
import { hasReference, pairedTelcoScores } from '../statistics/reference.ts';

const sample = scoredSample({ rows: 6_000, seed: 3 });
const devices = Array.from({ length: 6_000 }, (_, row) => (row % 10 === 0 ? null : row % 3 === 0 ? 'mobile' : 'desktop'));
const input = {
  task: 'binary-classification',
  targets: sample.labels,
  challenger: sample.challenger,
  opponent: sample.champion,
  simpleBaseline: 0.25,
  segments: [{ name: 'device', critical: true, columns: [devices] }],
  gates: { ...gates, draws: 200 },
  decision: null,
  seed: 1,
} as const;

describe.skipIf(!hasReference)('on 1,409 telco customers', () => {
  test('the figures are the published ones', () => {
    const { labels, champion, challenger } = pairedTelcoScores();
    const { overall, verdict } = evaluate({ ...input, targets: labels, challenger, opponent: champion, segments: [] });
    expect(figureOf(overall, 'auc')!.challenger.estimate).toBeCloseTo(0.842135, 6);
    expect(figureOf(overall, 'log-loss')!.opponent!.estimate).toBeCloseTo(0.434551, 6);
    expect(figureOf(overall, 'brier')!.opponent!.estimate).toBeCloseTo(0.140143, 6);
    const { estimate, standardError, interval } = figureOf(overall, 'auc')!.gain!;
    expect([estimate, standardError, interval.low, interval.high].map((value) => Number(value!.toFixed(6)))).toEqual([
      0.007089, 0.005459, -0.003611, 0.017789,
    ]);
    expect(verdict.kind).toBe('pass');
    expect(verdict.reasons[0]).toBe('AUC 0.842 against 0.835: gain 0.007 (95 %: -0.004 to 0.018), margin -0.010: pass');
  });
});

test('an equal challenger passes, overall and in its segments', () => {
  const evaluated = evaluate(input);
  expect(evaluated.verdict.kind).toBe('pass');
  expect(evaluated.segments.map(({ name, rows }) => [name, rows])).toEqual([
    ['device = desktop', 3_600],
    ['device = mobile', 1_800],
    ['device = (missing)', 600],
  ]);
});

test('a worse challenger fails', () => {
  const worse = scoredSample({ rows: 20_000, seed: 4, challengerAuc: 0.76 });
  expect(
    evaluate({ ...input, targets: worse.labels, challenger: worse.challenger, opponent: worse.champion, segments: [] }).verdict.kind,
  ).toBe('fail');
});

test('harm in one critical segment fails the whole', () => {
  const harmed = sample.challenger.map((score, row) => (devices[row] === 'mobile' ? 1 - score : score));
  const { verdict } = evaluate({ ...input, challenger: harmed, segments: [{ ...input.segments[0]!, critical: true }] });
  expect(verdict.kind).toBe('fail');
  expect(verdict.reasons.some((reason) => reason.startsWith('device = mobile: AUC'))).toBe(true);
});

test('the same rows give the same bytes, and nothing that JSON would change', () => {
  const once = JSON.stringify(evaluate(input));
  expect(JSON.stringify(evaluate(input))).toBe(once);
  expect(JSON.parse(once)).toEqual(evaluate(input));
});

test('against the simple baseline a model that ranks passes, and one that does not needs a waiver', () => {
  const against = { ...input, opponent: null, segments: [] };
  const evaluated = evaluate(against);
  expect(evaluated.verdict.kind).toBe('pass');
  expect(figureOf(evaluated.overall, 'auc')!.opponent!.estimate).toBe(0.5);
  expect(evaluated.curves.roc.opponent).toBeNull();
  expect(evaluate({ ...against, challenger: new Float64Array(6_000).fill(0.25) }).verdict.kind).toBe('inconclusive');
});

test('curves are short, and run from corner to corner', () => {
  const { roc, calibration: curves } = evaluate(input).curves;
  const calibration = curves[0]!.bins;
  expect(roc.challenger.length).toBeLessThanOrEqual(100);
  expect([roc.challenger[0], roc.challenger.at(-1)]).toEqual([
    [0, 0],
    [1, 1],
  ]);
  expect(calibration).toHaveLength(10);
  expect(calibration.reduce((sum, { rows }) => sum + rows, 0)).toBe(6_000);
  for (const { meanScore, rate } of calibration) expect(Math.abs(meanScore - rate)).toBeLessThan(0.07);
});

test.each([
  ['no rows', { targets: [], challenger: [], opponent: [], segments: [] }, 'no comparison rows'],
  [
    'a score that is not a number',
    { challenger: sample.challenger.with(7, Number.NaN) },
    '1 of 6000 scores of the challenger are not probabilities',
  ],
  ['scores beyond one', { opponent: sample.champion.map((score) => 2 * score) }, 'of the opponent are not probabilities'],
  ['a base rate that is not a number', { opponent: null, simpleBaseline: Number.NaN }, 'of the opponent are not probabilities'],
  ['fewer scores than rows', { challenger: [0.5] }, 'expected 6000 scores of the challenger, found 1'],
  ['one class', { targets: new Uint8Array(6_000) }, 'too few'],
  ['strange labels', { targets: new Uint8Array(6_000).fill(2) }, 'expected labels of 0 and 1'],
] as const)('%s is doubt with a reason, and never a pass', (_, more, reason) => {
  const { verdict, overall } = evaluate({ ...input, ...more });
  expect(verdict.kind).toBe('inconclusive');
  expect(verdict.reasons.join()).toContain(reason);
  expect(overall.tooSmall).toBe(true);
});

test('a critical column of which no segment can be judged is doubt; a rare value of another one is not', () => {
  const names = Array.from({ length: 6_000 }, (_, row) => `shop ${row % 1_500}`);
  const device = Array.from({ length: 6_000 }, (_, row) => (row < 5 ? 'tv' : 'phone'));
  const judged = (critical: boolean) =>
    evaluate({
      ...input,
      segments: [
        { name: 'shop', critical, columns: [names] },
        { name: 'device', critical: true, columns: [device] },
      ],
    });
  const { verdict } = judged(true);
  expect(verdict).toEqual({
    kind: 'inconclusive',
    reasons: [expect.stringContaining('no segment of "shop" has rows enough to be judged (1,500 of them')],
  });
  expect(judged(false).verdict.kind).toBe('pass');
});

test('a column of names is not reported one by one', () => {
  const names = Array.from({ length: 6_000 }, (_, row) => `customer ${row}`);
  expect(evaluate({ ...input, segments: [{ name: 'name', critical: false, columns: [names] }] }).segments).toHaveLength(20);
});
