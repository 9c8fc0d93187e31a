/**
 * The page somebody reads before approving: verdict first, then why, then what the approval rests on, then everything else that was
 * found out. The same evidence gives the same bytes, and every figure on the page is a figure of the evidence.
 */
import { canonical } from '../domain/canonical.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Digest } from '../domain/ids.ts';
import { casesSection, costSection } from './cases-sections.ts';
import { type DrawnPlots, drawPlots } from './drawn-plots.ts';
import { driftSection, featuresSection } from './feature-sections.ts';
import { figuresSection } from './figures-section.ts';
import { type Html, html } from './html.ts';
import { glossarySection, nextSection, originSection } from './next-sections.ts';
import { pageText, type Section } from './page.ts';
import { type Draw, svgOf } from './plots.ts';
import { predictionsSection } from './predictions-section.ts';
import { fairnessSection, segmentsSection } from './segment-sections.ts';
import { reportHeader, waiversSection, whySection } from './verdict-sections.ts';
import { verdictWords } from './words.ts';

export interface PageExtra {
  /** Of the evidence itself: what an approval names. */
  readonly evidenceDigest: Digest;
  readonly draw?: Draw;
}

export async function evidencePage(given: Evidence, { evidenceDigest, draw = svgOf }: PageExtra): Promise<string> {
  const evidence = asStored(given);
  const plots = await drawPlots(evidence, draw);
  return pageText({
    title: `${evidence.challenger}: ${verdictWords[evidence.verdict.kind]}`,
    header: reportHeader(evidence),
    sections: sections(evidence, plots, evidenceDigest).filter((section) => section !== null),
    footer: footer(evidence),
  });
}

/** What is in memory may hold a NaN or a minus zero, which JSON does not: a page made again from the file must be the same. */
function asStored(evidence: Evidence): Evidence {
  return JSON.parse(canonical(evidence)) as Evidence;
}

function sections(evidence: Evidence, plots: DrawnPlots, digest: Digest): readonly (Section | null)[] {
  return [
    whySection(evidence),
    waiversSection(evidence),
    figuresSection(evidence),
    segmentsSection(evidence, plots),
    fairnessSection(evidence),
    predictionsSection(evidence, plots),
    featuresSection(evidence, plots),
    driftSection(evidence, plots),
    casesSection(evidence),
    costSection(evidence),
    nextSection(evidence, digest),
    originSection(evidence, digest),
    glossarySection(),
  ];
}

function footer({ format }: Evidence): Html {
  return html`Made from the stored evidence alone (<code>${format}</code>); every figure is found there. Times are UTC.`;
}
