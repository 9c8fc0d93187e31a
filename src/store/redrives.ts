import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { type Digest, digest, type ModelName } from '../domain/ids.ts';
import { recordEvent } from './events.ts';

/** Rows that were set aside and belong to every later snapshot, unless the source delivers them itself. */
export interface Redrive {
  readonly snapshot: Digest;
  /** JSON lines, already through the door. */
  readonly rows: Digest;
  readonly count: number;
  readonly hashed: Readonly<Record<string, { readonly keyId: string }>>;
}

/** Safe to repeat: the same rows are brought back once. */
export async function storeRedrive(
  db: Knex,
  { model, redrive, by }: { readonly model: ModelName; readonly redrive: Redrive; readonly by: string },
): Promise<boolean> {
  const { snapshot, rows, count, hashed } = redrive;
  return db.transaction(async (transaction) => {
    const inserted = await transaction('redrives')
      .insert({
        redrive_id: randomUUID(),
        model,
        snapshot_digest: snapshot,
        rows_digest: rows,
        row_count: count,
        hashed: JSON.stringify(hashed),
        asked_by: by,
      })
      .onConflict(['model', 'rows_digest'])
      .ignore()
      .returning('redrive_id');
    if (inserted.length === 0) return false;
    return recordEvent(transaction, model, {
      kind: 'rows-redriven',
      by,
      subject: snapshot,
      summary: `${count} rows that snapshot ${snapshot.slice(0, 12)} had set aside belong to every later snapshot`,
      details: { rows, count },
      idempotencyKey: `rows-redriven:${rows}`,
    });
  });
}

/** Those asked for by then, and of no snapshot that was withdrawn by then: a retried ingest reads the same ones. */
export async function redrivesUntil(db: Knex, model: ModelName, until: Date): Promise<readonly Redrive[]> {
  const rows: { snapshot_digest: string; rows_digest: string; row_count: string; hashed: Redrive['hashed'] }[] = await db('redrives')
    .where({ model })
    .andWhere('asked_at', '<=', until)
    .whereNotIn('snapshot_digest', db('snapshots').where('withdrawn_at', '<=', until).select('digest'))
    .orderBy('rows_digest');
  return rows.map((row) => ({
    snapshot: digest(row.snapshot_digest),
    rows: digest(row.rows_digest),
    count: Number(row.row_count),
    hashed: row.hashed,
  }));
}
