/** What is known of a snapshot, as plain JSON, and how its Parquet columns are named. */
import type { Digest } from '../domain/ids.ts';
import type { InputSpec } from '../domain/feature-spec.ts';
import { Failure } from '../failures.ts';
import { type Duck, literal } from './duck.ts';
import type { EventCounts } from './events/loaded-events.ts';
import type { SourceManifest } from './source/opened-source.ts';

export interface Snapshot {
  /** Over the canonical rows and how many were set aside: a retry, another machine or another Parquet writer give the same. */
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
  /** Rows of the source that were not to come in; `rowsIn` counts them. */
  readonly leftOut: readonly LeftOut[];
  /** Rows with the key of a later one; `equal` of them said exactly the same. */
  readonly duplicates: { readonly dropped: number; readonly equal: number };
  /** Rows that had been set aside and were brought back; `rowsIn` counts them. */
  readonly redriven: number;
  readonly source: SourceManifest;
  /** How many events of each table were read and set aside. */
  readonly events: EventCounts;
  /** Which key hashed which personal column. */
  readonly hashed: Readonly<Record<string, { readonly keyId: string }>>;
  readonly takenAt: string;
}

export interface LeftOut {
  readonly reason: 'no-consent' | 'partial-day';
  readonly count: number;
}

export interface SetAside {
  readonly rule: SetAsideRule;
  readonly column: string | null;
  readonly count: number;
  readonly expected: string;
  /** The first few; `row` is the record's number in the source, the header being number 1. */
  readonly samples: readonly { readonly row: number; readonly value: string }[];
}

/** What the Parquet file says about itself beside its rows, so that it can be judged wherever it lies. */
export interface SnapshotDescription {
  readonly format: 'understudy.snapshot.v1';
  readonly rowsIn: number;
  readonly setAside: readonly SetAside[];
  /** Absent when nothing was. */
  readonly leftOut?: readonly LeftOut[];
  readonly columns: readonly SnapshotColumn[];
}

export interface SnapshotColumn {
  readonly name: string;
  /** `text`: kept as it stood, trimmed; not a feature. */
  readonly type: InputSpec['type'] | 'text';
}

/** `unreadable`: not a record with the header's number of columns. `duplicate`: a later row has the same key. */
export type SetAsideRule =
  | 'unreadable'
  | 'entity'
  | 'key'
  | 'split'
  | 'time'
  | 'type'
  | 'required'
  | 'minimum'
  | 'maximum'
  | 'allowed'
  | 'pattern'
  | 'expression'
  | 'duplicate';

export interface QuarantinedRow {
  /** The record's number in the source; the header is number 1. */
  readonly rowNumber: number;
  readonly rule: SetAsideRule;
  readonly column: string | null;
  readonly reason: string;
  /** The texts of the source by column (personal ones as keyed hashes), or the whole line where it could not be cut into columns. */
  readonly raw: Readonly<Record<string, string | null>>;
}

/** Our own columns (row_id, source_row, entity, seen_at, label) have no prefix, so a source may call its columns what it likes. */
export const columnInParquet = (name: string): string => `source:${name}`;

/** The key of the description in the Parquet file's metadata. */
export const descriptionKey = 'understudy';

export async function readDescription(duck: Duck, snapshotPath: string): Promise<SnapshotDescription> {
  const text = await duck.value(
    `select decode(value) from parquet_kv_metadata(${literal(snapshotPath)}) where decode(key) = ${literal(descriptionKey)}`,
  );
  if (typeof text !== 'string')
    throw new Failure('ArtifactMissing', `${snapshotPath} is not a snapshot: expected its description in the Parquet metadata, found none`);
  return JSON.parse(text) as SnapshotDescription;
}
