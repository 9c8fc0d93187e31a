import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { solvePositiveDefinite } from '../../src/training/cholesky.ts';
import { logisticRegression, sigmoid } from '../../src/training/logistic-regression.ts';

interface Case {
  readonly name: string;
  readonly ridge: number;
  readonly width: number;
  readonly x: number[];
  readonly y: number[];
  readonly weights: number[];
  readonly bias: number;
}

const { cases } = JSON.parse(readFileSync(new URL('./logistic-regression.reference.json', import.meta.url), 'utf8')) as { cases: Case[] };
const regression = ({ x, y, width, ridge }: Pick<Case, 'x' | 'y' | 'width' | 'ridge'>) =>
  logisticRegression({ x: Float32Array.from(x), y: Uint8Array.from(y), width, ridge, iterations: 100, tolerance: 1e-14 });

test.each(cases)('$name: the weights are those of scikit-learn', (reference) => {
  const { weights, bias, converged } = regression(reference);
  expect(converged).toBe(true);
  [...weights, bias].forEach((value, index) => {
    expect(value).toBeCloseTo([...reference.weights, reference.bias][index]!, 5);
  });
});

test('one class alone gives a finite model that predicts it', () => {
  const { weights, bias } = regression({ x: [1, 2, 3, 4], y: [0, 0, 0, 0], width: 1, ridge: 1 });
  expect(weights.every(Number.isFinite)).toBe(true);
  expect(sigmoid(bias)).toBeLessThan(0.1);
});

test('whatever the columns hold, the result is finite and a stationary point', () => {
  const value = fc.oneof(fc.constantFrom(0, 1, 1e-6, 1e4), fc.float({ min: -50, max: 50, noNaN: true }));
  const row = fc.tuple(value, value, value, fc.constantFrom(0, 1));
  fc.assert(
    fc.property(fc.array(row, { minLength: 2, maxLength: 40 }), fc.constantFrom(0.01, 1, 10), (rows, ridge) => {
      const x = rows.flatMap((each) => each.slice(0, 3)).map(Math.fround);
      const y = rows.map((each) => each[3]);
      const { weights, bias } = regression({ x, y, width: 3, ridge });
      const residuals = y.map(
        (label, index) => sigmoid(bias + weights.reduce((sum, weight, k) => sum + weight * x[index * 3 + k]!, 0)) - label,
      );
      weights.forEach((weight, k) => {
        const size = x.reduce((sum, each, index) => (index % 3 === k ? sum + Math.abs(each) : sum), 1);
        const gradient = residuals.reduce((sum, residual, index) => sum + residual * x[index * 3 + k]!, ridge * weight);
        expect(Math.abs(gradient) / size).toBeLessThan(1e-4);
      });
    }),
    { numRuns: 200 },
  );
});

test('the same rows give the same weights, bit by bit', () => {
  expect(regression(cases[0]!)).toEqual(regression(cases[0]!));
});

test('a ridge of zero is refused', () => {
  expect(() => regression({ ...cases[0]!, ridge: 0 })).toThrow('above 0');
});

test('a positive definite system is solved', () => {
  const x = solvePositiveDefinite(Float64Array.of(4, 0, 2, 3), Float64Array.of(8, 7));
  expect(x[0]).toBeCloseTo(1.25, 12);
  expect(x[1]).toBeCloseTo(1.5, 12);
});
