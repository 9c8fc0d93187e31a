import type { Knex } from 'knex';
import {
  type Digest,
  digest,
  type ModelName,
  modelName,
  type RetrainingId,
  retrainingId,
  type VersionId,
  versionId,
} from '../domain/ids.ts';
import { Failure } from '../failures.ts';
import { recordEvent } from './events.ts';

export interface Requester {
  readonly by: string;
  readonly reason: string;
}

/** Immutable: the whole lineage of what was trained. */
export interface ModelVersion {
  readonly version: VersionId;
  readonly model: ModelName;
  readonly number: number;
  readonly retrainingId: RetrainingId;
  readonly artifact: Digest;
  readonly manifest: Digest;
  readonly snapshot: Digest;
  readonly split: Digest;
  readonly specRevision: number;
  readonly codeCommit: string;
  readonly lockfile: string;
  readonly trainer: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly evidence: Digest;
  readonly requestedBy: readonly Requester[];
  readonly registeredAt: string;
}

export type NewVersion = Omit<ModelVersion, 'registeredAt'>;

/** Safe to repeat: a retraining registers one version. */
export async function insertVersion(db: Knex, version: NewVersion): Promise<void> {
  await db.transaction(async (transaction) => {
    const inserted = await transaction('model_versions')
      .insert({
        version_id: version.version,
        model: version.model,
        number: version.number,
        retraining_id: version.retrainingId,
        artifact_digest: version.artifact,
        manifest_digest: version.manifest,
        snapshot_digest: version.snapshot,
        split_digest: version.split,
        spec_revision: version.specRevision,
        code_commit: version.codeCommit,
        lockfile_digest: version.lockfile,
        trainer: JSON.stringify(version.trainer),
        seed: version.seed,
        metrics: JSON.stringify(version.metrics),
        evidence_digest: version.evidence,
        requested_by: JSON.stringify(version.requestedBy),
      })
      .onConflict('retraining_id')
      .ignore()
      .returning('version_id');
    if (inserted.length === 0) return;
    await recordEvent(transaction, version.model, {
      kind: 'version-registered',
      by: 'understudy',
      subject: version.version,
      summary: `${version.version} is registered (artifact ${version.artifact.slice(0, 12)}, evidence ${version.evidence.slice(0, 12)})`,
      details: {
        artifact: version.artifact,
        manifest: version.manifest,
        snapshot: version.snapshot,
        evidence: version.evidence,
        specRevision: version.specRevision,
      },
      idempotencyKey: `registered:${version.retrainingId}`,
    });
  });
}

export async function versionOrThrow(db: Knex, version: string): Promise<ModelVersion> {
  const row = await db('model_versions').where({ version_id: version }).first();
  if (!row) throw new Failure('ModelVersionNotFound', `there is no version "${version}"; see: understudy versions MODEL`, { version });
  return versionFrom(row);
}

export async function versionsOf(db: Knex, model: string): Promise<readonly ModelVersion[]> {
  const rows: VersionRow[] = await db('model_versions').where({ model }).orderBy('number');
  return rows.map(versionFrom);
}

interface VersionRow {
  version_id: string;
  model: string;
  number: number;
  retraining_id: string;
  artifact_digest: string;
  manifest_digest: string;
  snapshot_digest: string;
  split_digest: string;
  spec_revision: number;
  code_commit: string;
  lockfile_digest: string;
  trainer: Record<string, unknown>;
  seed: number;
  metrics: Record<string, unknown>;
  evidence_digest: string;
  requested_by: Requester[];
  registered_at: Date;
}

function versionFrom(row: VersionRow): ModelVersion {
  return {
    version: versionId(row.version_id),
    model: modelName(row.model),
    number: row.number,
    retrainingId: retrainingId(row.retraining_id),
    artifact: digest(row.artifact_digest),
    manifest: digest(row.manifest_digest),
    snapshot: digest(row.snapshot_digest),
    split: digest(row.split_digest),
    specRevision: row.spec_revision,
    codeCommit: row.code_commit,
    lockfile: row.lockfile_digest,
    trainer: row.trainer,
    seed: row.seed,
    metrics: row.metrics,
    evidence: digest(row.evidence_digest),
    requestedBy: row.requested_by,
    registeredAt: row.registered_at.toISOString(),
  };
}
