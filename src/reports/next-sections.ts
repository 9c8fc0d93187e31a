/** What the reader can do, where everything comes from, and what the words mean. */
import type { Evidence } from '../domain/evidence.ts';
import type { Digest } from '../domain/ids.ts';
import { html } from './html.ts';
import { glossary } from './metric-words.ts';
import { facts, type Section } from './page.ts';
import { count, decimal, moment, percent } from './words.ts';

export function nextSection({ model, challenger, verdict, opponent }: Evidence, digest: Digest): Section {
  const named = digest.slice(0, 12);
  const then =
    opponent.kind === 'champion'
      ? 'It then rehearses in the shadow and goes on stage step by step, judged on live outcomes at each'
      : 'There is no champion yet, so it answers everybody at once';
  const advice = {
    pass: `If you stand for this evidence, approve it. ${then}.`,
    fail: 'It is turned down by this evidence and never asks for approval. Look at the reasons above, then train another.',
    inconclusive: `Somebody has to decide on the doubt: a waiver says who, why, and for which gate. After that it asks for approval. ${then}.`,
  }[verdict.kind];
  const commands =
    verdict.kind === 'fail'
      ? `understudy retrain ${model} --reason "…"`
      : [
          ...(verdict.kind === 'inconclusive' ? [`understudy waive ${model} --gate evaluation --reason "…"`] : []),
          `understudy approve ${model} --evidence ${named} --reason "…"`,
          `understudy reject ${model} --reason "…"`,
        ].join('\n');
  return {
    id: 'next',
    title: 'What to do next',
    body: html`<p>${advice} An approval of ${challenger} names the evidence that was read: <code>${named}</code>.</p>
<pre tabindex="0">${commands}</pre>`,
  };
}

export function originSection(evidence: Evidence, digest: Digest): Section {
  const { comparisonRows: rows, task } = evidence;
  const mean = task === 'regression' || rows.positives === null ? decimal(rows.meanLabel) : percent(rows.meanLabel);
  const code = (text: string) => html`<code>${text}</code>`;
  return {
    id: 'origin',
    title: 'The data, and where everything comes from',
    body: facts([
      ['cases compared', count(rows.count)],
      ['entities', count(rows.entities)],
      ['seen from', rows.from && moment(rows.from)],
      ['seen until', rows.until && moment(rows.until)],
      ['with the outcome', rows.positives === null ? null : count(rows.positives)],
      [rows.positives === null ? 'mean label' : 'share with the outcome', mean],
      ['left out, since the champion trained on them', count(rows.excludedBecauseTrainedOn)],
      ['spec revision', count(evidence.specRevision)],
      ['evidence (this page)', code(digest)],
      ['model file', code(evidence.artifactDigest)],
      ['manifest', code(evidence.manifestDigest)],
      ['snapshot of the data', code(evidence.snapshotDigest)],
      ['split', code(evidence.splitDigest)],
    ]),
  };
}

export function glossarySection(): Section {
  return { id: 'reading', title: 'How to read this', body: facts(glossary) };
}
