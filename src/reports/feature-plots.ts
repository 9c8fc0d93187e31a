/** Plots with a row for each feature: what the model looks at, and what has moved since the champion's data. */
import type { Evidence } from '../domain/evidence.ts';
import { light as ink } from './colours.ts';
import { byWho, quantitative } from './comparison-plots.ts';
import type { Plot } from './plots.ts';
import { opponentName } from './words.ts';

/** Further features matter so little that their order is chance. All are in the evidence. */
export const MOST_FEATURES = 15;

const rowFor = (features: readonly string[]) =>
  ({
    field: 'feature',
    type: 'nominal',
    sort: features,
    title: null,
    axis: {
      labelLimit: 0,
      labelExpr: "length(datum.label) > 24 ? slice(datum.label, 0, 8) + '…' + slice(datum.label, -15) : datum.label",
      domain: false,
      ticks: false,
      labelPadding: 6,
      labelColor: ink.text,
    },
  }) as const;

export function importancePlot(evidence: Evidence): Plot | null {
  const { challenger, opponent } = evidence.importances;
  const shown = challenger.slice(0, MOST_FEATURES);
  if (shown.length === 0) return null;
  const features = shown.map(({ feature }) => feature);
  const [mine, other] = [evidence.challenger as string, opponentName(evidence)];
  // The caption is the legend: bars and diamonds.
  const color = { ...byWho(opponent ? [mine, other] : [mine]), legend: null };
  const y = rowFor(features);
  const x = quantitative('importance', 'importance', { axis: { tickCount: 4 } });
  return {
    width: 220,
    height: { step: 24 },
    data: { values: shown.map(({ feature, importance }) => ({ feature, importance, who: mine })) },
    layer: [
      { mark: { type: 'rule', color: ink.line }, encoding: { x: { datum: 0 } } },
      {
        mark: { type: 'bar', height: { band: 0.6 }, opacity: 0.75 },
        encoding: { y, x, color },
      },
      {
        data: {
          values: (opponent ?? [])
            .filter(({ feature }) => features.includes(feature))
            .map(({ feature, importance }) => ({ feature, importance, who: other })),
        },
        mark: { type: 'point', shape: 'diamond', filled: true, opacity: 1, size: 60 },
        encoding: { y, x, color },
      },
    ],
  } as Plot;
}

export function driftPlot({ shift }: Evidence): Plot | null {
  const values = shift.features.toSorted((a, b) => b.psi - a.psi).slice(0, MOST_FEATURES);
  if (values.length === 0) return null;
  const y = rowFor(values.map(({ feature }) => feature));
  return {
    width: 220,
    height: { step: 24 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', height: { band: 0.6 }, opacity: 0.75, color: ink.challenger },
        encoding: { y, x: quantitative('psi', 'how far it has moved (PSI)', { axis: { tickCount: 4 } }) },
      },
    ],
  } as Plot;
}
