/**
 * Population stability index between two sets of counts over the same bins: sum of (q - p) ln(q / p). 0 is the same distribution;
 * 0.1 is usually called significant and 0.25 major.
 */
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

/**
 * What two samples of one distribution show on average, because small samples differ by chance: about (bins - 1)(1/n + 1/m). Sizes
 * are effective ones: entities, not predictions.
 */
export function expectedPsi({ bins, reference, current }: { bins: number; reference: number; current: number }): number {
  return Math.max(0, bins - 1) * (1 / reference + 1 / current);
}
