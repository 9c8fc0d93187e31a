import { expect, test } from 'vitest';
import { binOf } from '../../src/domain/reference-profile.ts';
import { featureHistograms, numberHistogram, scoreHistogram } from '../../src/features/reference-profile.ts';

test('deciles of a spread column hold a tenth of the rows each', () => {
  const { edges, counts, nulls } = numberHistogram(Float64Array.from({ length: 1000 }, (_, index) => index));
  expect(edges).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900]);
  expect(counts).toEqual(new Array(10).fill(100));
  expect(nulls).toBe(0);
});

test('a nearly constant column keeps bins below, at and above its value', () => {
  const values = Float64Array.from({ length: 1000 }, (_, index) => (index < 20 ? 3 : 999));
  const { edges, counts } = numberHistogram(values);
  expect(counts).toEqual([20, 980, 0]);
  expect([3, 998.9, 999, 999.1].map((value) => binOf(edges, value))).toEqual([0, 0, 1, 2]);
});

test('missing values are counted, and an empty column has one empty bin', () => {
  expect(numberHistogram(Float64Array.of(Number.NaN, 1)).nulls).toBe(1);
  expect(numberHistogram(new Float64Array(0))).toEqual({ kind: 'number', edges: [], counts: [0], nulls: 0 });
});

test('categories are counted most frequent first, the long tail together', () => {
  const column = ['b', 'a', 'a', null, ...Array.from({ length: 60 }, (_, index) => `rare ${index}`)];
  const usual = { derive: null, monotone: 'none', owner: 'ann', version: 1, description: '' } as const;
  const features = [{ name: 'c', type: 'category', nullable: true, transform: 'one-hot', maxCategories: 9, ...usual }] as const;
  const [profile] = featureHistograms({ inputs: [], features }, new Map([['c', column]]));
  expect(profile!.histogram).toMatchObject({ kind: 'category', nulls: 1, other: 12 });
  expect(profile!.histogram.kind === 'category' && profile!.histogram.counts[0]).toEqual({ value: 'a', count: 2 });
});

test('scores that few values share stay in their bins when the runtime rounds them to 32 bits', () => {
  const values = [1 / 33, 16 / 153, 10 / 63, 0.2, 0.7];
  const scores = Float64Array.from({ length: 1_000 }, (_, row) => values[Math.floor(row ** 1.15) % values.length]!);
  const { edges, counts } = scoreHistogram(scores);
  const served = new Array<number>(counts.length).fill(0);
  for (const score of Float32Array.from(scores)) served[binOf(edges, score)]! += 1;
  expect(served).toEqual(counts);
  expect(edges.toSorted((a, b) => a - b)).toEqual(edges);
  expect(counts.filter((count) => count > 0)).toHaveLength(values.length);
});
