/** What the model looks at, and what has changed in the world since the champion learned. */
import type { Evidence } from '../domain/evidence.ts';
import type { DrawnPlots } from './drawn-plots.ts';
import { MOST_FEATURES } from './feature-plots.ts';
import { estimateCell } from './figures-section.ts';
import { type Content, html } from './html.ts';
import { metricWords } from './metric-words.ts';
import { figure, type Section, table } from './page.ts';
import { decimal, opponentName, percent } from './words.ts';

export function featuresSection(evidence: Evidence, { importances: svg }: DrawnPlots): Section | null {
  const { challenger, opponent, ndcg } = evidence.importances;
  if (challenger.length === 0) return null;
  const other = opponentName(evidence);
  const columns = [
    { title: 'feature' },
    { title: html`${evidence.challenger}<small>standard error</small>`, kind: 'number' },
    ...(opponent ? [{ title: other, kind: 'number' } as const] : []),
  ] as const;
  const rows = challenger
    .slice(0, MOST_FEATURES)
    .map(({ feature, importance, standardError }) => [
      feature,
      html`${decimal(importance)}<small>${standardError === null ? '' : `± ${decimal(standardError)}`}</small>`,
      ...(opponent ? [theirs(opponent, feature)] : []),
    ]);
  const shift =
    ndcg === null ? '' : ` The order of importance agrees with that of ${other} to ${decimal(ndcg)} (NDCG; one is the same order).`;
  const caption = opponent
    ? `Bars: ${evidence.challenger}; diamonds: ${other}.`
    : 'The longer a bar, the more the model leans on that feature.';
  return {
    id: 'features',
    title: 'What it looks at',
    body: html`<p class="lead">How much worse ${evidence.challenger} gets when the values of one feature are shuffled among the cases.${shift}</p>
<div class="plots">${svg && figure({ title: 'Importance of features', svg, caption })}${table('Importance of features', columns, rows)}</div>`,
  };
}

function theirs(importances: readonly { feature: string; importance: number }[], feature: string): string {
  const found = importances.find((theirs) => theirs.feature === feature);
  return found ? decimal(found.importance) : '–';
}

export function driftSection(evidence: Evidence, { drift }: DrawnPlots): Section | null {
  const { shift, sinceRelease, opponent } = evidence;
  const nothing = shift.classes === null && shift.scores === null && shift.features.length === 0 && sinceRelease.length === 0;
  if (opponent.kind !== 'champion' || nothing) return null;
  return {
    id: 'drift',
    title: "What has changed since the champion's data",
    body: html`<p class="lead">A champion is held against its own past, too: where the world has moved, a loss may be nobody's fault, and a gain may not last.</p>
${classes(evidence)}
${scores(evidence)}
${released(evidence)}
${features(evidence, drift)}`,
  };
}

function classes({ shift, task }: Evidence): Content {
  if (shift.classes === null) return null;
  const value = task === 'regression' ? decimal : percent;
  const what = task === 'regression' ? 'The mean label' : 'The share with the outcome';
  const { before, now, isSharp } = shift.classes;
  const sharp = isSharp ? ': far more than chance. Whoever let these data pass said why, before the training' : '';
  return html`<p>${what} was ${value(before)} when the champion learned and is ${value(now)} now${sharp}.</p>`;
}

function scores({ shift, opponent }: Evidence): Content {
  if (shift.scores === null || opponent.kind !== 'champion') return null;
  return html`<p>The scores of ${opponent.version} have moved by ${decimal(shift.scores.psi)} (PSI).</p>`;
}

function released({ sinceRelease, opponent }: Evidence): Content {
  if (sinceRelease.length === 0 || opponent.kind !== 'champion') return null;
  const rows = sinceRelease.map(({ metric, released: then, now, worseBy }) => [
    metricWords[metric].name,
    estimateCell(then),
    estimateCell(now),
    decimal(worseBy),
  ]);
  return html`<h3>${opponent.version} at its release and today</h3>
${table(
  'The champion since its release',
  [
    { title: 'figure' },
    { title: html`at its release<small>95 % interval</small>`, kind: 'number' },
    { title: html`on today's cases<small>95 % interval</small>`, kind: 'number' },
    { title: html`worse by<small>standard errors</small>`, kind: 'number' },
  ],
  rows,
)}`;
}

function features({ shift }: Evidence, svg: string | null): Content {
  if (shift.features.length === 0) return null;
  const rows = shift.features
    .toSorted((a, b) => b.psi - a.psi)
    .slice(0, MOST_FEATURES)
    .map(({ feature, psi }) => [feature, decimal(psi)]);
  return html`<div class="plots">${svg && figure({ title: 'How far the features have moved', svg, caption: 'Population stability index against the rows that the champion learned from.' })}${table('Shift of features', [{ title: 'feature' }, { title: 'PSI', kind: 'number' }], rows)}</div>`;
}
