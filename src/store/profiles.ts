import type { Knex } from 'knex';
import { type Digest, digest, type ModelName } from '../domain/ids.ts';

/** A later profile of the same snapshot says the same, or is of a newer kind, so the newest stands. */
export async function storeProfile(db: Knex, snapshot: Digest, profile: Digest): Promise<void> {
  await db('snapshot_profiles')
    .insert({ snapshot_digest: snapshot, profile_digest: profile })
    .onConflict('snapshot_digest')
    .merge(['profile_digest']);
}

export async function profileOf(db: Knex, snapshot: string): Promise<Digest | null> {
  const row = await db('snapshot_profiles').where({ snapshot_digest: snapshot }).first('profile_digest');
  return row ? digest(row.profile_digest) : null;
}

/**
 * Kept rows of the model's snapshots that versions came from, newest first: what was refused must not become the usual size by being
 * tried often enough.
 */
export async function earlierRowCounts(db: Knex, { model, except }: { model: ModelName; except: Digest }): Promise<readonly number[]> {
  const rows: { rows_kept: string }[] = await db('snapshots')
    .where({ model })
    .whereNot({ digest: except })
    .whereIn('digest', db('retrainings').where({ model, outcome: 'registered' }).whereNotNull('snapshot_digest').select('snapshot_digest'))
    .orderBy('taken_at', 'desc')
    .limit(USUAL_SNAPSHOTS)
    .select('rows_kept');
  return rows.map((row) => Number(row.rows_kept));
}

/** Of which the median is what is usual. */
const USUAL_SNAPSHOTS = 9;

/** The file that a retraining has read its snapshot from; null where it was none. The snapshot itself may have been taken before, from another one. */
export async function sourceOfSnapshot(
  db: Knex,
  { model, retrainingId, snapshot }: { readonly model: ModelName; readonly retrainingId: string; readonly snapshot: Digest },
): Promise<string | null> {
  const told = await db('lifecycle_events')
    .where({ model, idempotency_key: `snapshot:${retrainingId}` })
    .first('details');
  const { source } = told?.details ?? (await db('snapshots').where({ digest: snapshot }).first('source')) ?? {};
  return typeof source?.path === 'string' ? source.path : null;
}
