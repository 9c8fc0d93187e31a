/** What one version was asked in a period, what it answered, and what came of it, once that has matured. */
import type { Knex } from 'knex';
import type { VersionId } from '../domain/ids.ts';
import type { LabelSpec, Task } from '../domain/spec.ts';

export interface ReplayedRequest {
  readonly entity: string;
  readonly features: Readonly<Record<string, unknown>>;
  readonly score: number;
  /** 1 or 0, or the value. */
  readonly outcome: number;
  readonly at: string;
}

export interface ReplayPeriod {
  readonly model: string;
  readonly version: VersionId;
  readonly task: Task;
  readonly label: LabelSpec;
  readonly from: string;
  readonly until: string;
}

export interface Replayable {
  readonly requests: readonly ReplayedRequest[];
  /** In the period, but too young to count, or without an outcome where silence means nothing. */
  readonly unknown: number;
  /** Older ones that were left out, because there are more than are read. */
  readonly beyond: number;
}

/** Enough for any interval anybody needs, and it still fits into memory. */
const MOST_REQUESTS = 200_000;

/** The newest requests of the period, in the order in which they came. */
export async function replayableRequests(db: Knex, period: ReplayPeriod): Promise<Replayable> {
  return db.transaction((transaction) => readWithin(transaction, period), { isolationLevel: 'repeatable read', readOnly: true });
}

async function readWithin(transaction: Knex.Transaction, { model, version, task, label, from, until }: ReplayPeriod): Promise<Replayable> {
  await transaction.raw(`set local statement_timeout = '300s'`);
  const isValue = task === 'regression';
  const inTime = `outcome.occurred_at <= asked.predicted_at + :maturityMs * interval '1 millisecond'`;
  const bindings = {
    model,
    version,
    from,
    until,
    outcome: label.outcome,
    maturityMs: label.maturityMs,
    absentCounts: label.absent === 'negative',
  };
  const [{ rows }, counted] = [
    await transaction.raw<{ rows: (Omit<ReplayedRequest, 'at'> & { at: Date })[] }>(
      /* sql */ `
      with asked as materialized (
        select prediction_id, entity_hash, features, score, predicted_at from predictions
        where model = :model and version_id = :version and predicted_at >= cast(:from as timestamptz) and predicted_at < cast(:until as timestamptz)
          and predicted_at <= now() - :maturityMs * interval '1 millisecond'
        order by predicted_at desc, prediction_id desc limit ${MOST_REQUESTS}
      )
      select entity_hash as entity, features, score, predicted_at as at,
        ${isValue ? `case when ${inTime} then outcome.value else 0 end` : `case when outcome.value > 0 and ${inTime} then 1 else 0 end`} as outcome
      from asked left join lateral (select value, occurred_at from outcomes
        where outcomes.prediction_id = asked.prediction_id and outcomes.kind = :outcome order by revision desc limit 1) outcome on true
      where :absentCounts or ${isValue ? `coalesce(${inTime}, false)` : 'outcome.value is not null'}
      order by predicted_at, prediction_id`,
      bindings,
    ),
    await transaction.raw<{ rows: [{ all: number; matured: number }] }>(
      /* sql */ `
      select count(*)::integer as all, (count(*) filter (where predicted_at <= now() - :maturityMs * interval '1 millisecond'))::integer as matured
      from predictions where model = :model and version_id = :version and predicted_at >= cast(:from as timestamptz) and predicted_at < cast(:until as timestamptz)`,
      { model, version, from, until, maturityMs: label.maturityMs },
    ),
  ];
  const { all, matured } = counted.rows[0];
  const read = Math.min(matured, MOST_REQUESTS);
  return {
    requests: rows.map((row) => ({ ...row, outcome: Number(row.outcome), at: row.at.toISOString() })),
    unknown: all - matured + read - rows.length,
    beyond: matured - read,
  };
}
