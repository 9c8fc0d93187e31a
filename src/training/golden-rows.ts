/** Rows on which a packaged model must answer as its trainer did: ordinary ones, and those at which encoders go wrong. */
import { type Columns, type FeatureRow, rowOf } from '../features/columns.ts';
import type { DatedRows } from '../features/derived-values.ts';
import { type Described, rawInputs } from '../features/raw-inputs.ts';
import type { GoldenRow } from './manifest.ts';

const ORDINARY = 16;
/** Enough variants to touch every kind of feature without making the manifest long. */
const VARIANTS = 24;

type Golden = Omit<GoldenRow, 'score'>;

export function goldenInstances(described: Described, { columns, count, seenAt }: DatedRows): Golden[] {
  const inputs = rawInputs(described);
  const brought: Columns = new Map(inputs.map(({ name }) => [name, columns.get(name)!]));
  const places = Array.from({ length: ORDINARY }, (_, index) => Math.floor((index * count) / ORDINARY));
  const ordinary = places.map((row) => ({ instance: rowOf(brought, row), at: timeIn(seenAt, row) }));
  const { instance: first, at } = ordinary[0]!;
  const nullable = inputs.filter((input) => input.nullable);
  const unseen = inputs.filter(({ type }) => type === 'category').map(({ name }) => ({ ...first, [name]: 'a category never seen' }));
  const absent = nullable.map(({ name }) => ({ ...first, [name]: null }));
  const extreme = inputs
    .filter(({ type }) => type === 'number')
    .flatMap(({ name }) => [-1e6, 1e6].map((value) => ({ ...first, [name]: value })));
  const allAbsent = nullable.length > 0 ? [{ ...first, ...Object.fromEntries(nullable.map(({ name }) => [name, null])) }] : [];
  const variants = [...allAbsent, ...interleaved<FeatureRow>([absent, unseen, extreme])]
    .slice(0, VARIANTS)
    .map((instance) => ({ instance, at }));
  const padding = Array.from({ length: Math.max(0, 20 - ordinary.length - variants.length) }, (_, index) => ordinary[index]!);
  return [...ordinary, ...variants, ...padding];
}

function timeIn(seenAt: Float64Array | null, row: number): number | null {
  const at = seenAt?.[row] ?? Number.NaN;
  return Number.isNaN(at) ? null : at;
}

function interleaved<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}
