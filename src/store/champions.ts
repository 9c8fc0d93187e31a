/**
 * One champion pointer per model: registry, route and history move in one transaction, fenced. A promotion needs the route to be
 * held by its rollout; a rollback raises the epoch, after which every older write loses.
 */
import type { Knex } from 'knex';
import { type ModelName, type RolloutId, type ShareBps, type VersionId, versionId } from '../domain/ids.ts';
import { Failure } from '../failures.ts';
import { recordEvent } from './events.ts';

export interface RouteStamp {
  readonly revision: number;
  readonly epoch: number;
}

export interface ChampionChange {
  readonly version: VersionId;
  readonly from: VersionId | null;
  readonly since: string;
  readonly kind: 'promoted' | 'rolled-back';
  readonly changedBy: string;
  readonly reason: string;
  readonly rolloutId: string | null;
}

export interface Promotion {
  readonly rolloutId: RolloutId;
  readonly model: ModelName;
  readonly challenger: VersionId;
  readonly champion: VersionId | null;
  readonly holdBackBps: ShareBps;
  readonly salt: string;
  readonly by: string;
  readonly reason: string;
}

/** Inside the caller's transaction. Null when the route is no longer this rollout's to write. Safe to repeat. */
export async function promote(transaction: Knex.Transaction, promotion: Promotion): Promise<RouteStamp | null> {
  const { rolloutId, model, challenger, champion } = promotion;
  const key = `promoted:${rolloutId}`;
  const registry = await transaction('models').where({ name: model }).forUpdate().first('champion_id');
  const done = await transaction('champion_changes').where({ idempotency_key: key }).first('change_id');
  if (done) return stampOf(await transaction('routes').where({ model }).first('revision', 'epoch'));
  if ((registry?.champion_id ?? null) !== champion) return null;

  const route = await transaction('routes').where({ model }).forUpdate().first();
  const isHeld = champion === null ? route === undefined || route.held_by === rolloutId : route?.held_by === rolloutId;
  if (!isHeld) return null;
  const written = {
    model,
    champion_id: challenger,
    challenger_id: null,
    challenger_share_bps: 0,
    salt: promotion.salt,
    hold_back_id: champion,
    hold_back_bps: champion === null ? 0 : promotion.holdBackBps,
    held_by: null,
    revision: 0,
  };
  const [stamp] = await transaction('routes').insert(written).onConflict('model').merge().returning(['revision', 'epoch']);
  await transaction('models').where({ name: model }).update({ champion_id: challenger });
  await insertChange(transaction, {
    model,
    from: champion,
    to: challenger,
    kind: 'promoted',
    rolloutId,
    by: promotion.by,
    reason: promotion.reason,
    key,
  });
  return stampOf(stamp);
}

export interface Return {
  readonly model: ModelName;
  /** Null: the champion before the present one. */
  readonly to: VersionId | null;
  readonly by: string;
  readonly reason: string;
  /** The id of this rollback: a repeated call is the same rollback. */
  readonly key: string;
}

export interface Returned extends RouteStamp {
  readonly from: VersionId;
  readonly to: VersionId;
}

/**
 * Moves pointer and route back, takes any challenger and hold-back off, and fences off whoever held the route. With a rollout
 * open and no other version named, its challenger is taken off and the champion stays. Needs nothing but Postgres.
 */
export async function rollBackDirect(db: Knex, request: Return): Promise<Returned> {
  return db.transaction(async (transaction) => {
    const { model, by, reason, key } = request;
    await transaction('models').where({ name: model }).forUpdate().first();
    const route = await transaction('routes').where({ model }).forUpdate().first();
    if (!route) throw new Failure('NothingToReturnTo', `${model} has no champion, so there is nothing to return to`, { model });
    const from = versionId(route.champion_id);
    // Both ways to return end in an event under this key; a challenger's leaving changes no champion.
    const done = await transaction('lifecycle_events')
      .where({ model, idempotency_key: `returned:${key}` })
      .first('details');
    if (done) return { from: versionId(done.details.from), to: versionId(done.details.to), ...stampOf(route) };

    const takesChallengerOff = route.challenger_id !== null && request.to === null;
    const to = takesChallengerOff ? from : await returnTarget(transaction, model, request.to);
    const [stamp] = await transaction('routes')
      .where({ model })
      .update({
        champion_id: to,
        challenger_id: null,
        challenger_share_bps: 0,
        hold_back_id: null,
        hold_back_bps: 0,
        held_by: null,
        epoch: transaction.raw('epoch + 1'),
      })
      .returning(['revision', 'epoch']);
    if (to !== from) {
      await transaction('models').where({ name: model }).update({ champion_id: to });
      await insertChange(transaction, { model, from, to, kind: 'rolled-back', rolloutId: null, by, reason, key: `returned:${key}` });
    } else {
      await recordEvent(transaction, model, {
        kind: 'share-changed',
        by,
        subject: route.challenger_id ?? from,
        summary: `${by} took ${route.challenger_id ?? 'every challenger'} off; ${from} answers alone: ${reason}`,
        details: { from: route.challenger_id ?? from, to: from, reason },
        idempotencyKey: `returned:${key}`,
      });
    }
    return { from: takesChallengerOff ? versionId(route.challenger_id) : from, to, ...stampOf(stamp) };
  });
}

/** The version a rollback would return to: the one asked for, or the champion before the present one. */
export async function returnTarget(db: Knex, model: ModelName, asked: VersionId | null): Promise<VersionId> {
  const changes = await championChanges(db, model);
  const current = changes.at(-1);
  if (!current) throw new Failure('NothingToReturnTo', `${model} has no champion, so there is nothing to return to`, { model });
  if (asked !== null) {
    if (asked === current.version) throw new Failure('NothingToReturnTo', `${asked} is the champion already`, { model });
    if (changes.some(({ version }) => version === asked)) return asked;
    throw new Failure(
      'NothingToReturnTo',
      `${asked} has never been champion of ${model}; possible: ${earlier(changes, current.version).join(', ') || 'none'}`,
      { model },
    );
  }
  // A rollback pops the promotion it undoes: what comes back is what that version had replaced.
  const promotion = changes.findLast(({ kind, version }) => kind === 'promoted' && version === current.version);
  if (!promotion?.from)
    throw new Failure('NothingToReturnTo', `${current.version} is the first champion of ${model}; there is nothing before it`, { model });
  return promotion.from;
}

export async function championAt(db: Knex, model: string, at: string): Promise<ChampionChange | null> {
  const row = await db('champion_changes').where({ model }).andWhere('changed_at', '<=', at).orderBy('change_id', 'desc').first();
  return row ? changeFrom(row) : null;
}

export async function championChanges(db: Knex, model: string): Promise<readonly ChampionChange[]> {
  const rows: ChangeRow[] = await db('champion_changes').where({ model }).orderBy('change_id');
  return rows.map(changeFrom);
}

export async function currentChampion(db: Knex, model: ModelName): Promise<VersionId | null> {
  return (await championChanges(db, model)).at(-1)?.version ?? null;
}

/** The old champion gives its hold-back up when probation is over. Safe to repeat; never while a rollout holds the route. */
export async function releaseHoldBack(db: Knex, model: ModelName, probationMs: number): Promise<boolean> {
  return db.transaction(async (transaction) => {
    const [row]: { champion_id: string }[] = await transaction('routes')
      .where({ model })
      .whereNull('held_by')
      .whereNotNull('hold_back_id')
      .whereRaw(`(select max(changed_at) from champion_changes where model = ?) < now() - ? * interval '1 millisecond'`, [
        model,
        probationMs,
      ])
      .update({ hold_back_id: null, hold_back_bps: 0 })
      .returning('champion_id');
    if (!row) return false;
    await recordEvent(transaction, model, {
      kind: 'hold-back-released',
      by: 'understudy',
      subject: row.champion_id,
      summary: `probation of ${row.champion_id} is over; the old champion gives up its hold-back`,
      details: {},
      idempotencyKey: `hold-back-released:${row.champion_id}`,
    });
    return true;
  });
}

interface NewChange {
  readonly model: ModelName;
  readonly from: VersionId | null;
  readonly to: VersionId;
  readonly kind: 'promoted' | 'rolled-back';
  readonly rolloutId: RolloutId | null;
  readonly by: string;
  readonly reason: string;
  readonly key: string;
}

async function insertChange(transaction: Knex.Transaction, change: NewChange): Promise<void> {
  await transaction('champion_changes').insert({
    model: change.model,
    from_version: change.from,
    to_version: change.to,
    kind: change.kind,
    rollout_id: change.rolloutId,
    changed_by: change.by,
    reason: change.reason,
    idempotency_key: change.key,
  });
  await recordEvent(transaction, change.model, {
    kind: 'champion-changed',
    by: change.by,
    subject: change.to,
    summary: `${change.to} is champion${change.from ? ` (before: ${change.from})` : ''}: ${change.reason}`,
    details: { from: change.from, to: change.to, kind: change.kind, rolloutId: change.rolloutId },
    idempotencyKey: change.key,
  });
}

interface ChangeRow {
  to_version: string;
  from_version: string | null;
  changed_at: Date;
  kind: 'promoted' | 'rolled-back';
  changed_by: string;
  reason: string;
  rollout_id: string | null;
}

function changeFrom(row: ChangeRow): ChampionChange {
  return {
    version: versionId(row.to_version),
    from: row.from_version === null ? null : versionId(row.from_version),
    since: row.changed_at.toISOString(),
    kind: row.kind,
    changedBy: row.changed_by,
    reason: row.reason,
    rolloutId: row.rollout_id,
  };
}

function earlier(changes: readonly ChampionChange[], current: VersionId): readonly VersionId[] {
  return [...new Set(changes.map(({ version }) => version))].filter((version) => version !== current);
}

function stampOf(row: { revision: number; epoch: number } | undefined): RouteStamp {
  if (!row) throw new Error('a route that was just written has gone');
  return { revision: Number(row.revision), epoch: Number(row.epoch) };
}
