/** What is known of a snapshot, as plain JSON, and how its Parquet columns are named. */
import type { Digest } from '../domain/ids.ts';
import type { FeatureSpec } from '../domain/spec.ts';

export interface Snapshot {
  /** Over the canonical rows: a retry, another machine or another Parquet writer give the same. */
  readonly digest: Digest;
  /** The Parquet file. */
  readonly artifactDigest: Digest;
  /** The rows set aside, as JSON lines (`QuarantinedRow`). */
  readonly quarantineDigest: Digest;
  readonly rowsIn: number;
  readonly rowsKept: number;
  readonly setAside: readonly SetAside[];
  readonly columns: readonly SnapshotColumn[];
  readonly earliestAt: string | null;
  readonly latestAt: string | null;
  readonly source: { readonly path: string; readonly bytes: number; readonly modifiedAt: string; readonly sha256: Digest };
}

export interface SetAside {
  readonly rule: SetAsideRule;
  readonly column: string | null;
  readonly count: number;
}

export interface SnapshotColumn {
  readonly name: string;
  /** `text`: kept as it stood, trimmed; not a feature. */
  readonly type: FeatureSpec['type'] | 'text';
}

/** `unreadable`: not a record with the header's number of columns. `duplicate`: a later row has the same key. */
export const setAsideRules = ['unreadable', 'entity', 'time', 'type', 'required', 'minimum', 'maximum', 'allowed', 'duplicate'] as const;
export type SetAsideRule = (typeof setAsideRules)[number];

export interface QuarantinedRow {
  /** The record's number in the source; the header is number 1. */
  readonly rowNumber: number;
  readonly rule: SetAsideRule;
  readonly column: string | null;
  readonly reason: string;
  /** The texts of the source by column, or the whole line where it could not be cut into columns. */
  readonly raw: Readonly<Record<string, string | null>>;
}

/** Our own columns (row_id, source_row, entity, seen_at, label) have no prefix, so a source may call its columns what it likes. */
export const columnInParquet = (name: string): string => `source:${name}`;
