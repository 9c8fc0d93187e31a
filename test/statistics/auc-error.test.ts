import { expect, test } from 'vitest';
import { aucError } from '../../src/statistics/auc-error.ts';

test('the error of the published example: an area of 0.893 of 51 abnormal and 58 normal images has 0.032, cut off', () => {
  expect(aucError(0.893, { positives: 51, negatives: 58 })).toBeCloseTo(0.0325, 4);
});

test('a perfect ranking has none, a missing class says nothing, and classes may change places', () => {
  expect(aucError(1, { positives: 10, negatives: 90 })).toBe(0);
  expect(aucError(0.8, { positives: 0, negatives: 90 })).toBe(Number.POSITIVE_INFINITY);
  expect(aucError(0.5, { positives: 10, negatives: 90 })).toBeCloseTo(aucError(0.5, { positives: 90, negatives: 10 }), 12);
});
