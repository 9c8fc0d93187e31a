import { normalQuantile } from './normal.ts';

/** Quantile of chi-square by Wilson & Hilferty (1931): within 1 % from 3 degrees of freedom on. */
export function chiSquareQuantile(p: number, degreesOfFreedom: number): number {
  const spread = 2 / (9 * degreesOfFreedom);
  return degreesOfFreedom * (1 - spread + normalQuantile(p) * Math.sqrt(spread)) ** 3;
}
