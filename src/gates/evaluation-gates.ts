/**
 * Offline evidence and margins into a verdict. Intervals decide, not points: the challenger passes when its interval excludes a
 * loss beyond the margin, fails when nothing but such a loss is left, and anything between is doubt.
 */
import type { Comparison } from '../domain/evidence.ts';
import type { GateSpec } from '../domain/spec.ts';
import { combine, fail, inconclusive, pass, type Verdict } from '../domain/verdict.ts';
import { count, figure, range } from './wording.ts';

export type Measured = Omit<Comparison, 'verdict'>;
export type Opponent = 'champion' | 'simple-baseline';

interface Gain {
  readonly metric: string;
  readonly digits: number;
  readonly challenger: number;
  readonly opponent: number;
  readonly gain: NonNullable<Comparison['aucGain']>;
  /** Most that may be lost, in the metric's own units. */
  readonly margin: number;
}

export function judgeOverall(measured: Measured, gates: GateSpec, against: Opponent): Verdict {
  return combine([judgeComparison(measured, gates, against), ...tooGood(measured, gates)]);
}

/** Segments have wider margins, because they have fewer rows and there are many of them. */
export function judgeSegment(measured: Measured, gates: GateSpec, against: Opponent): Verdict {
  const wider = gates.segmentMarginFactor;
  const margins = {
    ...gates,
    aucMargin: gates.aucMargin * wider,
    logLossMargin: gates.logLossMargin * wider,
    brierMargin: gates.brierMargin * wider,
  };
  const verdict = judgeComparison(measured, margins, against);
  return { ...verdict, reasons: verdict.reasons.map((reason) => `${measured.name}: ${reason}`) };
}

/**
 * The overall comparison and the critical segments that could be judged. A segment with too few rows is reported, not counted:
 * a rare value would otherwise hold up every version for ever.
 */
export function judgeEvaluation(overall: Comparison, segments: readonly Comparison[], gates: GateSpec): Verdict {
  const counted = segments.filter((segment) => segment.critical && isLargeEnough(segment, gates));
  return combine([overall.verdict, ...counted.map(({ verdict }) => verdict)]);
}

function isLargeEnough({ rows, positives }: Pick<Comparison, 'rows' | 'positives'>, gates: GateSpec): boolean {
  return Math.min(positives, rows - positives) >= gates.minimumSegmentClass;
}

function judgeComparison(measured: Measured, gates: GateSpec, against: Opponent): Verdict {
  const { rows, positives } = measured;
  if (!isLargeEnough(measured, gates)) {
    const found = `${count(positives)} positives and ${count(rows - positives)} negatives`;
    return inconclusive(`${found} are too few to judge by; expected at least ${count(gates.minimumSegmentClass)} of each`);
  }
  const gains = gainsOf(measured, gates);
  if (gains === null) return inconclusive(`${count(rows)} rows gave no figures to compare`);
  return combine(against === 'champion' ? gains.map(nonInferior) : [ranksBetterThanChance(measured), costsLessThanBaseRate(gains)]);
}

function gainsOf({ challenger, opponent, aucGain, logLossGain, brierGain }: Measured, gates: GateSpec): readonly Gain[] | null {
  if (!challenger || !opponent || !aucGain || !logLossGain || !brierGain) return null;
  return [
    { metric: 'AUC', digits: 3, challenger: challenger.auc, opponent: opponent.auc, gain: aucGain, margin: gates.aucMargin },
    {
      metric: 'log loss',
      digits: 4,
      challenger: challenger.logLoss,
      opponent: opponent.logLoss,
      gain: logLossGain,
      margin: gates.logLossMargin * opponent.logLoss,
    },
    {
      metric: 'Brier',
      digits: 4,
      challenger: challenger.brier,
      opponent: opponent.brier,
      gain: brierGain,
      margin: gates.brierMargin * opponent.brier,
    },
  ];
}

function nonInferior(given: Gain): Verdict {
  const { low, high } = given.gain.interval;
  const figures = inWords(given);
  if (![low, high, given.margin, given.gain.estimate].every(Number.isFinite))
    return inconclusive(`${figures}: not a number, so nothing is shown`);
  if (high < -given.margin) return fail(`${figures}: worse beyond the margin, fail`);
  if (low > -given.margin) return pass(`${figures}: pass`);
  return inconclusive(`${figures}: a loss beyond the margin is not excluded`);
}

function ranksBetterThanChance({ challenger }: Measured): Verdict {
  const { auc, aucInterval } = challenger!;
  const figures = `AUC ${figure(auc, 3)} (95 %: ${range(aucInterval, (value) => figure(value, 3))})`;
  if (aucInterval.low > 0.5) return pass(`${figures}: better than chance`);
  return inconclusive(`${figures}: not shown to be better than chance, which needs a waiver`);
}

function costsLessThanBaseRate(gains: readonly Gain[]): Verdict {
  const loss = gains.find(({ metric }) => metric === 'log loss')!;
  const figures = `log loss ${figure(loss.challenger, 4)} against ${figure(loss.opponent, 4)} of the base rate`;
  if (loss.gain.interval.low > 0) return pass(`${figures}: better`);
  return inconclusive(
    `${figures} (95 % of the gain: ${range(loss.gain.interval, (value) => figure(value, 4))}): not shown to be better, which needs a waiver`,
  );
}

function tooGood({ challenger }: Measured, { suspiciousAuc }: GateSpec): Verdict[] {
  if (!challenger || !(challenger.auc >= suspiciousAuc)) return [];
  return [
    inconclusive(
      `AUC ${figure(challenger.auc, 3)} is too good to be true (suspicious from ${figure(suspiciousAuc, 2)}): does a feature know the outcome?`,
    ),
  ];
}

function inWords({ metric, digits, challenger, opponent, gain, margin }: Gain): string {
  const words = (value: number) => figure(value, digits);
  return `${metric} ${words(challenger)} against ${words(opponent)}: gain ${words(gain.estimate)} (95 %: ${range(gain.interval, words)}), margin -${words(margin)}`;
}
