import { expect, test } from 'vitest';
import { seededRandom } from '../../src/statistics/random.ts';
import { linearRegression } from '../../src/training/linear-regression.ts';
import { logisticRegression } from '../../src/training/logistic-regression.ts';

const TINY = 1e-9;

test('points on a line give the line', () => {
  const x = Float32Array.of(0, 1, 2, 3);
  const { weights, bias } = linearRegression({ x, width: 1, y: Float64Array.of(5, 7, 9, 11), weights: null, ridge: TINY });
  expect([weights[0], bias]).toEqual([expect.closeTo(2, 8), expect.closeTo(5, 8)]);
});

test('the ridge pulls the weight, not the bias: sums over sums plus lambda', () => {
  const x = Float32Array.of(-1, 1);
  const { weights, bias } = linearRegression({ x, width: 1, y: Float64Array.of(8, 12), weights: null, ridge: 2 });
  // Σxy = 4, Σx² = 2: 4 / (2 + 2).
  expect([weights[0], bias]).toEqual([1, 10]);
});

test('large numbers with a small spread keep their digits', () => {
  const { normal } = seededRandom(1);
  const x = Float32Array.from({ length: 2_000 }, () => normal());
  const y = Float64Array.from({ length: 1_000 }, (_, row) => 1e9 + 3 * x[2 * row]! - 2 * x[2 * row + 1]!);
  const { weights, bias } = linearRegression({ x, width: 2, y, weights: null, ridge: TINY });
  expect([...weights, bias]).toEqual([expect.closeTo(3, 5), expect.closeTo(-2, 5), expect.closeTo(1e9, 3)]);
});

test('a column that repeats another shares its weight, and a constant one has none', () => {
  const x = Float32Array.of(0, 0, 7, 1, 1, 7, 2, 2, 7);
  const { weights } = linearRegression({ x, width: 3, y: Float64Array.of(0, 2, 4), weights: null, ridge: 1e-6 });
  expect([...weights]).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4), expect.closeTo(0, 4)]);
});

test.each(['linear', 'logistic'] as const)('in a %s regression a row that weighs three counts like three', (kind) => {
  const { uniform, normal } = seededRandom(2);
  const values = Array.from({ length: 60 }, () => normal());
  const targets = values.map((value) => (uniform() < 1 / (1 + Math.exp(-value)) ? 1 : 0));
  const weights = values.map((_, row) => 1 + (row % 3));
  const again = (list: readonly number[]) => list.flatMap((value, row) => new Array<number>(weights[row]!).fill(value));
  const fitted = (x: readonly number[], y: readonly number[], rowWeights: Float64Array | null) => {
    const rows = { x: Float32Array.from(x), width: 1, y: Float64Array.from(y), ridge: 1 };
    if (kind === 'linear') return linearRegression({ ...rows, weights: rowWeights });
    return logisticRegression({ ...rows, rowWeights, iterations: 50, tolerance: 1e-14 });
  };
  const weighed = fitted(values, targets, Float64Array.from(weights));
  const counted = fitted(again(values), again(targets), null);
  expect(weighed.weights[0]).toBeCloseTo(counted.weights[0]!, 9);
  expect(weighed.bias).toBeCloseTo(counted.bias, 9);
});
