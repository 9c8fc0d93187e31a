import type { GroupCounts, LiveEvidence, MetricContract } from '../../domain/decision-contract.ts';
import type { Measured } from '../../statistics/always-valid.ts';
import { type Cluster, designEffect, effectiveArm } from '../../statistics/clustered-rate.ts';
import { rateDifference, slackBelowAbsolute } from '../../statistics/rates.ts';
import { percent, range } from '../wording.ts';
import { type JudgedMetric, settle, silent } from './judged-metric.ts';
import { MINIMUM_EVENTS } from './limits.ts';

/** The challenger's errors against control's, over entities: repeated predictions of one entity count for what they are worth. */
export function judgeErrors(contract: MetricContract, { control, challenger }: LiveEvidence['errors']): JudgedMetric {
  const arms = { control: control.map(cluster), challenger: challenger.map(cluster) };
  const [seenControl, seenChallenger] = [effectiveArm(arms.control, 1), effectiveArm(arms.challenger, 1)];
  if (seenControl.trials === 0 || seenChallenger.trials === 0) {
    const empty = seenChallenger.trials === 0 ? 'challenger' : 'control arm';
    return silent(contract, { rows: seenChallenger.trials, sentence: `errors: no prediction of the ${empty} has been logged` });
  }
  const effect = Math.max(designEffect(arms.control), designEffect(arms.challenger));
  const [controlArm, challengerArm] = [effectiveArm(arms.control, effect), effectiveArm(arms.challenger, effect)];
  const rates = `${percent(seenChallenger.events / seenChallenger.trials, 2)} against ${percent(seenControl.events / seenControl.trials, 2)} of control`;
  return settle(contract, {
    harm: rateDifference(challengerArm, controlArm),
    slack: slackBelowAbsolute(challengerArm, controlArm, contract.margin),
    enoughToFail: seenChallenger.events + seenControl.events >= MINIMUM_EVENTS,
    enoughToPass: true,
    rows: seenChallenger.trials,
    rowsOf: 'predictions an arm',
    words: (interval) => `${rates}, harm ${range(interval, (value) => percent(value, 2))}, margin ${percent(contract.margin, 2)}`,
  });
}

/**
 * In the shadow there is no control arm: the challenger's failures are held against the margin alone. An equal challenger is far
 * below it, so nothing of the error probability is spent.
 */
export function judgeShadowErrors(contract: MetricContract, { predictions, errors }: GroupCounts): JudgedMetric {
  if (predictions === 0) return silent(contract, { rows: 0, sentence: 'errors: the challenger has scored no copy of a request yet' });
  const rate = errors / predictions;
  const { margin } = contract;
  const beyond: Measured = { estimate: rate - margin, standardError: Math.sqrt((rate * (1 - rate)) / predictions) };
  const slack: Measured = { estimate: margin - rate, standardError: Math.sqrt((margin * (1 - margin)) / predictions) };
  return settle(contract, {
    harm: beyond,
    slack,
    enoughToFail: errors >= MINIMUM_EVENTS,
    enoughToPass: true,
    rows: predictions,
    rowsOf: 'copies',
    words: () => `${percent(rate, 2)} of the copies failed, margin ${percent(margin, 2)}`,
  });
}

function cluster({ predictions, errors }: GroupCounts): Cluster {
  return { trials: predictions, events: errors };
}
