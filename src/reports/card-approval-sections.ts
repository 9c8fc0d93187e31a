/** Who let a version in, which doubts were overruled, and what became of it. */
import type { Evidence } from '../domain/evidence.ts';
import { html } from './html.ts';
import type { ModelCardContext } from './model-card-context.ts';
import { type Section, table } from './page.ts';
import { count, moment } from './words.ts';

export function approvalSections(evidence: Evidence, context: ModelCardContext): readonly Section[] {
  return [approvals(context), ...waivers(evidence, context), history(context)];
}

function approvals({ approvals: given, evidence }: ModelCardContext): Section {
  const columns = [{ title: 'who' }, { title: 'when' }, { title: 'why', kind: 'words' }, { title: 'of the evidence' }] as const;
  const rows = given.map(({ by, at, reason, evidence: seen }) => [
    by,
    moment(at),
    reason,
    html`<code>${seen.slice(0, 12)}</code>${seen === evidence ? null : html`<small>another than on this card</small>`}`,
  ]);
  return {
    id: 'approvals',
    title: 'Who approved it',
    body: rows.length === 0 ? html`<p>Nobody has, so far.</p>` : table('Approvals', columns, rows),
  };
}

/** Those known when it was evaluated, and those given since. */
function waivers(evidence: Evidence, { waivers: given }: ModelCardContext): readonly Section[] {
  const known = new Set(given.map(({ gate, by }) => `${gate} ${by}`));
  const rows = [
    ...given.map(({ gate, by, at, reason }) => [gate, by, moment(at), reason]),
    ...evidence.waivers.filter(({ gate, by }) => !known.has(`${gate} ${by}`)).map(({ gate, by, reason }) => [gate, by, '', reason]),
  ];
  if (rows.length === 0) return [];
  const columns = [{ title: 'gate' }, { title: 'who' }, { title: 'when' }, { title: 'why', kind: 'words' }] as const;
  return [{ id: 'waivers', title: 'Doubts that a person overruled', body: table('Waivers', columns, rows) }];
}

function history({ history: events }: ModelCardContext): Section {
  const columns = [{ title: 'event', kind: 'number' }, { title: 'when' }, { title: 'what', kind: 'words' }, { title: 'by' }] as const;
  const rows = events.map(({ sequence, at, summary, by }) => [count(sequence), moment(at), summary, by]);
  return {
    id: 'history',
    title: 'What became of it',
    body: rows.length === 0 ? html`<p>Nothing yet.</p>` : table('History', columns, rows),
  };
}
