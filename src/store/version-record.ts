/** Everything the registry knows of one version, as of one event of the audit trail: what a model card is made from. */
import type { Knex } from 'knex';
import { type Digest, digest, type VersionId } from '../domain/ids.ts';
import type { LifecycleEventKind } from '../domain/lifecycle-events.ts';
import type { Spec } from '../domain/spec.ts';
import { type ModelVersion, versionOrThrow } from './registry.ts';
import { type Withdrawal, withdrawalFrom } from './snapshot-records.ts';
import { specRevision } from './specs.ts';

export interface VersionRecord {
  readonly version: ModelVersion;
  readonly spec: Spec;
  readonly snapshot: {
    readonly source: Readonly<Record<string, unknown>>;
    readonly rowsIn: number;
    readonly rowsKept: number;
    readonly setAside: readonly { readonly rule: string; readonly count: number }[];
    readonly earliestAt: string | null;
    readonly latestAt: string | null;
    readonly takenAt: string;
    readonly withdrawn: Withdrawal | null;
  };
  readonly approvals: readonly { readonly by: string; readonly at: string; readonly reason: string; readonly evidence: Digest }[];
  readonly waivers: readonly { readonly gate: string; readonly by: string; readonly at: string; readonly reason: string }[];
  readonly history: readonly { readonly sequence: number; readonly at: string; readonly by: string; readonly summary: string }[];
  /** The newest event of the model, whatever it is about; null when there is none. */
  readonly asOf: { readonly sequence: number; readonly at: string; readonly digest: string } | null;
  readonly isChampion: boolean;
  /** Its newest rollout. */
  readonly rollout: { readonly id: string; readonly phase: string } | null;
}

/** What a reader of a model's life asks about; the looks in between are in the audit trail. */
const told: readonly LifecycleEventKind[] = [
  'version-registered',
  'version-queued',
  'rollout-opened',
  'approval-recorded',
  'rollout-paused',
  'rollout-resumed',
  'share-changed',
  'rollout-promoted',
  'rollout-rejected',
  'rollout-rolled-back',
  'rollout-withdrawn',
  'champion-changed',
  'hold-back-released',
];

export async function versionRecord(db: Knex, id: VersionId): Promise<VersionRecord> {
  return db.transaction((transaction) => readWithin(transaction, id), { isolationLevel: 'repeatable read', readOnly: true });
}

async function readWithin(transaction: Knex.Transaction, id: VersionId): Promise<VersionRecord> {
  const version = await versionOrThrow(transaction, id);
  const { model, retrainingId } = version;
  const { spec } = await specRevision(transaction, model, version.specRevision);
  const snapshot = await transaction('snapshots').where({ digest: version.snapshot }).first();
  const rollouts: { rollout_id: string; phase: string }[] = await transaction('rollouts')
    .where({ challenger_id: id })
    .orderBy('opened_at')
    .select('rollout_id', 'phase');
  const ids = rollouts.map((rollout) => rollout.rollout_id);
  const newest = await transaction('lifecycle_events').where({ model }).orderBy('sequence', 'desc').first();
  const champion = await transaction('models').where({ name: model }).first('champion_id');
  const last = rollouts.at(-1);
  return {
    version,
    spec,
    snapshot: {
      source: snapshot.source,
      rowsIn: Number(snapshot.rows_in),
      rowsKept: Number(snapshot.rows_kept),
      setAside: snapshot.set_aside.map(({ rule, count }: { rule: string; count: number }) => ({ rule, count })),
      earliestAt: snapshot.earliest_at?.toISOString() ?? null,
      latestAt: snapshot.latest_at?.toISOString() ?? null,
      takenAt: snapshot.taken_at.toISOString(),
      withdrawn: withdrawalFrom(snapshot),
    },
    approvals: await approvalsOf(transaction, ids),
    waivers: await waiversWithTimes(transaction, retrainingId),
    history: await historyOf(transaction, model, [id, retrainingId, ...ids]),
    asOf: newest ? { sequence: Number(newest.sequence), at: newest.happened_at.toISOString(), digest: newest.digest } : null,
    isChampion: champion?.champion_id === id,
    rollout: last ? { id: last.rollout_id, phase: last.phase } : null,
  };
}

async function approvalsOf(transaction: Knex.Transaction, rollouts: readonly string[]): Promise<VersionRecord['approvals']> {
  const rows: { approved_by: string; approved_at: Date; reason: string; evidence_digest: string }[] = await transaction('approvals')
    .whereIn('rollout_id', [...rollouts])
    .orderBy(['approved_at', 'approved_by']);
  return rows.map((row) => ({
    by: row.approved_by,
    at: row.approved_at.toISOString(),
    reason: row.reason,
    evidence: digest(row.evidence_digest),
  }));
}

async function waiversWithTimes(transaction: Knex.Transaction, retrainingId: string): Promise<VersionRecord['waivers']> {
  const rows: { gate: string; waived_by: string; waived_at: Date; reason: string }[] = await transaction('waivers')
    .where({ retraining_id: retrainingId })
    .orderBy('gate');
  return rows.map((row) => ({ gate: row.gate, by: row.waived_by, at: row.waived_at.toISOString(), reason: row.reason }));
}

async function historyOf(transaction: Knex.Transaction, model: string, subjects: readonly string[]): Promise<VersionRecord['history']> {
  const rows: { sequence: number; happened_at: Date; by: string; summary: string }[] = await transaction('lifecycle_events')
    .where({ model })
    .whereIn('subject', [...subjects])
    .whereIn('kind', [...told])
    .orderBy('sequence');
  return rows.map((row) => ({ sequence: Number(row.sequence), at: row.happened_at.toISOString(), by: row.by, summary: row.summary }));
}
