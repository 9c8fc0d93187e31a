/**
 * Quality of a regression on the same rows scored by both versions. Absolute errors, because what one row can add to the difference is
 * then at most how far the two versions are apart on it: one giant order decides nothing, and nothing has to be clipped. They are
 * least for the median, so they don't see a bias of the mean; the contract says so.
 */
import type { LiveEvidence, MetricContract } from '../../domain/decision-contract.ts';
import { meanOf } from '../../statistics/mean.ts';
import { lossHarm, lossSlack } from '../../statistics/paired-losses.ts';
import { count, figure, percent, range } from '../wording.ts';
import { type JudgedMetric, settle, silent } from './judged-metric.ts';
import { MINIMUM_MATURED, SILENT_ROWS } from './limits.ts';

type Pairs = LiveEvidence['pairs'];

/** The test is tuned to the margin as a part of the mean absolute error of both versions together, which says nothing of who is better. */
export function judgeAbsoluteError(contract: MetricContract, pairs: Pairs, outcome: string): JudgedMetric {
  const rows = pairs.labels.length;
  const problem = problemWith(pairs, outcome);
  if (problem !== null) return silent(contract, { rows, sentence: `absolute-error: ${problem}` });
  const losses = { challenger: errorsOf(pairs.challenger, pairs.labels), champion: errorsOf(pairs.champion, pairs.labels) };
  const [champion, challenger] = [meanOf(losses.champion)?.mean ?? Number.NaN, meanOf(losses.challenger)?.mean ?? Number.NaN];
  const harm = lossHarm(losses.challenger, losses.champion);
  const slack = lossSlack(losses, contract.margin);
  const enough = rows >= MINIMUM_MATURED;
  const tuned = { ...contract, harmToFind: (contract.harmToFind * (champion + challenger)) / 2 };
  return settle(tuned, {
    harm: harm && { estimate: harm.mean, standardError: harm.standardError },
    slack: slack && { estimate: slack.mean, standardError: slack.standardError },
    enoughToFail: enough,
    enoughToPass: enough,
    rows,
    rowsOf: 'pairs',
    words: (interval) =>
      `${figure(challenger, 2)} against ${figure(champion, 2)} of the champion, harm ${range(interval, (value) => percent(value / champion))}, margin ${percent(contract.margin)}`,
  });
}

function problemWith({ labels, champion, challenger }: Pairs, outcome: string): string | null {
  const rows = labels.length;
  if (champion.length !== rows || challenger.length !== rows)
    throw new RangeError(`expected ${rows} scores of both versions, found ${champion.length} and ${challenger.length}`);
  if (rows === 0) return `no pair has matured for the outcome "${outcome}"`;
  const strange = [labels, champion, challenger].some((values) => !values.every(Number.isFinite));
  if (strange) return `some of ${count(rows)} pairs hold what is no number`;
  if (rows >= SILENT_ROWS && labels.every((label) => label === 0))
    return `each of ${count(rows)} matured pairs has the outcome "${outcome}" at zero; its feed may be silent`;
  return null;
}

function errorsOf(scores: readonly number[], labels: readonly number[]): Float64Array {
  return Float64Array.from(scores, (score, row) => Math.abs(score - labels[row]!));
}
