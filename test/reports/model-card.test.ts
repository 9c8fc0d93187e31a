import { expect, test } from 'vitest';
import { digest } from '../../src/domain/ids.ts';
import type { SnapshotProfile } from '../../src/domain/snapshot-profile.ts';
import { modelCard } from '../../src/reports/model-card.ts';
import type { ModelCardContext } from '../../src/reports/model-card-context.ts';
import { aCardContext, aManifest, aRecord } from './a-model-card.ts';
import { anEvidence, anUpliftEvidence, aRegressionEvidence } from './an-evidence.ts';
import { changedAt, figuresNotIn, figuresOf, numberPaths, textOf } from './figures-of.ts';

const contextDigest = digest('7c41'.padEnd(64, '8'));
const card = (context: ModelCardContext, evidence = anEvidence()) => modelCard(evidence, context, { contextDigest });

test.each([
  ['binary classification', anEvidence()],
  ['regression', aRegressionEvidence()],
  ['uplift', anUpliftEvidence()],
])('every figure on the card of a %s is found in the evidence or in the stored context', (_, evidence) => {
  const context = aCardContext({ evidence });
  const text = textOf(card(context, evidence));
  expect(figuresOf(text).length).toBeGreaterThan(60);
  expect(figuresNotIn(text, { evidence, context, contextDigest })).toEqual([]);
});

test('a number that changes in the context changes the card', () => {
  const context = aCardContext();
  const before = card(context);
  const unseen = numberPaths(context).filter((path) => card(changedAt(context, path)) === before);
  expect(unseen).toEqual([['use', 'decision', 'costPerThousand']]);
});

test('it says as of which event it was made, and where the version stands', () => {
  const text = textOf(card(aCardContext()));
  expect(text).toContain('It is the challenger, answering a part of the traffic.');
  expect(text).toContain('made after event 83 of the audit trail (2026-03-10 07:08 UTC)');
  expect(textOf(card(aCardContext({ record: aRecord({ isChampion: true }) })))).toContain('It is the champion and answers now.');
});

test('what it was never validated on is named: segments, rare categories, ranges of numbers', () => {
  const text = textOf(card(aCardContext()));
  expect(text).toContain('device = tablet 2,204 480 nothing certain can be said');
  expect(text).toContain('plan = <old & "free"> 61 12 too few cases to judge');
  // Two of three devices have a place of their own; the third is as unknown to the model as one that comes up tomorrow.
  expect(text).toContain('device 2 5,413 811');
  expect(text).toContain('days_since_signup 14 2,190 13,034 13,216 431');
});

test('with a profile of the snapshot the ranges are the exact ones', () => {
  const numbers = { minimum: 1, maximum: 4_015, mean: 700, deviation: 1, quantiles: [] };
  const column = { name: 'days_since_signup', type: 'number', nulls: 0, distinct: 9, isConstant: false, numbers, histogram: null } as const;
  const profile: Pick<SnapshotProfile, 'columns'> = { columns: [column] };
  expect(aCardContext({ profile }).notValidated.numbers).toContainEqual({
    feature: 'days_since_signup',
    from: 1,
    to: 4_015,
    exact: true,
    below: null,
    above: null,
    missingRows: 431,
  });
});

test('a search is told trial by trial; of an adopted file nothing is told that only the spec says', () => {
  const text = textOf(card(aCardContext()));
  expect(text).toContain('Trials of the search, on the validation rows');
  expect(text).toContain('chosen');
  const { searched: _, ...manifest } = aManifest();
  const adopted = { ...manifest, trainer: { name: 'imported', seed: 1, parameters: {}, imported: digest('1'.repeat(64)) } };
  const { training } = aCardContext({ manifest: adopted });
  expect(training).toMatchObject({ trainer: 'imported', calibration: 'none', search: null, searched: null, weight: null });
});

test('what nobody has declared is said to be unknown, not left out', () => {
  const record = aRecord({ approvals: [], history: [], rollout: null, waivers: [] });
  const text = textOf(card(aCardContext({ record }), anEvidence({ segments: [], fairness: [] })));
  expect(text).toContain('Nobody has declared a segment');
  expect(text).toContain('whether it treats groups alike is not known');
  expect(text).toContain('Who approved it Nobody has, so far.');
  expect(text).toContain('registered; no rollout was opened');
});

test('a version whose data was withdrawn since says so at the top, with who and why', () => {
  const { snapshot } = aRecord();
  const withdrawn = { by: 'ann', at: '2026-03-11T10:00:00.000Z', reason: 'the export held test customers' };
  const text = textOf(card(aCardContext({ record: aRecord({ snapshot: { ...snapshot, withdrawn } }) })));
  expect(text).toContain('The data it learned from was withdrawn by ann (2026-03-11 10:00 UTC): the export held test customers.');
  expect(textOf(card(aCardContext()))).not.toContain('withdrawn by');
});

test('the folder of a data file stays at home', () => {
  expect(card(aCardContext())).toContain('newsletter-2026.csv');
  expect(card(aCardContext())).not.toContain('private');
});

test('the card needs nothing around it, and names from the data stay text', () => {
  const context = aCardContext();
  const text = card({ ...context, use: { ...context.use, objective: '<script>x</script>' } });
  expect(text).not.toMatch(/<script|<link|<img|https?:\/\//);
  expect(text).toContain('&lt;script&gt;x&lt;/script&gt;');
});
