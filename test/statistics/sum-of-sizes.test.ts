import { describe, expect, test } from 'vitest';
import { differenceInterval } from '../../src/statistics/difference-interval.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { sumOfSizes } from '../../src/statistics/sum-of-sizes.ts';

const ROUNDS = 200;
const DRAWS = 300;
const noises = [0.004, 0.006, 0.008, 0.008, 0.006, 0.004, 0.003, 0.003, 0.002, 0.002];

/** Parts as they come out, and draws around them, as a bootstrap gives them. */
function measured(truth: readonly number[], seed: number) {
  const random = seededRandom(seed);
  const parts = truth.map((part, index) => part + noises[index]! * random.normal());
  const draws = parts.map((part, index) => Float64Array.from({ length: DRAWS }, () => part + noises[index]! * random.normal()));
  return { parts, draws };
}

const sum = (parts: readonly number[]) => parts.reduce((total, part) => total + Math.abs(part), 0);

describe('the interval of a sum of sizes covers the true sum in at least 93 of 100 samples', () => {
  test.each([
    ['nothing at all', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['one part holds it', [0, 0, 0, 0.015, 0, 0, 0, 0, 0, 0]],
    ['all parts share it', [0.002, -0.003, 0.004, 0.004, -0.003, 0.002, 0.001, 0.001, -0.001, 0.001]],
    ['it is large', [0.02, 0.02, -0.02, 0.03, 0.01, 0.01, 0, 0, -0.01, 0]],
  ])('%s', (_, truth) => {
    let covered = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { parts, draws } = measured(truth, round);
      const { low, high } = sumOfSizes(parts, draws).interval;
      if (low <= sum(truth) && sum(truth) <= high) covered += 1;
    }
    expect(covered / ROUNDS).toBeGreaterThanOrEqual(0.93);
  });
});

test('what noise adds is taken off', () => {
  const { parts, draws } = measured([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 3);
  const { interval, middle } = sumOfSizes(parts, draws);
  expect(interval.low).toBe(0);
  expect(middle).toBeLessThan(0.6 * sum(parts));
});

test('without noise the sum is what it is', () => {
  const still = [0.1, -0.2].map((part) => new Float64Array(100).fill(part));
  expect(sumOfSizes([0.1, -0.2], still)).toEqual({
    interval: { low: 0.30000000000000004, high: 0.30000000000000004 },
    middle: 0.30000000000000004,
  });
});

test('the interval of a difference is the textbook one where both are symmetric and independent', () => {
  const found = differenceInterval({ middle: 5, interval: { low: 2, high: 8 } }, { middle: 1, interval: { low: -3, high: 5 } });
  expect(found).toEqual({ low: 4 - 5, high: 4 + 5 });
});
