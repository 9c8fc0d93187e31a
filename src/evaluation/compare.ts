/** Two sets of scores on the same rows into metrics, differences and their intervals. */
import type { Estimate, MetricName } from '../domain/evidence.ts';
import type { MeasuredFigure } from '../gates/evaluation-gates.ts';
import { brierScores } from '../statistics/brier.ts';
import { aucWithError, pairedAuc } from '../statistics/delong.ts';
import { logLosses } from '../statistics/log-loss.ts';
import { meanOf } from '../statistics/mean.ts';
import { lossHarm } from '../statistics/paired-losses.ts';

/** Two-sided 95 %. */
const Z95 = 1.959963984540054;

export interface ScoredRows {
  readonly labels: Uint8Array;
  readonly challenger: Float64Array;
  readonly opponent: Float64Array;
}

export interface Figures {
  readonly rows: number;
  readonly entities: number;
  readonly positives: number;
  readonly figures: readonly MeasuredFigure[];
}

/** Without two rows of each class there is nothing to compare, and there are no figures. */
export function compare({ labels, challenger, opponent }: ScoredRows): Figures {
  const counts = { rows: labels.length, entities: labels.length, positives: labels.reduce((sum, label) => sum + label, 0) };
  const ranked = pairedAuc({ labels, champion: opponent, challenger });
  if (ranked === null) return { ...counts, figures: [] };
  const auc: MeasuredFigure = {
    metric: 'auc',
    better: 'higher',
    challenger: aucOf(challenger, labels),
    opponent: aucOf(opponent, labels),
    gain: estimated(-ranked.harm, ranked.standardError),
    method: 'delong',
  };
  const loss = (metric: MetricName, losses: (scores: Float64Array, labels: Uint8Array) => Float64Array): MeasuredFigure => {
    const [mine, other] = [losses(challenger, labels), losses(opponent, labels)];
    const harm = lossHarm(mine, other)!;
    return {
      metric,
      better: 'lower',
      challenger: meanEstimate(mine),
      opponent: meanEstimate(other),
      gain: estimated(-harm.mean, harm.standardError),
      method: 'normal',
    };
  };
  return { ...counts, figures: [auc, loss('log-loss', logLosses), loss('brier', brierScores)] };
}

function aucOf(scores: Float64Array, labels: Uint8Array): Estimate {
  const { auc, standardError } = aucWithError(scores, labels)!;
  const { low, high } = estimated(auc, standardError).interval;
  return { estimate: auc, standardError, interval: { low: Math.max(0, low), high: Math.min(1, high) } };
}

function meanEstimate(values: Float64Array): Estimate {
  const { mean, standardError } = meanOf(values)!;
  return estimated(mean, standardError);
}

function estimated(estimate: number, standardError: number): Estimate {
  // -0 would be read back from JSON as 0 and change the digest.
  const interval = { low: estimate - Z95 * standardError + 0, high: estimate + Z95 * standardError + 0 };
  return { estimate: estimate + 0, standardError, interval };
}
