/**
 * The model card: what a version is for, what it was made from, how good it is for whom, where nobody knows, and who let it in. Made
 * when somebody asks, from stored evidence and stored context, and it says as of which event.
 */
import { canonical } from '../domain/canonical.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Digest } from '../domain/ids.ts';
import { approvalSections } from './card-approval-sections.ts';
import { limitSections } from './card-limit-sections.ts';
import { dataSection, featureListSection, trainingSection, useSection } from './card-making-sections.ts';
import { performanceSections } from './card-performance-sections.ts';
import { html } from './html.ts';
import type { ModelCardContext } from './model-card-context.ts';
import { glossarySection } from './next-sections.ts';
import { facts, pageText, type Section } from './page.ts';
import { count, moment, verdictWords } from './words.ts';

export interface CardExtra {
  /** Of the context, in its canonical text: what the card is kept under. */
  readonly contextDigest: Digest;
}

export function modelCard(evidence: Evidence, context: ModelCardContext, { contextDigest }: CardExtra): string {
  const { version, model, standing, asOf, use, data } = context;
  const sections: readonly Section[] = [
    useSection(context),
    ...performanceSections(evidence),
    ...limitSections(evidence, context),
    dataSection(context),
    featureListSection(context),
    trainingSection(context),
    ...approvalSections(evidence, context),
    filesSection(context, contextDigest),
    glossarySection(),
  ];
  return pageText({
    title: `${version}: model card`,
    header: html`<header class="${evidence.verdict.kind}">
<p class="kicker"><span class="badge ${evidence.verdict.kind}">${verdictWords[evidence.verdict.kind]}</span><span>Model card of <strong>${model}</strong></span></p>
<h1>${version}: ${use.objective || 'nobody has said what it is for'}</h1>
<p>It is ${standing}. ${asOf ? `This card was made after event ${count(asOf.sequence)} of the audit trail (${moment(asOf.at)}); what happened later is not in it.` : ''}</p>
${data.withdrawn ? html`<p><strong>${withdrawn(data.withdrawn)}</strong></p>` : null}
</header>`,
    sections,
    footer: html`Made from the stored evidence (<code>${evidence.format}</code>) and the stored context (<code>${context.format}</code>) alone; every figure is found there. Times are UTC.`,
  });
}

function withdrawn({ by, at, reason }: NonNullable<ModelCardContext['data']['withdrawn']>): string {
  return `The data it learned from was withdrawn by ${by} (${moment(at)}): ${reason}. No later training reads it.`;
}

/** What the digest of a context is taken over. */
export const contextText = (context: ModelCardContext): string => canonical(context);

function filesSection(context: ModelCardContext, contextDigest: Digest): Section {
  const code = (text: string) => html`<code>${text}</code>`;
  const { files, data, training, evidence, asOf } = context;
  return {
    id: 'files',
    title: 'Fingerprints',
    body: facts([
      ['context of this card', code(contextDigest)],
      ['evidence', code(evidence)],
      ['model file', code(files.artifact)],
      ['manifest', code(files.manifest)],
      ['snapshot of the data', code(data.snapshot)],
      ['split', code(files.split)],
      ['code commit', code(training.codeCommit)],
      ['lockfile', code(training.lockfile)],
      ['newest event', asOf && code(asOf.digest)],
    ]),
  };
}
