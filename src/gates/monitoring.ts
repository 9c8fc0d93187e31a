/**
 * One look at the champion in service: has the traffic moved away from what it learned, is it still as good as at its release, does
 * it answer. Only a major shift or a measured loss asks for a retraining; chance, small windows and silence never do.
 */
import type { ReleasedFigures } from '../domain/evidence.ts';
import type { MonitoringSpec } from '../domain/spec.ts';
import { fail, inconclusive, pass, type Verdict } from '../domain/verdict.ts';
import type { WatchFigures, WatchFinding } from '../domain/watch-figures.ts';
import { driftFindings } from './watch/drift.ts';
import { performanceFindings } from './watch/performance.ts';
import { serviceFindings } from './watch/service.ts';
import { count } from './wording.ts';

export interface JudgedWatch {
  /** Fail: the champion's world or its quality is not what it was. Inconclusive: too little was seen to say so or otherwise. */
  readonly verdict: Verdict;
  readonly findings: readonly WatchFinding[];
  /** The measured reason to ask for a retraining, in one sentence; null when there is none. */
  readonly retrain: string | null;
}

/** `baseline`: the champion's figures on the frozen comparison rows, recorded at its release. */
export function judgeWatch(figures: WatchFigures, limits: MonitoringSpec, baseline: ReleasedFigures | null): JudgedWatch {
  const drift = driftFindings(figures, limits);
  const performance = performanceFindings(figures, limits, baseline);
  const findings = [...serviceFindings(figures), ...drift, ...performance];
  const grave = [...performance, ...drift.filter(({ value }) => value >= limits.psiMajor)];
  const reason = worstOf(grave);
  if (reason !== null) return { verdict: fail(...grave.map(({ sentence }) => sentence)), findings, retrain: reason.sentence };
  const unseen = unseenParts(figures, limits, baseline);
  if (unseen.length > 0) return { verdict: inconclusive(...unseen), findings, retrain: null };
  return {
    verdict: pass(
      ...findings.map(({ sentence }) => sentence),
      `${count(figures.predictions)} predictions look as at the release`,
      ...notMeasured(baseline),
    ),
    findings,
    retrain: null,
  };
}

/** A measured loss explains more than a shift; among shifts the largest. */
function worstOf(grave: readonly WatchFinding[]): WatchFinding | null {
  const ranked = grave.toSorted(
    (a, b) => Number(b.kind === 'performance') - Number(a.kind === 'performance') || b.value / b.limit - a.value / a.limit,
  );
  return ranked[0] ?? null;
}

/** Nobody can be both treated and not, so whether the differences still hold shows only in an experiment. A pass must not hide that. */
function notMeasured(baseline: ReleasedFigures | null): readonly string[] {
  if (baseline?.task !== 'uplift') return [];
  return ['whether the differences still hold was not judged: outcomes alone cannot tell; the next randomised campaign can'];
}

/** What could not be judged. Quality that has had no time to mature is not a reason for doubt; traffic that is missing is. */
function unseenParts(
  { predictions, sample }: WatchFigures,
  { minimumPredictions }: MonitoringSpec,
  baseline: ReleasedFigures | null,
): readonly string[] {
  return [
    ...(predictions > 0 ? [] : ['no prediction was logged in the window: nobody asks, or the log is silent']),
    ...(sample.predictions >= minimumPredictions
      ? []
      : [`${count(sample.predictions)} of ${count(minimumPredictions)} predictions that drift is judged on`]),
    ...(baseline === null ? ['the release has no baseline, so matured performance cannot be compared'] : []),
  ];
}
