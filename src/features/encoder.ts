/**
 * The tables that turn a row into numbers. They are learned from training rows only, are plain JSON, and travel in the version's
 * manifest, so that training, packaging and serving read the same ones.
 */
import type { FeatureSpec } from '../domain/feature-spec.ts';
import type { Column, Columns } from './columns.ts';
import type { RowDerivation } from './derive.ts';
import { type Described, type EncoderInput, rawInputs } from './raw-inputs.ts';

/** Made of inputs, and of derived features that stand before it. */
export interface EncodedDerivation {
  readonly name: string;
  readonly type: FeatureSpec['type'];
  readonly nullable: boolean;
  readonly derive: RowDerivation;
}

/** What one place of the encoded row holds. `input` is the index in `inputs`, or beyond them in `derived`. */
type EncodedColumn =
  /** (value − mean) / sd, after sign(x)·ln(1+|x|) for `log`; missing is the mean, so 0. With sd 0 it is 0 always. */
  | { readonly kind: 'standardised'; readonly input: number; readonly of: 'value' | 'log'; readonly mean: number; readonly sd: number }
  /** The number itself; missing is the mean. */
  | { readonly kind: 'plain'; readonly input: number; readonly mean: number }
  /** 1 for true, 0 for false; missing is the share of true. */
  | { readonly kind: 'boolean'; readonly input: number; readonly mean: number }
  | { readonly kind: 'is'; readonly input: number; readonly value: string }
  /** 1 for a category that has no place of its own: a rare one, or one never seen in training. */
  | { readonly kind: 'other'; readonly input: number }
  | { readonly kind: 'missing'; readonly input: number }
  /** For trees: the number itself, 1 and 0 of a boolean; NaN when missing. */
  | { readonly kind: 'raw'; readonly input: number }
  /** For trees: the index of the category in `values`, `other` (absent: their number) for any other category; NaN when missing. */
  | ({ readonly kind: 'code'; readonly input: number } & CategoryCodes);

export interface CategoryCodes {
  readonly values: readonly string[];
  /** Between two indices when other categories belong there. */
  readonly other?: number;
}

/** What the places are for. `order`: the codes of a feature's categories, as the trainer wants them; undefined: the most frequent first. */
export type EncodingStyle =
  | { readonly kind: 'linear' }
  | { readonly kind: 'trees'; readonly order: (feature: FeatureSpec) => CategoryCodes | undefined };

export interface Encoder {
  readonly format: 'understudy.encoder.v1';
  /** What a request brings. */
  readonly inputs: readonly EncoderInput[];
  /** Absent in manifests of the first cut, which knew no derived features. */
  readonly derived?: readonly EncodedDerivation[];
  readonly columns: readonly EncodedColumn[];
  readonly width: number;
  /** Texts that stand for a missing category, as in the source that the model was trained on. */
  readonly missingTexts: readonly string[];
}

/** The columns are those of training rows, with the derived ones (`withDerived`). */
export function fitEncoder(
  described: Described,
  columns: Columns,
  missingTexts: readonly string[] = [],
  style: EncodingStyle = { kind: 'linear' },
): Encoder {
  const inputs = rawInputs(described);
  const derived = derivedOf(described);
  const names = [...inputs, ...derived].map(({ name }) => name);
  const encoded = described.features.flatMap((feature) => {
    const column = columnOf(columns, feature.name);
    const input = names.indexOf(feature.name);
    return style.kind === 'linear' ? placesOf(feature, input, column) : [treePlace(feature, { input, column, order: style.order })];
  });
  return { format: 'understudy.encoder.v1', inputs, derived, columns: encoded, width: encoded.length, missingTexts };
}

/** The features that are computed from a row, in the order in which they can be. */
export function derivedOf({ features }: Pick<Described, 'features'>): EncodedDerivation[] {
  return features.flatMap(({ name, type, nullable, derive }) =>
    derive === null || derive.kind === 'aggregate' ? [] : [{ name, type, nullable, derive }],
  );
}

/** What the places of an encoder are places of, by the index in `EncodedColumn.input`. */
export function encodedValues({
  inputs,
  derived = [],
}: Pick<Encoder, 'inputs' | 'derived'>): readonly (EncoderInput | EncodedDerivation)[] {
  return [...inputs, ...derived];
}

/** The categories that have a place of their own, by feature: what later data is compared with. */
export function vocabularyOf(encoder: Encoder): ReadonlyMap<string, ReadonlySet<string>> {
  const values = encodedValues(encoder);
  const vocabulary = new Map<string, Set<string>>();
  for (const { name, type } of values) if (type === 'category') vocabulary.set(name, new Set());
  for (const column of encoder.columns) {
    const texts = column.kind === 'is' ? [column.value] : column.kind === 'code' ? column.values : [];
    for (const text of texts) vocabulary.get(values[column.input]!.name)?.add(text);
  }
  return vocabulary;
}

/** sign(x)·ln(1+|x|): a logarithm that keeps zero and negative values. */
export function signedLog(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

function columnOf(columns: Columns, name: string): Column {
  const column = columns.get(name);
  if (!column) throw new RangeError(`the rows have no column "${name}"`);
  return column;
}

function placesOf(feature: FeatureSpec, input: number, column: Column): EncodedColumn[] {
  const missing: EncodedColumn[] = feature.nullable ? [{ kind: 'missing', input }] : [];
  switch (feature.type) {
    case 'number':
      return [numberPlace(feature, input, column), ...missing];
    case 'boolean':
      return [{ kind: 'boolean', input, mean: moments(column, Number).mean }, ...missing];
    case 'category':
      return [
        ...topCategories(column, feature.maxCategories).map((value) => ({ kind: 'is', input, value }) as const),
        { kind: 'other', input },
        ...missing,
      ];
  }
}

function treePlace(
  feature: FeatureSpec,
  { input, column, order }: { input: number; column: Column; order: Extract<EncodingStyle, { kind: 'trees' }>['order'] },
): EncodedColumn {
  if (feature.type !== 'category') return { kind: 'raw', input };
  return { kind: 'code', input, ...(order(feature) ?? { values: topCategories(column, feature.maxCategories) }) };
}

function numberPlace(feature: FeatureSpec, input: number, column: Column): EncodedColumn {
  if (feature.transform === 'none') return { kind: 'plain', input, mean: moments(column, Number).mean };
  const of = feature.transform === 'log' ? 'log' : 'value';
  return { kind: 'standardised', input, of, ...moments(column, of === 'log' ? (value) => signedLog(Number(value)) : Number) };
}

/** Mean and population standard deviation of what is not missing, in two passes; both 0 when nothing is. */
function moments(column: Column, read: (value: unknown) => number): { mean: number; sd: number } {
  let count = 0;
  let sum = 0;
  for (const value of column) {
    if (value === null || Number.isNaN(value)) continue;
    count += 1;
    sum += read(value);
  }
  if (count === 0) return { mean: 0, sd: 0 };
  const mean = sum / count;
  let squares = 0;
  for (const value of column) if (value !== null && !Number.isNaN(value)) squares += (read(value) - mean) ** 2;
  const sd = Math.sqrt(squares / count);
  // A constant column leaves rounding noise behind, which would be blown up to a feature.
  return { mean, sd: sd <= 1e-12 * Math.max(1, Math.abs(mean)) ? 0 : sd };
}

/** Most frequent first, equal ones by name. */
function topCategories(column: Column, limit: number): string[] {
  const counts = new Map<string, number>();
  for (const value of column) if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([value]) => value);
}
