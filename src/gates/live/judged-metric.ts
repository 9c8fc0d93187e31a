/** What one look says about one metric. */
import type { LiveMetric, MetricContract } from '../../domain/decision-contract.ts';
import type { Interval } from '../../domain/evidence.ts';
import { alwaysValidInterval, logEvidence, type Measured } from '../../statistics/always-valid.ts';
import { count } from '../wording.ts';
import { ALPHA_PASS } from './limits.ts';

export type MetricState = 'passed' | 'failed' | 'open';

export interface JudgedMetric {
  readonly metric: LiveMetric;
  readonly critical: boolean;
  readonly state: MetricState;
  /** False when its feed is silent: nothing was measured, so nothing is known. */
  readonly hasData: boolean;
  /** In the metric's own units, positive means that the challenger is worse; null without data. */
  readonly harm: number | null;
  readonly standardError: number | null;
  /** Always valid: it holds at every look together, with the metric's alpha on each side. */
  readonly interval: Interval | null;
  readonly margin: number;
  readonly logEFail: number | null;
  readonly logEPass: number | null;
  readonly alpha: number;
  readonly rows: number;
  readonly plannedRows: number;
  readonly sentence: string;
}

export interface Findings {
  /** Harm measured, null when it cannot be. */
  readonly harm: Measured | null;
  /** Distance from the margin, positive on the good side; null when it cannot be measured. */
  readonly slack: Measured | null;
  readonly enoughToFail: boolean;
  readonly enoughToPass: boolean;
  readonly rows: number;
  readonly rowsOf: string;
  /** The figures in words; `interval` and the state are added. */
  readonly words: (interval: Interval) => string;
}

/** JSON has no infinity, and nobody needs to know how far beyond e^999 evidence is. */
const MOST_LOG_E = 999;

/** Evidence that harm is within the margin shields against evidence of some harm: harm that does not matter is not a reason to roll back. */
export function settle(contract: MetricContract, findings: Findings): JudgedMetric {
  const { metric, critical, margin, alpha, plannedRows, harmToFind } = contract;
  const { harm, slack, rows } = findings;
  if (harm === null || !Number.isFinite(harm.estimate) || !Number.isFinite(harm.standardError)) {
    return silent(contract, { rows, sentence: `${metric}: nothing could be measured on ${count(rows)} ${findings.rowsOf}` });
  }
  const logEFail = bounded(logEvidence(harm, harmToFind));
  const logEPass = slack === null ? null : bounded(logEvidence(slack, harmToFind));
  const passed = findings.enoughToPass && logEPass !== null && logEPass >= -Math.log(ALPHA_PASS);
  const failed = !passed && findings.enoughToFail && logEFail >= -Math.log(alpha);
  const state = passed ? 'passed' : failed ? 'failed' : 'open';
  const interval = alwaysValidInterval(harm, harmToFind, alpha);
  const sentence = `${metric}: ${findings.words(interval)}: ${state}, ${count(rows)} of ${count(plannedRows)} ${findings.rowsOf}`;
  return {
    metric,
    critical,
    state,
    hasData: true,
    harm: harm.estimate,
    standardError: harm.standardError,
    interval,
    margin,
    logEFail,
    logEPass,
    alpha,
    rows,
    plannedRows,
    sentence,
  };
}

/** A metric without data is open for ever: it never passes and by itself never fails. */
export function silent(contract: MetricContract, { rows, sentence }: { rows: number; sentence: string }): JudgedMetric {
  const { metric, critical, margin, alpha, plannedRows } = contract;
  const nothing = { harm: null, standardError: null, interval: null, logEFail: null, logEPass: null };
  return { metric, critical, state: 'open', hasData: false, ...nothing, margin, alpha, rows, plannedRows, sentence };
}

function bounded(logE: number): number {
  return Math.min(MOST_LOG_E, Math.max(-MOST_LOG_E, logE));
}
