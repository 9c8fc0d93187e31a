/** Two sets of scores on the same rows into metrics, differences and their intervals. */
import type { BinaryMetrics, Comparison, Interval } from '../domain/evidence.ts';
import { brierScores } from '../statistics/brier.ts';
import { aucWithError, pairedAuc } from '../statistics/delong.ts';
import { logLosses } from '../statistics/log-loss.ts';
import { type Mean, meanOf } from '../statistics/mean.ts';
import { lossHarm } from '../statistics/paired-losses.ts';

/** Two-sided 95 %. */
const Z95 = 1.959963984540054;

export interface ScoredRows {
  readonly labels: Uint8Array;
  readonly challenger: Float64Array;
  readonly opponent: Float64Array;
}

export type Figures = Pick<Comparison, 'rows' | 'positives' | 'challenger' | 'opponent' | 'aucGain' | 'logLossGain' | 'brierGain'>;

/** Without two rows of each class there is nothing to compare, and every figure is null. */
export function compare({ labels, challenger, opponent }: ScoredRows): Figures {
  const counts = { rows: labels.length, positives: labels.reduce((sum, label) => sum + label, 0) };
  const ranked = pairedAuc({ labels, champion: opponent, challenger });
  if (ranked === null) return { ...counts, challenger: null, opponent: null, aucGain: null, logLossGain: null, brierGain: null };
  return {
    ...counts,
    challenger: metricsOf(challenger, labels),
    opponent: metricsOf(opponent, labels),
    aucGain: gain(-ranked.harm, ranked.standardError),
    logLossGain: gainOf(lossHarm(logLosses(challenger, labels), logLosses(opponent, labels))!),
    brierGain: gainOf(lossHarm(brierScores(challenger, labels), brierScores(opponent, labels))!),
  };
}

function metricsOf(scores: Float64Array, labels: Uint8Array): BinaryMetrics {
  const ranking = aucWithError(scores, labels)!;
  const loss = meanOf(logLosses(scores, labels))!;
  const auc = interval(ranking.auc, ranking.standardError);
  return {
    auc: ranking.auc,
    aucInterval: { low: Math.max(0, auc.low), high: Math.min(1, auc.high) },
    logLoss: loss.mean,
    logLossInterval: interval(loss.mean, loss.standardError),
    brier: meanOf(brierScores(scores, labels))!.mean,
  };
}

/** Losses are better when lower, so the gain is the harm turned around. */
function gainOf({ mean, standardError }: Mean) {
  return gain(-mean, standardError);
}

function gain(estimate: number, standardError: number) {
  // -0 would be read back from JSON as 0 and change the digest.
  return { estimate: estimate + 0, standardError, interval: interval(estimate, standardError) };
}

function interval(estimate: number, standardError: number): Interval {
  return { low: estimate - Z95 * standardError + 0, high: estimate + Z95 * standardError + 0 };
}
