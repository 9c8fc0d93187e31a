import { expect, test } from 'vitest';
import { bootstrapEstimate, drawWeights, quantile, type Strata } from '../../src/statistics/bootstrap.ts';
import { seededRandom } from '../../src/statistics/random.ts';

const drawn = (sizes: readonly number[], seed: number, draw: number, are: Strata['are'] = 'fixed') => {
  const weights = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  drawWeights({ sizes, are }, { seed, draw }, weights);
  return weights;
};
const total = (weights: Uint8Array) => weights.reduce((sum, weight) => sum + weight, 0);

test('a draw has as many clusters as there are, stratum by stratum', () => {
  for (let draw = 0; draw < 50; draw++) {
    const weights = drawn([30, 70], 3, draw);
    expect([total(weights.subarray(0, 30)), total(weights.subarray(30))]).toEqual([30, 70]);
  }
});

test('sizes that chance decided are decided anew, around what they were', () => {
  const positives = Array.from({ length: 2_000 }, (_, draw) => total(drawn([70, 30], 3, draw, 'drawn').subarray(70)));
  const mean = positives.reduce((sum, count) => sum + count, 0) / positives.length;
  const variance = positives.reduce((sum, count) => sum + (count - mean) ** 2, 0) / positives.length;
  expect(Math.abs(mean - 30)).toBeLessThan(0.4);
  expect(Math.abs(variance - 21)).toBeLessThan(2.5);
  expect(total(drawn([70, 30], 3, 1, 'drawn'))).toBe(100);
  expect(total(drawn([0, 30], 3, 1, 'drawn'))).toBe(30);
});

test('the same seed and draw give the same weights, in whatever order they are made; others differ', () => {
  expect(drawn([100], 7, 2)).toEqual(drawn([100], 7, 2));
  expect(drawn([100], 7, 2)).not.toEqual(drawn([100], 7, 3));
  expect(drawn([100], 7, 2)).not.toEqual(drawn([100], 8, 2));
});

test('each cluster is picked once on average, with the variance of a multinomial', () => {
  const counts = new Float64Array(50);
  let squares = 0;
  const draws = 4_000;
  for (let draw = 0; draw < draws; draw++) {
    for (const [cluster, weight] of drawn([50], 1, draw).entries()) {
      counts[cluster]! += weight;
      squares += (weight - 1) ** 2;
    }
  }
  for (const count of counts) expect(Math.abs(count / draws - 1)).toBeLessThan(0.07);
  expect(squares / (draws * 50)).toBeCloseTo(1 - 1 / 50, 1);
});

test('the standard error of a mean is the usual one, and its interval covers', () => {
  const random = seededRandom(11);
  let covered = 0;
  for (let round = 0; round < 200; round++) {
    const values = Array.from({ length: 120 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / 120;
    const draws = Float64Array.from({ length: 400 }, (_, draw) => {
      const weights = drawn([120], round, draw);
      return values.reduce((sum, value, index) => sum + value * weights[index]!, 0) / 120;
    });
    const { interval, standardError } = bootstrapEstimate(mean, draws)!;
    if (round === 0) expect(standardError).toBeCloseTo(1 / Math.sqrt(120), 1);
    if (interval.low <= 0 && interval.high >= 0) covered += 1;
  }
  // 95 % of 200 is 190, with a standard error of 3.
  expect(covered).toBeGreaterThan(180);
});

test('draws that gave no number leave no interval when they are many, and bounds hold', () => {
  const draws = Float64Array.from({ length: 100 }, (_, draw) => draw / 100);
  expect(
    bootstrapEstimate(
      0.5,
      draws.map((value, draw) => (draw < 6 ? Number.NaN : value)),
    ),
  ).toBeNull();
  expect(bootstrapEstimate(Number.NaN, draws)).toBeNull();
  expect(bootstrapEstimate(0.02, draws, { low: 0, high: 1 })!.interval).toEqual({ low: 0, high: 0.02 });
});

test('quantiles lie between neighbours in proportion', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 2], 0)).toBe(1);
});
