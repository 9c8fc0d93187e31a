/** Plots of two versions side by side: who gains where, and the curves of ranking and gain. */
import type { Evidence, MetricFigure, Points } from '../domain/evidence.ts';
import { figureOf } from '../domain/evidence.ts';
import type { VerdictKind } from '../domain/verdict.ts';
import { light as ink } from './colours.ts';
import { metricWords } from './metric-words.ts';
import type { Plot } from './plots.ts';
import { opponentName } from './words.ts';

export const quantitative = (field: string, title: string | null, more: object = {}) =>
  ({ field, type: 'quantitative', title, ...more }) as const;

/** From 0 to 100 %. */
const share = (field: string, title: string) =>
  quantitative(field, title, { axis: { format: '.0%', tickCount: 5 }, scale: { domain: [0, 1] } });

const byVerdict = (kinds: readonly VerdictKind[] = ['pass', 'inconclusive', 'fail']) =>
  ({ field: 'verdict', type: 'nominal', legend: null, scale: { domain: kinds, range: kinds.map((kind) => ink[kind]) } }) as const;

/** The figure that segments are drawn by: the first that is judged. */
export function leading({ overall }: Pick<Evidence, 'overall'>): MetricFigure | null {
  return overall.figures.find(({ margin, gain }) => margin !== null && gain !== null) ?? overall.figures[0] ?? null;
}

/** Segments differ at the end of their names, so a long one loses its middle. */
const shortened = "length(datum.label) > 36 ? slice(datum.label, 0, 12) + '…' + slice(datum.label, -23) : datum.label";

/** How much better or worse the challenger is, overall and in every segment; hollow points are in doubt. Null without any. */
export function forestPlot(evidence: Evidence): Plot | null {
  const metric = leading(evidence)?.metric;
  if (metric === undefined || evidence.segments.length === 0) return null;
  const values = [evidence.overall, ...evidence.segments].flatMap((comparison, index) => {
    const gain = figureOf(comparison, metric)?.gain;
    if (!gain || !Number.isFinite(gain.interval.low) || !Number.isFinite(gain.interval.high)) return [];
    const limit = figureOf(comparison, metric)?.margin ?? null;
    const name = index === 0 ? 'everybody' : comparison.name;
    return [{ name, ...gain.interval, gain: gain.estimate, margin: limit, verdict: comparison.verdict.kind }];
  });
  if (values.length < 2) return null;
  const y = {
    field: 'name',
    type: 'nominal',
    sort: values.map(({ name }) => name),
    title: null,
    axis: { labelLimit: 0, labelExpr: shortened, domain: false, ticks: false, labelPadding: 8, labelFontSize: 12, labelColor: ink.text },
  } as const;
  // Layers share their axes, and an axis has a title only if all of its layers say the same.
  const x = (field: string) => quantitative(field, `${metricWords[metric].name}: gain of the challenger`, { axis: { tickCount: 6 } });
  const doubtful = { test: "datum.verdict === 'inconclusive'" };
  return {
    width: 400,
    height: { step: 28 },
    data: { values },
    transform: [{ calculate: 'datum.margin === null ? null : -datum.margin', as: 'limit' }],
    layer: [
      { mark: { type: 'rule', color: ink.opponent }, encoding: { x: { datum: 0 } } },
      {
        transform: [{ filter: 'datum.limit !== null' }],
        mark: { type: 'tick', color: ink.fail, thickness: 2, size: 18 },
        encoding: { y, x: x('limit') },
      },
      {
        mark: { type: 'rule', strokeWidth: 2.5 },
        encoding: {
          y,
          x: x('low'),
          x2: { field: 'high' },
          color: byVerdict(),
          strokeDash: { condition: { ...doubtful, value: [4, 3] }, value: [1, 0] },
        },
      },
      {
        mark: { type: 'point', size: 75, opacity: 1, strokeWidth: 2 },
        encoding: {
          y,
          x: x('gain'),
          color: byVerdict(),
          fill: { condition: { ...doubtful, value: ink.paper }, ...byVerdict() },
        },
      },
    ],
  } as Plot;
}

export function rocPlot(evidence: Evidence): Plot | null {
  const { roc } = evidence.curves;
  if (roc.challenger.length < 2) return null;
  return curves(evidence, roc, {
    x: share('x', 'of the others, share picked too'),
    y: share('y', 'of those with the outcome, share picked'),
    diagonal: [
      [0, 0],
      [1, 1],
    ],
  });
}

/** Whom one reaches by acting on the best-ranked first; for uplift, what that wins. */
export function gainPlot(evidence: Evidence): Plot | null {
  const { gain } = evidence.curves;
  if (gain.challenger.length < 2) return null;
  const x = share('x', evidence.task === 'uplift' ? 'share treated, best-ranked first' : 'share acted upon, best-ranked first');
  const last = gain.challenger.at(-1)!;
  const y = {
    'binary-classification': share('y', 'of those with the outcome, share reached'),
    regression: share('y', 'of the whole value, share reached'),
    uplift: quantitative('y', 'outcomes won per person', { axis: { tickCount: 5 } }),
  }[evidence.task];
  return curves(evidence, gain, { x, y, diagonal: [[0, 0], last] });
}

interface Axes {
  readonly x: object;
  readonly y: object;
  readonly diagonal: Points;
}

function curves(
  evidence: Evidence,
  { challenger, opponent }: { readonly challenger: Points; readonly opponent: Points | null },
  { x, y, diagonal }: Axes,
): Plot {
  const other = opponentName(evidence);
  const line = (who: string, points: Points | null) => (points ?? []).map(([px, py], order) => ({ who, x: px, y: py, order }));
  const who = opponent ? [evidence.challenger, other] : [evidence.challenger];
  return {
    width: 290,
    height: 260,
    data: { values: [...line(other, opponent), ...line(evidence.challenger, challenger)] },
    layer: [
      {
        data: { values: diagonal.map(([px, py]) => ({ x: px, y: py })) },
        mark: { type: 'line', color: ink.opponent, strokeDash: [3, 4], strokeWidth: 1 },
        encoding: { x, y },
      },
      {
        mark: { type: 'line', interpolate: 'linear', strokeWidth: 2.5 },
        encoding: { x, y, order: quantitative('order', null), color: byWho(who) },
      },
    ],
  } as Plot;
}

/** The challenger in its colour; a second version, if any, in grey. */
export const byWho = (who: readonly string[]) =>
  ({ field: 'who', type: 'nominal', sort: who, scale: { domain: who, range: [ink.challenger, ink.opponent] } }) as const;
