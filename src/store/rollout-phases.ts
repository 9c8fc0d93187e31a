/**
 * Entering a phase: the rollout's row, the route that belongs to it, approvals and the audit trail in one transaction, once per
 * (rollout, number). The share is the one derived from the phase; only the rollout that holds the route may write it.
 */
import type { Knex } from 'knex';
import { modelName, type RolloutId, type ShareBps, type VersionId, versionId } from '../domain/ids.ts';
import type { LifecycleEvent, LifecycleEventKind } from '../domain/lifecycle-events.ts';
import { isClosed, type Rollout, type RolloutEvent } from '../domain/rollout.ts';
import type { Verdict } from '../domain/verdict.ts';
import { promote, type RouteStamp } from './champions.ts';
import { recordEvent } from './events.ts';

export interface EnteredPhase {
  readonly rolloutId: RolloutId;
  readonly number: number;
  readonly rollout: Rollout;
  /** Of the traffic now; a promoted challenger is the champion and needs none. */
  readonly share: ShareBps;
  readonly step: number | null;
  readonly lastVerdict: Verdict | null;
  readonly next: { readonly what: string; readonly when: string | null };
  readonly events: readonly RolloutEvent[];
  readonly holdBackBps: ShareBps;
}

export type PhaseWritten = { readonly enteredAt: string; readonly route: RouteStamp | null } | { readonly lost: string };

interface RolloutRow {
  model: string;
  challenger_id: string;
  champion_id: string | null;
  salt: string;
  phase: string;
  phase_number: number;
  phase_since: Date;
  evidence_digest: string;
}

export async function enterPhase(db: Knex, phase: EnteredPhase): Promise<PhaseWritten> {
  return db.transaction(async (transaction) => {
    const found = await transaction('rollouts').where({ rollout_id: phase.rolloutId }).first('model');
    await transaction('models').where({ name: found.model }).forUpdate().first();
    const row: RolloutRow = await transaction('rollouts').where({ rollout_id: phase.rolloutId }).forUpdate().first();
    if (row.phase_number >= phase.number) return { enteredAt: row.phase_since.toISOString(), route: await stamp(transaction, row.model) };

    const route = await writeRoute(transaction, row, phase);
    if (route === 'lost') return { lost: await whyLost(transaction, row.model) };
    const enteredAt = await updateRow(transaction, phase);
    await writeApprovals(transaction, row, phase);
    for (const event of eventsOf(row, phase)) await recordEvent(transaction, row.model, event);
    return { enteredAt, route };
  });
}

async function writeRoute(
  transaction: Knex.Transaction,
  row: RolloutRow,
  { rolloutId, rollout, share, holdBackBps, events }: EnteredPhase,
): Promise<RouteStamp | null | 'lost'> {
  const mine = { model: row.model, held_by: rolloutId };
  const written = (rows: RouteStamp[]): RouteStamp | undefined =>
    rows[0] && { revision: Number(rows[0].revision), epoch: Number(rows[0].epoch) };
  switch (rollout.phase) {
    case 'awaiting-approval':
      return null;
    case 'shadowing':
    case 'ramping':
    case 'paused': {
      const change = { challenger_id: row.challenger_id, challenger_share_bps: share, salt: row.salt };
      return written(await transaction('routes').where(mine).update(change).returning(['revision', 'epoch'])) ?? 'lost';
    }
    case 'promoted': {
      const by = events.findLast((event) => event.kind === 'approved')?.by ?? 'understudy';
      const reason = row.champion_id === null ? 'first champion, approved' : 'passed every step of its ramp';
      const { challenger, champion } = versionsIn(row);
      const moved = await promote(transaction, {
        rolloutId,
        model: modelName(row.model),
        challenger,
        champion,
        holdBackBps,
        salt: row.salt,
        by,
        reason,
      });
      return moved ?? 'lost';
    }
    // The epoch rises, so that a late retry of an older write can never put the challenger back. Nothing to take off is fine.
    case 'rejected':
    case 'rolled-back':
    case 'withdrawn': {
      const off = { challenger_id: null, challenger_share_bps: 0, held_by: null, epoch: transaction.raw('epoch + 1') };
      return written(await transaction('routes').where(mine).update(off).returning(['revision', 'epoch'])) ?? null;
    }
  }
}

async function updateRow(transaction: Knex.Transaction, phase: EnteredPhase): Promise<string> {
  const { rollout } = phase;
  const now = transaction.raw('clock_timestamp()');
  const isResumed = phase.events.some(({ kind }) => kind === 'resumed');
  const isStage = (rollout.phase === 'shadowing' || rollout.phase === 'ramping') && !isResumed;
  const [row] = await transaction('rollouts')
    .where({ rollout_id: phase.rolloutId })
    .update({
      phase: rollout.phase,
      step: phase.step,
      share_bps: phase.share,
      next: JSON.stringify(phase.next),
      reason: 'reason' in rollout ? rollout.reason : null,
      phase_number: phase.number,
      phase_since: now,
      ...(isStage ? { stage_since: now } : {}),
      ...(phase.lastVerdict === null ? {} : { verdict: JSON.stringify(phase.lastVerdict) }),
      closed_at: isClosed(rollout) ? now : null,
    })
    .returning('phase_since');
  return row.phase_since.toISOString();
}

async function writeApprovals(transaction: Knex.Transaction, row: RolloutRow, { rolloutId, events }: EnteredPhase): Promise<void> {
  for (const event of events) {
    if (event.kind !== 'approved') continue;
    const approval = {
      rollout_id: rolloutId,
      approved_by: event.by,
      evidence_digest: row.evidence_digest,
      reason: event.reason,
      via: 'workflow',
    };
    await transaction('approvals').insert(approval).onConflict(['rollout_id', 'approved_by']).ignore();
  }
}

function eventsOf(row: RolloutRow, phase: EnteredPhase): readonly LifecycleEvent[] {
  const spoken = phase.events.map((event, index) => spokenEvent(row, phase, event, index));
  const entered = enteredEvent(row, phase);
  return entered === null ? spoken : [...spoken, entered];
}

function spokenEvent(row: RolloutRow, { rolloutId, number }: EnteredPhase, event: RolloutEvent, index: number): LifecycleEvent {
  const by = 'by' in event && event.kind !== 'superseded' ? event.by : 'understudy';
  return {
    kind: spokenKinds[event.kind],
    by,
    subject: rolloutId,
    summary: sentenceOf(row, event),
    details: { ...event },
    idempotencyKey: `${rolloutId}:${number}:${index}`,
  };
}

const spokenKinds: Record<RolloutEvent['kind'], LifecycleEventKind> = {
  approved: 'approval-recorded',
  rejected: 'verdict-reached',
  judged: 'verdict-reached',
  paused: 'rollout-paused',
  resumed: 'rollout-resumed',
  'rollback-requested': 'verdict-reached',
  'guardrail-breached': 'verdict-reached',
  'route-lost': 'verdict-reached',
  superseded: 'verdict-reached',
  'nobody-answered': 'verdict-reached',
};

function sentenceOf(row: RolloutRow, event: RolloutEvent): string {
  switch (event.kind) {
    case 'approved':
      return `${event.by} approved ${row.challenger_id} on the evidence ${row.evidence_digest.slice(0, 12)}: ${event.reason}`;
    case 'rejected':
      return `${event.by} rejected ${row.challenger_id}: ${event.reason}`;
    case 'judged':
      return `the judge says ${event.verdict.kind}${event.overdue ? ' (the longest time is over)' : ''}: ${event.verdict.reasons.join('; ')}`;
    case 'paused':
      return `${event.by} paused the rollout: ${event.reason}`;
    case 'resumed':
      return `${event.by} resumed the rollout: ${event.reason}`;
    case 'rollback-requested':
      return `${event.by} asked to take ${row.challenger_id} off: ${event.reason}`;
    case 'guardrail-breached':
      return `guardrail ${event.metric} was breached`;
    case 'route-lost':
      return `the route is no longer this rollout's: ${event.reason}`;
    case 'superseded':
      return `${event.by} is ready and replaces ${row.challenger_id}`;
    case 'nobody-answered':
      return 'nobody answered in time';
  }
}

function enteredEvent(row: RolloutRow, { rolloutId, number, rollout, share }: EnteredPhase): LifecycleEvent | null {
  const event = (kind: LifecycleEventKind, summary: string): LifecycleEvent => ({
    kind,
    by: 'understudy',
    subject: rolloutId,
    summary,
    details: { rollout, share },
    idempotencyKey: `${rolloutId}:${number}:entered`,
  });
  switch (rollout.phase) {
    case 'awaiting-approval':
    case 'paused':
      return null;
    case 'shadowing':
      return event('share-changed', `${row.challenger_id} rehearses in the shadow; nobody hears it`);
    case 'ramping':
      return event('share-changed', `${row.challenger_id} answers ${share / 100} % of the traffic`);
    case 'promoted':
      return event('rollout-promoted', `${row.challenger_id} is promoted`);
    case 'rejected':
      return event('rollout-rejected', `${row.challenger_id} is rejected: ${rollout.reason}`);
    case 'rolled-back':
      return event('rollout-rolled-back', `${row.challenger_id} is rolled back: ${rollout.reason}`);
    case 'withdrawn':
      return event('rollout-withdrawn', `${row.challenger_id} is withdrawn: ${rollout.reason}`);
  }
}

/** Why this rollout no longer holds its model's route; null while it does. A rollback without Temporal is found out by this. */
export async function routeLost(db: Knex, { rolloutId, model }: { rolloutId: RolloutId; model: string }): Promise<string | null> {
  const route = await db('routes').where({ model }).first('held_by');
  return route?.held_by === rolloutId ? null : whyLost(db, model);
}

async function whyLost(db: Knex, model: string): Promise<string> {
  const last = await db('lifecycle_events')
    .where({ model })
    .whereIn('kind', ['champion-changed', 'share-changed'])
    .orderBy('sequence', 'desc')
    .first('summary');
  return `the route was taken by something newer${last ? `: ${last.summary}` : ''}`;
}

async function stamp(transaction: Knex.Transaction, model: string): Promise<RouteStamp | null> {
  const route = await transaction('routes').where({ model }).first('revision', 'epoch');
  return route ? { revision: Number(route.revision), epoch: Number(route.epoch) } : null;
}

function versionsIn(row: RolloutRow): { challenger: VersionId; champion: VersionId | null } {
  return { challenger: versionId(row.challenger_id), champion: row.champion_id === null ? null : versionId(row.champion_id) };
}
