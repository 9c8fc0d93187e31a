/** What gateways read: aggregates of events by entity, with how far they go. */
import type { Knex } from 'knex';

export interface OnlineValues {
  readonly table: string;
  /** Null for an entity that has no row: nothing had happened. */
  readonly values: Readonly<Record<string, number>> | null;
  /** How far the values go, in milliseconds since 1970. */
  readonly asOf: number;
  readonly staleAfterMs: number;
  /** Definitions that have been materialised. */
  readonly keys: readonly string[];
}

/** By entity hash, one entry for each table of the model that has been materialised. One query, for a whole request. */
export async function readOnlineValues(db: Knex, model: string, hashes: readonly string[]): Promise<Map<string, OnlineValues[]>> {
  const { rows } = await db.raw<{ rows: OnlineRow[] }>(
    /* sql */ `
    select asked.entity_hash, watermarks.event_table, watermarks.keys, watermarks.stale_after_ms, online_values,
      extract(epoch from greatest(watermarks.as_of, online_features.as_of)) * 1000 as as_of_ms
    from unnest(?::text[]) asked (entity_hash)
    join feature_watermarks watermarks on watermarks.model = ? and watermarks.as_of is not null
    left join online_features on online_features.model = watermarks.model
      and online_features.event_table = watermarks.event_table and online_features.entity_hash = asked.entity_hash`,
    [[...hashes], model],
  );
  const found = new Map<string, OnlineValues[]>(hashes.map((hash) => [hash, []]));
  for (const row of rows) {
    found.get(row.entity_hash)?.push({
      table: row.event_table,
      values: row.online_values,
      asOf: Math.round(Number(row.as_of_ms)),
      staleAfterMs: Number(row.stale_after_ms),
      keys: row.keys,
    });
  }
  return found;
}

interface OnlineRow {
  entity_hash: string;
  event_table: string;
  keys: string[];
  stale_after_ms: number;
  online_values: Record<string, number> | null;
  as_of_ms: string;
}
