/** Rows on which a packaged model must answer as its trainer did: ordinary ones, and those at which encoders go wrong. */
import type { FeatureSpec } from '../domain/spec.ts';
import { type Columns, type FeatureRow, rowOf } from '../features/columns.ts';

const ORDINARY = 16;
/** Enough variants to touch every kind of feature without making the manifest long. */
const VARIANTS = 24;

export function goldenInstances(features: readonly FeatureSpec[], columns: Columns, rows: number): FeatureRow[] {
  const inputs: Columns = new Map(features.map(({ name }) => [name, columns.get(name)!]));
  const ordinary = Array.from({ length: ORDINARY }, (_, index) => rowOf(inputs, Math.floor((index * rows) / ORDINARY)));
  const first = ordinary[0]!;
  const nullable = features.filter((feature) => feature.nullable);
  const unseen = features.filter(({ type }) => type === 'category').map(({ name }) => ({ ...first, [name]: 'a category never seen' }));
  const absent = nullable.map(({ name }) => ({ ...first, [name]: null }));
  const extreme = features
    .filter(({ type }) => type === 'number')
    .flatMap(({ name }) => [-1e6, 1e6].map((value) => ({ ...first, [name]: value })));
  const allAbsent = nullable.length > 0 ? [{ ...first, ...Object.fromEntries(nullable.map(({ name }) => [name, null])) }] : [];
  const variants = [...allAbsent, ...interleaved([absent, unseen, extreme])].slice(0, VARIANTS);
  const padding = Array.from({ length: Math.max(0, 20 - ordinary.length - variants.length) }, (_, index) => ordinary[index]!);
  return [...ordinary, ...variants, ...padding];
}

function interleaved<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}
