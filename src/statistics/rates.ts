/**
 * Rates of events in two concurrent arms. Harm is tested with the pooled variance; the absence of harm with the variance at the
 * margin's edge (Farrington & Manning 1990), because the plain one passes broken models that have no event yet.
 * Trials may be effective sizes, not whole numbers.
 */
import type { Measured } from './always-valid.ts';

export interface RateArm {
  readonly events: number;
  readonly trials: number;
}

/** Challenger's rate minus control's. Positive means that the event is more frequent with the challenger. Null when an arm is empty. */
export function rateDifference(challenger: RateArm, control: RateArm): Measured | null {
  if (!(challenger.trials > 0 && control.trials > 0)) return null;
  const pooled = (challenger.events + control.events) / (challenger.trials + control.trials);
  return {
    estimate: challenger.events / challenger.trials - control.events / control.trials,
    standardError: Math.sqrt(pooled * (1 - pooled) * (1 / challenger.trials + 1 / control.trials)),
  };
}

/** How far the challenger's rate stays below control's plus the margin; positive is good. Null when an arm is empty. */
export function slackBelowAbsolute(challenger: RateArm, control: RateArm, margin: number): Measured | null {
  const difference = rateDifference(challenger, control);
  if (difference === null) return null;
  const pooled = (challenger.events + control.events) / (challenger.trials + control.trials);
  const atControl = Math.min(Math.max(pooled - margin / 2, 0), 1 - margin);
  const atChallenger = atControl + margin;
  return {
    estimate: margin - difference.estimate,
    standardError: Math.sqrt((atChallenger * (1 - atChallenger)) / challenger.trials + (atControl * (1 - atControl)) / control.trials),
  };
}

/**
 * Challenger's rate minus `ratio` times control's: with ratio 0.9 it is positive while less than a tenth of the events is lost.
 * For an event that should be rare, use a ratio above 1 and turn the sign. Null when an arm is empty.
 */
export function excessOverRatio(challenger: RateArm, control: RateArm, ratio: number): Measured | null {
  if (!(challenger.trials > 0 && control.trials > 0)) return null;
  const atControl = Math.min((challenger.events + control.events) / (control.trials + ratio * challenger.trials), 1 / Math.max(1, ratio));
  const atChallenger = ratio * atControl;
  return {
    estimate: challenger.events / challenger.trials - (ratio * control.events) / control.trials,
    standardError: Math.sqrt(
      (atChallenger * (1 - atChallenger)) / challenger.trials + (ratio ** 2 * atControl * (1 - atControl)) / control.trials,
    ),
  };
}
