import { expect, test } from 'vitest';
import type { SearchSpec } from '../../src/domain/spec.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { candidates } from '../../src/training/search.ts';
import { aFeature } from '../data/fixtures.ts';
import { fitHere, fitRows } from './fit-here.ts';

const range = (from: number, to: number, more: Partial<SearchSpec['ranges'][string]> = {}) => ({
  from,
  to,
  scale: 'linear' as const,
  whole: false,
  ...more,
});
const search: SearchSpec = { trials: 40, ranges: { leaves: range(2, 64, { whole: true }), l2: range(0.001, 100, { scale: 'log' }) } };

test('the given parameters are tried first, then draws within their ranges', () => {
  const [given, ...draws] = candidates({ leaves: 31, l2: 1, trees: 7 }, search, 1);
  expect(given).toEqual({ leaves: 31, l2: 1, trees: 7 });
  expect(draws).toHaveLength(40);
  for (const { leaves, l2, trees } of draws) {
    expect(Number.isInteger(leaves) && leaves! >= 2 && leaves! <= 64).toBe(true);
    expect(l2! >= 0.001 && l2! <= 100).toBe(true);
    expect(trees).toBe(7);
  }
  // On a logarithmic scale half of them lie below the middle of the logarithms.
  const small = draws.filter(({ l2 }) => l2! < Math.sqrt(0.001 * 100)).length;
  expect(small).toBeGreaterThan(10);
  expect(small).toBeLessThan(30);
});

test('the seed draws, the order in which ranges are written does not', () => {
  const turned = { ...search, ranges: { l2: search.ranges.l2!, leaves: search.ranges.leaves! } };
  expect(candidates({}, turned, 1)).toEqual(candidates({}, search, 1));
  expect(candidates({}, search, 2)).not.toEqual(candidates({}, search, 1));
});

test('what was tried is kept, and the best on the validation rows is chosen', () => {
  const { uniform, normal } = seededRandom(3);
  const made = (count: number) => {
    const columns = new Map(['a', 'b', 'c', 'd'].map((name) => [name, Float64Array.from({ length: count }, () => normal())]));
    return fitRows(
      columns,
      columns.get('a')!.map((a, row) => (uniform() < 1 / (1 + Math.exp(-a * columns.get('b')![row]!)) ? 1 : 0)),
    );
  };
  const features = ['a', 'b', 'c', 'd'].map((name) => aFeature(name, 'number'));
  const small: SearchSpec = { trials: 5, ranges: { leaves: range(2, 40, { whole: true }) } };
  const { searched, parameters } = fitHere(features, made(1_500), {
    trainer: 'gradient-boosted-trees',
    parameters: { trees: 60 },
    validation: made(1_000),
    search: small,
  });
  expect(searched!.tried).toHaveLength(6);
  expect(searched!.judgedBy).toBe('log-loss');
  const losses = searched!.tried.map(({ loss }) => loss);
  expect(searched!.chosen).toBe(losses.indexOf(Math.min(...losses)));
  expect(parameters).toEqual(searched!.tried[searched!.chosen]!.parameters);
});
