/** What a model learns from, as its team describes it: inputs, features, how they are made, and tables of events. */
import type { SourceFormat } from './source-format.ts';

export const featureTypes = ['number', 'category', 'boolean'] as const;
export const transforms = ['none', 'standardise', 'log', 'one-hot'] as const;

export interface InputSpec {
  readonly name: string;
  readonly type: (typeof featureTypes)[number] | 'time';
  readonly nullable: boolean;
  readonly description: string;
}

export interface FeatureSpec {
  readonly name: string;
  readonly type: (typeof featureTypes)[number];
  readonly nullable: boolean;
  /** Null: the column of the same name. */
  readonly derive: Derivation | null;
  /** Trees only: whether the score may only rise, or only fall, with it. A missing value may stand anywhere, as in XGBoost and LightGBM. */
  readonly monotone: 'none' | 'increasing' | 'decreasing';
  readonly owner: string;
  /** Raised by people when its meaning changes. */
  readonly version: number;
  /** Numbers: none, standardise (default) or log (sign(x)·ln(1+|x|), then standardised). Categories: one-hot. Booleans: none. */
  readonly transform: (typeof transforms)[number];
  /** Categories beyond the most frequent ones are encoded as "other". */
  readonly maxCategories: number;
  readonly description: string;
}

/**
 * How a feature is made from other columns of the same row (names of inputs, of features without a derivation, of aggregates, or of
 * derived features that stand above it), or from a table of events. A missing operand, a division by zero and a logarithm of nothing give a missing value.
 */
export type Derivation =
  | { readonly kind: 'ratio'; readonly of: string; readonly to: string }
  /** ln(1 + x); missing below zero. */
  | { readonly kind: 'log'; readonly of: string }
  /** The index of the bin, 0 to edges.length, as a category; bin i holds edges[i-1] <= x < edges[i]. */
  | { readonly kind: 'bins'; readonly of: string; readonly edges: readonly number[] }
  /** Days from the time in `of` until the prediction. */
  | { readonly kind: 'recency'; readonly of: string }
  /** A count for each `days` days of the time since `since` (at least one day). */
  | { readonly kind: 'frequency'; readonly of: string; readonly since: string; readonly days: number }
  /** Sine or cosine of the place in the cycle, of a time, in UTC; null: of the prediction's own time. */
  | {
      readonly kind: 'season';
      readonly of: string | null;
      readonly cycle: 'day' | 'week' | 'month' | 'year';
      readonly wave: 'sine' | 'cosine';
    }
  /** The texts of categories or booleans, joined by " × ". */
  | { readonly kind: 'cross'; readonly of: readonly string[] }
  /** Whether it is missing. */
  | { readonly kind: 'missing'; readonly of: string }
  /** Over the events of the row's entity that had happened, and were known, when the row was seen. */
  | {
      readonly kind: 'aggregate';
      readonly table: string;
      readonly function: 'count' | 'sum' | 'mean' | 'min' | 'max' | 'distinct' | 'days-since';
      /** Null for count and days-since. */
      readonly column: string | null;
      /** Null: everything before. */
      readonly windowMs: number | null;
      /** The value when there is no event; null: missing. */
      readonly otherwise: number | null;
    };

export interface EventTableSpec {
  readonly name: string;
  readonly path: string | null;
  readonly format: SourceFormat;
  /** Absent: the source's. */
  readonly separator?: string;
  /** The source's when it is absent. */
  readonly decimal?: '.' | ',';
  readonly query: string | null;
  readonly connection: string | null;
  readonly entity: string;
  /** When it happened. */
  readonly time: string;
  /** When it became known; null: when it happened. */
  readonly knownAt: string | null;
  /** Online values older than this are stale: served, and said to be. */
  readonly staleAfterMs: number;
}
