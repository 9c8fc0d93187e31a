import type { Knex } from 'knex';
import type { ModelName } from '../domain/ids.ts';
import type { Verdict } from '../domain/verdict.ts';
import { recordEvent } from './events.ts';

export interface Tick {
  readonly model: ModelName;
  readonly tick: number;
  readonly figures: unknown;
  readonly verdict: Verdict;
  readonly findings: readonly { readonly sentence: string }[];
  readonly retrain: string | null;
}

/** The tick's row, and an event only when it asks for something: a quiet watch fills no history. */
export async function storeTick(db: Knex, { model, tick, figures, verdict, findings, retrain }: Tick): Promise<void> {
  await db.transaction(async (transaction) => {
    const row = { model, tick, figures: JSON.stringify(figures), findings: JSON.stringify({ verdict, findings, retrain }) };
    const inserted = await transaction('watch_ticks').insert(row).onConflict(['model', 'tick']).ignore().returning('tick');
    if (inserted.length === 0 || retrain === null) return;
    await recordEvent(transaction, model, {
      kind: 'drift-detected',
      by: 'watch',
      subject: model,
      summary: `the watch asks for a retraining: ${retrain}`,
      details: { tick, findings },
      idempotencyKey: `watch:${tick}`,
    });
  });
}

/**
 * One request per champion and quiet time, and none while a training or rollout is at work: its challenger is the answer to the
 * shift that is being seen.
 */
export async function mayAskForRetraining(
  db: Knex,
  { model, since, quietMs }: { model: ModelName; since: string; quietMs: number },
): Promise<boolean> {
  const [training, rollout, asked] = await Promise.all([
    db('retrainings').where({ model }).whereNull('closed_at').first('retraining_id'),
    db('rollouts').where({ model }).whereNull('closed_at').first('rollout_id'),
    db('lifecycle_events')
      .where({ model, kind: 'drift-detected' })
      .andWhere('happened_at', '>', since)
      .andWhereRaw(`happened_at > now() - ? * interval '1 millisecond'`, [quietMs])
      .first('sequence'),
  ]);
  return training === undefined && rollout === undefined && asked === undefined;
}

export interface TickRow {
  readonly tick: number;
  readonly at: string;
  readonly verdict: Verdict;
  readonly findings: readonly { readonly sentence: string }[];
  readonly unmatchedOutcomes: number;
}

export async function newestTick(db: Knex, model: string): Promise<TickRow | null> {
  const row = await db('watch_ticks')
    .where({ model })
    .orderBy('tick', 'desc')
    .first('tick', 'ticked_at', 'findings', db.raw(`figures -> 'unmatchedOutcomes' as unmatched`));
  return row
    ? {
        tick: row.tick,
        at: row.ticked_at.toISOString(),
        verdict: row.findings.verdict,
        findings: row.findings.findings,
        unmatchedOutcomes: row.unmatched ?? 0,
      }
    : null;
}
