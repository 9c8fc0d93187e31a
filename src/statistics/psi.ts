/**
 * Population stability index between two sets of counts over the same bins: sum of (q - p) ln(q / p). 0 is the same distribution;
 * 0.1 is usually called significant and 0.25 major.
 */
import { chiSquareQuantile } from './chi-square.ts';

/** An empty bin counts as half a row: ln 0 is infinite, and a fixed tiny share would make every empty bin of a small window an alarm. */
const EMPTY = 0.5;

/** Null when either side has no rows: no data is not "no drift". */
export function psi(reference: readonly number[], current: readonly number[]): number | null {
  if (reference.length !== current.length)
    throw new RangeError(`expected as many bins on both sides, found ${reference.length} and ${current.length}`);
  const before = reference.reduce((sum, count) => sum + count, 0);
  const now = current.reduce((sum, count) => sum + count, 0);
  if (!(before > 0 && now > 0)) return null;
  return reference.reduce((sum, count, bin) => sum + shift(count, before, { count: current[bin]!, total: now }), 0);
}

function shift(count: number, total: number, current: { count: number; total: number }): number {
  if (count === 0 && current.count === 0) return 0;
  const p = Math.max(count, EMPTY) / total;
  const q = Math.max(current.count, EMPTY) / current.total;
  return (q - p) * Math.log(q / p);
}

export interface PsiNoise {
  /** What two samples of one distribution show on average. */
  readonly expected: number;
  /** What they exceed with the given probability. */
  readonly upper: number;
}

/**
 * The index of two samples from one distribution is about (1/n + 1/m) times a chi-square with bins - 1 degrees of freedom, so
 * small windows read high without any shift. Sizes are effective ones: entities, not predictions.
 */
export function psiNoise(sizes: { bins: number; reference: number; current: number }, falseAlarm: number): PsiNoise {
  const scale = 1 / sizes.reference + 1 / sizes.current;
  const freedom = Math.max(1, sizes.bins - 1);
  return { expected: scale * freedom, upper: scale * chiSquareQuantile(1 - falseAlarm, freedom) };
}
