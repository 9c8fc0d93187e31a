/**
 * Freezes what a rollout will be judged by: margins from the spec, error probabilities from the ledger, sizes from the power plan
 * with variances measured on the frozen comparison rows.
 */
import type { DecisionContract, LiveMetric, MetricContract } from '../domain/decision-contract.ts';
import { type Comparison, type Evidence, figureOf } from '../domain/evidence.ts';
import type { Digest, RolloutId, VersionId } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
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
}

/** Shares of the error probability. What is not here is in reserve: calibration 0.10 for probation, and OVERALL's other half for segments. */
const METRIC_WEIGHTS: Readonly<Record<LiveMetric, number>> = { auc: 0.25, conversion: 0.25, errors: 0.15, 'log-loss': 0.15, latency: 0.1 };
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

export function decisionContract(input: DecisionContractInput): DecisionContract {
  const { label, rollout } = input.spec;
  return {
    format: 'understudy.decision-contract.v1',
    judge: 'always-valid.v1',
    rolloutId: input.rolloutId,
    challenger: input.challenger,
    champion: input.champion,
    evidence: input.evidenceDigest,
    alpha: rollout.alpha,
    metrics: metricsOf(input.spec, input.evidence.overall),
    steps: rollout.steps,
    shadow: rollout.shadow,
    step: rollout.step,
    longestStepMs: rollout.longestStepMs,
    dependsOnAction: label.dependsOnAction,
    label: { outcome: label.outcome, maturityMs: label.maturityMs, absent: label.absent },
    primary: primaryOutcome(input.spec),
    latency: {
      batchMs: rollout.metrics.latency.batchMs,
      toleranceMs: rollout.metrics.latency.toleranceMs,
      limitMs: rollout.metrics.latency.limitMs,
    },
    clip: USUAL_CLIP,
  };
}

/** The one outcome that is the team's aim: one of the further outcomes, or else the label. */
export function primaryOutcome({ label, outcomes }: Spec): DecisionContract['primary'] {
  const primary = outcomes.find(({ role }) => role === 'primary');
  if (primary) return { outcome: primary.name, maturityMs: primary.maturityMs, absent: primary.absent, better: primary.better };
  return { outcome: label.outcome, maturityMs: label.maturityMs, absent: label.absent, better: label.better };
}

function metricsOf(spec: Spec, overall: Comparison): readonly MetricContract[] {
  const { metrics, alpha } = spec.rollout;
  const planned = (
    metric: LiveMetric,
    limits: { margin: number; critical: boolean },
    plan: { harm: number; variance: number },
  ): MetricContract => {
    const share = alpha * METRIC_WEIGHTS[metric] * OVERALL_WEIGHT;
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
  return [
    planned('errors', metrics.errors, { harm: metrics.errors.margin, variance: twoArms(USUAL_ERROR_RATE + metrics.errors.margin / 2) }),
    { ...latency, plannedRows: Math.max(latency.plannedRows, rowsToPassLatency()) },
    planned('conversion', metrics.conversion, conversionPlan(spec, overall)),
    planned('log-loss', metrics.logLoss, logLossPlan(metrics.logLoss.margin, overall)),
    planned('auc', metrics.auc, { harm: metrics.auc.margin, variance: varianceOf(overall, 'auc') ?? CAUTIOUS_VARIANCE.auc }),
  ];
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
function varianceOf(overall: Comparison, metric: 'auc' | 'log-loss'): number | null {
  const error = figureOf(overall, metric)?.gain?.standardError ?? Number.NaN;
  return Number.isFinite(error) ? overall.rows * error ** 2 : null;
}
