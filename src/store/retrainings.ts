import type { Knex } from 'knex';
import { type Digest, digest, type ModelName, type RetrainingId, type VersionId, versionOf } from '../domain/ids.ts';
import { recordEvent } from './events.ts';
import type { Requester } from './registry.ts';
import { currentSpec, type SpecRevision, specRevision } from './specs.ts';

export interface OpenedRetraining {
  readonly version: VersionId;
  readonly specRevision: number;
}

interface NewRetraining {
  readonly retrainingId: RetrainingId;
  readonly model: ModelName;
  readonly requests: readonly Requester[];
  /** Of a model that is adopted instead of trained: what its people declared. */
  readonly imported?: Digest | null;
}

export interface WaitingForWaiver {
  readonly gate: string;
  readonly reasons: readonly string[];
  readonly until: string;
}

/** Reserves a version number. Safe to repeat. A row left open by a terminated workflow is closed: only one workflow can hold the id. */
export async function openRetraining(
  db: Knex,
  { retrainingId, model, requests, imported = null }: NewRetraining,
): Promise<OpenedRetraining> {
  return db.transaction(async (transaction) => {
    const { spec, revision } = await currentSpec(transaction, model);
    await transaction('models').where({ name: model }).forUpdate().first();
    const mine = await transaction('retrainings').where({ retraining_id: retrainingId }).first();
    if (mine) return { version: versionOf(model, mine.version_number), specRevision: mine.spec_revision };

    await transaction('retrainings')
      .where({ model })
      .whereNull('closed_at')
      .update({ outcome: 'abandoned', detail: 'its workflow was ended from outside', phase: 'closed', closed_at: transaction.fn.now() });
    const last = await transaction('retrainings').where({ model }).max('version_number as number').first();
    const number = (last?.number ?? 0) + 1;
    const reasons = requests.map(({ by, reason }) => ({ by, reason }));
    await transaction('retrainings').insert({
      retraining_id: retrainingId,
      model,
      spec_revision: revision,
      version_number: number,
      seed: spec.trainer.seed,
      reasons: JSON.stringify(reasons),
      import_digest: imported,
      phase: 'starting',
    });
    await recordEvent(transaction, model, {
      kind: 'retraining-started',
      by: reasons[0]?.by ?? 'unknown',
      subject: retrainingId,
      summary: `${imported === null ? 'training' : 'import'} of ${versionOf(model, number)} began: ${reasons.map(({ by, reason }) => `${reason} (${by})`).join('; ')}`,
      details: { reasons, specRevision: revision, version: versionOf(model, number) },
      idempotencyKey: `started:${retrainingId}`,
    });
    return { version: versionOf(model, number), specRevision: revision };
  });
}

export async function setRetrainingPhase(db: Knex, retrainingId: RetrainingId, phase: string): Promise<void> {
  await db('retrainings')
    .where({ retraining_id: retrainingId })
    .whereNull('closed_at')
    .update({ phase, waiting_for: null, phase_since: db.fn.now() });
}

/** When it began, and the snapshot it has taken, if it has. */
export async function retrainingBegun(db: Knex, retrainingId: RetrainingId): Promise<{ startedAt: Date; snapshot: Digest | null }> {
  const row = await db('retrainings').where({ retraining_id: retrainingId }).first('started_at', 'snapshot_digest');
  if (!row) throw new RangeError(`no retraining ${retrainingId}`);
  return { startedAt: row.started_at, snapshot: row.snapshot_digest };
}

export async function setSnapshot(db: Knex, retrainingId: RetrainingId, snapshot: string): Promise<void> {
  await db('retrainings').where({ retraining_id: retrainingId }).update({ snapshot_digest: snapshot });
}

export async function askForWaiver(
  db: Knex,
  { retrainingId, model, waitingFor }: { retrainingId: RetrainingId; model: ModelName; waitingFor: WaitingForWaiver },
): Promise<void> {
  await db.transaction(async (transaction) => {
    await transaction('retrainings')
      .where({ retraining_id: retrainingId })
      .update({ phase: 'awaiting-waiver', waiting_for: JSON.stringify(waitingFor), phase_since: transaction.fn.now() });
    await recordEvent(transaction, model, {
      kind: 'waiver-requested',
      by: 'understudy',
      subject: retrainingId,
      summary: `${waitingFor.gate} is in doubt and waits for a person: ${waitingFor.reasons.join('; ')}`,
      details: { ...waitingFor },
      idempotencyKey: `waiver-requested:${retrainingId}:${waitingFor.gate}`,
    });
  });
}

export interface Waiver {
  readonly retrainingId: RetrainingId;
  readonly model: ModelName;
  readonly gate: string;
  readonly by: string;
  readonly reason: string;
  readonly via: string;
}

export async function recordWaiver(db: Knex, waiver: Waiver): Promise<void> {
  await db.transaction(async (transaction) => {
    const row = {
      retraining_id: waiver.retrainingId,
      gate: waiver.gate,
      model: waiver.model,
      waived_by: waiver.by,
      reason: waiver.reason,
      via: waiver.via,
    };
    await transaction('waivers').insert(row).onConflict(['retraining_id', 'gate']).ignore();
    await recordEvent(transaction, waiver.model, {
      kind: 'waiver-given',
      by: waiver.by,
      subject: waiver.retrainingId,
      summary: `${waiver.by} waived ${waiver.gate}: ${waiver.reason}`,
      details: { gate: waiver.gate, reason: waiver.reason, via: waiver.via },
      idempotencyKey: `waiver:${waiver.retrainingId}:${waiver.gate}`,
    });
  });
}

export async function waiversOf(db: Knex, retrainingId: string): Promise<readonly { gate: string; by: string; reason: string }[]> {
  const rows: { gate: string; waived_by: string; reason: string }[] = await db('waivers')
    .where({ retraining_id: retrainingId })
    .orderBy('gate');
  return rows.map(({ gate, waived_by, reason }) => ({ gate, by: waived_by, reason }));
}

export async function closeRetraining(
  db: Knex,
  {
    retrainingId,
    model,
    outcome,
  }: { retrainingId: RetrainingId; model: ModelName; outcome: { kind: string; detail: string; version?: string } },
): Promise<void> {
  await db.transaction(async (transaction) => {
    await transaction('retrainings')
      .where({ retraining_id: retrainingId })
      .whereNull('closed_at')
      .update({
        phase: 'closed',
        outcome: outcome.kind,
        detail: outcome.detail,
        version_id: outcome.version ?? null,
        waiting_for: null,
        phase_since: transaction.fn.now(),
        closed_at: transaction.fn.now(),
      });
    const exists = await transaction('models').where({ name: model }).first('name');
    if (!exists) return;
    await recordEvent(transaction, model, {
      kind: 'retraining-closed',
      by: 'understudy',
      subject: retrainingId,
      summary: `training ended, ${outcome.kind}: ${outcome.detail}`,
      details: outcome,
      idempotencyKey: `closed:${retrainingId}`,
    });
  });
}

export async function requestersOf(db: Knex, retrainingId: string): Promise<readonly Requester[]> {
  const row = await db('retrainings').where({ retraining_id: retrainingId }).first('reasons');
  return row?.reasons ?? [];
}

/** The declaration of the model that it adopts; null when it trains one. */
export async function importOf(db: Knex, retrainingId: string): Promise<Digest | null> {
  const row = await db('retrainings').where({ retraining_id: retrainingId }).first('import_digest');
  return row?.import_digest ? digest(row.import_digest) : null;
}

/** What the trainer answered: figures, duration, surroundings. It has no place in the manifest, whose digest names what was learned. */
export async function setTrained(db: Knex, retrainingId: RetrainingId, trained: object): Promise<void> {
  await db('retrainings')
    .where({ retraining_id: retrainingId })
    .update({ trained: JSON.stringify(trained) });
}

export async function trainedBy(db: Knex, retrainingId: string): Promise<Readonly<Record<string, unknown>> | null> {
  const row = await db('retrainings').where({ retraining_id: retrainingId }).first('trained');
  return row?.trained ?? null;
}

/** The revision of the spec that a retraining began with; later revisions don't reach it. */
export async function specOfRetraining(db: Knex, retrainingId: string): Promise<SpecRevision> {
  const row = await db('retrainings').where({ retraining_id: retrainingId }).first('model', 'spec_revision');
  if (!row) throw new RangeError(`no retraining ${retrainingId}`);
  return specRevision(db, row.model, row.spec_revision);
}
