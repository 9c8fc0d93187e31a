/** Plots of scores: whether they come true, how the outcome falls off from the best tenth to the last, how they are spread. */
import type { CalibrationBin, Evidence } from '../domain/evidence.ts';
import { light as ink } from './colours.ts';
import { byWho, quantitative } from './comparison-plots.ts';
import type { Plot } from './plots.ts';
import { opponentName } from './words.ts';

type Calibration = Evidence['curves']['calibration'][number];

/** Predicted against what happened; both versions on all rows. */
export function calibrationPlot(evidence: Evidence): Plot | null {
  const overall = evidence.curves.calibration.filter(({ segment, bins }) => segment === null && bins.length > 0);
  if (overall.length === 0) return null;
  return { width: 290, height: 260, ...layers(evidence, overall) } as Plot;
}

/** The same for one segment, small. */
export function segmentCalibrationPlot(evidence: Evidence, calibration: Calibration): Plot {
  return { width: 128, height: 120, ...layers(evidence, [calibration]) } as Plot;
}

function layers(evidence: Evidence, calibrations: readonly Calibration[]): object {
  const isSmall = calibrations[0]?.segment !== null;
  const named = { challenger: evidence.challenger, opponent: opponentName(evidence) };
  // The opponent first, so that the challenger lies above it.
  const drawn = calibrations.toSorted((a, b) => Number(b.version === 'opponent') - Number(a.version === 'opponent'));
  const values = drawn.flatMap(({ version, bins }) =>
    bins.map(({ meanScore, rate, interval }) => ({ who: named[version], meanScore, rate, ...interval })),
  );
  const who = drawn.map(({ version }) => named[version]).toReversed();
  const color = { ...byWho(who), ...(isSmall || who.length < 2 ? { legend: null } : {}) };
  const [x, y] = [axis(evidence, 'meanScore', isSmall), axis(evidence, 'rate', isSmall)];
  return {
    data: { values },
    layer: [
      {
        data: { values: diagonal(calibrations.flatMap(({ bins }) => bins)) },
        mark: { type: 'line', color: ink.opponent, strokeDash: [3, 4], strokeWidth: 1 },
        encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'at' } },
      },
      { mark: { type: 'rule', opacity: 0.55 }, encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color } },
      { mark: { type: 'line', strokeWidth: 1.5, opacity: 0.7 }, encoding: { x, y, color } },
      { mark: { type: 'point', filled: true, opacity: 1, size: isSmall ? 18 : 34 }, encoding: { x, y, color } },
    ],
  };
}

function axis({ task }: Evidence, field: 'meanScore' | 'rate', isSmall: boolean) {
  const words = {
    'binary-classification': ['predicted chance', 'what happened'],
    regression: ['predicted value', 'true value, on average'],
    uplift: ['predicted effect', 'measured effect'],
  }[task];
  const format = task === 'regression' ? {} : { format: '.0%' };
  return quantitative(field, isSmall ? null : words[field === 'rate' ? 1 : 0]!, {
    axis: { ...format, tickCount: isSmall ? 3 : 5 },
    scale: { zero: task === 'binary-classification', nice: !isSmall },
  });
}

function diagonal(bins: readonly CalibrationBin[]): readonly { at: number }[] {
  const ends = bins.map(({ meanScore }) => meanScore);
  return [{ at: Math.min(...ends) }, { at: Math.max(...ends) }];
}

/** What happened in each tenth of the cases; the tick is what was predicted. */
export function decilePlot({ curves, task }: Evidence): Plot | null {
  if (curves.deciles.length === 0) return null;
  const format = task === 'regression' ? {} : { format: '.0%' };
  const x = { field: 'decile', type: 'ordinal', title: 'tenth of the cases, highest scores first', axis: { labelAngle: 0 } } as const;
  const title = { 'binary-classification': 'share with the outcome', regression: 'mean value', uplift: 'effect of the treatment' }[task];
  const y = (field: string) => quantitative(field, title, { axis: { ...format, tickCount: 5 } });
  return {
    width: 290,
    height: 260,
    data: { values: curves.deciles.map(({ decile, rate, meanScore }) => ({ decile, rate, meanScore })) },
    layer: [
      {
        mark: { type: 'bar', color: ink.challenger, opacity: 0.75, width: { band: 0.72 } },
        encoding: { x, y: y('rate') },
      },
      {
        mark: { type: 'tick', color: ink.text, thickness: 2, width: { band: 0.72 } },
        encoding: { x, y: y('meanScore') },
      },
    ],
  } as Plot;
}

/** How many cases got which score. */
export function scorePlot(evidence: Evidence): Plot | null {
  const { edges, challenger, opponent } = evidence.curves.scores;
  if (challenger.length === 0 || edges.length < 2) return null;
  const other = opponentName(evidence);
  const bars = (who: string, counts: readonly number[] | null) =>
    (counts ?? []).flatMap((cases, index) => {
      const [from, to] = [edges[index], edges[index + 1]];
      return from === undefined || to === undefined ? [] : [{ who, from, to, cases }];
    });
  const who = opponent ? [evidence.challenger, other] : [evidence.challenger];
  const x = quantitative('from', evidence.task === 'regression' ? 'predicted value' : 'score', {
    axis: { tickCount: 6 },
    scale: { zero: false, nice: false },
  });
  const y = quantitative('cases', 'cases', { axis: { tickCount: 5, format: ',d' }, scale: { zero: true } });
  return {
    width: 290,
    height: 260,
    layer: [
      {
        data: { values: bars(evidence.challenger, challenger) },
        mark: { type: 'bar', opacity: 0.6, binSpacing: 1 },
        encoding: { x, x2: { field: 'to' }, y, y2: { datum: 0 }, color: byWho(who) },
      },
      {
        data: { values: [...bars(other, opponent), ...lastStep(other, edges, opponent)] },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
        encoding: { x, y, color: byWho(who) },
      },
    ],
  } as Plot;
}

/** A step ends where its last bin ends. */
function lastStep(who: string, edges: readonly number[], counts: readonly number[] | null) {
  const [end, cases] = [edges.at(-1), counts?.at(-1)];
  return end === undefined || cases === undefined ? [] : [{ who, from: end, to: end, cases }];
}
