import { expect, test } from 'vitest';
import { versionId } from '../../src/domain/ids.ts';
import type { FeatureSpec } from '../../src/domain/feature-spec.ts';
import { checkInstance } from '../../src/features/check-instance.ts';
import type { FeatureValue } from '../../src/features/columns.ts';
import { derive, type RowDerivation } from '../../src/features/derive.ts';
import { withDerived } from '../../src/features/derived-values.ts';
import { encodeColumns, encodeInto } from '../../src/features/encode.ts';
import { type Encoder, fitEncoder } from '../../src/features/encoder.ts';
import { lineageOf } from '../../src/features/lineage.ts';
import { rawInputs } from '../../src/features/raw-inputs.ts';
import { timeOf } from '../../src/features/times.ts';
import { aFeature } from '../data/fixtures.ts';

const DAY = 86_400_000;
const noon = Date.parse('2026-03-02T12:00:00Z');
const of = (derivation: RowDerivation, operands: FeatureValue[], at = noon) => derive(derivation, operands, at);

const ratio: RowDerivation = { kind: 'ratio', of: 'a', to: 'b' };
const log: RowDerivation = { kind: 'log', of: 'a' };
const bins: RowDerivation = { kind: 'bins', of: 'a', edges: [18, 30, 65] };
const recency: RowDerivation = { kind: 'recency', of: 't' };
const frequency: RowDerivation = { kind: 'frequency', of: 'a', since: 't', days: 30 };
const cross: RowDerivation = { kind: 'cross', of: ['a', 'b'] };
const missing: RowDerivation = { kind: 'missing', of: 'a' };
const season = (cycle: 'day' | 'week' | 'month' | 'year', wave: 'sine' | 'cosine' = 'sine'): RowDerivation => ({
  kind: 'season',
  of: null,
  cycle,
  wave,
});

test.each<[string, RowDerivation, FeatureValue[], FeatureValue]>([
  ['a ratio', ratio, [6, 4], 1.5],
  ['a ratio to nothing', ratio, [6, 0], null],
  ['nothing to nothing', ratio, [0, 0], null],
  ['a ratio with a missing part', ratio, [null, 4], null],
  ['a ratio beyond what a model can hold', ratio, [3e38, 1e-30], 3.4028234e38],
  ['minus nothing', ratio, [-0, 4], 0],
  ['a logarithm', log, [Math.E - 1], 1],
  ['a logarithm of nothing', log, [0], 0],
  ['a logarithm of a debt', log, [-0.5], null],
  ['below the first edge', bins, [17.999], '0'],
  ['on an edge', bins, [18], '1'],
  ['above the last', bins, [65], '3'],
  ['a missing number in bins', bins, [null], null],
  ['days since', recency, [noon - 1.5 * DAY], 1.5],
  ['a time that is yet to come', recency, [noon + DAY], -1],
  ['an unknown time', recency, [null], null],
  ['a frequency', frequency, [4, noon - 60 * DAY], 2],
  ['a frequency on the first day', frequency, [4, noon - 60_000], 120],
  ['two texts', cross, ['web', 'red'], 'web × red'],
  ['a text and a flag', cross, ['web', false], 'web × false'],
  ['a cross with a hole', cross, ['web', null], null],
  ['that something is missing', missing, [null], true],
  ['that nothing is', missing, [0], false],
])('%s', (_, derivation, operands, value) => {
  const found = of(derivation, operands);
  if (typeof value === 'number') expect(found).toBeCloseTo(value, 12);
  else expect(found).toBe(value);
});

test.each<[string, RowDerivation, string, number]>([
  ['noon', season('day', 'cosine'), '2026-03-02T12:00:00Z', -1],
  ['six in the morning', season('day'), '2026-03-02T06:00:00Z', 1],
  ['the start of Monday', season('week', 'cosine'), '2026-03-02T00:00:00Z', 1],
  ['Thursday noon, half a week on', season('week', 'cosine'), '2026-03-05T12:00:00Z', -1],
  ['before 1970, too', season('week', 'cosine'), '1969-12-29T00:00:00Z', 1],
  ['the middle of February', season('month', 'cosine'), '2026-02-15T00:00:00Z', -1],
  ['the first of January', season('year', 'cosine'), '2028-01-01T00:00:00Z', 1],
  ['the middle of a leap year', season('year', 'cosine'), '2028-07-02T00:00:00Z', -1],
])('the season of %s', (_, derivation, at, value) => {
  expect(of(derivation, [], Date.parse(at))).toBeCloseTo(value, 9);
});

test('what depends on the time of the prediction is missing where nobody knows it', () => {
  const unknown = Number.NaN;
  expect([of(recency, [noon], unknown), of(frequency, [1, noon], unknown), of(season('day'), [], unknown)]).toEqual([null, null, null]);
});

test.each<[unknown, number]>([
  ['2026-03-02T12:00:00Z', noon],
  ['2026-03-02 13:00:00.000+01:00', noon],
  ['2026-03-02T13:00+0100', noon],
  ['2026-03-02T12:00:00.000999Z', noon],
  [noon + 0.7, noon],
  ['2026-03-02T12:00:00', Number.NaN],
  ['2026-03-02', Number.NaN],
  ['2026-02-30T12:00:00Z', Number.NaN],
  ['yesterday', Number.NaN],
  [1e20, Number.NaN],
  [null, Number.NaN],
])('%s as a time', (written, ms) => {
  expect(timeOf(written)).toBe(ms);
});

const described = {
  inputs: [
    { name: 'signed_up', type: 'time', nullable: true, description: '' },
    { name: 'spend', type: 'number', nullable: true, description: '' },
  ],
  features: [
    aFeature('visits', 'number'),
    aFeature('per_visit', 'number', { nullable: true, derive: { kind: 'ratio', of: 'spend', to: 'visits' } }),
    aFeature('tier', 'category', { nullable: true, derive: { kind: 'bins', of: 'per_visit', edges: [2] } }),
    aFeature('age_days', 'number', { nullable: true, derive: { kind: 'recency', of: 'signed_up' } }),
    aFeature('orders', 'number', {
      nullable: true,
      derive: { kind: 'aggregate', table: 'orders', function: 'sum', column: 'amount', windowMs: 30 * DAY, otherwise: 0 },
    }),
  ] satisfies FeatureSpec[],
} as const;
const rows = {
  columns: new Map([
    ['visits', Float64Array.of(1, 2, 0)],
    ['spend', Float64Array.of(3, 2, 5)],
    ['signed_up', Float64Array.of(noon - DAY, Number.NaN, noon - 3 * DAY)],
    ['orders', Float64Array.of(1, 2, 3)],
  ]),
  count: 3,
  seenAt: Float64Array.of(noon, noon, noon),
};

test('a row brings inputs and columns, aggregates if it likes, and nothing that is derived', () => {
  expect(rawInputs(described).map(({ name, online }) => [name, online?.table ?? null])).toEqual([
    ['visits', null],
    ['orders', 'orders'],
    ['signed_up', null],
    ['spend', null],
  ]);
  const encoder = fitEncoder(described, withDerived(described, rows, []));
  expect(checkInstance(encoder, { visits: 1, spend: null, signed_up: '2026-01-01T00:00:00Z' })).toMatchObject({ ok: true });
  expect(checkInstance(encoder, { visits: 1, spend: 2, signed_up: 'in May' })).toMatchObject({ problems: [{ field: 'signed_up' }] });
  expect(checkInstance(encoder, { visits: 1, spend: 2, signed_up: null, per_visit: 2 })).toMatchObject({
    problems: [{ field: 'per_visit' }],
  });
});

test('derived features may build on each other, and inputs have no place of their own', () => {
  const whole = withDerived(described, rows, []);
  expect([...(whole.get('per_visit') as Float64Array)]).toEqual([3, 1, Number.NaN]);
  expect(whole.get('tier')).toEqual(['1', '0', null]);
  expect([...(whole.get('age_days') as Float64Array)]).toEqual([1, Number.NaN, 3]);
  const encoder = fitEncoder(described, whole);
  const names = [...encoder.inputs, ...encoder.derived!].map(({ name }) => name);
  expect([...new Set(encoder.columns.map(({ input }) => names[input]))]).toEqual(['visits', 'per_visit', 'tier', 'age_days', 'orders']);
  const out = new Float32Array(encoder.width);
  encodeInto(encoder, { visits: 1, spend: 3, signed_up: new Date(noon - DAY).toISOString(), orders: 1 }, out, 0, noon);
  expect(out).toEqual(encodeColumns(encoder, rows.columns, 3, rows.seenAt).subarray(0, encoder.width));
});

test('rows that do not say when they were seen are refused where a feature needs it', () => {
  expect(() => withDerived(described, { ...rows, seenAt: null }, [])).toThrow('"age_days" depends on when a row was seen');
});

test('an encoder of the first cut, which knew no derived features, still encodes', () => {
  const { derived: _, ...old } = fitEncoder({ inputs: [], features: [aFeature('visits', 'number')] }, rows.columns);
  const out = new Float32Array(1);
  encodeInto(JSON.parse(JSON.stringify(old)) as Encoder, { visits: 2 }, out, 0, Number.NaN);
  expect(out[0]).toBeCloseTo(Math.sqrt(1.5), 6);
});

test('lineage leads from the source columns through the feature to the versions that use it', () => {
  const encoder = fitEncoder(described, withDerived(described, rows, []));
  const other = fitEncoder({ ...described, features: described.features.slice(0, 2) }, withDerived(described, rows, []));
  const lineage = lineageOf(described, [
    { version: versionId('shop@1'), encoder: other },
    { version: versionId('shop@2'), encoder },
  ]);
  expect(lineage.map(({ feature, sources, usedBy }) => [feature, sources, usedBy.map(({ version }) => version)])).toEqual([
    ['visits', ['visits'], ['shop@1', 'shop@2']],
    ['per_visit', ['spend', 'visits'], ['shop@1', 'shop@2']],
    ['tier', ['spend', 'visits'], ['shop@2']],
    ['age_days', ['signed_up'], ['shop@2']],
    ['orders', ['orders.amount'], ['shop@2']],
  ]);
});
