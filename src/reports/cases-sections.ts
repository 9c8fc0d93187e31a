/** Single cases that people know, single cases that turned wrong, and what the model costs. */
import type { Evidence } from '../domain/evidence.ts';
import { type Content, html } from './html.ts';
import { facts, type Section, table } from './page.ts';
import { asWritten, count, decimal, duration } from './words.ts';

export function casesSection(evidence: Evidence): Section | null {
  if (evidence.golden.length === 0 && evidence.turnedWrong === null) return null;
  return { id: 'cases', title: 'Single cases', body: html`${golden(evidence)}${turnedWrong(evidence)}` };
}

function golden({ golden: rows }: Evidence): Content {
  if (rows.length === 0) return null;
  const columns = [
    { title: 'golden case', kind: 'words' },
    { title: 'expected', kind: 'number' },
    { title: 'score', kind: 'number' },
    { title: '' },
  ] as const;
  const holds = (is: boolean) =>
    is ? html`<span class="verdict pass">as expected</span>` : html`<span class="verdict fail">not as expected</span>`;
  return html`<h3>Cases whose score people can tell beforehand</h3>
${table(
  'Golden cases',
  columns,
  rows.map(({ name, from, to, score, holds: is }) => [name, `${decimal(from)} to ${decimal(to)}`, decimal(score), holds(is)]),
)}`;
}

function turnedWrong({ turnedWrong: turned, challenger }: Evidence): Content {
  if (turned === null) return null;
  const columns = [
    { title: 'row of the source', kind: 'number' },
    { title: 'true label', kind: 'number' },
    { title: 'score before', kind: 'number' },
    { title: 'score now', kind: 'number' },
  ] as const;
  const samples = turned.samples.map(({ sourceRow, label, before, now }) => [
    count(sourceRow),
    asWritten(label),
    decimal(before),
    decimal(now),
  ]);
  return html`<h3>Decisions that change</h3>
<p>Of ${count(turned.compared)} cases, ${challenger} decides ${count(turned.turnedWrong)} wrongly that the champion decides rightly, and ${count(turned.turnedRight)} the other way round.${turned.byLot ? ` Another ${count(turned.byLot)} have a score of which only some are acted upon, drawn by lot, and are left out.` : ''}</p>
${samples.length > 0 ? table('Decisions that turned wrong, some of them', columns, samples) : null}`;
}

export function costSection({ cost, decision }: Evidence): Section | null {
  if (cost.trainingMs === null && cost.scoringMsPerThousand === null && cost.worthIt === null) return null;
  return {
    id: 'cost',
    title: 'What it costs',
    body: html`${facts([
      ['training', cost.trainingMs === null ? null : duration(cost.trainingMs)],
      ['scoring a thousand cases', cost.scoringMsPerThousand === null ? null : duration(cost.scoringMsPerThousand)],
      ['a thousand predictions, in your currency', decision?.costPerThousand == null ? null : decimal(decision.costPerThousand)],
    ])}${cost.worthIt === null ? null : html`<div class="notice" role="note"><p>${cost.worthIt}</p></div>`}`,
  };
}
