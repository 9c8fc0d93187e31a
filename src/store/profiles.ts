import type { Knex } from 'knex';
import { type Digest, digest, type ModelName } from '../domain/ids.ts';
import { Failure } from '../failures.ts';

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

/** The one snapshot whose digest begins so. */
export async function snapshotNamed(db: Knex, prefix: string): Promise<{ digest: Digest; artifact: Digest; model: ModelName }> {
  const rows: { digest: string; artifact_digest: string; model: ModelName }[] = await db('snapshots')
    .where('digest', 'like', `${prefix.replace(/[^0-9a-f]/g, '-')}%`)
    .limit(2)
    .select('digest', 'artifact_digest', 'model');
  const [row, second] = rows;
  if (!row)
    throw new Failure('ArtifactMissing', `there is no snapshot ${prefix}; understudy versions MODEL shows those of the versions`, {
      prefix,
    });
  if (second) throw new Failure('ArtifactMissing', `more than one snapshot begins with ${prefix}: say more of its digest`, { prefix });
  return { digest: digest(row.digest), artifact: digest(row.artifact_digest), model: row.model };
}

/** The newest snapshot of a model; null before the first. */
export async function newestSnapshot(db: Knex, model: ModelName): Promise<{ digest: Digest; artifact: Digest } | null> {
  const row = await db('snapshots').where({ model }).orderBy('taken_at', 'desc').first('digest', 'artifact_digest');
  return row ? { digest: digest(row.digest), artifact: digest(row.artifact_digest) } : null;
}

/** The file that a snapshot was read from; null where it was none. */
export async function sourceOfSnapshot(db: Knex, snapshot: Digest): Promise<string | null> {
  const row = await db('snapshots').where({ digest: snapshot }).first('source');
  const path: unknown = row?.source?.path;
  return typeof path === 'string' ? path : null;
}
