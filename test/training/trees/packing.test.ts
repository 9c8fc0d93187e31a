import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/statistics/random.ts';
import { allocate, openMemory, piecesOf } from '../../../src/training/trees/memory.ts';
import { chooseScales, GRADIENT, measure, pack, scalesIn } from '../../../src/training/trees/packing.ts';

function packed(pairs: readonly (readonly [gradient: number, hessian: number])[], salt = 1) {
  const memory = openMemory(allocate({ rows: pairs.length, width: 1, validationRows: 0, leaves: 2, threads: 1, logistic: true }));
  memory.gradients.set(pairs.flat());
  for (let piece = 0; piece < piecesOf(pairs.length); piece++) measure(memory, piece);
  chooseScales(memory);
  const scales = scalesIn(memory);
  pack(memory, { from: 0, until: pairs.length }, { scales, salt });
  const sumOf = (rows: Iterable<number>) => {
    let sum = 0;
    for (const row of rows) sum += memory.packed[row]!;
    const gradients = Math.floor(sum / GRADIENT);
    return { sum, gradient: gradients / scales.gradient, hessian: (sum - gradients * GRADIENT) / scales.hessian };
  };
  return { sumOf, rows: [...pairs.keys()] };
}

/** Mostly small, now and then very large: what a few big customers do to a regression. */
const heavy = fc
  .tuple(fc.double({ min: -20, max: 20, noNaN: true }), fc.double({ min: -6, max: 6, noNaN: true }))
  .map(([exponent, weight]) => [Math.sign(exponent) * 2 ** Math.abs(exponent), 2 ** weight] as const);

test('sums are exact: any order gives the same bits, and what is taken off is what was put in', () => {
  fc.assert(
    fc.property(fc.array(heavy, { minLength: 2, maxLength: 300 }), (pairs) => {
      const { sumOf, rows } = packed(pairs);
      const all = sumOf(rows).sum;
      expect(sumOf([...rows].reverse()).sum).toBe(all);
      const [half, rest] = [rows.filter((row) => row % 2 === 0), rows.filter((row) => row % 2 === 1)];
      expect(all - sumOf(half).sum).toBe(sumOf(rest).sum);
      expect(Math.abs(all)).toBeLessThan(2 ** 53);
    }),
  );
});

test('sums are right: to a hundred-thousandth of what there is, also with few rows that weigh most', () => {
  fc.assert(
    fc.property(fc.array(heavy, { minLength: 2, maxLength: 300 }), (pairs) => {
      const { sumOf, rows } = packed(pairs);
      const { gradient, hessian } = sumOf(rows);
      const total = (of: (pair: readonly [number, number]) => number) => pairs.reduce((sum, pair) => sum + of(pair), 0);
      expect(Math.abs(gradient - total(([g]) => g))).toBeLessThan(1e-5 * total(([g]) => Math.abs(g)) + 1e-12);
      expect(Math.abs(hessian - total(([, h]) => h))).toBeLessThan(1e-4 * total(([, h]) => h));
    }),
  );
});

test('many rows lose nothing on average, however small they are beside the largest', () => {
  const { uniform } = seededRandom(1);
  const pairs = Array.from({ length: 200_000 }, (_, row) => [row === 0 ? 1_000 : uniform() - 0.4, 0.25 * uniform()] as const);
  const { sumOf, rows } = packed(pairs);
  const some = rows.slice(1_000, 51_000);
  const { gradient, hessian } = sumOf(some);
  expect(gradient / some.reduce((sum, row) => sum + pairs[row]![0], 0)).toBeCloseTo(1, 3);
  expect(hessian / some.reduce((sum, row) => sum + pairs[row]![1], 0)).toBeCloseTo(1, 3);
});

test('what can be exact is: halves, quarters, and hessians that are all alike', () => {
  const { sumOf, rows } = packed([
    [0.25, 1],
    [-3.5, 1],
    [6, 1],
  ]);
  expect(sumOf(rows)).toMatchObject({ gradient: 2.75, hessian: 3 });
  expect(sumOf([1])).toMatchObject({ gradient: -3.5, hessian: 1 });
});
