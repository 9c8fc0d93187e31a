import type { Knex } from 'knex';
import type { DecisionContract } from '../domain/decision-contract.ts';
import {
  type Digest,
  digest,
  type ModelName,
  type RetrainingId,
  type RolloutId,
  rolloutId,
  type VersionId,
  versionId,
  versionNumber,
} from '../domain/ids.ts';
import type { RolloutPhase } from '../domain/rollout.ts';
import type { Verdict } from '../domain/verdict.ts';
import { Failure } from '../failures.ts';
import { recordEvent } from './events.ts';

export interface NewRollout {
  readonly rolloutId: RolloutId;
  readonly model: ModelName;
  readonly challenger: VersionId;
  readonly champion: VersionId | null;
  readonly specRevision: number;
  readonly evidence: Digest;
  readonly contract: { readonly digest: Digest; readonly body: DecisionContract } | null;
  readonly steps: readonly number[];
}

/** One open rollout per model. A version that comes while one is open waits; only the newest waiting one goes on. Safe to repeat. */
export async function openRollout(db: Knex, rollout: NewRollout): Promise<'opened' | 'waiting'> {
  return db.transaction(async (transaction) => {
    const { model, challenger } = rollout;
    await transaction('models').where({ name: model }).forUpdate().first();
    const mine = await transaction('rollouts').where({ rollout_id: rollout.rolloutId }).first('rollout_id');
    if (mine) return 'opened';
    const open = await transaction('rollouts').where({ model }).whereNull('closed_at').first('rollout_id', 'challenger_id');
    if (open) {
      await queue(transaction, model, challenger);
      return 'waiting';
    }
    if (rollout.contract) {
      const row = { digest: rollout.contract.digest, body: JSON.stringify(rollout.contract.body) };
      await transaction('decision_contracts').insert(row).onConflict('digest').ignore();
    }
    await transaction('rollouts').insert({
      rollout_id: rollout.rolloutId,
      model,
      challenger_id: challenger,
      champion_id: rollout.champion,
      spec_revision: rollout.specRevision,
      evidence_digest: rollout.evidence,
      decision_contract_digest: rollout.contract?.digest ?? null,
      salt: rollout.rolloutId,
      phase: 'awaiting-approval',
      steps: JSON.stringify(rollout.steps),
    });
    // Whoever holds the route may write it; an earlier holder finds itself fenced off.
    await transaction('routes').where({ model }).update({ held_by: rollout.rolloutId });
    await transaction('waiting_versions').where({ model, version_id: challenger }).delete();
    await recordEvent(transaction, model, {
      kind: 'rollout-opened',
      by: 'understudy',
      subject: rollout.rolloutId,
      summary: `a rollout of ${challenger} ${rollout.champion ? `over ${rollout.champion}` : 'as the first champion'} awaits approval of ${rollout.evidence.slice(0, 12)}`,
      details: { challenger, champion: rollout.champion, evidence: rollout.evidence, decisionContract: rollout.contract?.digest ?? null },
      idempotencyKey: `opened:${rollout.rolloutId}`,
    });
    return 'opened';
  });
}

async function queue(transaction: Knex.Transaction, model: ModelName, version: VersionId): Promise<void> {
  const waiting = await transaction('waiting_versions').where({ model }).first('version_id');
  if (waiting && versionNumber(versionId(waiting.version_id)) >= versionNumber(version)) return;
  await transaction('waiting_versions')
    .insert({ model, version_id: version, waiting_since: transaction.fn.now() })
    .onConflict('model')
    .merge();
  await recordEvent(transaction, model, {
    kind: 'version-queued',
    by: 'understudy',
    subject: version,
    summary: `${version} waits until the open rollout is closed${waiting ? ` (instead of ${waiting.version_id})` : ''}`,
    details: { instead: waiting?.version_id ?? null },
    idempotencyKey: `queued:${version}`,
  });
}

export async function waitingVersion(db: Knex, model: ModelName): Promise<VersionId | null> {
  const row = await db('waiting_versions').where({ model }).first('version_id');
  return row ? versionId(row.version_id) : null;
}

export interface StoredRollout {
  readonly rolloutId: RolloutId;
  readonly model: ModelName;
  readonly challenger: VersionId;
  readonly champion: VersionId | null;
  readonly specRevision: number;
  readonly evidence: Digest;
  readonly contract: DecisionContract | null;
  readonly phase: RolloutPhase;
  readonly closed: boolean;
}

export async function rolloutOrThrow(db: Knex, id: string): Promise<StoredRollout> {
  const row = await db('rollouts')
    .leftJoin('decision_contracts', 'digest', 'decision_contract_digest')
    .where({ rollout_id: id })
    .first('rollouts.*', 'body');
  if (!row) throw new Failure('ModelVersionNotFound', `there is no rollout ${id}`, { rolloutId: id });
  return {
    rolloutId: rolloutId(row.rollout_id),
    model: row.model,
    challenger: versionId(row.challenger_id),
    champion: row.champion_id === null ? null : versionId(row.champion_id),
    specRevision: row.spec_revision,
    evidence: digest(row.evidence_digest),
    contract: row.body ?? null,
    phase: row.phase,
    closed: row.closed_at !== null,
  };
}

/** The rollout's id follows from its version's retraining: one attempt, one id, however often it is asked for. */
export const rolloutIdOf = (retraining: RetrainingId): RolloutId => rolloutId(`rollout-${retraining}`);

export async function setRolloutVerdict(
  db: Knex,
  { rolloutId: id, verdict, at }: { rolloutId: RolloutId; verdict: Verdict; at: string },
): Promise<void> {
  await db('rollouts')
    .where({ rollout_id: id })
    .update({ verdict: JSON.stringify({ ...verdict, at }) });
}

export async function openRolloutOf(db: Knex, model: string): Promise<{ rolloutId: RolloutId; phase: RolloutPhase } | null> {
  const row = await db('rollouts').where({ model }).whereNull('closed_at').first('rollout_id', 'phase');
  return row ? { rolloutId: rolloutId(row.rollout_id), phase: row.phase } : null;
}
