import { type Estimate, type ReleasedFigures, standardErrorOf } from '../../domain/evidence.ts';
import type { MonitoringSpec } from '../../domain/spec.ts';
import type { WatchFigures, WatchFinding } from '../../domain/watch-figures.ts';
import { aucWithError } from '../../statistics/delong.ts';
import { logLosses } from '../../statistics/log-loss.ts';
import { meanOf } from '../../statistics/mean.ts';
import { count, figure } from '../wording.ts';

/** Windows overlap and are looked at every hour, so a loss must be beyond the margin by more than the usual two standard errors. */
const STANDARD_ERRORS = 3;

interface Figure {
  readonly value: number;
  readonly standardError: number;
}

/** Matured performance that is worse than at the release beyond its margin. Empty when too little has matured to say so. */
export function performanceFindings({ matured }: WatchFigures, limits: MonitoringSpec, baseline: ReleasedFigures | null): WatchFinding[] {
  const { labels, scores } = matured;
  if (baseline === null || labels.length < limits.minimumMatured || !scores.every(Number.isFinite)) return [];
  switch (baseline.task) {
    case 'binary-classification':
      return [...rankingLost(matured, limits, baseline), ...lossGrown(matured, limits, baseline)];
    case 'regression':
      return errorGrown(matured, limits, baseline.absoluteError);
    case 'uplift':
      return [];
  }
}

type BinaryBaseline = Extract<ReleasedFigures, { task: 'binary-classification' }>;

function rankingLost({ labels, scores }: WatchFigures['matured'], { aucMargin }: MonitoringSpec, baseline: BinaryBaseline): WatchFinding[] {
  const found = aucWithError(scores, labels);
  if (found === null) return [];
  const now: Figure = { value: found.auc, standardError: found.standardError };
  const released: Figure = { value: baseline.auc.estimate, standardError: standardErrorOf(baseline.auc) };
  const limit = released.value - aucMargin;
  if (!isBeyond(limit - now.value, now, released)) return [];
  const sentence = `AUC on ${count(labels.length)} matured outcomes is ${figure(now.value, 3)} against ${figure(released.value, 3)} at the release, beyond the margin of ${figure(aucMargin, 3)}`;
  return [{ kind: 'performance', value: now.value, limit, sentence }];
}

function lossGrown(
  { labels, scores }: WatchFigures['matured'],
  { logLossMargin }: MonitoringSpec,
  baseline: BinaryBaseline,
): WatchFinding[] {
  const found = meanOf(logLosses(scores, labels));
  if (found === null) return [];
  const now: Figure = { value: found.mean, standardError: found.standardError };
  const released: Figure = { value: baseline.logLoss.estimate, standardError: (1 + logLossMargin) * standardErrorOf(baseline.logLoss) };
  const limit = released.value * (1 + logLossMargin);
  if (!isBeyond(now.value - limit, now, released)) return [];
  const sentence = `log loss on ${count(labels.length)} matured outcomes is ${figure(now.value, 4)} against ${figure(released.value, 4)} at the release, beyond the margin of ${figure(100 * logLossMargin, 0)} %`;
  return [{ kind: 'performance', value: now.value, limit, sentence }];
}

function errorGrown(
  { labels, scores }: WatchFigures['matured'],
  { absoluteErrorMargin }: MonitoringSpec,
  before: Estimate,
): WatchFinding[] {
  const found = meanOf(scores.map((score, row) => Math.abs(score - labels[row]!)));
  if (found === null) return [];
  const now: Figure = { value: found.mean, standardError: found.standardError };
  const released: Figure = { value: before.estimate, standardError: (1 + absoluteErrorMargin) * standardErrorOf(before) };
  const limit = released.value * (1 + absoluteErrorMargin);
  if (!isBeyond(now.value - limit, now, released)) return [];
  const sentence = `the mean absolute error on ${count(labels.length)} matured outcomes is ${figure(now.value, 2)} against ${figure(released.value, 2)} at the release, beyond the margin of ${figure(100 * absoluteErrorMargin, 0)} %`;
  return [{ kind: 'performance', value: now.value, limit, sentence }];
}

function isBeyond(distance: number, now: Figure, released: Figure): boolean {
  return distance > STANDARD_ERRORS * Math.hypot(now.standardError, released.standardError);
}
