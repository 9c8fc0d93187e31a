/**
 * What a snapshot looks like, column by column: stored with it, so that later snapshots can be held against it when the rows
 * themselves are gone. Bins and quantiles come from a sample by row id, all counts from every row, so that the same snapshot
 * gives the same profile on any machine.
 */
import type { Digest } from './ids.ts';
import type { Histogram } from './reference-profile.ts';

export interface SnapshotProfile {
  readonly format: 'understudy.snapshot-profile.v1';
  readonly snapshot: Digest | null;
  readonly rows: number;
  /** Rows of the source. */
  readonly rowsIn: number;
  /** Rows that were dropped because a later one has the same key. */
  readonly duplicates: number;
  /** Kept rows that say in every column what another one says, under a key of their own. */
  readonly repeated: number;
  /** Rows that quantiles and the edges of bins were taken from. */
  readonly sampled: number;
  readonly earliestAt: string | null;
  readonly latestAt: string | null;
  /** Mean: the share of positive labels, or the mean of numbers; null without a labelled row. */
  readonly label: { readonly labelled: number; readonly mean: number | null; readonly deviation: number | null };
  readonly columns: readonly ColumnProfile[];
}

export interface ColumnProfile {
  readonly name: string;
  readonly type: 'number' | 'category' | 'boolean' | 'time' | 'text';
  readonly nulls: number;
  /** Counted by HyperLogLog: about 5 % off. */
  readonly distinct: number;
  readonly isConstant: boolean;
  /** Times in milliseconds since 1970. */
  readonly numbers: NumberSummary | null;
  /** Null where the values look like identifiers: nobody needs to read a list of them. */
  readonly histogram: Histogram | null;
}

export interface NumberSummary {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly deviation: number;
  /** Shares of the rows, 0 to 1, and the values below which they lie. */
  readonly quantiles: readonly { readonly share: number; readonly value: number }[];
}
