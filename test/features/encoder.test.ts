import { expect, test } from 'vitest';
import type { FeatureSpec } from '../../src/domain/feature-spec.ts';
import type { Columns } from '../../src/features/columns.ts';
import { encodeColumns, encodeInto } from '../../src/features/encode.ts';
import { fitEncoder, vocabularyOf } from '../../src/features/encoder.ts';

const feature = (name: string, type: FeatureSpec['type'], more: Partial<FeatureSpec> = {}): FeatureSpec => ({
  name,
  type,
  nullable: false,
  transform: type === 'number' ? 'standardise' : type === 'category' ? 'one-hot' : 'none',
  maxCategories: 50,
  description: '',
  derive: null,
  monotone: 'none',
  owner: 'ann',
  version: 1,
  ...more,
});

function encoded(features: FeatureSpec[], columns: Columns, row: Record<string, number | string | boolean | null>, missing: string[] = []) {
  const encoder = fitEncoder({ inputs: [], features }, columns, missing);
  const out = new Float32Array(encoder.width);
  encodeInto(encoder, row, out, 0, Number.NaN);
  return [...out];
}

test('a number is standardised with the mean and deviation of training', () => {
  const columns: Columns = new Map([['a', Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9)]]);
  expect(encoded([feature('a', 'number')], columns, { a: 9 })).toEqual([2]);
  expect(encoded([feature('a', 'number', { transform: 'none' })], columns, { a: 9 })).toEqual([9]);
});

test('a logarithm keeps its sign and is standardised', () => {
  const columns: Columns = new Map([['a', Float64Array.of(0, Math.E - 1, 1 - Math.E)]]);
  const [high] = encoded([feature('a', 'number', { transform: 'log' })], columns, { a: Math.E - 1 });
  expect(high).toBeCloseTo(Math.sqrt(3 / 2), 6);
});

test('a missing number is the mean, and says so where the spec allows it', () => {
  const columns: Columns = new Map([['a', Float64Array.of(1, Number.NaN, 3)]]);
  expect(encoded([feature('a', 'number', { nullable: true })], columns, { a: null })).toEqual([0, 1]);
  expect(encoded([feature('a', 'number', { nullable: true })], columns, { a: 3 })).toEqual([1, 0]);
});

test('a constant number is 0, also when a later one differs', () => {
  const columns: Columns = new Map([['a', Float64Array.of(0.1, 0.1, 0.1)]]);
  expect(encoded([feature('a', 'number')], columns, { a: 1e9 })).toEqual([0]);
});

test('the most frequent categories have places, the others share one', () => {
  const columns: Columns = new Map([['c', ['b', 'a', 'b', 'a', 'rare']]]);
  const features = [feature('c', 'category', { maxCategories: 2 })];
  expect(encoded(features, columns, { c: 'a' })).toEqual([1, 0, 0]);
  expect(encoded(features, columns, { c: 'rare' })).toEqual([0, 0, 1]);
  expect(encoded(features, columns, { c: 'never seen' })).toEqual([0, 0, 1]);
  expect(vocabularyOf(fitEncoder({ inputs: [], features }, columns)).get('c')).toEqual(new Set(['a', 'b']));
});

test('a text that the source calls missing is missing when served, too', () => {
  const columns: Columns = new Map([['c', ['a', null, 'a']]]);
  const features = [feature('c', 'category', { nullable: true })];
  expect(encoded(features, columns, { c: ' unknown ' }, ['unknown'])).toEqual([0, 0, 1]);
});

test('a boolean is 0 or 1, a missing one the share of true', () => {
  const columns: Columns = new Map([['t', [true, false, null, true, false]]]);
  const features = [feature('t', 'boolean', { nullable: true })];
  expect(encoded(features, columns, { t: true })).toEqual([1, 0]);
  expect(encoded(features, columns, { t: null })).toEqual([0.5, 1]);
});

test('trees get the number itself, the code of a category, and NaN for what is missing', () => {
  const columns: Columns = new Map<string, Columns extends ReadonlyMap<string, infer C> ? C : never>([
    ['a', Float64Array.of(1, Number.NaN)],
    ['t', [true, false]],
    ['c', ['b', 'a']],
    ['d', ['y', 'y']],
  ]);
  const features = [feature('a', 'number'), feature('t', 'boolean'), feature('c', 'category'), feature('d', 'category')];
  const order = ({ name }: FeatureSpec) => (name === 'c' ? { values: ['b', 'a'], other: 0.5 } : undefined);
  const encoder = fitEncoder({ inputs: [], features }, columns, ['n/a'], { kind: 'trees', order });
  const numbers = (row: Record<string, number | string | boolean | null>) => {
    const out = new Float32Array(encoder.width);
    encodeInto(encoder, row, out, 0, Number.NaN);
    return [...out];
  };
  expect(numbers({ a: -2.5, t: true, c: ' a ', d: 'y' })).toEqual([-2.5, 1, 1, 0]);
  expect(numbers({ a: -0, t: false, c: 'never seen', d: 'z' })).toEqual([0, 0, 0.5, 1]);
  expect(numbers({ a: null, t: null, c: 'n/a', d: null })).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  expect(vocabularyOf(encoder).get('c')).toEqual(new Set(['b', 'a']));
});

test('an absurd number stays finite', () => {
  const columns: Columns = new Map([['a', Float64Array.of(0, 1e-10)]]);
  expect(encoded([feature('a', 'number')], columns, { a: 3e38 }).every(Number.isFinite)).toBe(true);
});

test('an encoder is the same one after a round trip through JSON', () => {
  const columns: Columns = new Map<string, Columns extends ReadonlyMap<string, infer C> ? C : never>([
    ['a', Float64Array.of(1, 2, 4)],
    ['c', ['x', 'y', 'x']],
  ]);
  const encoder = fitEncoder({ inputs: [], features: [feature('a', 'number'), feature('c', 'category')] }, columns);
  expect(encodeColumns(JSON.parse(JSON.stringify(encoder)), columns, 3)).toEqual(encodeColumns(encoder, columns, 3));
});
