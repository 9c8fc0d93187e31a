/**
 * Plots as SVG, drawn on the server from Vega-Lite specifications, which are functions of the evidence, so that any plot can be
 * drawn again. A picture is named by its caption and hidden from screen readers: what it shows stands in a table beside it.
 */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { light as ink } from './colours.ts';

/** Vega-Lite, without what `svgOf` adds. */
export type Plot = TopLevelSpec;
export type Draw = (plot: Plot) => Promise<string>;

const config = {
  aria: false,
  font: 'system-ui, sans-serif',
  background: 'transparent',
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelColor: ink.quiet,
    titleColor: ink.quiet,
    gridColor: ink.grid,
    domainColor: ink.line,
    tickColor: ink.line,
  },
  legend: {
    labelFontSize: 12,
    labelColor: ink.text,
    orient: 'top',
    title: null,
    symbolType: 'stroke',
    symbolStrokeWidth: 3,
    symbolSize: 220,
    columnPadding: 18,
    labelLimit: 240,
  },
  view: { stroke: null },
} as const;

export async function svgOf(plot: Plot): Promise<string> {
  const view = new View(parse(compile({ ...plot, config } as TopLevelSpec).spec), { renderer: 'none' });
  try {
    return withoutDefaults(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** An SVG inside HTML needs no namespaces, and is a picture to nobody but those who see it. */
function withoutDefaults(svg: string): string {
  return svg
    .replace(/ xmlns(:\w+)?="[^"]*"| version="1.1"| class="marks"| pointer-events="none"/g, '')
    .replace(/ (role|aria-roledescription|aria-hidden)="[^"]*"/g, '')
    .replace('<svg', '<svg aria-hidden="true" focusable="false"');
}
