import type { Knex } from 'knex';
import type { Digest, ModelName, RetrainingId } from '../domain/ids.ts';
import { Failure } from '../failures.ts';
import { recordEvent } from './events.ts';

export interface StoredSnapshot {
  readonly digest: Digest;
  readonly artifact: Digest;
  readonly source: object;
  readonly rowsIn: number;
  readonly rowsKept: number;
  readonly setAside: readonly { readonly rule: string; readonly count: number }[];
  readonly columns: readonly unknown[];
  readonly earliestAt: string | null;
  readonly latestAt: string | null;
  /** JSON lines of all rows that were set aside. */
  readonly quarantine?: Digest;
  readonly leftOut?: readonly { readonly reason: string; readonly count: number }[];
  /** What else is known of how it was taken. */
  readonly manifest?: SnapshotManifest;
}

export interface SnapshotManifest {
  readonly takenAt?: string;
  readonly duplicates?: { readonly dropped: number; readonly equal: number };
  readonly redriven?: number;
  readonly events?: object;
  /** Which key hashed which personal column. */
  readonly hashed?: Readonly<Record<string, { readonly keyId: string }>>;
}

export interface QuarantinedRow {
  readonly rowNumber: number;
  readonly rule: string;
  readonly reason: string;
  readonly raw: unknown;
}

/** Immutable and named by its content: storing it again, by a retry or another run, changes nothing. What was withdrawn is not taken again. */
export async function storeSnapshot(
  db: Knex,
  {
    model,
    retrainingId,
    snapshot,
    quarantined,
  }: { model: ModelName; retrainingId: RetrainingId; snapshot: StoredSnapshot; quarantined: readonly QuarantinedRow[] },
): Promise<void> {
  await db.transaction(async (transaction) => {
    await transaction('snapshots')
      .insert({
        digest: snapshot.digest,
        model,
        source: JSON.stringify(snapshot.source),
        artifact_digest: snapshot.artifact,
        rows_in: snapshot.rowsIn,
        rows_kept: snapshot.rowsKept,
        set_aside: JSON.stringify(snapshot.setAside),
        columns: JSON.stringify(snapshot.columns),
        earliest_at: snapshot.earliestAt,
        latest_at: snapshot.latestAt,
        quarantine_digest: snapshot.quarantine ?? null,
        left_out: JSON.stringify(snapshot.leftOut ?? []),
        manifest: JSON.stringify(snapshot.manifest ?? {}),
      })
      .onConflict('digest')
      .ignore();
    await insistOnTrainable(transaction, snapshot.digest);
    await setAsideAnew(transaction, snapshot);
    for (let start = 0; start < quarantined.length; start += 500) {
      const rows = quarantined.slice(start, start + 500).map((row) => ({
        snapshot_digest: snapshot.digest,
        row_number: row.rowNumber,
        model,
        rule: row.rule,
        reason: row.reason,
        raw: JSON.stringify(row.raw).replaceAll('\\u0000', '\\ufffd'),
      }));
      await transaction('quarantined_rows').insert(rows).onConflict(['snapshot_digest', 'row_number']).ignore();
    }
    const aside = snapshot.setAside.map(({ rule, count }) => `${count} ${rule}`).join(', ') || 'none';
    await recordEvent(transaction, model, {
      kind: 'snapshot-taken',
      by: 'understudy',
      subject: snapshot.digest,
      summary: `snapshot ${snapshot.digest.slice(0, 12)}: ${snapshot.rowsKept} of ${snapshot.rowsIn} rows kept, set aside: ${aside}`,
      details: {
        source: snapshot.source,
        rowsIn: snapshot.rowsIn,
        rowsKept: snapshot.rowsKept,
        setAside: snapshot.setAside,
        ...(snapshot.leftOut && { leftOut: snapshot.leftOut }),
        ...snapshot.manifest,
      },
      idempotencyKey: `snapshot:${retrainingId}`,
    });
  });
}

/** The same rows may come again beside other bad ones, as many: those are what people find in the source today, and mend. */
async function setAsideAnew(db: Knex, { digest, quarantine, setAside }: StoredSnapshot): Promise<void> {
  const changed = await db('snapshots')
    .where({ digest })
    .whereRaw('quarantine_digest is distinct from ?', [quarantine ?? null])
    .update({ quarantine_digest: quarantine ?? null, set_aside: JSON.stringify(setAside) });
  if (changed > 0) await db('quarantined_rows').where({ snapshot_digest: digest }).del();
}

export async function snapshotArtifact(db: Knex, snapshot: string): Promise<Digest> {
  const row = await db('snapshots').where({ digest: snapshot }).first('artifact_digest');
  if (!row) throw new RangeError(`no snapshot ${snapshot}`);
  return row.artifact_digest;
}

/** For whoever is about to train on it. */
export async function trainableArtifact(db: Knex, snapshot: string): Promise<Digest> {
  await insistOnTrainable(db, snapshot);
  return snapshotArtifact(db, snapshot);
}

async function insistOnTrainable(db: Knex, snapshot: string): Promise<void> {
  const row = await db('snapshots').where({ digest: snapshot }).whereNotNull('withdrawn_at').first();
  if (!row) return;
  const day = row.withdrawn_at.toISOString().slice(0, 10);
  throw new Failure(
    'SnapshotWithdrawn',
    `the snapshot ${snapshot.slice(0, 12)} was withdrawn by ${row.withdrawn_by} on ${day} (${row.withdrawn_reason}), and nothing trains on it any more, not even to reproduce a version; for a retraining change the source, whose rows are still exactly these`,
    { snapshot },
  );
}
