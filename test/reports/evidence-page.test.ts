import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from '../../src/domain/evidence.ts';
import { fail, inconclusive } from '../../src/domain/verdict.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { html } from '../../src/reports/html.ts';
import { aComparison, anEvidence, evidenceDigest } from './an-evidence.ts';

const page = (changes: Partial<Evidence> = {}) => evidencePage(anEvidence(changes), { evidenceDigest });
/** What a reader sees as text, without pictures, styles and tags. */
const textOf = (text: string) =>
  text
    .replace(/<(style|svg|title)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('−', '-')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

test('the verdict comes first, as a sentence that names both versions', async () => {
  const first = async (changes: Partial<Evidence>) => /<h1>(.*?)<\/h1>/.exec(await page(changes))?.[1];
  const simple = { kind: 'simple-baseline', baseRate: 0.21 } as const;
  expect(await first({})).toBe('newsletter@2 is no worse than the champion newsletter@1, within the margins that were agreed.');
  expect(await first({ verdict: fail('AUC') })).toBe('newsletter@2 is worse than the champion newsletter@1 by more than was agreed.');
  expect(await first({ verdict: inconclusive('few') })).toMatch(/^It is not clear whether newsletter@2 is good enough/);
  expect(await first({ opponent: simple })).toBe('newsletter@2 is better than the simple baseline that gives everybody the same chance.');
});

test('every figure in the text is a figure of the evidence', async () => {
  const evidence = anEvidence();
  const known = new Set([...figuresIn(evidence), ...namesIn(evidence), '95', '0.5']);
  const shown = textOf(await page()).match(/[+-]?\d+(?:,\d{3})*(?:\.\d+)?/g) ?? [];
  expect(shown.length).toBeGreaterThan(60);
  expect(shown.filter((figure) => !known.has(figure.replace(/^\+/, '')))).toEqual([]);
});

test('a figure that changes in the evidence changes on the page', async () => {
  const before = await page();
  const overall = aComparison();
  const better = { ...overall.challenger!, auc: 0.7462 };
  const changes: Partial<Evidence>[] = [
    { overall: { ...overall, challenger: better } },
    { overall: { ...overall, positives: overall.positives + 1 } },
    { gates: { ...anEvidence().gates, aucMargin: 0.011 } },
    { segments: anEvidence().segments.slice(1) },
    { curves: { ...anEvidence().curves, calibration: anEvidence().curves.calibration.slice(1) } },
  ];
  const after = await Promise.all(changes.map((change) => page(change)));
  expect(new Set([before, ...after]).size).toBe(changes.length + 1);
});

test('the same evidence gives the same bytes, however many pages were made before', async () => {
  const first = await page();
  await page({ segments: [] });
  expect(await page()).toBe(first);
});

test('the page needs nothing around it: no script, no outside address', async () => {
  const text = await page();
  expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|javascript:/i);
  expect(text.replace(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:\/\/|url\(\s*['"]?(?!#)/);
  expect(text).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
});

test('what to do next names the evidence that was read', async () => {
  expect(await page()).toContain('understudy approve newsletter --evidence 0f3a77c2d1e4 --reason');
  expect(await page({ verdict: inconclusive('few') })).toContain('understudy waive newsletter --gate evaluation --reason');
  expect(await page({ verdict: fail('worse') })).not.toContain('understudy approve');
});

test('a name from the data cannot become markup', async () => {
  const text = await page({ waivers: [{ gate: 'leak-check', by: '<img src=x>', reason: 'a & b' }] });
  expect(text).toContain('plan = &lt;old &amp; &quot;free&quot;&gt;');
  expect(text).toContain('&lt;img src=x&gt;');
  expect(text).not.toContain('<img');
});

test('whatever is not markup is escaped, for any text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { text: escaped } = html`<b title="${text}">${[text]}</b>`;
      expect(escaped.match(/[<>"]/g)).toHaveLength(6);
    }),
  );
});

test('figures that could not be computed are said to be unknown, and are in doubt', async () => {
  const nothing = aComparison({
    challenger: null,
    opponent: null,
    aucGain: null,
    logLossGain: null,
    brierGain: null,
    verdict: inconclusive('one class'),
  });
  const text = textOf(
    await page({
      overall: nothing,
      segments: [],
      verdict: inconclusive('one class'),
      curves: { roc: { challenger: [], opponent: null }, calibration: [] },
    }),
  );
  expect(text.match(/unknown/g)!.length).toBe(11);
  expect(text.match(/in doubt/g)).toHaveLength(3);
  expect(text).not.toMatch(/NaN|undefined|null/);
});

test('over the simple baseline nothing may be lost', async () => {
  const text = textOf(
    await page({
      opponent: { kind: 'simple-baseline', baseRate: 0.21 },
      overall: aComparison({ aucGain: { estimate: 0.004, standardError: 0.003, interval: { low: -0.001, high: 0.009 } } }),
    }),
  );
  expect(text).toMatch(/0\.0040\s+-0\.0010 to \+0\.0090\s+0\.0000\s+in doubt/);
});

/** Every number of the evidence, in every form in which the page may write it. */
function figuresIn(evidence: Evidence): string[] {
  const { overall, segments, gates } = evidence;
  const numbers: number[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'number') numbers.push(value);
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(collect);
  };
  collect(evidence);
  numbers.push(gates.logLossMargin * overall.opponent!.logLoss, gates.brierMargin * overall.opponent!.brier);
  const rates = [overall, ...segments].map(({ rows, positives }) => ((100 * positives) / rows).toFixed(1));
  return [...numbers.flatMap((value) => [value.toFixed(4), String(value), value.toLocaleString('en-US')]), ...rates];
}

/** Digits in names, dates, digests and sentences. */
function namesIn({ challenger, opponent, comparisonRows, verdict, segments, format, ...rest }: Evidence): string[] {
  const texts = [
    challenger,
    JSON.stringify(opponent),
    JSON.stringify(comparisonRows),
    ...verdict.reasons,
    ...segments.flatMap((segment) => segment.verdict.reasons),
    format,
    JSON.stringify(rest),
    evidenceDigest,
    evidenceDigest.slice(0, 12),
  ];
  return texts.flatMap((text) => text.match(/[+-]?\d+(?:,\d{3})*(?:\.\d+)?/g) ?? []).map((figure) => figure.replace(/^\+/, ''));
}
