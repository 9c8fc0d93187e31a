/** The head of the page, and why the verdict is what it is, in plain words. */
import type { Comparison, Evidence, MetricFigure } from '../domain/evidence.ts';
import { type Html, html } from './html.ts';
import { metricWords } from './metric-words.ts';
import { list, type Section, table } from './page.ts';
import { count, day, decimal, direction, headline, interval, opponentName, percent, sentence, signed, verdictWords } from './words.ts';

/** Enough for a first look; everything else is in the table below. */
const MOST_TILES = 3;
const MOST_NAMES = 3;

export function reportHeader(evidence: Evidence): Html {
  const { model, verdict, suspicions } = evidence;
  return html`<header class="${verdict.kind}">
<p class="kicker"><span class="badge ${verdict.kind}">${verdictWords[verdict.kind]}</span>${suspicions.length > 0 ? html`<span class="badge fail">suspicious</span>` : null}<span>${taskWords[evidence.task]} <strong>${model}</strong>, evidence to approve on</span></p>
<h1>${headline(evidence)}</h1>
<p>${whatWasCompared(evidence)}</p>
<dl class="tiles">${tiles(evidence)}</dl>
</header>`;
}

const taskWords = {
  'binary-classification': 'Who will have an outcome:',
  regression: 'How much:',
  uplift: 'Whom a treatment moves:',
} as const;

function whatWasCompared({ comparisonRows: rows, challenger, opponent, task }: Evidence): string {
  const when = rows.from && rows.until ? ` from ${day(rows.from)} to ${day(rows.until)}` : '';
  const cases =
    rows.entities === rows.count ? `${count(rows.count)} cases` : `${count(rows.count)} cases of ${count(rows.entities)} entities`;
  const who =
    opponent.kind === 'champion'
      ? `Both were asked about the same ${cases}${when}, which neither had seen in training`
      : `${challenger} was asked about ${cases}${when} that it had not seen in training`;
  const leftOut =
    rows.excludedBecauseTrainedOn > 0
      ? ` (${count(rows.excludedBecauseTrainedOn)} more were left out because the champion had trained on them)`
      : '';
  const label =
    task === 'regression' || rows.positives === null
      ? `their true value is ${decimal(rows.meanLabel)} on average`
      : `${count(rows.positives)} of them (${percent(rows.meanLabel)}) had the outcome`;
  return `${who}${leftOut}; ${label}.`;
}

function tiles(evidence: Evidence): readonly Html[] {
  const { figures } = evidence.overall;
  const judged = figures.filter(({ margin }) => margin !== null).slice(0, MOST_TILES);
  const profit = figures.filter(({ metric, margin }) => metric === 'profit' && margin === null);
  return [...(judged.length > 0 ? judged : figures.slice(0, MOST_TILES)), ...profit].map((figure) => tile(evidence, figure));
}

function tile(evidence: Evidence, { metric, challenger, opponent, gain }: MetricFigure): Html {
  const against = opponent === null ? '' : `${opponentName(evidence)}: ${decimal(opponent.estimate)}`;
  const difference = gain === null ? '' : `gain ${signed(gain.estimate)} (${interval(gain.interval)})`;
  return html`<div><dt>${metricWords[metric].name}</dt><dd>${decimal(challenger.estimate)}<small>${against}</small><small>${difference}</small></dd></div>
`;
}

export function whySection(evidence: Evidence): Section {
  const { verdict, suspicions } = evidence;
  const suspicious =
    suspicions.length === 0
      ? null
      : html`<div class="notice fail" role="note"><p><strong>Suspicious.</strong> Look at this before anything else:</p>${list(suspicions)}</div>`;
  return {
    id: 'why',
    title: 'Why',
    body: html`${suspicious}${list(plainWords(evidence))}
<details${verdict.kind === 'pass' ? null : html` open`}><summary>In the words of the gate</summary>
${list(verdict.reasons.length > 0 ? verdict.reasons : ['no reason was given'])}</details>`,
  };
}

function plainWords(evidence: Evidence): readonly string[] {
  const { figures } = evidence.overall;
  const judged = figures.filter(({ margin }) => margin !== null);
  return [
    ...(judged.length > 0 ? judged : figures.slice(0, MOST_TILES)).map((figure) => plainFigure(evidence, figure)),
    ...aboutSegments(evidence),
    ...aboutFairness(evidence),
    ...aboutGolden(evidence),
    ...(evidence.cost.worthIt === null ? [] : [`Cost: ${sentence(evidence.cost.worthIt)}`]),
  ];
}

function plainFigure(evidence: Evidence, figure: MetricFigure): string {
  const { metric, challenger, opponent } = figure;
  const { name, plain } = metricWords[metric];
  const values = opponent === null ? decimal(challenger.estimate) : `${decimal(challenger.estimate)} against ${decimal(opponent.estimate)}`;
  const other = opponentName(evidence);
  const said = {
    better: `It is better than ${other} at ${plain}`,
    worse: `It is worse than ${other} at ${plain}`,
    even: `At ${plain} no difference from ${other} can be told`,
    unknown: `At ${plain} it could not be compared`,
  }[direction(figure)];
  return `${said}: ${name} ${values}.`;
}

function aboutSegments({ segments, worstSegment }: Evidence): readonly string[] {
  if (segments.length === 0) return [];
  const named = (kind: Comparison['verdict']['kind']) => segments.filter(({ verdict }) => verdict.kind === kind).map(({ name }) => name);
  const [failing, doubtful] = [named('fail'), named('inconclusive')];
  return [
    ...(failing.length === 0 ? [] : [`It fails in ${some(failing)}.`]),
    ...(doubtful.length === 0 ? [] : [`Nothing certain can be said about ${some(doubtful)}.`]),
    ...(failing.length + doubtful.length === 0 ? ['It holds in every segment.'] : []),
    ...(worstSegment === null ? [] : [`It does least well in ${worstSegment}.`]),
  ];
}

/** The first few; all of them stand in the table. */
function some(names: readonly string[]): string {
  return names.length <= MOST_NAMES ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')} and others`;
}

function aboutFairness({ fairness }: Evidence): readonly string[] {
  if (fairness.length === 0) return [];
  const unfair = fairness.filter(({ verdict }) => verdict.kind !== 'pass');
  if (unfair.length === 0) return ['The groups whose treatment is compared are treated alike, within what is tolerated.'];
  return unfair.map(
    ({ column, between, verdict }) =>
      `${between[0]} and ${between[1]} (${column}) are ${verdict.kind === 'fail' ? 'treated too differently' : 'perhaps treated too differently'}.`,
  );
}

function aboutGolden({ golden }: Evidence): readonly string[] {
  const broken = golden.filter(({ holds }) => !holds).map(({ name }) => name);
  if (golden.length === 0) return [];
  return broken.length === 0
    ? ['Every golden case gets the score that people expect.']
    : [`Golden cases outside the band that people expect: ${some(broken)}.`];
}

export function waiversSection({ waivers }: Pick<Evidence, 'waivers'>): Section | null {
  if (waivers.length === 0) return null;
  const rows = waivers.map(({ gate, by, reason }) => [gate, by, reason]);
  return {
    id: 'waivers',
    title: 'Doubts that a person overruled',
    body: table('Waivers', [{ title: 'gate' }, { title: 'who' }, { title: 'why', kind: 'words' }], rows),
  };
}
