/**
 * The audit trail: a sequence per model in which every event carries the digest of the one before. Written in the transaction
 * of its effect, once per idempotency key.
 */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { canonical } from '../domain/canonical.ts';
import type { LifecycleEvent, LifecycleEventKind } from '../domain/lifecycle-events.ts';

const FIRST = '0'.repeat(64);

export interface RecordedEvent extends LifecycleEvent {
  readonly sequence: number;
  readonly at: string;
  readonly digest: string;
}

interface EventRow {
  sequence: number;
  kind: LifecycleEventKind;
  by: string;
  subject: string;
  summary: string;
  details: Record<string, unknown>;
  idempotency_key: string;
  canonical: string;
  previous_digest: string;
  digest: string;
  happened_at: Date;
}

/** Answers false when it was already written. The model's row is locked, so that the chain never forks. */
export async function recordEvent(transaction: Knex.Transaction, model: string, event: LifecycleEvent): Promise<boolean> {
  await transaction('models').where({ name: model }).forUpdate().first();
  const known = await transaction('lifecycle_events').where({ model, idempotency_key: event.idempotencyKey }).first('sequence');
  if (known) return false;
  const last = await transaction('lifecycle_events').where({ model }).orderBy('sequence', 'desc').first('sequence', 'digest');
  const { now } = (await transaction.raw('select clock_timestamp() as now')).rows[0] as { now: Date };
  const sequence = (last?.sequence ?? 0) + 1;
  const previous = last?.digest ?? FIRST;
  const text = canonical({ ...event, model, sequence, at: now.toISOString() });
  await transaction('lifecycle_events').insert({
    model,
    sequence,
    kind: event.kind,
    by: event.by,
    subject: event.subject,
    summary: event.summary,
    details: JSON.stringify(event.details),
    idempotency_key: event.idempotencyKey,
    canonical: text,
    previous_digest: previous,
    digest: link(previous, text),
    happened_at: now,
  });
  return true;
}

export async function eventsOf(db: Knex, model: string, { since = 0, limit = 10_000 } = {}): Promise<readonly RecordedEvent[]> {
  const rows: EventRow[] = await db('lifecycle_events').where({ model }).andWhere('sequence', '>', since).orderBy('sequence').limit(limit);
  return rows.map((row) => ({
    sequence: row.sequence,
    at: row.happened_at.toISOString(),
    kind: row.kind,
    by: row.by,
    subject: row.subject,
    summary: row.summary,
    details: row.details,
    idempotencyKey: row.idempotency_key,
    digest: row.digest,
  }));
}

/** The first event whose link is broken, or null when the whole chain holds. */
export async function firstBrokenLink(db: Knex, model: string): Promise<number | null> {
  const rows: EventRow[] = await db('lifecycle_events').where({ model }).orderBy('sequence');
  let previous = FIRST;
  for (const [index, row] of rows.entries()) {
    const intact = row.sequence === index + 1 && row.previous_digest === previous && row.digest === link(previous, row.canonical);
    if (!intact) return row.sequence;
    previous = row.digest;
  }
  return null;
}

function link(previous: string, text: string): string {
  return createHash('sha256').update(previous).update('\n').update(text).digest('hex');
}

/** An event without another effect. */
export async function recordEventOnce(db: Knex, model: string, event: LifecycleEvent): Promise<boolean> {
  return db.transaction((transaction) => recordEvent(transaction, model, event));
}
