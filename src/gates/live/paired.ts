/** Quality on the same rows scored by both versions: log loss and AUC. */
import type { DecisionContract, LiveEvidence, MetricContract } from '../../domain/decision-contract.ts';
import { pairedAuc } from '../../statistics/delong.ts';
import { logLosses } from '../../statistics/log-loss.ts';
import { meanOf } from '../../statistics/mean.ts';
import { lossHarm, lossSlack } from '../../statistics/paired-losses.ts';
import { count, figure, percent, range } from '../wording.ts';
import { type JudgedMetric, settle, silent } from './judged-metric.ts';
import { LARGE_ALPHA, MINIMUM_CLASS, MINIMUM_CLASS_AT_LARGE_ALPHA, SILENT_ROWS } from './limits.ts';

type Pairs = LiveEvidence['pairs'];

export function judgeAuc(contract: MetricContract, pairs: Pairs, outcome: string): JudgedMetric {
  const problem = problemWith(pairs, outcome);
  if (problem !== null) return silent(contract, { rows: pairs.labels.length, sentence: `auc: ${problem}` });
  const found = pairedAuc(pairs);
  const enough = hasEnough(pairs, contract.alpha);
  return settle(contract, {
    harm: found && { estimate: found.harm, standardError: found.standardError },
    slack: found && { estimate: contract.margin - found.harm, standardError: found.standardError },
    enoughToFail: enough,
    enoughToPass: enough,
    rows: pairs.labels.length,
    rowsOf: rowsOf(pairs),
    words: (interval) =>
      `${figure(found!.challenger, 3)} against ${figure(found!.champion, 3)} of the champion, harm ${range(interval, (value) => figure(value, 3))}, margin ${figure(contract.margin, 3)}`,
  });
}

/** The margin is a part of the champion's log loss on these very rows, and the pass test knows that this too is measured. */
export function judgeLogLoss(
  contract: MetricContract,
  pairs: Pairs,
  { label, clip }: Pick<DecisionContract, 'label' | 'clip'>,
): JudgedMetric {
  const problem = problemWith(pairs, label.outcome);
  if (problem !== null) return silent(contract, { rows: pairs.labels.length, sentence: `log-loss: ${problem}` });
  const losses = { challenger: logLosses(pairs.challenger, pairs.labels, clip), champion: logLosses(pairs.champion, pairs.labels, clip) };
  const harm = lossHarm(losses.challenger, losses.champion);
  const slack = lossSlack(losses, contract.margin);
  const champion = meanOf(losses.champion)?.mean ?? Number.NaN;
  const enough = hasEnough(pairs, contract.alpha);
  return settle(contract, {
    harm: harm && { estimate: harm.mean, standardError: harm.standardError },
    slack: slack && { estimate: slack.mean, standardError: slack.standardError },
    enoughToFail: enough,
    enoughToPass: enough,
    rows: pairs.labels.length,
    rowsOf: rowsOf(pairs),
    words: (interval) =>
      `${figure(champion + harm!.mean, 4)} against ${figure(champion, 4)} of the champion, harm ${range(interval, (value) => percent(value / champion))}, margin ${percent(contract.margin)}`,
  });
}

/** Why these pairs are no evidence at all, or null. */
function problemWith({ labels, champion, challenger }: Pairs, outcome: string): string | null {
  const rows = labels.length;
  if (champion.length !== rows || challenger.length !== rows)
    throw new RangeError(`expected ${rows} scores of both versions, found ${champion.length} and ${challenger.length}`);
  if (rows === 0) return `no pair has matured for the outcome "${outcome}"`;
  const strange = rows - labels.filter((_, row) => isProbability(champion[row]!) && isProbability(challenger[row]!)).length;
  if (strange > 0) return `${count(strange)} of ${count(rows)} pairs hold scores that are not probabilities`;
  if (positivesOf(labels) === 0 && rows >= SILENT_ROWS)
    return `none of ${count(rows)} matured pairs has the outcome "${outcome}"; its feed may be silent`;
  return null;
}

function hasEnough({ labels }: Pairs, alpha: number): boolean {
  const positives = positivesOf(labels);
  return Math.min(positives, labels.length - positives) >= leastOfEachClass(alpha);
}

function leastOfEachClass(alpha: number): number {
  return alpha >= LARGE_ALPHA ? MINIMUM_CLASS_AT_LARGE_ALPHA : MINIMUM_CLASS;
}

function rowsOf({ labels }: Pairs): string {
  return `pairs (${count(positivesOf(labels))} positive)`;
}

function positivesOf(labels: readonly number[]): number {
  return labels.reduce((sum, label) => sum + (label === 1 ? 1 : 0), 0);
}

function isProbability(score: number): boolean {
  return score >= 0 && score <= 1;
}
