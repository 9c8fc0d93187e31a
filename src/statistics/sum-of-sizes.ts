/**
 * The 95 % interval of a sum of sizes |g1| + |g2| + …, such as a calibration error, of which only noisy g are known. Noise alone
 * makes sizes, so that the sum as measured is above the true one: by how much depends on how the true sum is spread over the parts.
 * A bootstrap takes the measured parts for the true ones and adds the noise once more; its intervals cover a small sum far too rarely
 * (Kumar, Liang & Ma 2019; Sun et al. 2024). Instead a true sum belongs to the interval if what was measured is no surprise under it
 * (Neyman 1937), at the two extremes of how it may be spread: noise adds least where all parts share the sum in proportion to their
 * noise, which gives the upper end, and most where one part holds it alone, which gives the lower end.
 */
import type { Interval } from '../domain/evidence.ts';

const SURPRISE = 0.025;
/** Of the width of the range that is searched. */
const HALVINGS = 30;

export interface SumOfSizes {
  /** May lie below the sum as measured. */
  readonly interval: Interval;
  /** The sum without what noise adds: under it what was measured is about as often exceeded as not. */
  readonly middle: number;
}

/** `parts` as measured; `draws`: of each part its draws. */
export function sumOfSizes(parts: readonly number[], draws: readonly Float64Array[]): SumOfSizes {
  const measured = parts.reduce((sum, part) => sum + Math.abs(part), 0);
  const noise = draws.map((column, part) => column.map((value) => value - parts[part]!));
  const spreads = noise.map((column) => Math.sqrt(column.reduce((sum, value) => sum + value * value, 0) / column.length));
  const allNoise = spreads.reduce((sum, spread) => sum + spread, 0);
  if (!(allNoise > 0)) return { interval: { low: measured, high: measured }, middle: measured };
  const shared = spreads.map((spread) => spread / allNoise);
  const largest = parts.reduce((best, part, index) => (Math.abs(part) > Math.abs(parts[best]!) ? index : best), 0);
  const alone = parts.map((_, part) => (part === largest ? 1 : 0));
  const most = 2 * measured + 4 * allNoise;
  const below = (truth: number) => shareOf(noise, shared, truth, (sum) => sum <= measured);
  const above = (truth: number) => shareOf(noise, alone, truth, (sum) => sum >= measured);
  const held = (share: number) => boundary(most, (truth) => above(truth) >= share);
  const spread = (share: number) => boundary(most, (truth) => below(truth) < share);
  return { interval: { low: held(SURPRISE), high: spread(SURPRISE) }, middle: (held(0.5) + spread(0.5)) / 2 };
}

/** Of the draws of the noise, added to a true sum that is spread as `pattern` says. */
function shareOf(noise: readonly Float64Array[], pattern: readonly number[], truth: number, counts: (sum: number) => boolean): number {
  const draws = noise[0]!.length;
  let counted = 0;
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    for (let part = 0; part < pattern.length; part++) sum += Math.abs(truth * pattern[part]! + noise[part]![draw]!);
    if (counts(sum)) counted += 1;
  }
  return counted / draws;
}

/** Where the answer becomes yes; 0 where it is from there on. */
function boundary(most: number, isYes: (value: number) => boolean): number {
  if (isYes(0)) return 0;
  let [no, yes] = [0, most];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (no + yes) / 2;
    if (isYes(middle)) yes = middle;
    else no = middle;
  }
  return (no + yes) / 2;
}
