/** Points and draws of one group of rows into figures with their intervals. */
import { type Estimate, Z95 } from '../domain/evidence.ts';
import type { MeasuredFigure } from '../gates/evaluation-gates.ts';
import { bootstrapEstimate } from '../statistics/bootstrap.ts';
import { type PairedAuc, pairedAuc } from '../statistics/delong.ts';
import type { Metric } from './task-metrics.ts';

export interface Drawn {
  /** One number a metric: the challenger's, then the opponent's. */
  readonly points: Float64Array;
  /** The same for every draw. */
  column(index: number): Float64Array;
}

/** Figures that the rows do not have (one class, nobody acted upon) are left out. `auc` replaces the bootstrap's, where rows are independent. */
export function figuresOf(metrics: readonly Metric[], { points, column }: Drawn, auc: PairedAuc | null): MeasuredFigure[] {
  return metrics.flatMap((metric, index): MeasuredFigure[] => {
    if (metric.name === 'auc' && auc !== null) return [byDelong(auc)];
    const other = metrics.length + index;
    const [mine, its] = [column(index), column(other)];
    const challenger = bootstrapEstimate(points[index]!, mine, metric.bounds ?? undefined);
    if (challenger === null) return [];
    const sign = metric.better === 'higher' ? 1 : -1;
    const gains = mine.map((value, draw) => sign * (value - its[draw]!));
    return [
      {
        metric: metric.name,
        better: metric.better,
        challenger,
        opponent: bootstrapEstimate(points[other]!, its, metric.bounds ?? undefined),
        gain: bootstrapEstimate(sign * (points[index]! - points[other]!), gains),
        method: 'bootstrap',
      },
    ];
  });
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
