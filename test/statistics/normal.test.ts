import { expect, test } from 'vitest';
import { chiSquareQuantile } from '../../src/statistics/chi-square.ts';
import { logGamma } from '../../src/statistics/log-gamma.ts';
import { logNormalCdf, normalCdf, normalQuantile } from '../../src/statistics/normal.ts';
import { seededRandom } from '../../src/statistics/random.ts';

// Textbook values (Abramowitz & Stegun, and high-precision arithmetic for the tails).
test('the distribution function has its published values', () => {
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(1)).toBeCloseTo(0.841344746068543, 14);
  expect(normalCdf(-1.959963984540054)).toBeCloseTo(0.025, 14);
  expect(normalCdf(5)).toBeCloseTo(0.999999713348428, 14);
  expect(normalCdf(-10) / 7.619853024160527e-24).toBeCloseTo(1, 12);
});

test('its logarithm is right where the function itself is zero or one', () => {
  expect(logNormalCdf(-40)).toBeCloseTo(-804.608442013754, 9);
  expect(logNormalCdf(-5)).toBeCloseTo(-15.0649983939887, 11);
  expect(logNormalCdf(-4.000001)).toBeCloseTo(logNormalCdf(-3.999999), 4);
  expect(logNormalCdf(9) / -1.1285884059538405e-19).toBeCloseTo(1, 10);
  expect(logNormalCdf(Number.NaN)).toBeNaN();
});

test('the quantile undoes the distribution function', () => {
  for (const p of [1e-300, 1e-12, 0.001, 0.025, 0.3, 0.5, 0.9, 0.999999]) expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 11);
  expect(normalQuantile(0.9)).toBeCloseTo(1.2815515655446004, 13);
  expect([normalQuantile(0), normalQuantile(1), normalQuantile(1.5)]).toEqual([-Infinity, Infinity, Number.NaN]);
});

test('the gamma function and chi-square have their published values', () => {
  expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 13);
  expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 12);
  expect(logGamma(10_000)).toBeCloseTo(82099.71749644238, 7);
  expect(Math.abs(chiSquareQuantile(0.95, 10) / 18.307 - 1)).toBeLessThan(0.01);
  expect(Math.abs(chiSquareQuantile(0.999, 9) / 27.877 - 1)).toBeLessThan(0.01);
});

test('the same seed gives the same numbers, and they are normal', () => {
  const [one, other, third] = [seededRandom(7), seededRandom(7), seededRandom(8)];
  const draws = Array.from({ length: 20_000 }, () => one.normal());
  expect(Array.from({ length: 5 }, () => other.normal())).toEqual(draws.slice(0, 5));
  expect(third.normal()).not.toBe(draws[0]);
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  expect(draws.filter((x) => Math.abs(x) > 1.959964).length / draws.length).toBeCloseTo(0.05, 2);
});
