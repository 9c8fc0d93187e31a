/** For whom the challenger is better or worse, and whether groups are treated alike. */
import type { Comparison, Evidence, FairnessFinding } from '../domain/evidence.ts';
import { figureOf } from '../domain/evidence.ts';
import { leading } from './comparison-plots.ts';
import type { DrawnPlots } from './drawn-plots.ts';
import { estimateCell, gainCell, verdictCell } from './figures-section.ts';
import { type Content, type Html, html } from './html.ts';
import { metricWords } from './metric-words.ts';
import { figure, type Section, table } from './page.ts';
import { count, decimal, opponentName, percent, reasonsBeside, verdictWords } from './words.ts';

export function segmentsSection(evidence: Evidence, { forest }: DrawnPlots): Section | null {
  const { segments } = evidence;
  const metric = leading(evidence)?.metric;
  if (segments.length === 0 || metric === undefined) return null;
  const name = metricWords[metric].name;
  const picture =
    forest &&
    figure({
      title: `Gain in ${name}, overall and by segment`,
      svg: forest,
      caption:
        'The line is the 95 % interval of the gain; right of the grey line the challenger is better. The red tick is the most it may lose. Dashed with a hollow point: in doubt.',
      kind: 'broad',
    });
  const columns = [
    { title: 'segment', kind: 'words' },
    { title: casesTitle(evidence.overall), kind: 'number' },
    { title: html`${name}<small>${opponentName(evidence)}</small>`, kind: 'number' },
    { title: html`gain<small>95 % interval</small>`, kind: 'number' },
    { title: 'verdict', kind: 'words' },
  ] as const;
  return {
    id: 'segments',
    title: 'For whom it is better or worse',
    body: html`<p class="lead">A model can gain overall and fail a group. ${tooFew(evidence)} ${listedOnly(evidence)}</p>
${picture}
${table(
  'Segments',
  columns,
  segments.map((segment) => segmentRow(evidence, segment)),
)}
${segmentColumns(evidence)}`,
  };
}

/** A number has no outcome that some have and others have not. */
export function casesTitle({ positives }: { readonly positives: number | null }): Content {
  return positives === null ? 'cases' : html`cases<small>with the outcome</small>`;
}

/** As the evaluation has it: of a number twice as many, because it has no two outcomes that both must be there. */
function tooFew({ gates, task }: Evidence): string {
  const least = count(gates.minimumSegmentClass);
  switch (task) {
    case 'binary-classification':
      return `A segment with fewer than ${least} cases of either outcome says too little and stays in doubt.`;
    case 'regression':
      return `A segment with fewer than twice ${least} cases says too little and stays in doubt.`;
    case 'uplift':
      return `A segment with fewer than ${least} cases with the outcome, among the treated or the untreated, says too little and stays in doubt.`;
  }
}

/** A column of names has thousands of values. */
function listedOnly({ segments, segmentColumns }: Evidence): string {
  const left = segmentColumns.filter(
    ({ name, values }) => segments.filter((segment) => segment.name.startsWith(`${name} = `)).length < values,
  );
  return left.length === 0 ? '' : `Only the largest are listed of ${left.map(({ name }) => name).join(', ')}.`;
}

function segmentRow(evidence: Evidence, segment: Comparison): Html {
  const { name, critical, rows, positives, verdict } = segment;
  const found = figureOf(segment, leading(evidence)!.metric);
  const isWorst = name === evidence.worstSegment;
  // A pass needs no words; doubt and harm do.
  const reasons = verdict.kind === 'pass' || verdict.reasons.length === 0 ? null : html`<small>${reasonsBeside(segment)}</small>`;
  const marks = [
    ...(critical ? ['must not fail'] : []),
    ...(isWorst ? ['the weakest'] : []),
    ...(segment.tooSmall ? ['too few to judge'] : []),
  ];
  const against = found?.opponent ? decimal(found.opponent.estimate) : '–';
  return html`<tr class="${isWorst ? 'worst' : ''}"><th scope="row" class="words">${name}${marks.length > 0 ? html`<small>${marks.join(', ')}</small>` : null}</th><td class="number">${count(rows)}<small>${positives === null ? '' : count(positives)}</small></td><td class="number">${found ? decimal(found.challenger.estimate) : 'unknown'}<small>${found ? against : ''}</small></td><td class="number">${gainCell(found?.gain ?? null)}</td><td class="words"><span class="verdict ${verdict.kind}">${verdictWords[verdict.kind]}</span>${reasons}</td></tr>
`;
}

function segmentColumns({ segmentColumns: columns }: Evidence): Content {
  if (columns.length === 0) return null;
  return html`<h3>How the cases were divided</h3>
${table(
  'Segment columns',
  [
    { title: 'by' },
    { title: 'values', kind: 'number' },
    { title: 'cases in the smallest', kind: 'number' },
    { title: 'values too small to judge', kind: 'number' },
  ],
  columns.map(({ name, values, smallest, tooSmall }) => [name, count(values), count(smallest), count(tooSmall)]),
)}`;
}

export function fairnessSection({ fairness }: Evidence): Section | null {
  if (fairness.length === 0) return null;
  return {
    id: 'fairness',
    title: 'Whether groups are treated alike',
    body: html`<p class="lead">Demographic parity asks whether groups are acted upon equally often; equalised odds asks whether the model errs equally often in each.</p>
${fairness.map(finding)}`,
  };
}

const rateWords = {
  'acted-upon': 'acted upon',
  'true-positives': 'acted upon, of those with the outcome',
  'false-positives': 'acted upon, of those without the outcome',
} as const;

function finding({ column, kind, rate, gap, between, tolerated, breach, groups, tooSmall = [], verdict }: FairnessFinding): Html {
  const name = kind === 'demographic' ? 'demographic parity' : 'equalised odds';
  const rows = groups.map((group) => [group.group, count(group.rows), estimateCell(group.rate, percent)]);
  return html`<h3>${column}: ${name} ${verdictCell(verdict)}</h3>
<p>The largest gap is ${percent(gap.estimate)} (${percent(gap.interval.low)} to ${percent(gap.interval.high)}), between ${between[0]} and ${between[1]}. Up to ${percent(tolerated)} is tolerated; from ${percent(breach)} on it is a breach.</p>
${table(`${column}, ${name}`, [{ title: 'group' }, { title: 'cases', kind: 'number' }, { title: html`${rateWords[rate]}<small>95 % interval</small>`, kind: 'number' }], rows)}
${tooSmall.length === 0 ? null : html`<p><small>Too small to be compared: ${tooSmall.map(({ group, rows: cases }) => `${group} (${count(cases)})`).join(', ')}.</small></p>`}
`;
}
