/** Writing online values: fenced, repeatable, and only complete when the watermark has moved. */
import type { Knex } from 'knex';
import type { ModelName } from '../domain/ids.ts';
import { Failure } from '../failures.ts';
import { recordEventOnce } from './events.ts';

export interface Opening {
  readonly materialisationId: string;
  readonly model: ModelName;
  readonly table: string;
  readonly staleAfterMs: number;
  readonly keys: readonly string[];
  /** How far the values shall go, in milliseconds since 1970. */
  readonly asOf: number;
  readonly range: { readonly from: number; readonly until: number } | null;
}

export interface Opened {
  readonly fence: number;
  /** How far the values will go, in milliseconds since 1970. */
  readonly asOfMs: number;
  /** How far they went before; null: every entity is to be written. */
  readonly sinceMs: number | null;
}

const at = (ms: number) => new Date(ms).toISOString();

/** Fences off whatever wrote this table before. Safe to repeat: the same materialisation keeps its fence. */
export async function openMaterialisation(db: Knex, opening: Opening): Promise<Opened> {
  const { materialisationId, model, table, staleAfterMs, keys, range } = opening;
  return db.transaction(async (transaction) => {
    const known = await transaction('materialisations')
      .where({ materialisation_id: materialisationId, event_table: table })
      .first('fence', 'as_of', 'since');
    if (known) return { fence: known.fence, asOfMs: known.as_of.getTime(), sinceMs: known.since?.getTime() ?? null };
    await transaction('feature_watermarks').insert({ model, event_table: table, stale_after_ms: staleAfterMs }).onConflict().ignore();
    const where = { model, event_table: table };
    const before = await transaction('feature_watermarks').where(where).forUpdate().first('fence', 'as_of', 'keys');
    const fence = before.fence + 1;
    await transaction('feature_watermarks').where(where).update({ fence, stale_after_ms: staleAfterMs });
    const reached: number | null = before.as_of?.getTime() ?? null;
    // A definition that is new has no values yet for entities to which nothing happens.
    const isSame = keys.every((key) => before.keys.includes(key));
    // Time does not go back: an earlier end of a range repairs values up to where they already go.
    const asOf = Math.max(opening.asOf, reached ?? opening.asOf);
    const since = isSame ? reached : null;
    await transaction('materialisations').insert({
      materialisation_id: materialisationId,
      ...where,
      fence,
      since: since === null ? null : at(since),
      as_of: at(asOf),
      range_from: range && at(range.from),
      range_until: range && at(range.until),
    });
    return { fence, asOfMs: asOf, sinceMs: since };
  });
}

export interface Batch {
  readonly materialisationId: string;
  readonly model: ModelName;
  readonly table: string;
  readonly fence: number;
  readonly asOf: number;
  readonly rows: readonly { readonly hash: string; readonly values: Readonly<Record<string, number>> }[];
}

/** Safe to repeat; refused once a later materialisation has begun. An entity's values never go back in time. */
export async function writeOnlineValues(db: Knex, { materialisationId, model, table, fence, asOf, rows }: Batch): Promise<void> {
  await db.transaction(async (transaction) => {
    await insistOnFence(transaction, { materialisationId, model, table, fence });
    await transaction.raw(
      /* sql */ `
      insert into online_features (model, event_table, entity_hash, online_values, as_of)
      select ?, ?, hash, online_values::jsonb, ?::timestamptz from unnest(?::text[], ?::text[]) written (hash, online_values)
      on conflict on constraint an_entity_has_one_row_a_table do update set online_values = excluded.online_values, as_of = excluded.as_of
      where online_features.as_of <= excluded.as_of`,
      [model, table, at(asOf), rows.map(({ hash }) => hash), rows.map(({ values }) => JSON.stringify(values))],
    );
  });
}

type Fenced = Pick<Batch, 'materialisationId' | 'model' | 'table' | 'fence'>;

async function insistOnFence(transaction: Knex.Transaction, { materialisationId, model, table, fence }: Fenced): Promise<void> {
  const row = await transaction('feature_watermarks').where({ model, event_table: table }).forShare().first('fence');
  if (row?.fence === fence) return;
  throw new Failure(
    'MaterialisationFenced',
    `a later materialisation of ${table} for ${model} has begun: expected fence ${fence}, found ${row?.fence ?? 'none'}; this one writes nothing more`,
    { materialisationId, model, table, expected: fence, found: row?.fence ?? null },
  );
}

export interface Closing extends Fenced {
  readonly asOf: number;
  readonly keys: readonly string[];
  readonly events: number;
  readonly newestEventAt: number | null;
}

/** From now on values go as far as `asOf`, and what they look like is written down. Safe to repeat. */
export async function completeMaterialisation(db: Knex, closing: Closing): Promise<void> {
  const { materialisationId, model, table, fence, asOf, keys, events, newestEventAt } = closing;
  await db.transaction(async (transaction) => {
    const mine = { materialisation_id: materialisationId, event_table: table };
    const { completed_at: completed } = await transaction('materialisations').where(mine).first('completed_at');
    if (completed !== null) return;
    await insistOnFence(transaction, { materialisationId, model, table, fence });
    const where = { model, event_table: table };
    await transaction('feature_watermarks')
      .where(where)
      .update({ as_of: at(asOf), keys: JSON.stringify(keys) });
    const written = await transaction('online_features').where(where).andWhere('as_of', at(asOf)).count('* as entities').first();
    await transaction('materialisations')
      .where(mine)
      .update({
        completed_at: transaction.fn.now(),
        events,
        entities_written: written?.entities ?? 0,
        newest_event_at: newestEventAt === null ? null : at(newestEventAt),
      });
    await transaction.raw(
      /* sql */ `
      insert into online_feature_figures (materialisation_id, event_table, key, entities, nulls, distinct_values)
      select ?, ?, key, count(online_values), count(online_values) - count(online_values -> key), count(distinct online_values -> key)
      from unnest(?::text[]) wanted (key) left join online_features on model = ? and event_table = ?
      group by key on conflict do nothing`,
      [materialisationId, table, [...keys], model, table],
    );
    await recordEventOnce(transaction, model, {
      kind: 'features-materialised',
      by: 'understudy',
      subject: materialisationId,
      summary: `online values of ${table} go up to ${at(asOf)} (${written?.entities ?? 0} entities written)`,
      details: { table, asOf: at(asOf), events, written: written?.entities ?? 0, keys },
      idempotencyKey: `materialised:${materialisationId}:${table}`,
    });
  });
}

export interface OnlineFigures {
  readonly table: string;
  readonly key: string;
  readonly asOf: string;
  readonly staleAfterMs: number;
  readonly entities: number;
  /** Share of entities without a value, 0 to 1. */
  readonly nulls: number;
  readonly distinctValues: number;
  /** The newest event that was known, or null. */
  readonly newestEventAt: string | null;
}

/** What the online values looked like when they were last written. */
export async function onlineFigures(db: Knex, model: string): Promise<OnlineFigures[]> {
  const { rows } = await db.raw<{ rows: FiguresRow[] }>(
    /* sql */ `
    select distinct on (figures.event_table, figures.key) figures.*, materialisations.as_of, materialisations.newest_event_at, stale_after_ms
    from online_feature_figures figures
    join materialisations using (materialisation_id, event_table)
    join feature_watermarks using (model, event_table)
    where model = ? order by figures.event_table, figures.key, materialisations.completed_at desc`,
    [model],
  );
  return rows.map((row) => ({
    table: row.event_table,
    key: row.key,
    asOf: row.as_of.toISOString(),
    staleAfterMs: Number(row.stale_after_ms),
    entities: Number(row.entities),
    nulls: Number(row.entities) === 0 ? 0 : Number(row.nulls) / Number(row.entities),
    distinctValues: Number(row.distinct_values),
    newestEventAt: row.newest_event_at?.toISOString() ?? null,
  }));
}

interface FiguresRow {
  event_table: string;
  key: string;
  entities: number;
  nulls: number;
  distinct_values: number;
  as_of: Date;
  newest_event_at: Date | null;
  stale_after_ms: number;
}
