import { expect, test } from 'vitest';
import { bootstrapEstimate } from '../../src/statistics/bootstrap.ts';
import { largestGap } from '../../src/statistics/largest-gap.ts';
import { seededRandom } from '../../src/statistics/random.ts';

const ROUNDS = 200;
const DRAWS = 200;

/** Rates of groups as a sample shows them, with draws around them. */
function rates(truth: readonly number[], rows: number, seed: number) {
  const random = seededRandom(seed);
  return truth.map((rate) => {
    const error = Math.sqrt((rate * (1 - rate)) / rows);
    const found = rate + error * random.normal();
    const draws = Float64Array.from({ length: DRAWS }, () => found + error * random.normal());
    return { rate: bootstrapEstimate(found, draws, { low: 0, high: 1 })!, draws };
  });
}

test.each([
  ['ten equal groups', new Array<number>(10).fill(0.2), 0],
  ['one of four is higher', [0.2, 0.2, 0.2, 0.3], 0.1],
  ['two groups', [0.2, 0.24], 0.04],
])('the interval of the largest gap covers it in at least 90 of 100 samples: %s', (_, truth, gap) => {
  let covered = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { low, high } = largestGap(rates(truth, 300, round))!.interval;
    if (low <= gap && gap <= high) covered += 1;
  }
  expect(covered / ROUNDS).toBeGreaterThanOrEqual(0.9);
});

test('a gap between two large groups is shown, whatever a small one leaves open', () => {
  const [large, other] = rates([0.2, 0.35], 20_000, 1);
  const [small] = rates([0.3], 50, 2);
  const { estimate, interval } = largestGap([large!, small!, other!])!;
  expect(interval.low).toBeGreaterThan(0.13);
  expect(interval.high).toBeGreaterThan(estimate);
});

test('one group has no gap', () => {
  expect(largestGap(rates([0.2], 100, 1))).toBeNull();
});
