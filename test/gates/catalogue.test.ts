import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Catalogue, isApproved } from '../../src/domain/catalogue.ts';
import { judgeCatalogue } from '../../src/gates/catalogue.ts';
import { parseCatalogue } from '../../src/spec/catalogue.ts';
import { aSpec } from '../data/fixtures.ts';

const spec = aSpec({ source: { ...aSpec().source, path: '/exports/customers/week-3.csv' } });
const everything: Catalogue = {
  sources: ['/exports/customers/*.csv', 'postgres:warehouse'],
  features: ['age', 'plan', 'mem*'],
  trainers: ['logistic-regression'],
};

test('a spec within the catalogue passes, and without a catalogue everything does', () => {
  expect(judgeCatalogue(everything, spec, null).kind).toBe('pass');
  expect(judgeCatalogue(null, spec, null).kind).toBe('pass');
  expect(judgeCatalogue({ sources: null, features: null, trainers: null }, spec, null).kind).toBe('pass');
});

test.each<[string, Partial<Catalogue>, RegExp]>([
  [
    'a source',
    { sources: ['/exports/shop/*'] },
    /^the source "\/exports\/customers\/week-3\.csv" is not in the catalogue of approved sources \(\/exports\/shop\/\*\)$/,
  ],
  ['a feature', { features: ['age', 'plan'] }, /^the feature "member" is not/],
  ['a trainer', { trainers: [] }, /^the trainer "logistic-regression" is not in the catalogue of approved trainers \(none\)$/],
])('%s outside the catalogue needs a waiver, and is named', (_, more, named) => {
  const { kind, reasons } = judgeCatalogue({ ...everything, ...more }, spec, null);
  expect({ kind, reasons }).toEqual({ kind: 'inconclusive', reasons: [expect.stringMatching(named)] });
});

test('the file that was read counts, not the one in the spec; a query counts by its connection', () => {
  expect(judgeCatalogue(everything, spec, '/home/me/week-3.csv').kind).toBe('inconclusive');
  const query = { ...spec.source, path: null, format: 'postgres' as const, query: 'select 1', connection: 'warehouse' };
  expect(judgeCatalogue(everything, aSpec({ source: query }), null).kind).toBe('pass');
  expect(judgeCatalogue(everything, aSpec({ source: { ...query, connection: 'lab' } }), null).reasons).toEqual([
    expect.stringContaining('postgres:lab'),
  ]);
  expect(judgeCatalogue(everything, aSpec({ source: query }), '/home/me/instead.csv').reasons).toEqual([
    expect.stringContaining('/home/me/instead.csv'),
  ]);
});

test.each([
  ['a', 'a', true],
  ['ab', 'a', false],
  ['/x/y.csv', '/x/*.csv', true],
  ['/x/y.csv.bak', '/x/*.csv', false],
  ['abcab', 'a*b*ab', true],
  ['ab', 'a*b*b', false],
  ['anything', '*', true],
  ['', '*', true],
])('%j is%s matched by %j', (name, pattern, expected) => {
  expect(isApproved(name, [pattern])).toBe(expected);
});

test('a catalogue is read with paths relative to its file; another key or a single word is refused in a sentence', () => {
  expect(parseCatalogue('sources: [exports/*.csv, "postgres:lab"]\ntrainers: [a]', '/team/catalogue.yaml')).toEqual({
    sources: ['/team/exports/*.csv', 'postgres:lab'],
    features: null,
    trainers: ['a'],
  });
  for (const yaml of ['models: [a]', 'sources: a', '- a', 'sources: [a'])
    expect(() => parseCatalogue(yaml, 'catalogue.yaml')).toThrow(/catalogue\.yaml is no catalogue: expected lists of names/);
});

test('the example in examples/ is a catalogue', () => {
  const { sources, features, trainers } = parseCatalogue(
    readFileSync('examples/catalogue.yaml', 'utf8'),
    path.resolve('examples/catalogue.yaml'),
  );
  expect(isApproved(path.resolve('examples/newsletter/newsletter.csv'), sources)).toBe(true);
  expect({ features, trainers: trainers?.length }).toEqual({ features: null, trainers: 3 });
});
