import { describe, expect, test } from 'vitest';
import type { Estimate, MetricFigure, SinceRelease } from '../../src/domain/evidence.ts';
import { fallOf } from '../../src/gates/since-release-gate.ts';
import { worthIt } from '../../src/gates/worth-it.ts';
import { ndcg } from '../../src/statistics/ndcg.ts';
import { wilson } from '../../src/statistics/wilson.ts';
import { gates } from './fixtures.ts';

const estimated = (estimate: number): Estimate => ({ estimate, interval: { low: estimate - 1, high: estimate + 1 }, standardError: 0.5 });

describe('a fall of the champion', () => {
  const fall = (more: Partial<SinceRelease> = {}): SinceRelease[] => [
    { metric: 'auc', released: estimated(0.8), now: estimated(0.7), worseBy: 9, ...more },
  ];
  const shift = (psi: number) => ({ classes: null, scores: null, features: [{ feature: 'age', psi }] });

  test('is doubt where the features look as they did', () => {
    expect(fallOf(fall(), shift(0.02), gates)).toEqual({
      sentence:
        'the champion is much worse on these rows than at its release (AUC 0.700 against 0.800), and its features look as they did: the labels, or what they mean, have changed',
      doubt: true,
    });
  });

  test('is only said where a shift of the features explains it', () => {
    expect(fallOf(fall(), shift(0.3), gates)).toMatchObject({
      doubt: false,
      sentence: expect.stringContaining('the rows have changed (age)'),
    });
  });

  test('is none within the margin, or within chance', () => {
    expect(fallOf(fall({ now: estimated(0.795) }), shift(0), gates)).toBeNull();
    expect(fallOf(fall({ worseBy: 3 }), shift(0), gates)).toBeNull();
    expect(fallOf([], shift(0), gates)).toBeNull();
  });

  test('is none within the margin that was agreed for a metric without a key of its own', () => {
    const worse = fall({ metric: 'qini', released: estimated(0.1), now: estimated(0.09) });
    expect(fallOf(worse, shift(0), { ...gates, margins: { qini: 0.2 } })).toBeNull();
    expect(fallOf(worse, shift(0), { ...gates, margins: { qini: 0.05 } })).toMatchObject({ doubt: true });
  });
});

test('a gain below its cost is said, in money', () => {
  const profit = (gain: number): MetricFigure => ({
    metric: 'profit',
    better: 'higher',
    challenger: estimated(10),
    opponent: estimated(10 - gain),
    gain: estimated(gain),
    margin: null,
    method: 'bootstrap',
    verdict: null,
  });
  const decision = { cutoff: { kind: 'top', share: 0.1 }, profit: null, costPerThousand: 3 } as const;
  expect(worthIt({ figures: [profit(2)] }, decision)).toBe(
    'better by less than its cost: 2.00 more profit for each thousand predictions, which cost 3.00',
  );
  expect(worthIt({ figures: [profit(-1)] }, decision)).toBe('no better in profit: -1.00 for each thousand predictions, which cost 3.00');
  expect(worthIt({ figures: [profit(4)] }, decision)).toBeNull();
  expect(worthIt({ figures: [profit(2)] }, { ...decision, costPerThousand: null })).toBeNull();
  expect(worthIt({ figures: [] }, decision)).toBeNull();
});

test('the same order of importances is 1, and others are less', () => {
  const worth = new Map([
    ['age', 3],
    ['plan', 2],
    ['noise', -0.1],
  ]);
  expect(ndcg(['age', 'plan', 'noise'], worth)).toBe(1);
  // (2 / log2(2) + 3 / log2(3)) / (3 / log2(2) + 2 / log2(3)).
  expect(ndcg(['plan', 'age', 'noise'], worth)).toBeCloseTo((2 + 3 / Math.log2(3)) / (3 + 2 / Math.log2(3)), 12);
  expect(ndcg(['age'], new Map([['age', 0]]))).toBeNull();
});

// Newcombe 1998, table I: 15 of 148 is 0.0624 to 0.1605.
test('the score interval of a rate', () => {
  const { low, high } = wilson(15, 148);
  expect([low.toFixed(4), high.toFixed(4)]).toEqual(['0.0624', '0.1605']);
  expect(wilson(0, 20).low).toBe(0);
});
