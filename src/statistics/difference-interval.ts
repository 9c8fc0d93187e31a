import type { Interval } from '../domain/evidence.ts';

interface Measured {
  readonly middle: number;
  readonly interval: Interval;
}

/**
 * The 95 % interval of a difference, one minus other, from the interval of each and where its middle is (square and add; Newcombe
 * 1998, Zou & Donner 2008). Where intervals are lopsided, so is that of the difference. It takes nothing off for moving together, so
 * that it is too wide for figures that do.
 */
export function differenceInterval(one: Measured, other: Measured): Interval {
  const difference = one.middle - other.middle;
  return {
    low: difference - Math.hypot(one.middle - one.interval.low, other.interval.high - other.middle),
    high: difference + Math.hypot(one.interval.high - one.middle, other.middle - other.interval.low),
  };
}
