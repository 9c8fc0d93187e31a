import type { Histogram } from '../../domain/reference-profile.ts';
import type { MonitoringSpec } from '../../domain/spec.ts';
import type { WatchFigures, WatchFinding } from '../../domain/watch-figures.ts';
import { distributionShift, isBeyondChance } from '../../statistics/distribution-shift.ts';
import { count, figure } from '../wording.ts';

/** Probability that any feature of an unmoved window seems to have moved, at one look: looks are taken every hour, for years. */
const FALSE_ALARM = 1e-5;

interface Compared {
  readonly name: string;
  readonly feature: string | null;
  readonly reference: Histogram;
  readonly current: Histogram;
}

/** Features and the score whose distribution moved significantly. Empty below the minimum of predictions: then nothing was judged. */
export function driftFindings(figures: WatchFigures, limits: MonitoringSpec): WatchFinding[] {
  if (figures.sample.predictions < limits.minimumPredictions) return [];
  const features = figures.features.map((given): Compared => ({ ...given, name: `"${given.feature}"` }));
  const score = figures.score === null ? [] : [{ ...figures.score, name: 'the score', feature: null }];
  const compared = [...features, ...score];
  return compared.flatMap((given) => driftOf(given, { limits, figures, falseAlarm: FALSE_ALARM / compared.length }));
}

interface Look {
  readonly limits: MonitoringSpec;
  readonly figures: WatchFigures;
  readonly falseAlarm: number;
}

/**
 * Two samples of one distribution already show some index: that much is taken off, and what is left must be large. Besides, the
 * shift must be beyond chance, which a chi-square test says better than the index itself.
 */
function driftOf({ name, feature, reference, current }: Compared, { limits, figures, falseAlarm }: Look): WatchFinding[] {
  const shift = distributionShift(reference, current, (rows) => effectiveSize(rows, figures));
  if (shift === null) return [];
  const { index: value, rows } = shift;
  if (value < limits.psiSignificant || !isBeyondChance(shift, falseAlarm)) return [];
  const major = value >= limits.psiMajor;
  const limit = major ? limits.psiMajor : limits.psiSignificant;
  const sentence = `${name} has moved: PSI ${figure(value, 2)} over ${count(rows)} predictions against the reference rows, ${major ? 'major' : 'significant'} from ${figure(limit, 2)}`;
  return [{ kind: feature === null ? 'score-drift' : 'drift', ...(feature !== null && { feature }), value, limit, sentence }];
}

/** Entities that come back repeat themselves, so a sample is worth at most as many rows as it has entities. */
function effectiveSize(rows: number, { sample }: WatchFigures): number {
  return sample.predictions > 0 ? rows * Math.min(1, sample.entities / sample.predictions) : rows;
}
