import type { Knex } from 'knex';
import type { ModelName } from '../domain/ids.ts';

export interface GatewayAnnouncement {
  readonly gatewayId: string;
  readonly address: string;
}

/** Says that the gateway is there, and answers the database's time (ms since 1970): gateways date their records by it. */
export async function announceGateway(db: Knex, { gatewayId, address }: GatewayAnnouncement): Promise<number> {
  const { rows } = await db.raw(
    /* sql */ `
    insert into gateways (gateway_id, address) values (?, ?)
    on conflict (gateway_id) do update set address = excluded.address, started_at = now(), last_seen_at = clock_timestamp(), stopped_at = null
    returning extract(epoch from clock_timestamp()) * 1000 as now_ms`,
    [gatewayId, address],
  );
  return Number(rows[0].now_ms);
}

/** The heartbeat. Null when the database doesn't know this gateway (any more): it announces itself again then. */
export async function gatewaySeen(db: Knex, gatewayId: string): Promise<number | null> {
  const { rows } = await db.raw(
    /* sql */ `
    update gateways set last_seen_at = clock_timestamp(), stopped_at = null where gateway_id = ?
    returning extract(epoch from clock_timestamp()) * 1000 as now_ms`,
    [gatewayId],
  );
  return rows.length === 0 ? null : Number(rows[0].now_ms);
}

export async function gatewayStopped(db: Knex, gatewayId: string): Promise<void> {
  await db('gateways')
    .where({ gateway_id: gatewayId })
    .update({ stopped_at: db.raw('clock_timestamp()') });
}

export interface RouteStampOf {
  readonly model: string;
  readonly revision: number;
  readonly epoch: number;
}

/** The gateway obeys this route, and nothing that began under an older one is still under way. A late older stamp changes nothing. */
export async function acknowledgeRoute(db: Knex, gatewayId: string, { model, revision, epoch }: RouteStampOf): Promise<void> {
  await db.raw(
    /* sql */ `
    insert into gateway_routes as known (gateway_id, model, revision, epoch) values (?, ?, ?, ?)
    on conflict (gateway_id, model) do update
      set revision = excluded.revision, epoch = excluded.epoch, acknowledged_at = clock_timestamp()
      where (known.epoch, known.revision) < (excluded.epoch, excluded.revision)`,
    [gatewayId, model, revision, epoch],
  );
}

export interface AskedRoute {
  readonly model: ModelName;
  readonly revision: number;
  readonly epoch: number;
}

/** Live gateways that have not acknowledged at least this route. */
export async function gatewaysMissing(
  db: Knex,
  { model, revision, epoch, seenWithinMs }: AskedRoute & { seenWithinMs: number },
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { gateway_id: string }[] }>(
    /* sql */ `
    select gateways.gateway_id from gateways
    left join gateway_routes obeyed on obeyed.gateway_id = gateways.gateway_id and obeyed.model = ?
    where stopped_at is null and last_seen_at > clock_timestamp() - ? * interval '1 millisecond'
      and (obeyed.revision is null or (obeyed.epoch, obeyed.revision) < (?::bigint, ?::bigint))
    order by gateways.gateway_id`,
    [model, seenWithinMs, epoch, revision],
  );
  return rows.map((row) => row.gateway_id);
}

/** Who obeys at least this route, and how long after the model's route was written they said so. */
export async function acknowledgements(db: Knex, { model, revision, epoch }: AskedRoute): Promise<{ gateway: string; afterMs: number }[]> {
  const { rows } = await db.raw<{ rows: { gateway_id: string; after_ms: string }[] }>(
    /* sql */ `
    select obeyed.gateway_id, extract(epoch from obeyed.acknowledged_at - routes.written_at) * 1000 as after_ms
    from gateway_routes obeyed join routes using (model) join gateways using (gateway_id)
    where model = ? and (obeyed.epoch, obeyed.revision) >= (?::bigint, ?::bigint) and gateways.stopped_at is null
    order by obeyed.acknowledged_at`,
    [model, epoch, revision],
  );
  return rows.map((row) => ({ gateway: row.gateway_id, afterMs: Math.max(0, Number(row.after_ms)) }));
}
