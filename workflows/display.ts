/**
 * What the Temporal UI shows without our own tools: search attributes for the list, memo and current details for the page.
 * One function writes all of it at every change, so that they never contradict each other.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Verdict } from '../src/domain/verdict.ts';

const model = defineSearchAttributeKey('model', SearchAttributeType.KEYWORD);
const version = defineSearchAttributeKey('version', SearchAttributeType.KEYWORD);
const phase = defineSearchAttributeKey('phase', SearchAttributeType.KEYWORD);
const verdict = defineSearchAttributeKey('verdict', SearchAttributeType.KEYWORD);
const share = defineSearchAttributeKey('share', SearchAttributeType.DOUBLE);
const reasons = defineSearchAttributeKey('reasons', SearchAttributeType.KEYWORD_LIST);
const phaseSince = defineSearchAttributeKey('phaseSince', SearchAttributeType.DATETIME);

export interface Shown {
  readonly model: string;
  readonly version: string | null;
  readonly phase: string;
  readonly phaseSince: Date;
  /** Percent of the traffic. */
  readonly share: number;
  readonly verdict: Verdict | null;
  /** Markdown for the page, see detailsOf. */
  readonly details: string;
}

export function show(shown: Shown): void {
  upsertSearchAttributes([
    { key: model, value: shown.model },
    { key: version, value: shown.version ?? 'none' },
    { key: phase, value: shown.phase },
    { key: verdict, value: shown.verdict?.kind ?? 'none' },
    { key: share, value: shown.share },
    { key: reasons, value: listed(shown.verdict) },
    { key: phaseSince, value: shown.phaseSince },
  ]);
  upsertMemo({ lastVerdict: shown.verdict ?? null });
  setCurrentDetails(shown.details);
}

function listed(reached: Verdict | null): string[] | null {
  const sentences = (reached?.reasons ?? []).slice(0, 3).map(short);
  return sentences.length === 0 ? null : sentences;
}

/** Values above 2,048 bytes would terminate the workflow (measured), and SQL keywords end at 255 characters. */
function short(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}

export interface Details {
  readonly title: string;
  readonly lines: readonly string[];
  readonly verdict: Verdict | null;
  readonly verdictAt: string | null;
  readonly next: string;
  readonly links: readonly string[];
}

const marks = { pass: '✅ pass', fail: '❌ fail', inconclusive: '❔ inconclusive' } as const;

/** Markdown that the UI renders well: bold words first, one flat list, `$` escaped because it would become math. */
export function detailsOf({ title, lines, verdict, verdictAt, next, links }: Details): string {
  const verdictLine = verdict
    ? `**Last verdict** ${marks[verdict.kind]}${verdictAt ? ` (${clock(verdictAt)})` : ''}`
    : '**Last verdict** none yet';
  const reasonLines = (verdict?.reasons ?? []).slice(0, 12).map((reason) => `- ${reason}`);
  const parts = [`### ${title}`, ...lines, [verdictLine, '', ...reasonLines].join('\n'), `**Next** ${next}`, links.join(' · ')];
  return parts
    .filter((part) => part !== '')
    .join('\n\n')
    .replaceAll('$', '\\$');
}

/** 2026-11-21T03:55:12.123Z as people read it: 2026-11-21 03:55:12 UTC. */
export function clock(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

export const percent = (bps: number): string => `${bps / 100} %`;

/** A bar of twenty blocks. */
export function bar(bps: number): string {
  const full = Math.round(bps / 500);
  return `\`${'█'.repeat(full)}${'░'.repeat(20 - full)}\``;
}

export function workflowLink(text: string, workflowId: string): string {
  return `[${text}](/namespaces/{namespace}/workflows/${workflowId.replaceAll(':', '%3A')})`;
}
