/**
 * The judge of a rollout: the frozen contract and what the live tables say into a verdict. Pure, and free to be asked at any time,
 * because its test is always valid. Evidence of harm ends the rollout at once; a step ends only when it has lasted long enough and what it must show is
 * shown; everything else is doubt, and says what is missing.
 */
import type { DecisionContract, JudgedStage, LiveEvidence, LiveMetric, MetricContract } from '../domain/decision-contract.ts';
import { fail, inconclusive, pass, type Verdict } from '../domain/verdict.ts';
import { sampleRatioP } from '../statistics/sample-ratio.ts';
import { judgeAbsoluteError } from './live/absolute-error.ts';
import { judgeConversion } from './live/conversion.ts';
import { judgeErrors, judgeShadowErrors } from './live/errors.ts';
import type { JudgedMetric } from './live/judged-metric.ts';
import { judgeLatency } from './live/latency.ts';
import { SAMPLE_RATIO_P } from './live/limits.ts';

import { judgeAuc, judgeLogLoss } from './live/paired.ts';
import { isLastStep, minimumOf, missingFrom, type Readiness, readinessOf } from './live/readiness.ts';
import { judgeValue } from './live/value.ts';
import { count, listed } from './wording.ts';

export interface JudgedLook {
  readonly verdict: Verdict;
  readonly metrics: readonly JudgedMetric[];
  readonly ready: Readiness;
  /** Error probability of the metrics that had data. Looks cost nothing: the same sum at every look. */
  readonly alphaSpent: number;
}

export function judgeLive(contract: DecisionContract, evidence: LiveEvidence, stage: JudgedStage): JudgedLook {
  const metrics = contract.metrics
    .filter(({ metric }) => isJudgedIn(stage, metric))
    .map((metric) => judgeMetric(contract, evidence, { stage, metric }));
  const ready = readinessOf(contract, evidence, { stage, metrics });
  const alphaSpent = metrics.filter(({ hasData }) => hasData).reduce((sum, { alpha }) => sum + alpha, 0);
  return { verdict: verdictOn(contract, evidence, { stage, metrics, ready }), metrics, ready, alphaSpent };
}

/** In the shadow nobody hears the challenger: there are no arms to compare. */
function isJudgedIn(stage: JudgedStage, metric: LiveMetric): boolean {
  return stage.kind === 'step' || !comparesArms(metric) || metric === 'errors';
}

function comparesArms(metric: LiveMetric): boolean {
  return metric === 'errors' || metric === 'latency' || metric === 'conversion' || metric === 'value';
}

function judgeMetric(
  contract: DecisionContract,
  evidence: LiveEvidence,
  { stage, metric }: { stage: JudgedStage; metric: MetricContract },
): JudgedMetric {
  switch (metric.metric) {
    case 'errors':
      return stage.kind === 'shadow' ? judgeShadowErrors(metric, evidence.errors.shadow) : judgeErrors(metric, evidence.errors);
    case 'latency':
      return judgeLatency(metric, evidence.latency, contract.latency);
    case 'conversion':
      return judgeConversion(metric, evidence.conversion, contract.primary);
    case 'value':
      return judgeValue(metric, evidence.conversion, contract.primary);
    case 'absolute-error':
      return judgeAbsoluteError(metric, evidence.pairs, contract.label.outcome);
    case 'log-loss':
      return judgeLogLoss(metric, evidence.pairs, contract);
    case 'auc':
      return judgeAuc(metric, evidence.pairs, contract.label.outcome);
  }
}

interface Look {
  readonly stage: JudgedStage;
  readonly metrics: readonly JudgedMetric[];
  readonly ready: Readiness;
}

function verdictOn(contract: DecisionContract, evidence: LiveEvidence, look: Look): Verdict {
  const failed = look.metrics.filter(({ state }) => state === 'failed');
  if (failed.length > 0) return fail(...failed.map(({ sentence }) => sentence));

  const doubts = [
    ...missingFrom(look.ready),
    ...silentFeeds(contract, evidence, look),
    ...brokenAssignment(evidence, look.stage),
    ...stillToShow(contract, evidence, look),
  ];
  return doubts.length > 0
    ? inconclusive(...doubts)
    : pass(...look.metrics.filter(({ hasData }) => hasData).map(({ sentence }) => sentence));
}

/** What ends a step, beyond that nothing fails. */
function stillToShow(contract: DecisionContract, { pairsStored }: LiveEvidence, { stage, metrics }: Look): readonly string[] {
  if (stage.kind === 'shadow' && pairsStored === 0) return ['the shadow has stored no pair of scores yet'];
  return metrics
    .filter(({ metric, critical, state }) => critical && state !== 'passed' && mustPass(contract, stage, metric))
    .map(({ sentence }) => sentence);
}

function mustPass(contract: DecisionContract, stage: JudgedStage, metric: LiveMetric): boolean {
  if (stage.kind === 'shadow') return metric === 'errors';
  if (isLastStep(contract, stage)) return true;
  return stage.step === 0 && (metric === 'errors' || metric === 'latency');
}

/** No data is never a pass: a critical metric without data, or half of all metrics without, holds the step and names the feed. */
function silentFeeds(contract: DecisionContract, evidence: LiveEvidence, { stage, metrics }: Look): readonly string[] {
  const due = metrics.filter(({ metric }) => isDue(contract, evidence, { stage, metric }));
  const without = due.filter(({ hasData }) => !hasData);
  const critical = without.filter((metric) => metric.critical && !mustPass(contract, stage, metric.metric));
  if (critical.length > 0) return critical.map(({ sentence }) => sentence);
  if (without.length === 0 || 2 * without.length < due.length) return [];
  return [`${listed(without.map(({ metric }) => metric))}: no data, which is half of what is judged here or more`];
}

/** Outcomes are due when the step asks for them, or when twice their maturity has passed; before that their absence says nothing. */
function isDue(
  contract: DecisionContract,
  { stage: { sinceMs } }: LiveEvidence,
  { stage, metric }: { stage: JudgedStage; metric: LiveMetric },
): boolean {
  if (metric === 'errors' || metric === 'latency' || isLastStep(contract, stage)) return true;
  if (stage.kind === 'shadow' && contract.dependsOnAction === 'possible') return false;
  const { maturityMs } = comparesArms(metric) ? contract.primary : contract.label;
  return minimumOf(contract, stage).maturedOutcomes !== 0 || sinceMs > 2 * maturityMs;
}

/** When the arms do not get equal shares, assignment or logging is broken and no comparison of arms can be believed. */
function brokenAssignment({ conversion }: LiveEvidence, stage: JudgedStage): readonly string[] {
  if (stage.kind === 'shadow') return [];
  const entities = [conversion.control.entities, conversion.challenger.entities];
  if (sampleRatioP(entities, [0.5, 0.5]) >= SAMPLE_RATIO_P) return [];
  return [
    `the arms should be equal, but control has ${count(entities[0]!)} matured entities and the challenger ${count(entities[1]!)}: assignment or logging is broken`,
  ];
}
