import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from '../../src/domain/evidence.ts';
import { fail, inconclusive } from '../../src/domain/verdict.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { html } from '../../src/reports/html.ts';
import { headline } from '../../src/reports/words.ts';
import { aComparison, aFigure, anEvidence, anUpliftEvidence, aRegressionEvidence, evidenceDigest } from './an-evidence.ts';
import { changedAt, figuresNotIn, figuresOf, leavesOf, numberPaths, textOf } from './figures-of.ts';

const page = (changes: Partial<Evidence> = {}) => evidencePage(anEvidence(changes), { evidenceDigest });
/** With the specification in the place of each picture: quick, and what is drawn can be read. */
const undrawn = (evidence: Evidence) =>
  evidencePage(evidence, { evidenceDigest, draw: async (plot) => `<!--plot${JSON.stringify(plot)}plot-->` });
const plotsIn = (text: string): readonly unknown[] =>
  [...text.matchAll(/<!--plot(.*?)plot-->/gs)].map(([, plot]) => JSON.parse(plot!) as unknown);

const everyTask: readonly (readonly [string, Evidence])[] = [
  ['binary classification', anEvidence({ suspicions: ['AUC 0.9812 is above 0.9700'] })],
  ['regression', aRegressionEvidence()],
  ['uplift', anUpliftEvidence({ waivers: [{ gate: 'evaluation', by: 'ann', reason: 'agreed on 14 March' }] })],
];

test('the verdict comes first, as a sentence that names both versions', async () => {
  const first = async (changes: Partial<Evidence>) => /<h1>(.*?)<\/h1>/.exec(await undrawn(anEvidence(changes)))?.[1];
  const simple = { kind: 'simple-baseline', description: 'everybody the same' } as const;
  expect(await first({})).toBe('newsletter@2 is no worse than the champion newsletter@1, within the margins that were agreed.');
  expect(await first({ verdict: fail('AUC'), overall: { ...anEvidence().overall, verdict: fail('AUC') } })).toBe(
    'newsletter@2 does not hold against the champion newsletter@1: it loses more than was agreed.',
  );
  expect(await first({ verdict: inconclusive('few') })).toMatch(/^It is not clear whether newsletter@2 is good enough/);
  expect(await first({ opponent: simple })).toBe('newsletter@2 is better than the simple baseline.');
});

test.each(everyTask)('every figure on the page of a %s is found in the evidence', async (_, evidence) => {
  const text = textOf(await evidencePage(evidence, { evidenceDigest }));
  expect(figuresOf(text).length).toBeGreaterThan(100);
  expect(figuresNotIn(text, { evidence, evidenceDigest })).toEqual([]);
});

test('a figure that the evidence does not hold is found out', async () => {
  const text = textOf(await undrawn(anEvidence()));
  expect(figuresNotIn(text.replace('0.7461', '0.7471'), { evidence: anEvidence(), evidenceDigest })).toEqual(['0.7471']);
});

test.each(everyTask)('every point that is drawn of a %s is a number of the evidence', async (_, evidence) => {
  const known = new Set([0, 1, ...leavesOf(evidence).numbers]);
  const drawn = plotsIn(await undrawn(evidence)).flatMap(dataIn);
  expect(drawn.length).toBeGreaterThan(100);
  expect(drawn.filter((value) => !known.has(value))).toEqual([]);
});

test('a number that changes in the evidence changes the page, but for those that only machines need', async () => {
  const evidence = anEvidence();
  const before = await undrawn(evidence);
  const unseen = new Set<string>();
  for (const path of numberPaths(evidence)) {
    if ((await undrawn(changedAt(evidence, path))) === before) unseen.add(path.filter((key) => typeof key === 'string').join('.'));
  }
  expect([...unseen].sort()).toEqual([
    'curves.calibration.bins.rows',
    'decision.profit.falseNegative',
    'decision.profit.falsePositive',
    'decision.profit.trueNegative',
    'decision.profit.truePositive',
    'fairness.gap.standardError',
    'fairness.groups.rate.standardError',
    'family.comparisons',
    'gates.aucMargin',
    'gates.brierMargin',
    'gates.logLossMargin',
    'gates.margins.profit',
    'gates.segmentMarginFactor',
    'gates.suspiciousAuc',
    'overall.entities',
    'overall.figures.challenger.standardError',
    'overall.figures.gain.standardError',
    'overall.figures.opponent.standardError',
    'overall.positives',
    'overall.rows',
    'segments.entities',
    'segments.figures.challenger.estimate',
    'segments.figures.challenger.interval.high',
    'segments.figures.challenger.interval.low',
    'segments.figures.challenger.standardError',
    'segments.figures.gain.estimate',
    'segments.figures.gain.interval.high',
    'segments.figures.gain.interval.low',
    'segments.figures.gain.standardError',
    'segments.figures.margin',
    'segments.figures.opponent.estimate',
    'segments.figures.opponent.interval.high',
    'segments.figures.opponent.interval.low',
    'segments.figures.opponent.standardError',
    'sinceRelease.now.standardError',
    'sinceRelease.released.standardError',
  ]);
});

test('the page needs nothing around it: no script, no outside address', async () => {
  const text = await page();
  expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|javascript:/i);
  expect(text).not.toMatch(/https?:\/\/|url\(\s*['"]?(?!#)/);
  expect(text).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
});

test('an id is given once, every link leads to one, and no picture speaks beside its caption', async () => {
  const text = await page();
  const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !ids.includes(id!))).toEqual([]);
  expect(text.match(/<svg/g)?.length).toBe(text.match(/<svg aria-hidden="true"/g)?.length);
  expect(text).not.toContain('aria-roledescription');
  expect(text.match(/<table/g)?.length).toBe(text.match(/<caption>/g)?.length);
});

test('what to do next names the evidence that was read', async () => {
  expect(await page()).toContain('understudy approve newsletter --evidence 0f3a77c2d1e4 --reason');
  expect(await undrawn(anEvidence({ verdict: inconclusive('few') }))).toContain('understudy waive newsletter --gate evaluation --reason');
  expect(await undrawn(anEvidence({ verdict: fail('worse') }))).not.toContain('understudy approve');
});

test('segments: the weakest is named, those in doubt are marked, and what is too small says so', async () => {
  const text = textOf(await undrawn(anEvidence()));
  expect(text).toContain('It fails in plan = premium × device = mobile.');
  expect(text).toContain('Nothing certain can be said about device = tablet, plan = <old & "free">.');
  expect(text).toContain('It does least well in plan = premium × device = mobile.');
  expect(text).toContain('plan = premium × device = mobile the weakest');
  expect(text).toContain('plan = <old & "free"> too few to judge 61 12 unknown unknown in doubt 12 with the outcome, 50 are needed');
});

test('what is suspicious stands before everything else', async () => {
  const text = textOf(await undrawn(anEvidence({ suspicions: ['AUC 0.98 is above 0.97'] })));
  expect(text.indexOf('suspicious')).toBeLessThan(text.indexOf('newsletter@2 is'));
  expect(text.indexOf('AUC 0.98 is above 0.97')).toBeLessThan(text.indexOf('It is better than'));
});

test('a name from the data cannot become markup, in text or picture', async () => {
  const segment = { ...anEvidence().segments[0]!, name: '<script>x</script>' };
  const text = await page({ waivers: [{ gate: 'leak-check', by: '<img src=x>', reason: 'a & b' }], segments: [segment] });
  expect(text).toContain('&lt;img src=x&gt;');
  expect(text).not.toMatch(/<img|<script/);
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
  const nan = { estimate: Number.NaN, interval: { low: Number.NaN, high: Number.NaN }, standardError: null };
  const figures = [aFigure('auc', 0.7, null, { challenger: nan, margin: 0.01, verdict: inconclusive('one class') })];
  const nothing = { roc: { challenger: [], opponent: null }, calibration: [], gain: { challenger: [], opponent: null }, deciles: [] };
  const text = textOf(
    await page({
      overall: aComparison({ figures, verdict: inconclusive('one class') }),
      verdict: inconclusive('one class'),
      curves: { ...nothing, scores: { edges: [], challenger: [], opponent: null } },
      importances: { challenger: [], opponent: null, ndcg: null },
      fairness: [],
    }),
  );
  expect(text).toMatch(/AUC how often .*? unknown unknown to unknown – 0\.5000 unknown 0\.0100 in doubt/);
  expect(text).not.toMatch(/NaN|undefined|null/);
});

/** The numbers that a specification draws; the order of points along a curve is not one of them. */
function dataIn(plot: unknown): readonly number[] {
  if (plot === null || typeof plot !== 'object') return [];
  const { data, layer } = plot as { data?: { values?: readonly object[] }; layer?: readonly unknown[] };
  const values = (data?.values ?? []).flatMap((row) => Object.entries(row).filter(([key]) => key !== 'order'));
  return [...values.flatMap(([, value]) => (typeof value === 'number' ? [value] : [])), ...(layer ?? []).flatMap(dataIn)];
}

test('a version that a golden case turns down is not said to lose against the champion', () => {
  const evidence = anEvidence();
  const failed = { ...evidence.verdict, kind: 'fail' as const };
  const broken = { ...evidence, verdict: failed, golden: [{ name: 'a loyal customer', from: 0, to: 0.1, score: 0.4, holds: false }] };
  expect(headline(broken)).toContain('is turned down: a case that people know does not get the score they expect');
  expect(headline({ ...broken, overall: { ...evidence.overall, verdict: failed } })).toContain('it loses more than was agreed');
});
