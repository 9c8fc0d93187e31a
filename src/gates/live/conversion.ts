import type { DecisionContract, LiveEvidence, MetricContract } from '../../domain/decision-contract.ts';
import type { Measured } from '../../statistics/always-valid.ts';
import { excessOverRatio, type RateArm, rateDifference } from '../../statistics/rates.ts';
import { count, percent, range } from '../wording.ts';
import { type JudgedMetric, settle, silent } from './judged-metric.ts';
import { MINIMUM_EVENTS, SILENT_ROWS } from './limits.ts';

type Counts = LiveEvidence['conversion']['control'];

/** The primary outcome's rate between equal, concurrent arms, over entities. Turned around where fewer are better. */
export function judgeConversion(
  contract: MetricContract,
  { control, challenger }: LiveEvidence['conversion'],
  primary: DecisionContract['primary'],
): JudgedMetric {
  const [controlArm, challengerArm] = [arm(control), arm(challenger)];
  const rows = challenger.entities;
  const events = control.positives + challenger.positives;
  if (control.entities === 0 || rows === 0) {
    return silent(contract, {
      rows,
      sentence: `conversion: no prediction of ${control.entities === 0 ? 'the control arm' : 'the challenger'} has matured for the outcome "${primary.outcome}"`,
    });
  }
  if (events === 0 && control.entities + rows >= SILENT_ROWS) {
    return silent(contract, {
      rows,
      sentence: `conversion: none of ${count(control.entities + rows)} matured entities has the outcome "${primary.outcome}"; its feed may be silent`,
    });
  }
  const enough = events >= MINIMUM_EVENTS;
  const rates = `${percent(challenger.positives / rows, 2)} against ${percent(control.positives / control.entities, 2)} of control`;
  return settle(contract, {
    harm: harmOf(challengerArm, controlArm, primary.better),
    slack: slackOf({ challengerArm, controlArm }, contract.margin, primary.better),
    enoughToFail: enough,
    enoughToPass: enough,
    rows,
    rowsOf: 'entities an arm',
    words: (interval) =>
      `"${primary.outcome}" ${rates}, harm ${range(interval, (value) => percent(value, 2))}, margin ${percent(contract.margin, 0)} of the rate`,
  });
}

function harmOf(challenger: RateArm, control: RateArm, better: 'higher' | 'lower'): Measured | null {
  const difference = rateDifference(challenger, control);
  return difference && better === 'higher' ? turned(difference) : difference;
}

function slackOf(
  { challengerArm, controlArm }: { challengerArm: RateArm; controlArm: RateArm },
  margin: number,
  better: 'higher' | 'lower',
): Measured | null {
  if (better === 'higher') return excessOverRatio(challengerArm, controlArm, 1 - margin);
  const excess = excessOverRatio(challengerArm, controlArm, 1 + margin);
  return excess && turned(excess);
}

function turned({ estimate, standardError }: Measured): Measured {
  return { estimate: -estimate, standardError };
}

function arm({ entities, positives }: Counts): RateArm {
  return { events: positives, trials: entities };
}
