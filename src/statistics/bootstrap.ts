/**
 * The bootstrap over clusters (Efron 1979; stratified: Davison & Hinkley 1997, section 3.2). A draw is a count for each cluster: how
 * often it was picked. Statistics are computed with these counts as weights, so nothing is copied or sorted again.
 */
import type { Estimate } from '../domain/evidence.ts';

/** Clusters are numbered stratum by stratum. */
export interface Strata {
  /** How many clusters each stratum has. */
  readonly sizes: readonly number[];
  /**
   * `fixed`: by design, as the arms of an experiment. `drawn`: two strata whose sizes chance decided, as the classes of a label, so
   * that a draw decides them anew; with fixed ones the 95 % interval of a log loss covered it in 80 of 100 samples (measured).
   */
  readonly are: 'fixed' | 'drawn';
}

export function clustersIn({ sizes }: Strata): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * As many clusters as there are, with replacement, within each stratum. The draw's number is part of the seed, so that draws can be made
 * in any order and on any thread (xoshiro128** by Blackman & Vigna 2018, seeded through splitmix32).
 */
export function drawWeights(strata: Strata, { seed, draw }: { seed: number; draw: number }, weights: Uint8Array): void {
  weights.fill(0);
  let [a, b, c, d] = statesOf(seed, draw);
  const picks = strata.are === 'drawn' ? sizesDrawn(strata.sizes, [c, d]) : strata.sizes;
  let start = 0;
  for (const [stratum, size] of strata.sizes.entries()) {
    const scale = size / 2 ** 32;
    for (let picked = 0; picked < picks[stratum]!; picked++) {
      const times5 = Math.imul(b, 5);
      const random = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
      const t = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = (d << 11) | (d >>> 21);
      const cluster = start + Math.floor(random * scale);
      weights[cluster] = weights[cluster]! + 1;
    }
    start += size;
  }
}

/** A binomial number by its normal approximation, from two random states; neither stratum ever becomes empty. */
function sizesDrawn(sizes: readonly number[], [one, other]: readonly [number, number]): readonly number[] {
  const [first, second] = sizes as [number, number];
  const all = first + second;
  if (first === 0 || second === 0) return sizes;
  const uniform = (state: number) => ((state >>> 0) + 0.5) / 2 ** 32;
  const normal = Math.sqrt(-2 * Math.log(uniform(one))) * Math.cos(2 * Math.PI * uniform(other));
  const drawn = Math.round(second + Math.sqrt((first * second) / all) * normal);
  const bounded = Math.min(all - 1, Math.max(1, drawn));
  return [all - bounded, bounded];
}

function statesOf(seed: number, draw: number): [number, number, number, number] {
  let state = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul((draw + 1) | 0, 0x85ebca77);
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  return [next(), next(), next(), next() | 1];
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Fewer finite draws than this part of all, and there is no interval: the statistic hangs on rows that many draws miss. */
const ENOUGH = 0.95;

/**
 * The basic (reflected) 95 % interval, which takes off the bias that resampling adds (Davison & Hinkley 1997, section 5.2); of what is
 * positive without an upper bound, such as a loss, on the scale of its logarithm, because a few large losses make it lopsided. Null
 * when too many draws gave no number.
 */
export function bootstrapEstimate(estimate: number, draws: Float64Array, bounds?: Bounds): Estimate | null {
  const finite = draws.filter(Number.isFinite).sort();
  if (!Number.isFinite(estimate) || finite.length < 2 || finite.length < ENOUGH * draws.length) return null;
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (finite.length - 1);
  const { low, high } = reflected(estimate, { low: quantile(finite, 0.025), high: quantile(finite, 0.975) }, bounds);
  return {
    // -0 would be read back from JSON as 0 and change the digest.
    estimate: estimate + 0,
    interval: { low: within(Math.min(low, estimate), bounds) + 0, high: within(Math.max(high, estimate), bounds) + 0 },
    standardError: Math.sqrt(variance),
  };
}

function reflected(estimate: number, drawn: Bounds, bounds?: Bounds): Bounds {
  const isPositive = bounds?.low === 0 && bounds.high === Number.POSITIVE_INFINITY && estimate > 0 && drawn.low > 0;
  if (isPositive) return { low: estimate ** 2 / drawn.high, high: estimate ** 2 / drawn.low };
  return { low: 2 * estimate - drawn.high, high: 2 * estimate - drawn.low };
}

function within(value: number, bounds?: Bounds): number {
  return bounds ? Math.min(bounds.high, Math.max(bounds.low, value)) : value;
}

/** Of sorted values, between neighbours in proportion (type 7 of Hyndman & Fan 1996). */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
