/** How good a version is, for everybody and for each segment, and whether groups are treated alike. */
import type { Comparison, Evidence } from '../domain/evidence.ts';
import { figureOf } from '../domain/evidence.ts';
import { whatIsDone } from './decision-words.ts';
import { estimateCell, verdictCell } from './figures-section.ts';
import { type Content, html } from './html.ts';
import { metricWords } from './metric-words.ts';
import { type Section, table } from './page.ts';
import { casesTitle, fairnessSection } from './segment-sections.ts';
import { count, decimal, headline, opponentName } from './words.ts';

export function performanceSections(evidence: Evidence): readonly Section[] {
  const fairness = fairnessSection(evidence);
  const fair: Section = fairness ?? {
    id: 'fairness',
    title: 'Whether groups are treated alike',
    body: html`<p>Nobody has declared a column to compare groups by, so nothing is known.</p>`,
  };
  return [overallSection(evidence), segmentsSection(evidence), fair];
}

function overallSection(evidence: Evidence): Section {
  const { overall, simpleBaseline } = evidence;
  const isChampion = evidence.opponent.kind === 'champion';
  const columns = [
    { title: 'figure', kind: 'words' },
    { title: html`${evidence.challenger}<small>95 % interval</small>`, kind: 'number' },
    ...(isChampion ? [{ title: html`${opponentName(evidence)}<small>95 % interval</small>`, kind: 'number' } as const] : []),
    { title: 'simple baseline', kind: 'number' },
    { title: 'verdict' },
  ] as const;
  const rows = overall.figures.map(({ metric, challenger, opponent, verdict }) => [
    html`${metricWords[metric].name}<small>${metricWords[metric].meaning}</small>`,
    estimateCell(challenger),
    ...(isChampion ? [opponent === null ? '–' : estimateCell(opponent)] : []),
    simple(simpleBaseline.figures.find((figure) => figure.metric === metric)?.estimate),
    verdictCell(verdict),
  ]);
  return {
    id: 'performance',
    title: 'How good it is',
    body: html`<p class="lead">${headline(evidence)} Measured on ${count(overall.rows)} cases that it had not seen. ${whatIsDone(evidence)}</p>
${table('Figures for everybody', columns, rows)}`,
  };
}

const simple = (estimate: number | undefined): string => (estimate === undefined ? '–' : decimal(estimate));

function segmentsSection(evidence: Evidence): Section {
  const { segments, worstSegment } = evidence;
  return {
    id: 'segments',
    title: 'How good it is for whom',
    body:
      segments.length === 0
        ? html`<p>Nobody has declared a segment, so nothing is known but the whole.</p>`
        : html`${worstSegment === null ? null : html`<p class="lead">The weakest: ${worstSegment}.</p>`}
${segmentTable(evidence)}`,
  };
}

/** Every figure of every segment with its interval: a wide table, which scrolls. */
function segmentTable({ overall, segments }: Evidence): Content {
  const metrics = overall.figures.map(({ metric }) => metric).filter((metric) => segments.some((segment) => figureOf(segment, metric)));
  const columns = [
    { title: 'segment', kind: 'words' },
    { title: 'verdict' },
    { title: casesTitle(overall), kind: 'number' },
    ...metrics.map((metric) => ({ title: html`${metricWords[metric].name}<small>95 % interval</small>`, kind: 'number' }) as const),
  ] as const;
  const row = (segment: Comparison, name: string) => [
    html`${name}${segment.critical ? html`<small>must not fail</small>` : null}`,
    verdictCell(segment.verdict),
    html`${count(segment.rows)}<small>${segment.positives === null ? '' : count(segment.positives)}</small>`,
    ...metrics.map((metric) => {
      const found = figureOf(segment, metric);
      return found ? estimateCell(found.challenger) : '–';
    }),
  ];
  return table('Figures by segment', columns, [row(overall, 'everybody'), ...segments.map((segment) => row(segment, segment.name))]);
}
