import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CategoryHistogram } from '../../src/domain/reference-profile.ts';
import { chiSquareQuantile, homogeneity } from '../../src/statistics/chi-square.ts';
import { alignedCounts } from '../../src/statistics/histogram-counts.ts';
import { expectedPsi, psi } from '../../src/statistics/psi.ts';
import { seededRandom } from '../../src/statistics/random.ts';

const counts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 5, maxLength: 5 });

test('the index by hand', () => {
  // (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5)
  expect(psi([50, 50], [60, 40])).toBeCloseTo(0.1 * Math.log(1.2) - 0.1 * Math.log(0.8), 14);
});

test('no data is not "no drift"', () => {
  expect(psi([], [])).toBeNull();
  expect(psi([10, 20], [0, 0])).toBeNull();
  expect(psi([0, 0], [10, 20])).toBeNull();
  expect(() => psi([1, 2, 3], [1, 2])).toThrow('as many bins');
});

test('it is never negative, zero for equal shares, and the same both ways', () => {
  fc.assert(
    fc.property(counts, counts, (one, other) => {
      expect(psi(one, other)!).toBeGreaterThanOrEqual(0);
      expect(psi(one, other)).toBeCloseTo(psi(other, one)!, 12);
      expect(
        psi(
          one,
          one.map((count) => 7 * count),
        ),
      ).toBeCloseTo(0, 12);
    }),
  );
});

test('an empty bin is large and finite, more so in a large sample', () => {
  const small = psi([50, 50], [100, 0])!;
  const large = psi([5_000, 5_000], [10_000, 0])!;
  expect(small).toBeGreaterThan(1);
  expect(large).toBeGreaterThan(small);
  expect(large).toBeLessThan(10);
});

test('chance alone shows what is expected, and the chi-square test keeps its level where bins are small', () => {
  const random = seededRandom(11);
  const sample = (size: number) => {
    const bins = new Array<number>(10).fill(0);
    for (let draw = 0; draw < size; draw++) bins[Math.floor(10 * random.uniform())]! += 1;
    return bins;
  };
  const pairs = Array.from({ length: 4_000 }, () => [sample(2_000), sample(100)] as const);
  const mean = pairs.reduce((sum, [before, now]) => sum + psi(before, now)!, 0) / pairs.length;
  expect(Math.abs(mean / expectedPsi({ bins: 10, reference: 2_000, current: 100 }) - 1)).toBeLessThan(0.15);
  const alarms = pairs.filter(
    ([before, now]) => homogeneity({ counts: before, size: 2_000 }, { counts: now, size: 100 }) > chiSquareQuantile(0.99, 9),
  );
  expect(alarms.length / pairs.length).toBeLessThan(0.015);
});

// Evidently's example (Apache-2.0), as a goodness-of-fit: the reference is as good as known.
test('the chi-square statistic by a published example', () => {
  const reference = { counts: [16, 18, 16, 14, 12, 12], size: 1e9 };
  const statistic = homogeneity(reference, { counts: [16, 16, 16, 16, 16, 8], size: 88 });
  expect(statistic).toBeCloseTo(3.1746, 3);
  expect(statistic).toBeLessThan(chiSquareQuantile(1 - 0.67, 5));
  expect(statistic).toBeGreaterThan(chiSquareQuantile(1 - 0.68, 5));
});

test('categories are compared by name, unknown ones are other, and silence is a bin', () => {
  const reference: CategoryHistogram = {
    kind: 'category',
    counts: [
      { value: 'web', count: 60 },
      { value: 'shop', count: 30 },
    ],
    other: 5,
    nulls: 5,
  };
  const current: CategoryHistogram = {
    kind: 'category',
    counts: [
      { value: 'shop', count: 7 },
      { value: 'app', count: 2 },
    ],
    other: 1,
    nulls: 0,
  };
  expect(alignedCounts(reference, current)).toEqual({ reference: [60, 30, 5, 5], current: [0, 7, 3, 0] });
});

test('a column that falls silent is a large shift', () => {
  const reference = { kind: 'number', edges: [1, 2], counts: [300, 400, 300], nulls: 0 } as const;
  const silent = { kind: 'number', edges: [1, 2], counts: [0, 0, 0], nulls: 1_000 } as const;
  const aligned = alignedCounts(reference, silent);
  expect(psi(aligned.reference, aligned.current)).toBeGreaterThan(5);
  expect(() => alignedCounts(reference, { ...silent, counts: [0, 0] })).toThrow("the reference's 3 bins");
});
