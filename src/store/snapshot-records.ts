/** Snapshots as people ask about them: which there are, where they came from, what was trained on them, and that one is withdrawn. */
import type { Knex } from 'knex';
import { type Digest, digest, type ModelName } from '../domain/ids.ts';
import { Failure } from '../failures.ts';
import { recordEvent } from './events.ts';
import type { SnapshotManifest } from './snapshots.ts';

export interface SnapshotRecord {
  readonly digest: Digest;
  readonly model: string;
  readonly source: Readonly<Record<string, unknown>>;
  readonly artifact: Digest;
  readonly quarantine: Digest | null;
  readonly rowsIn: number;
  readonly rowsKept: number;
  readonly setAside: readonly { readonly rule: string; readonly column: string | null; readonly count: number }[];
  readonly leftOut: readonly { readonly reason: string; readonly count: number }[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly earliestAt: string | null;
  readonly latestAt: string | null;
  readonly takenAt: string;
  readonly manifest: SnapshotManifest;
  readonly withdrawn: Withdrawal | null;
  /** Versions that were trained on it. */
  readonly versions: readonly string[];
}

export interface Withdrawal {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** Newest first. Two models may have read the same rows: then the snapshot is both of theirs. */
export async function snapshotsOf(db: Knex, model: ModelName): Promise<readonly SnapshotRecord[]> {
  const rows: SnapshotRow[] = await db('snapshots')
    .where({ model })
    .orWhereIn('digest', db('retrainings').where({ model }).whereNotNull('snapshot_digest').select('snapshot_digest'))
    .orderBy('taken_at', 'desc');
  return Promise.all(rows.map((row) => recordFrom(db, row)));
}

/** By its digest or as much of its beginning as tells it from the others. */
export async function snapshotNamed(db: Knex, beginning: string): Promise<SnapshotRecord> {
  const rows: SnapshotRow[] = await db('snapshots').whereLike('digest', `${beginning.toLowerCase()}%`).limit(2);
  const [row, other] = rows;
  if (row && !other) return recordFrom(db, row);
  const found = other ? 'more than one snapshot begins' : 'there is no snapshot that begins';
  throw new Failure('SnapshotNotFound', `${found} with "${beginning}": see understudy snapshot list MODEL`, { beginning });
}

/** Safe to repeat: the first word stands. The trail of every model that read it tells of it. */
export async function withdrawSnapshot(
  db: Knex,
  snapshot: Digest,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<{ readonly changed: boolean; readonly snapshot: SnapshotRecord }> {
  return db.transaction(async (transaction) => {
    const changed = await transaction('snapshots')
      .where({ digest: snapshot })
      .whereNull('withdrawn_at')
      .update({ withdrawn_at: transaction.fn.now(), withdrawn_by: by, withdrawn_reason: reason });
    const record = await snapshotNamed(transaction, snapshot);
    if (changed > 0) {
      for (const model of await readersOf(transaction, record)) {
        const trained = record.versions.filter((version) => version.startsWith(`${model}@`));
        const versions = trained.length > 0 ? `; trained on it: ${trained.join(', ')}` : '; no version was trained on it';
        await recordEvent(transaction, model, {
          kind: 'snapshot-withdrawn',
          by,
          subject: snapshot,
          summary: `snapshot ${snapshot.slice(0, 12)} is withdrawn: ${reason}${versions}`,
          details: { reason, versions: trained },
          idempotencyKey: `snapshot-withdrawn:${snapshot}`,
        });
      }
    }
    return { changed: changed > 0, snapshot: record };
  });
}

/** Of each version of a model that was trained on a withdrawn snapshot: why that was withdrawn. */
export async function withdrawalsBehind(db: Knex, model: string): Promise<ReadonlyMap<string, Withdrawal>> {
  const rows: (Pick<SnapshotRow, 'withdrawn_at' | 'withdrawn_by' | 'withdrawn_reason'> & { version_id: string })[] = await db(
    'model_versions',
  )
    .join('snapshots', 'snapshots.digest', 'model_versions.snapshot_digest')
    .where('model_versions.model', model)
    .whereNotNull('withdrawn_at')
    .select('version_id', 'withdrawn_at', 'withdrawn_by', 'withdrawn_reason');
  return new Map(rows.flatMap((row) => (row.withdrawn_at ? [[row.version_id, withdrawalFrom(row)!] as const] : [])));
}

export interface SampledRow {
  readonly rowNumber: number;
  readonly reason: string;
  readonly raw: unknown;
}

/** The first rows that a rule has set aside; the database keeps some thousands of each snapshot, the artifact all. */
export async function quarantinedRows(
  db: Knex,
  snapshot: Digest,
  { rule, column, limit }: { readonly rule: string; readonly column: string | null; readonly limit: number },
): Promise<readonly SampledRow[]> {
  const query = db('quarantined_rows').where({ snapshot_digest: snapshot, rule }).orderBy('row_number').limit(limit);
  // A reason about a column begins with its name.
  if (column !== null) query.andWhereRaw('starts_with(reason, ?)', [`${column}: `]);
  const rows: { row_number: string; reason: string; raw: unknown }[] = await query.select('row_number', 'reason', 'raw');
  return rows.map(({ row_number, reason, raw }) => ({ rowNumber: Number(row_number), reason, raw }));
}

async function readersOf(db: Knex, { digest: snapshot, model }: SnapshotRecord): Promise<readonly string[]> {
  const readers: string[] = await db('retrainings').where({ snapshot_digest: snapshot }).distinct().orderBy('model').pluck('model');
  return [...new Set([model, ...readers])];
}

interface SnapshotRow {
  digest: string;
  model: string;
  source: Record<string, unknown>;
  artifact_digest: string;
  quarantine_digest: string | null;
  rows_in: string;
  rows_kept: string;
  set_aside: SnapshotRecord['setAside'];
  left_out: SnapshotRecord['leftOut'];
  columns: SnapshotRecord['columns'];
  earliest_at: Date | null;
  latest_at: Date | null;
  taken_at: Date;
  manifest: SnapshotManifest;
  withdrawn_at: Date | null;
  withdrawn_by: string | null;
  withdrawn_reason: string | null;
}

async function recordFrom(db: Knex, row: SnapshotRow): Promise<SnapshotRecord> {
  const versions: string[] = await db('model_versions')
    .where({ snapshot_digest: row.digest })
    .orderBy(['model', 'number'])
    .pluck('version_id');
  return {
    digest: digest(row.digest),
    model: row.model,
    source: row.source,
    artifact: digest(row.artifact_digest),
    quarantine: row.quarantine_digest === null ? null : digest(row.quarantine_digest),
    rowsIn: Number(row.rows_in),
    rowsKept: Number(row.rows_kept),
    setAside: row.set_aside,
    leftOut: row.left_out,
    columns: row.columns,
    earliestAt: row.earliest_at?.toISOString() ?? null,
    latestAt: row.latest_at?.toISOString() ?? null,
    takenAt: row.taken_at.toISOString(),
    manifest: row.manifest,
    withdrawn: withdrawalFrom(row),
    versions,
  };
}

export function withdrawalFrom(row: Pick<SnapshotRow, 'withdrawn_at' | 'withdrawn_by' | 'withdrawn_reason'>): Withdrawal | null {
  const { withdrawn_at: at, withdrawn_by: by, withdrawn_reason: reason } = row;
  return at && by && reason ? { by, reason, at: at.toISOString() } : null;
}
