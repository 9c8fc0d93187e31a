/**
 * Batches of what gateways log. A batch is one transaction; a record that Postgres refuses is found by halving, set aside with
 * its reason, and the rest is stored. What is no record's fault (Postgres away, full, not migrated) is thrown, and the batch kept.
 */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { DropRecord, OutcomeRecord, PairRecord, PredictionRecord, RecordKind } from './log-records.ts';
import { insertOutcomes } from './outcomes.ts';
import { ensurePartitions } from './prediction-partitions.ts';
import { insertPredictions } from './predictions.ts';
import { insertPairs } from './shadow-pairs.ts';
import { insertDrops, insertFailures } from './unanswered.ts';

export interface LogBatch {
  readonly kind: RecordKind;
  /** One JSON text a record. */
  readonly lines: readonly string[];
  /** When the records were made, ms since 1970: which partitions they need. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface StoredBatch {
  readonly stored: number;
  readonly rejected: number;
}

const inserts: Record<RecordKind, (transaction: Knex.Transaction, lines: readonly string[]) => Promise<number>> = {
  predictions: insertPredictions,
  pairs: insertPairs,
  outcomes: insertOutcomes,
  drops: insertDrops,
  failures: insertFailures,
};

/** Safe to repeat: what is stored already is neither stored nor counted again. */
export async function storeLogBatch(db: Knex, batch: LogBatch): Promise<StoredBatch> {
  if (batch.kind === 'predictions') await ensurePartitions(db, batch.fromMs, batch.untilMs);
  return storeLines(db, batch.kind, batch.lines);
}

/** The same for records that are not texts yet: what tests and importers call. */
export async function storePredictions(db: Knex, records: readonly PredictionRecord[]): Promise<StoredBatch> {
  if (records.length === 0) return { stored: 0, rejected: 0 };
  const times = records.map((record) => Date.parse(record.predicted_at));
  const lines = records.map((record) => JSON.stringify(record));
  return storeLogBatch(db, { kind: 'predictions', lines, fromMs: Math.min(...times), untilMs: Math.max(...times) });
}

export async function storePairs(db: Knex, records: readonly PairRecord[]): Promise<StoredBatch> {
  return storeLines(db, 'pairs', textsOf(records));
}

export async function storeOutcomes(db: Knex, records: readonly OutcomeRecord[]): Promise<StoredBatch> {
  return storeLines(db, 'outcomes', textsOf(records));
}

export async function storeDrops(db: Knex, records: readonly DropRecord[]): Promise<StoredBatch> {
  return storeLines(db, 'drops', textsOf(records));
}

function textsOf(records: readonly object[]): string[] {
  return records.map((record) => JSON.stringify(record));
}

async function storeLines(db: Knex, kind: RecordKind, lines: readonly string[]): Promise<StoredBatch> {
  if (lines.length === 0) return { stored: 0, rejected: 0 };
  try {
    const stored = await db.transaction((transaction) => inserts[kind](transaction, lines));
    return { stored, rejected: 0 };
  } catch (error) {
    const reason = recordFault(error);
    if (reason === undefined) throw error;
    if (lines.length === 1) return setAside(db, kind, lines[0]!, reason);
    const middle = lines.length >> 1;
    // Not at once: outcomes of one prediction must stay in their order.
    const first = await storeLines(db, kind, lines.slice(0, middle));
    const second = await storeLines(db, kind, lines.slice(middle));
    return { stored: first.stored + second.stored, rejected: first.rejected + second.rejected };
  }
}

/** Data exceptions (class 22) and broken constraints (class 23) are about a record; everything else is about the database. */
function recordFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (!/^2[23]/.test(error.code)) return undefined;
  const reason = error.message.slice(error.message.lastIndexOf(' - ') + 3);
  return `${error.code}: ${reason}`;
}

async function setAside(db: Knex, kind: RecordKind, line: string, reason: string): Promise<StoredBatch> {
  const known = /"(?:prediction|receipt|drop|failure)_id":"([0-9a-f-]{36})"/.exec(line)?.[1];
  const row = { record_id: known ?? randomUUID(), kind, reason, raw: line };
  await db('rejected_records').insert(row).onConflict(['record_id', 'kind']).ignore();
  return { stored: 0, rejected: 1 };
}
