/** A primary outcome that is a number, such as what somebody spends: its mean between equal, concurrent arms, over entities. */
import type { ArmOutcomes, DecisionContract, LiveEvidence, MetricContract } from '../../domain/decision-contract.ts';
import type { Measured } from '../../statistics/always-valid.ts';
import { count, figure, percent, range } from '../wording.ts';
import { type JudgedMetric, settle, silent } from './judged-metric.ts';
import { MINIMUM_CLASS, MINIMUM_EVENTS, SILENT_ROWS } from './limits.ts';

interface Arm {
  readonly mean: number;
  /** Of the mean, squared. */
  readonly variance: number;
}

/**
 * Harm is the difference of the means, in the outcome's own units (Welch's variance). The test is tuned to the margin as a part of the
 * mean over both arms together: which arm is better cannot be told from that.
 */
export function judgeValue(
  contract: MetricContract,
  { control, challenger }: LiveEvidence['conversion'],
  primary: DecisionContract['primary'],
): JudgedMetric {
  const rows = challenger.entities;
  const nothing = reasonForSilence({ control, challenger }, primary.outcome);
  if (nothing !== null) return silent(contract, { rows, sentence: `value: ${nothing}` });
  const [controlArm, challengerArm] = [armOf(control), armOf(challenger)];
  const scale = Math.abs(meanOver(control, challenger));
  const enough = Math.min(control.entities, rows) >= MINIMUM_CLASS && control.positives + challenger.positives >= MINIMUM_EVENTS;
  const tuned = { ...contract, harmToFind: contract.harmToFind * scale };
  return settle(tuned, {
    harm: harmOf(challengerArm, controlArm, primary.better),
    slack: slackOf(challengerArm, controlArm, { margin: contract.margin, better: primary.better }),
    enoughToFail: enough,
    enoughToPass: enough,
    rows,
    rowsOf: 'entities an arm',
    words: (interval) =>
      `"${primary.outcome}" ${figure(challengerArm.mean, 2)} against ${figure(controlArm.mean, 2)} of control${capped(primary.cap)}, harm ${range(interval, (value) => figure(value, 2))}, margin ${percent(contract.margin, 0)} of the mean`,
  });
}

function reasonForSilence({ control, challenger }: LiveEvidence['conversion'], outcome: string): string | null {
  const empty = control.entities === 0 ? 'the control arm' : challenger.entities === 0 ? 'the challenger' : null;
  if (empty !== null) return `no prediction of ${empty} has matured for the outcome "${outcome}"`;
  const seen = control.entities + challenger.entities;
  if (control.positives + challenger.positives === 0 && seen >= SILENT_ROWS)
    return `each of ${count(seen)} matured entities has the outcome "${outcome}" at zero; its feed may be silent`;
  const isUntold = [control, challenger].some(({ sum, sumOfSquares }) => sum === undefined || sumOfSquares === undefined);
  if (isUntold) return `the sums of the outcome "${outcome}" are missing`;
  return meanOver(control, challenger) === 0 ? `the outcome "${outcome}" is zero on the whole, so no part of it is a margin` : null;
}

function armOf({ entities, sum = 0, sumOfSquares = 0 }: ArmOutcomes): Arm {
  const mean = sum / entities;
  // A single entity has no variance, and rounding must not make one negative.
  const variance = entities < 2 ? Number.NaN : Math.max(0, (sumOfSquares - entities * mean ** 2) / (entities - 1)) / entities;
  return { mean, variance };
}

function meanOver(control: ArmOutcomes, challenger: ArmOutcomes): number {
  return ((control.sum ?? 0) + (challenger.sum ?? 0)) / (control.entities + challenger.entities);
}

function harmOf(challenger: Arm, control: Arm, better: 'higher' | 'lower'): Measured {
  const difference = control.mean - challenger.mean;
  return { estimate: better === 'higher' ? difference : -difference, standardError: Math.sqrt(control.variance + challenger.variance) };
}

/** Distance from control's mean less the margin, whose own error counts as well. A negative mean has its margin below it, too. */
function slackOf(challenger: Arm, control: Arm, { margin, better }: { margin: number; better: 'higher' | 'lower' }): Measured {
  const direction = better === 'higher' ? -1 : 1;
  const edge = 1 + direction * margin * Math.sign(control.mean);
  const distance = challenger.mean - edge * control.mean;
  return {
    estimate: better === 'higher' ? distance : -distance,
    standardError: Math.sqrt(challenger.variance + edge ** 2 * control.variance),
  };
}

function capped(cap: number | null | undefined): string {
  return cap === null || cap === undefined ? '' : ` (at most ${figure(cap, 2)} each)`;
}
