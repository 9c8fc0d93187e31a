/** Points and draws of one group of rows into figures with their intervals. */
import { type Estimate, type Interval, Z95 } from '../domain/evidence.ts';
import type { MeasuredFigure } from '../gates/evaluation-gates.ts';
import { bootstrapEstimate } from '../statistics/bootstrap.ts';
import { type PairedAuc, pairedAuc } from '../statistics/delong.ts';
import { differenceInterval } from '../statistics/difference-interval.ts';
import { type SumOfSizes, sumOfSizes } from '../statistics/sum-of-sizes.ts';
import { type Metric, partsOf, widthOf } from './task-metrics.ts';

export interface Drawn {
  /** What the task's metrics write of the challenger, then of the opponent. */
  readonly points: Float64Array;
  /** The same for every draw. */
  column(index: number): Float64Array;
}

/** Figures that the rows do not have (one class, nobody acted upon) are left out. `auc` replaces the bootstrap's, where rows are independent. */
export function figuresOf(metrics: readonly Metric[], { points, column }: Drawn, auc: PairedAuc | null): MeasuredFigure[] {
  return metrics.flatMap((metric, index): MeasuredFigure[] => {
    if (metric.name === 'auc' && auc !== null) return [byDelong(auc)];
    const other = widthOf(metrics) + index;
    const [mine, its] = [column(index), column(other)];
    const challenger = bootstrapEstimate(points[index]!, mine, metric.bounds ?? undefined);
    if (challenger === null) return [];
    const sign = metric.better === 'higher' ? 1 : -1;
    const gains = mine.map((value, draw) => sign * (value - its[draw]!));
    const figure: MeasuredFigure = {
      metric: metric.name,
      better: metric.better,
      challenger,
      opponent: bootstrapEstimate(points[other]!, its, metric.bounds ?? undefined),
      gain: bootstrapEstimate(sign * (points[index]! - points[other]!), gains),
      method: 'bootstrap',
    };
    return [metric.parts === undefined ? figure : ofSizes(figure, partsOf(metrics, index), { points, column, width: widthOf(metrics) })];
  });
}

/**
 * A sum of sizes has intervals of its own, and that of the gain follows from both; nor do two sums differ by more than the sizes of
 * what their parts differ by, which keeps the gain of two versions that are almost the same from being wide. Each holds the figure as
 * measured.
 */
function ofSizes(figure: MeasuredFigure, parts: readonly number[], { points, column, width }: Drawn & { width: number }): MeasuredFigure {
  const { challenger, opponent, gain } = figure;
  if (opponent === null || gain === null) return figure;
  const mine = parts.map((place) => ({ point: points[place]!, draws: column(place) }));
  const its = parts.map((place) => ({ point: points[width + place]!, draws: column(width + place) }));
  const apart = its.map(({ point, draws }, part) => ({
    point: point - mine[part]!.point,
    draws: draws.map((value, draw) => value - mine[part]!.draws[draw]!),
  }));
  const [one, other, most] = [summed(mine), summed(its), summed(apart).interval.high];
  const { low, high } = differenceInterval(other, one);
  return {
    ...figure,
    challenger: withInterval(challenger, one.interval),
    opponent: withInterval(opponent, other.interval),
    gain: withInterval(gain, { low: Math.max(low, -most), high: Math.min(high, most) }),
  };
}

function summed(parts: readonly { readonly point: number; readonly draws: Float64Array }[]): SumOfSizes {
  return sumOfSizes(
    parts.map(({ point }) => point),
    parts.map(({ draws }) => draws),
  );
}

function withInterval(given: Estimate, { low, high }: Interval): Estimate {
  return { ...given, interval: { low: Math.min(low, given.estimate) + 0, high: Math.max(high, given.estimate) + 0 } };
}

/** Null where entities come back, whose rows DeLong would take for independent, and with fewer than two rows of a class. */
export function delongOf(
  rows: { labels: ArrayLike<number>; challenger: ArrayLike<number>; opponent: ArrayLike<number> },
  entities: number,
): PairedAuc | null {
  if (entities < rows.labels.length) return null;
  return pairedAuc({ labels: rows.labels, champion: rows.opponent, challenger: rows.challenger });
}

function byDelong({ champion, challenger, championError, challengerError, harm, standardError }: PairedAuc): MeasuredFigure {
  return {
    metric: 'auc',
    better: 'higher',
    challenger: normal(challenger, challengerError, { low: 0, high: 1 }),
    opponent: normal(champion, championError, { low: 0, high: 1 }),
    gain: normal(-harm, standardError, { low: -1, high: 1 }),
    method: 'delong',
  };
}

function normal(estimate: number, standardError: number, bounds: { low: number; high: number }): Estimate {
  // -0 would be read back from JSON as 0 and change the digest.
  const low = Math.max(bounds.low, estimate - Z95 * standardError) + 0;
  return { estimate: estimate + 0, standardError, interval: { low, high: Math.min(bounds.high, estimate + Z95 * standardError) + 0 } };
}
