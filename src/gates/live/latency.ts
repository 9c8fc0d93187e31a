import type { DecisionContract, LatencyBatch, LiveEvidence, MetricContract } from '../../domain/decision-contract.ts';
import type { Measured } from '../../statistics/always-valid.ts';
import { type ExceedanceBatch, exceedanceHarm, shareSlack } from '../../statistics/latency-exceedance.ts';
import { count, figure, percent } from '../wording.ts';
import { type JudgedMetric, settle, silent } from './judged-metric.ts';
import { MINIMUM_ANSWERS_FOR_P95, MINIMUM_BATCHES } from './limits.ts';

/** What lies beyond a p95. */
const SLOW_SHARE = 0.05;

/**
 * How many answers are slower than control's frozen p95. The challenger passes when fewer of its answers exceed what is tolerated
 * than control's exceed the p95 itself. It fails only if, besides, more do: a difference below the tolerance never matters, and
 * failing less often cannot raise the probability of a false alarm.
 */
export function judgeLatency(
  contract: MetricContract,
  latency: LiveEvidence['latency'],
  limits: DecisionContract['latency'],
): JudgedMetric {
  const batches = latency.batches.filter(({ controlCount, challengerCount }) => controlCount + challengerCount > 0);
  const answers = sum(batches, ({ challengerCount }) => challengerCount);
  const hard = judgeHardLimit(contract, latency, { answers, limitMs: limits.limitMs });
  if (hard) return hard;
  if (latency.controlP95Ms === null)
    return silent(contract, {
      rows: answers,
      sentence: 'latency: no p95 of control was frozen before this step, so nothing can be compared',
    });

  const harm = exceedanceHarm(batches.map(overP95));
  const tolerated = exceedanceHarm(batches.map(overTolerated));
  if (harm === null || tolerated === null)
    return silent(contract, {
      rows: answers,
      sentence: `latency: ${count(batches.length)} batches of answers are too few to compare; ${MINIMUM_BATCHES} are needed`,
    });
  const enough = batches.length >= MINIMUM_BATCHES;
  return settle(contract, {
    harm,
    slack: slackOf(batches, tolerated),
    enoughToFail: enough && tolerated.estimate > 0,
    enoughToPass: enough,
    rows: answers,
    rowsOf: `answers in ${count(batches.length)} batches (at least ${MINIMUM_BATCHES})`,
    words: () => inWords(latency.controlP95Ms!, batches, harm.estimate),
  });
}

/**
 * Where control itself has become faster than its frozen p95, hardly anybody exceeds it, and two arms without slow answers could not be told
 * apart for ever. Then the challenger passes by keeping its own p95 within what is tolerated.
 */
function slackOf(batches: readonly LatencyBatch[], tolerated: Measured): Measured | null {
  const control = shareOf(batches, 'controlOver', 'controlCount');
  if (control < SLOW_SHARE) return shareSlack(batches.map(overTolerated), SLOW_SHARE);
  return { estimate: -tolerated.estimate, standardError: tolerated.standardError };
}

/** A limit for people who wait, whatever the control arm does. Unless the champion was beyond it before: then it is the machine's. */
function judgeHardLimit(
  contract: MetricContract,
  latency: LiveEvidence['latency'],
  { answers, limitMs }: { answers: number; limitMs: number },
): JudgedMetric | null {
  const { challengerP95Ms, controlP95Ms } = latency;
  if (challengerP95Ms === null || !(challengerP95Ms > limitMs) || answers < MINIMUM_ANSWERS_FOR_P95) return null;
  if (controlP95Ms !== null && controlP95Ms > limitMs) return null;
  const sentence = `latency: p95 of the challenger is ${figure(challengerP95Ms, 0)} ms over ${count(answers)} answers, beyond the hard limit of ${count(limitMs)} ms`;
  return { ...silent(contract, { rows: answers, sentence }), state: 'failed', hasData: true };
}

function inWords(p95: number, batches: readonly LatencyBatch[], harm: number): string {
  const control = sum(batches, ({ controlOver }) => controlOver) / sum(batches, ({ controlCount }) => controlCount);
  const beyond =
    sum(batches, ({ challengerOverTolerated }) => challengerOverTolerated) / sum(batches, ({ challengerCount }) => challengerCount);
  return `${percent(control + harm)} of the challenger's answers are slower than control's p95 of ${figure(p95, 1)} ms against ${percent(control)} of control's, and ${percent(beyond)} slower than tolerated`;
}

function overP95(batch: LatencyBatch): ExceedanceBatch {
  return {
    control: batch.controlCount,
    challenger: batch.challengerCount,
    controlOver: batch.controlOver,
    challengerOver: batch.challengerOver,
  };
}

function overTolerated(batch: LatencyBatch): ExceedanceBatch {
  return { ...overP95(batch), challengerOver: batch.challengerOverTolerated };
}

function shareOf(batches: readonly LatencyBatch[], part: keyof LatencyBatch, whole: keyof LatencyBatch): number {
  return sum(batches, (batch) => batch[part]) / sum(batches, (batch) => batch[whole]);
}

function sum(batches: readonly LatencyBatch[], of: (batch: LatencyBatch) => number): number {
  return batches.reduce((total, batch) => total + of(batch), 0);
}
