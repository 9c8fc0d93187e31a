/**
 * A rate over predictions of entities that come back. Predictions of one entity are not independent; the spread over groups of
 * entities says how many independent ones they are worth (design effect; Kish 1965).
 */
import type { RateArm } from './rates.ts';

/** Counts of one group of entities. */
export interface Cluster {
  readonly trials: number;
  readonly events: number;
}

/** Variance over groups against what independent trials would have; at least 1, so that chance never makes the data look richer. */
export function designEffect(clusters: readonly Cluster[]): number {
  const used = clusters.filter(({ trials }) => trials > 0);
  const { events, trials } = totals(used);
  const rate = events / trials;
  const independent = rate * (1 - rate) * trials;
  if (used.length < 2 || !(independent > 0)) return 1;
  const spread = used.reduce((sum, cluster) => sum + (cluster.events - rate * cluster.trials) ** 2, 0);
  return Math.max(1, (spread * used.length) / (used.length - 1) / independent);
}

/** The arm with its trials and events divided by the design effect. */
export function effectiveArm(clusters: readonly Cluster[], effect: number): RateArm {
  const { events, trials } = totals(clusters);
  return { events: events / effect, trials: trials / effect };
}

function totals(clusters: readonly Cluster[]): RateArm {
  return clusters.reduce((sum, { events, trials }) => ({ events: sum.events + events, trials: sum.trials + trials }), {
    events: 0,
    trials: 0,
  });
}
