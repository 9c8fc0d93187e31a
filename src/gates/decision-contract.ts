/**
 * Freezes what a rollout will be judged by: margins from the spec, error probabilities from the ledger, sizes from the power plan
 * with variances measured on the frozen comparison rows.
 */
import type { DecisionContract, LiveMetric, MetricContract } from '../domain/decision-contract.ts';
import { type Comparison, type Evidence, figureOf } from '../domain/evidence.ts';
import type { Digest, RolloutId, VersionId } from '../domain/ids.ts';
import type { Spec, Task } from '../domain/spec.ts';
import { USUAL_CLIP } from '../statistics/log-loss.ts';
import { plannedRows } from '../statistics/power.ts';
import { ALPHA_PASS, MINIMUM_MATURED } from './live/limits.ts';

export interface DecisionContractInput {
  readonly spec: Spec;
  readonly evidence: Evidence;
  readonly rolloutId: RolloutId;
  readonly evidenceDigest: Digest;
  readonly challenger: VersionId;
  readonly champion: VersionId;
  /** Of a regression: the 99th percentile of its labels, for which the spec may name another cap. */
  readonly labelCap?: number | null;
}

/** Shares of the error probability. What is not here is in reserve: calibration 0.10 for probation, and OVERALL's other half for segments. */
const METRIC_WEIGHTS: Readonly<Record<LiveMetric, number>> = {
  auc: 0.25,
  conversion: 0.25,
  value: 0.25,
  errors: 0.15,
  'log-loss': 0.15,
  latency: 0.1,
  // A regression has one measure of quality where a classifier has two.
  'absolute-error': 0.4,
};
/** An uplift model has none: all of what quality may cost goes to the primary outcome between the arms. */
const UPLIFT_WEIGHT = 0.65;
const OVERALL_WEIGHT = 0.5;
const POWER = 0.9;

/** A guess for planning; the judge itself takes what it measures. */
const USUAL_ERROR_RATE = 0.005;
/** p95 +50 % takes 5 % of slow answers to about 10 %. */
const SLOW_ANSWERS = 0.05;
/** With the usual spread of latencies, 15 % beyond control's p95 leave 3 % of the answers: the 2 points that a pass must show. */
const SLOW_BEYOND_MARGIN = 0.03;
/** Where the frozen rows gave no variance: what unpaired scores show at a base rate of 10 %, which is far more than paired ones. */
const CAUTIOUS_VARIANCE = { auc: 1.1, logLoss: 0.25 };
/** Relative to the mean absolute error, squared: a guess between equal models (0) and unpaired ones (1 to 2). */
const CAUTIOUS_ERROR_VARIANCE = 0.25;
/** Standard deviation over mean of a value that nobody has measured: one buyer in ten, whose orders vary as much as they are large. A guess. */
const USUAL_SPREAD = 4.5;

export function decisionContract(input: DecisionContractInput): DecisionContract {
  const { label, rollout, task } = input.spec;
  const notJudged = notJudgedOf(task);
  return {
    format: 'understudy.decision-contract.v1',
    judge: 'always-valid.v1',
    rolloutId: input.rolloutId,
    challenger: input.challenger,
    champion: input.champion,
    evidence: input.evidenceDigest,
    alpha: rollout.alpha,
    // What was not there when the first contracts were frozen stays away from those that need none of it.
    ...(task !== 'binary-classification' && { task }),
    metrics: metricsOf(input.spec, input.evidence),
    steps: rollout.steps,
    shadow: rollout.shadow,
    step: rollout.step,
    longestStepMs: rollout.longestStepMs,
    dependsOnAction: label.dependsOnAction,
    label: {
      outcome: label.outcome,
      maturityMs: label.maturityMs,
      absent: label.absent,
      ...(task === 'regression' && ({ kind: 'value' } as const)),
    },
    primary: primaryOutcome(input.spec, input.labelCap ?? null),
    ...(notJudged.length > 0 && { notJudged }),
    latency: {
      batchMs: rollout.metrics.latency.batchMs,
      toleranceMs: rollout.metrics.latency.toleranceMs,
      limitMs: rollout.metrics.latency.limitMs,
    },
    clip: USUAL_CLIP,
  };
}

/** The one outcome that is the team's aim: one of the further outcomes, or else the label. */
export function primaryOutcome({ label, outcomes, task }: Spec, labelCap: number | null = null): DecisionContract['primary'] {
  const primary = outcomes.find(({ role }) => role === 'primary');
  if (primary) {
    const { name: outcome, maturityMs, absent, better, kind, cap } = primary;
    return { outcome, maturityMs, absent, better, ...(kind === 'value' && { kind, cap }) };
  }
  const { outcome, maturityMs, absent, better, cap } = label;
  return { outcome, maturityMs, absent, better, ...(task === 'regression' && { kind: 'value', cap: cap ?? labelCap }) };
}

function notJudgedOf(task: Task): readonly string[] {
  switch (task) {
    case 'binary-classification':
      return [];
    case 'regression':
      return [
        'a bias of the mean: the absolute error is least for the median, so the root mean square error of the evaluation stands for it',
      ];
    case 'uplift':
      return [
        'the quality of single differences: nobody knows what somebody who was treated would have done otherwise, so no pair of scores can be held against an outcome; the primary outcome between the arms stands for it',
      ];
  }
}

function metricsOf(spec: Spec, { overall, simpleBaseline, comparisonRows }: Evidence): readonly MetricContract[] {
  const { metrics, alpha } = spec.rollout;
  const planned = (
    metric: LiveMetric,
    limits: { margin: number; critical: boolean },
    plan: { harm: number; variance: number },
  ): MetricContract => {
    const weight = spec.task === 'uplift' && isPrimaryMetric(metric) ? UPLIFT_WEIGHT : METRIC_WEIGHTS[metric];
    const share = alpha * weight * OVERALL_WEIGHT;
    const rows = plannedRows({ alpha: share, power: POWER, ...plan });
    return {
      metric,
      critical: limits.critical,
      margin: limits.margin,
      harmToFind: plan.harm,
      alpha: share,
      plannedRows: Math.max(MINIMUM_MATURED, rows),
    };
  };
  const latency = planned('latency', metrics.latency, { harm: SLOW_ANSWERS, variance: twoArms(1.5 * SLOW_ANSWERS) });
  const operations = [
    planned('errors', metrics.errors, { harm: metrics.errors.margin, variance: twoArms(USUAL_ERROR_RATE + metrics.errors.margin / 2) }),
    { ...latency, plannedRows: Math.max(latency.plannedRows, rowsToPassLatency()) },
  ];
  const primary =
    primaryOutcome(spec).kind === 'value'
      ? planned('value', metrics.conversion, valuePlan(spec, { simpleBaseline, comparisonRows }))
      : planned('conversion', metrics.conversion, conversionPlan(spec, overall));
  switch (spec.task) {
    case 'binary-classification':
      return [
        ...operations,
        primary,
        planned('log-loss', metrics.logLoss, logLossPlan(metrics.logLoss.margin, overall)),
        planned('auc', metrics.auc, { harm: metrics.auc.margin, variance: varianceOf(overall, 'auc') ?? CAUTIOUS_VARIANCE.auc }),
      ];
    case 'regression':
      return [...operations, primary, planned('absolute-error', metrics.absoluteError, absoluteErrorPlan(spec, overall))];
    case 'uplift':
      return [...operations, primary];
  }
}

function isPrimaryMetric(metric: LiveMetric): boolean {
  return metric === 'conversion' || metric === 'value';
}

/** In units of the mean, because nobody knows the scale of an outcome that is not the label. */
function valuePlan(
  { rollout, task, label }: Spec,
  { simpleBaseline, comparisonRows }: Pick<Evidence, 'simpleBaseline' | 'comparisonRows'>,
): { harm: number; variance: number } {
  const { margin } = rollout.metrics.conversion;
  // Whoever always answers the mean is wrong by the standard deviation.
  const deviation = simpleBaseline.figures.find(({ metric }) => metric === 'rmse')?.estimate;
  const known = task === 'regression' && label.isPrimary && deviation !== undefined && comparisonRows.meanLabel !== 0;
  const spread = known ? deviation / Math.abs(comparisonRows.meanLabel) : USUAL_SPREAD;
  return { harm: margin, variance: 2 * spread ** 2 };
}

/** In units of the champion's mean absolute error. */
function absoluteErrorPlan({ rollout }: Spec, overall: Comparison): { harm: number; variance: number } {
  const champion = figureOf(overall, 'mae')?.opponent?.estimate ?? 0;
  const variance = varianceOf(overall, 'mae');
  const relative = variance === null || champion <= 0 ? CAUTIOUS_ERROR_VARIANCE : variance / champion ** 2;
  return { harm: rollout.metrics.absoluteError.margin, variance: relative };
}

/** Variance of a difference of rates, times the entities of one arm, half-way between no harm and the harm to be found. */
function twoArms(rate: number): number {
  return 2 * rate * (1 - rate);
}

function rowsToPassLatency(): number {
  const gap = SLOW_ANSWERS - SLOW_BEYOND_MARGIN;
  return plannedRows({ alpha: ALPHA_PASS, power: POWER, harm: gap, variance: twoArms((SLOW_ANSWERS + SLOW_BEYOND_MARGIN) / 2) });
}

/** The label's base rate also stands in for another primary outcome, whose rate nobody has measured yet: it sizes the plan, not the verdict. */
function conversionPlan(spec: Spec, { rows, positives }: Comparison): { harm: number; variance: number } {
  const { margin } = spec.rollout.metrics.conversion;
  const rate = Math.min(Math.max((positives ?? 0) / Math.max(rows, 1), 0.001), 0.999);
  const direction = primaryOutcome(spec).better === 'higher' ? -1 : 1;
  return { harm: margin * rate, variance: twoArms(Math.min(rate * (1 + (direction * margin) / 2), 0.999)) };
}

function logLossPlan(margin: number, overall: Comparison): { harm: number; variance: number } {
  const champion = figureOf(overall, 'log-loss')?.opponent?.estimate ?? Math.LN2;
  return { harm: margin * champion, variance: varianceOf(overall, 'log-loss') ?? CAUTIOUS_VARIANCE.logLoss };
}

/** V = rows * SE^2: what one row contributes, measured where both versions scored the same frozen rows. */
function varianceOf(overall: Comparison, metric: 'auc' | 'log-loss' | 'mae'): number | null {
  const error = figureOf(overall, metric)?.gain?.standardError ?? Number.NaN;
  return Number.isFinite(error) ? overall.rows * error ** 2 : null;
}
