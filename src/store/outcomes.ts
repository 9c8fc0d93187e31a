import type { Knex } from 'knex';

/**
 * The same value again is the same revision, another value is the next one, whatever the order of prediction and outcome. An
 * outcome received before the newest stored one changes nothing.
 */
const STORE = /* sql */ `
with incoming as (
  select distinct on (receipt_id) *
  from jsonb_to_recordset(?::jsonb) as record (receipt_id uuid, prediction_id uuid, kind text, value double precision,
    occurred_at timestamptz, received_at timestamptz, source text)
), newest as (
  select asked.prediction_id, asked.kind, known.revision, known.value, known.receipt_id
  from (select distinct prediction_id, kind from incoming) asked
  cross join lateral (select revision, value, receipt_id from outcomes
    where outcomes.prediction_id = asked.prediction_id and outcomes.kind = asked.kind order by revision desc limit 1) known
), later as (
  select incoming.*, coalesce(newest.revision, 0) as known_revision,
    lag(incoming.value, 1, newest.value) over (partition by prediction_id, kind order by incoming.receipt_id) as value_before
  from incoming left join newest using (prediction_id, kind)
  where newest.receipt_id is null or incoming.receipt_id > newest.receipt_id
), stored as (
  insert into outcomes (prediction_id, kind, revision, receipt_id, value, occurred_at, received_at, source)
  select prediction_id, kind, known_revision + row_number() over (partition by prediction_id, kind order by receipt_id), receipt_id,
    value, occurred_at, received_at, source
  from later where value is distinct from value_before
  returning 1
)
select count(*)::int as stored from stored`;

/** `lines`: outcome records as JSON texts. Answers how many new revisions they made. */
export async function insertOutcomes(transaction: Knex.Transaction, lines: readonly string[]): Promise<number> {
  // Revisions are counted, so batches of several gateways take turns.
  await transaction.raw('select pg_advisory_xact_lock(hashtext(?))', ['understudy outcomes']);
  const { rows } = await transaction.raw(STORE, [`[${lines.join(',')}]`]);
  return rows[0].stored;
}

/** Outcomes whose prediction nobody has logged, among those received in the given time and old enough to be past any spool. */
export async function unmatchedOutcomes(db: Knex, { withinMs, olderThanMs }: { withinMs: number; olderThanMs: number }): Promise<number> {
  const { rows } = await db.raw(
    /* sql */ `
    select count(distinct prediction_id)::int as unmatched from outcomes
    where received_at > now() - ? * interval '1 millisecond' and received_at < now() - ? * interval '1 millisecond'
      and not exists (select 1 from predictions where predictions.prediction_id = outcomes.prediction_id)`,
    [withinMs, olderThanMs],
  );
  return rows[0].unmatched;
}
