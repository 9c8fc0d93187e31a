import type { GateSpec, Task } from '../domain/spec.ts';
import type { ScoredRows } from './scored-rows.ts';

/** The sentence that says so; null: there are enough to judge by. */
export function tooFewRows(
  task: Task,
  { targets, treated }: Pick<ScoredRows, 'targets' | 'treated'>,
  { minimumSegmentClass: least }: GateSpec,
): string | null {
  const tooFew = (parts: readonly (readonly [number, string])[]) =>
    parts.every(([rows]) => rows >= least)
      ? null
      : `${parts.map(([rows, name]) => `${rows} ${name}`).join(' and ')} are too few to judge by; expected at least ${least} of each`;
  if (task === 'regression')
    return targets.length >= 2 * least ? null : `${targets.length} rows are too few to judge by; expected at least ${2 * least}`;
  const positives = (arm: number | null) =>
    targets.reduce((sum, target, row) => sum + (arm === null || treated![row] === arm ? target : 0), 0);
  if (task === 'uplift')
    return tooFew([
      [positives(1), 'treated positives'],
      [positives(0), 'untreated positives'],
    ]);
  const found = positives(null);
  return tooFew([
    [found, 'positives'],
    [targets.length - found, 'negatives'],
  ]);
}
