/**
 * The largest gap between the rates of several groups. The pair that looks farthest apart is picked after the fact, so that its own
 * interval excludes equality far too often: of ten equal groups in three of five samples (measured). The lower end holds for all pairs
 * at once (Tukey 1953: the largest deviation of any pair, in its standard errors, as the draws show it), and is that of the pair for
 * which most is shown; the upper end is the highest of any pair.
 */
import { type Estimate, Z95 } from '../domain/evidence.ts';
import { quantile } from './bootstrap.ts';

export interface DrawnRate {
  readonly rate: Estimate;
  readonly draws: Float64Array;
}

/** Null with fewer than two groups. `rates` may be in any order. */
export function largestGap(rates: readonly DrawnRate[]): Estimate | null {
  const pairs = rates.flatMap((one, index) => rates.slice(index + 1).map((other) => pairOf(one, other)));
  if (pairs.length === 0) return null;
  const most = largestDeviation(rates);
  const estimate = pairs.reduce((largest, { gap }) => Math.max(largest, gap), 0);
  const low = pairs.reduce((largest, { gap, error }) => Math.max(largest, gap - most * error), 0);
  const high = pairs.reduce((largest, { gap, error }) => Math.max(largest, gap + Z95 * error), estimate);
  const widest = pairs.find(({ gap }) => gap === estimate)!;
  return { estimate, interval: { low: Math.min(low, estimate), high: Math.min(1, high) }, standardError: widest.error };
}

function pairOf(one: DrawnRate, other: DrawnRate): { gap: number; error: number } {
  return {
    gap: Math.abs(one.rate.estimate - other.rate.estimate),
    error: Math.hypot(one.rate.standardError ?? 0, other.rate.standardError ?? 0),
  };
}

/** In standard errors, exceeded by no pair in 95 of 100 draws. */
function largestDeviation(rates: readonly DrawnRate[]): number {
  const draws = Float64Array.from(rates[0]!.draws, (_, draw) => {
    let largest = 0;
    for (let one = 0; one < rates.length; one++) {
      for (let other = one + 1; other < rates.length; other++) {
        const [a, b] = [rates[one]!, rates[other]!];
        const error = Math.hypot(a.rate.standardError ?? 0, b.rate.standardError ?? 0);
        const moved = Math.abs(a.draws[draw]! - a.rate.estimate - b.draws[draw]! + b.rate.estimate);
        if (error > 0 && moved > largest * error) largest = moved / error;
      }
    }
    return largest;
  });
  return quantile(draws.filter(Number.isFinite).sort(), 0.95);
}
