/**
 * Plots as SVG, drawn on the server from Vega-Lite specifications. The specification is a function of the evidence, which is kept,
 * so that any plot can be drawn again.
 */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Evidence } from '../domain/evidence.ts';
import { aucMargins, verdictOf } from './figures.ts';

export const colours = { pass: '#1a7f4b', fail: '#b42318', inconclusive: '#a15c07', challenger: '#3538cd', opponent: '#8a8f98' } as const;

const config = {
  font: 'system-ui, sans-serif',
  background: 'transparent',
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelColor: '#475467',
    titleColor: '#475467',
    gridColor: '#eaecf0',
    domainColor: '#d0d5dd',
    tickColor: '#d0d5dd',
  },
  legend: { labelFontSize: 12, labelColor: '#344054', orient: 'top', title: null, symbolType: 'stroke', symbolStrokeWidth: 3 },
  view: { stroke: null },
} as const;

export async function svgOf(spec: TopLevelSpec, description: string): Promise<string> {
  const view = new View(parse(compile({ ...spec, description, config } as TopLevelSpec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** How much better or worse the challenger ranks, overall and in every segment that has enough rows. */
export function forestSpec(evidence: Evidence): TopLevelSpec {
  const margins = aucMargins(evidence);
  const values = [evidence.overall, ...evidence.segments].flatMap(({ name, aucGain }, index) => {
    if (aucGain === null) return [];
    const margin = index === 0 ? margins.overall : margins.segment;
    return [
      {
        name,
        low: aucGain.interval.low,
        high: aucGain.interval.high,
        gain: aucGain.estimate,
        limit: -margin,
        verdict: verdictOf(aucGain.interval, margin),
      },
    ];
  });
  const names = values.map(({ name }) => name);
  const y = { field: 'name', type: 'nominal', sort: names, title: null, axis: { labelLimit: 260, domain: false, ticks: false } } as const;
  const colour = {
    field: 'verdict',
    type: 'nominal',
    legend: null,
    scale: { domain: ['pass', 'inconclusive', 'fail'], range: [colours.pass, colours.inconclusive, colours.fail] },
  } as const;
  return {
    width: 600,
    height: { step: 26 },
    data: { values },
    layer: [
      { mark: { type: 'rule', color: '#98a2b3' }, encoding: { x: { datum: 0 } } },
      { mark: { type: 'tick', color: colours.fail, thickness: 2, size: 16 }, encoding: { y, x: { field: 'limit', type: 'quantitative' } } },
      {
        mark: { type: 'rule', strokeWidth: 3 },
        encoding: {
          y,
          x: { field: 'low', type: 'quantitative', title: 'AUC gain of the challenger (95 % interval); red tick: the most it may lose' },
          x2: { field: 'high' },
          color: colour,
        },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: { y, x: { field: 'gain', type: 'quantitative' }, color: colour },
      },
    ],
  };
}

export function rocSpec({ curves, challenger, opponent }: Evidence): TopLevelSpec {
  const other = opponent.kind === 'champion' ? opponent.version : 'simple baseline';
  const line = (who: string, points: readonly (readonly [number, number])[] | null) =>
    (points ?? []).map(([x, y], order) => ({ who, x, y, order }));
  const who = curves.roc.opponent ? [challenger, other] : [challenger];
  return {
    width: 300,
    height: 300,
    data: { values: [...line(challenger, curves.roc.challenger), ...line(other, curves.roc.opponent)] },
    layer: [
      diagonal,
      {
        mark: { type: 'line', interpolate: 'linear', strokeWidth: 2.5 },
        encoding: {
          x: share('x', 'share of the others who are picked too'),
          y: share('y', 'share of those who acted who are picked'),
          order: { field: 'order', type: 'quantitative' },
          color: { field: 'who', type: 'nominal', scale: { domain: who, range: [colours.challenger, colours.opponent] } },
        },
      },
    ],
  };
}

/** On the diagonal a predicted chance of 30 % happens 30 % of the time. */
export function calibrationSpec({ curves }: Evidence): TopLevelSpec {
  const x = share('meanScore', 'predicted chance');
  const y = share('rate', 'what happened');
  const size = { field: 'rows', type: 'quantitative' as const, legend: null, scale: { range: [30, 160] } };
  return {
    width: 300,
    height: 300,
    data: { values: curves.calibration.map(({ meanScore, rate, rows }) => ({ meanScore, rate, rows })) },
    layer: [
      diagonal,
      { mark: { type: 'line', color: colours.challenger, strokeWidth: 1.5, opacity: 0.6 }, encoding: { x, y } },
      { mark: { type: 'point', filled: true, color: colours.challenger, opacity: 1 }, encoding: { x, y, size } },
    ],
  };
}

const diagonal = {
  data: {
    values: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
  },
  mark: { type: 'line' as const, color: '#d0d5dd', strokeDash: [4, 4] },
  encoding: { x: { field: 'x', type: 'quantitative' as const }, y: { field: 'y', type: 'quantitative' as const } },
};

/** An axis from 0 to 100 %. */
function share(field: string, title: string) {
  return { field, type: 'quantitative' as const, title, axis: { format: '.0%', tickCount: 5 }, scale: { domain: [0, 1] } };
}
