/** The table that an approval rests on: every figure of both versions and of the simplest thing one could do. */
import type { Estimate, Evidence, MetricFigure } from '../domain/evidence.ts';
import type { Verdict } from '../domain/verdict.ts';
import { whatIsDone } from './decision-words.ts';
import { type Content, type Html, html } from './html.ts';
import { metricWords } from './metric-words.ts';
import { type Column, type Section, table } from './page.ts';
import { count, decimal, interval, opponentName, sentence, signed, span, verdictWords } from './words.ts';

export function figuresSection(evidence: Evidence): Section {
  const { figures } = evidence.overall;
  const judged = figures.filter(({ margin }) => margin !== null);
  const reported = figures.filter(({ margin }) => margin === null);
  const columns = columnsOf(evidence);
  const rows = [
    ...judged.map((figure) => figureRow(evidence, figure)),
    ...(reported.length > 0 && judged.length > 0 ? [groupRow('Reported; no margin was agreed for these', columns.length)] : []),
    ...reported.map((figure) => figureRow(evidence, figure)),
  ];
  return {
    id: 'figures',
    title: 'What an approval rests on',
    body: html`<p class="lead">Every figure stands with its 95 % interval. A gain is positive where ${evidence.challenger} is better, whichever way the figure points. ${whatIsDone(evidence)}</p>
${table('Figures of both versions', columns, rows)}
<p><small>${methods(evidence)} ${sentence(evidence.family.correction)} Simple baseline: ${sentence(evidence.simpleBaseline.description)}</small></p>`,
  };
}

function columnsOf(evidence: Evidence): readonly Column[] {
  return [
    { title: 'figure', kind: 'words' },
    { title: html`${evidence.challenger}<small>95 % interval</small>`, kind: 'number' },
    { title: html`${opponentName(evidence)}<small>95 % interval</small>`, kind: 'number' },
    ...(evidence.opponent.kind === 'champion' ? [{ title: 'simple baseline', kind: 'number' } as const] : []),
    { title: html`gain<small>95 % interval</small>`, kind: 'number' },
    { title: 'may lose at most', kind: 'number' },
    { title: 'verdict' },
  ];
}

function figureRow(evidence: Evidence, { metric, challenger, opponent, gain, margin, verdict }: MetricFigure): readonly Content[] {
  const { name, meaning } = metricWords[metric];
  const simple = evidence.simpleBaseline.figures.find((figure) => figure.metric === metric);
  return [
    html`${name}<small>${meaning}</small>`,
    estimateCell(challenger),
    opponent === null ? '–' : estimateCell(opponent),
    ...(evidence.opponent.kind === 'champion' ? [simple ? decimal(simple.estimate) : '–'] : []),
    gainCell(gain),
    margin === null ? '–' : decimal(margin),
    verdictCell(verdict),
  ];
}

function groupRow(title: string, width: number): Html {
  return html`<tr class="group"><th scope="colgroup" colspan="${width}">${title}</th></tr>
`;
}

export function estimateCell({ estimate, interval: found }: Estimate, as = decimal): Html {
  return html`${as(estimate)}<small>${as === decimal ? span(found) : `${as(found.low)} to ${as(found.high)}`}</small>`;
}

export function gainCell(gain: Estimate | null): Content {
  return gain === null ? 'unknown' : html`${signed(gain.estimate)}<small>${interval(gain.interval)}</small>`;
}

export function verdictCell(verdict: Verdict | null): Html {
  return verdict === null
    ? html`<span class="verdict none">not judged</span>`
    : html`<span class="verdict ${verdict.kind}">${verdictWords[verdict.kind]}</span>`;
}

function methods({ overall, gates }: Evidence): string {
  const by = (method: MetricFigure['method']) =>
    overall.figures.filter((figure) => figure.method === method).map(({ metric }) => metricWords[metric].name);
  const [delong, bootstrap, normal] = [by('delong'), by('bootstrap'), by('normal')];
  const parts = [
    ...(delong.length > 0 ? [`${delong.join(', ')} by DeLong's method`] : []),
    ...(normal.length > 0 ? [`${normal.join(', ')} by paired differences`] : []),
    ...(bootstrap.length > 0 ? [`${bootstrap.join(', ')} by a seeded bootstrap over entities with ${count(gates.draws)} draws`] : []),
  ];
  return parts.length === 0 ? '' : `Intervals: ${parts.join('; ')}.`;
}
