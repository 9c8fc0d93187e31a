/** Where a version should not be trusted, because nobody knows: too few cases, values it never saw, times it never lived in. */
import type { Evidence } from '../domain/evidence.ts';
import { type Content, html } from './html.ts';
import type { ModelCardContext } from './model-card-context.ts';
import { list, type Section, table } from './page.ts';
import { casesTitle } from './segment-sections.ts';
import { asWritten, count, day, sentence } from './words.ts';

export function limitSections(evidence: Evidence, context: ModelCardContext): readonly Section[] {
  return [
    { id: 'limits', title: 'Limits', body: list(limits(evidence, context)) },
    { id: 'regions', title: 'Where it was not validated', body: regions(context) },
  ];
}

function limits(evidence: Evidence, { use, data }: ModelCardContext): readonly string[] {
  const { comparisonRows: rows, suspicions, verdict } = evidence;
  return [
    ...(data.from && data.until ? [`It knows the time from ${day(data.from)} to ${day(data.until)}, and no other season or market.`] : []),
    ...(rows.from && rows.until ? [`It was judged on cases from ${day(rows.from)} to ${day(rows.until)}.`] : []),
    `An outcome counts only once ${use.outcome.maturity} have passed; how it does on newer cases is not known before.`,
    ...(use.actionsMayChangeOutcomes
      ? [
          'What is done with a score can change the outcome, so that outcomes of those acted upon do not tell what would have happened otherwise.',
        ]
      : []),
    ...(data.consent === null ? [] : ['It knows only people who consented; others may differ.']),
    ...(data.fairnessColumns.length > 0 ? [] : ['No group was declared, so whether it treats groups alike is not known.']),
    ...(verdict.kind === 'pass' ? [] : verdict.reasons.map((reason) => sentence(`Not settled: ${reason}`))),
    ...suspicions.map((suspicion) => sentence(`Suspicious: ${suspicion}`)),
  ];
}

function regions({ notValidated }: ModelCardContext): Content {
  const { segments, categories, numbers } = notValidated;
  const parts = [segmentRegions(segments), categoryRegions(categories), numberRegions(numbers)].filter((part) => part !== null);
  return parts.length === 0 ? html`<p>Nothing is known to be missing.</p>` : parts;
}

function segmentRegions(segments: ModelCardContext['notValidated']['segments']): Content {
  if (segments.length === 0) return null;
  const columns = [
    { title: 'segment', kind: 'words' },
    { title: casesTitle(segments[0]!), kind: 'number' },
    { title: 'why', kind: 'words' },
  ] as const;
  const rows = segments.map(({ name, rows: cases, positives, why }) => [
    name,
    html`${count(cases)}<small>${positives === null ? '' : count(positives)}</small>`,
    why,
  ]);
  return html`<h3>Segments</h3>
${table('Segments not validated', columns, rows)}`;
}

function categoryRegions(categories: ModelCardContext['notValidated']['categories']): Content {
  if (categories.length === 0) return null;
  const columns = [
    { title: 'feature' },
    { title: 'values it tells apart', kind: 'number' },
    { title: 'rows of training with another value', kind: 'number' },
    { title: 'rows of training without one', kind: 'number' },
  ] as const;
  return html`<h3>Categories</h3>
<p class="lead">Any value that is not among those it tells apart is the same to it: rare ones, and all that come up later.</p>
${table(
  'Categories not validated',
  columns,
  categories.map(({ feature, known, otherRows, missingRows }) => [feature, count(known), count(otherRows), count(missingRows)]),
)}`;
}

function numberRegions(numbers: ModelCardContext['notValidated']['numbers']): Content {
  if (numbers.length === 0) return null;
  const hasTails = numbers.some(({ exact }) => !exact);
  const columns = [
    { title: 'feature' },
    { title: 'from', kind: 'number' },
    { title: 'to', kind: 'number' },
    ...(hasTails
      ? [{ title: 'rows of training below', kind: 'number' } as const, { title: 'and from there on', kind: 'number' } as const]
      : []),
    { title: 'rows of training without a value', kind: 'number' },
  ] as const;
  const rows = numbers.map(({ feature, from, to, below, above, missingRows }) => [
    feature,
    asWritten(from),
    asWritten(to),
    ...(hasTails ? [below === null ? 'none' : count(below), above === null ? 'none' : count(above)] : []),
    count(missingRows),
  ]);
  return html`<h3>Numbers</h3>
<p class="lead">Between these values it learned. ${hasTails ? 'Beyond them it knows only the rows counted here, and further out nothing at all.' : 'Beyond them it has seen nothing.'}</p>
${table('Ranges of numbers', columns, rows)}`;
}
