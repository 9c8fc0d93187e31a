import { Z95 } from '../domain/evidence.ts';

/** The 95 % interval of a rate by the score method (Wilson 1927), which holds for few events, too. */
export function wilson(events: number, trials: number): { low: number; high: number } {
  const rate = events / trials;
  const square = Z95 ** 2;
  const centre = (rate + square / (2 * trials)) / (1 + square / trials);
  const reach = (Z95 / (1 + square / trials)) * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials ** 2));
  return { low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}
