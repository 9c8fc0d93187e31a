import type { Knex } from 'knex';
import pg from 'pg';
import { type Digest, digest, rolloutId, shareBps, type VersionId, versionId } from '../domain/ids.ts';
import type { Route } from '../domain/route.ts';

export interface VersionArtifacts {
  readonly version: VersionId;
  readonly artifact: Digest;
  readonly manifest: Digest;
}

/** Everything a gateway needs to serve a model: it keeps this on its disk for times without Postgres. */
export interface ServedRoute {
  readonly route: Route;
  readonly versions: readonly VersionArtifacts[];
  /** Features and inputs of the newest spec: applications may already send what only the next version knows. */
  readonly specFeatures: readonly string[];
  /** Columns that the newest spec calls personal; a route kept on disk by an earlier gateway says nothing of them. */
  readonly personal?: readonly string[];
}

export async function readRoutes(db: Knex): Promise<Route[]> {
  const rows: RouteRow[] = await db('routes').orderBy('model');
  return rows.map(routeFrom);
}

export async function readServedRoutes(db: Knex): Promise<ServedRoute[]> {
  const { rows } = await db.raw<{ rows: ServedRow[] }>(/* sql */ `
    select routes.*, spec_features, personal, (
      select jsonb_agg(jsonb_build_object('version', version_id, 'artifact', artifact_digest, 'manifest', manifest_digest))
      from model_versions where version_id in (routes.champion_id, challenger_id, hold_back_id)
    ) as versions
    from routes
    join models on models.name = routes.model
    left join lateral (
      select jsonb_path_query_array(spec, '$.features[*] \\? (!(exists(@.derive.kind)) || @.derive.kind == "aggregate").name') || jsonb_path_query_array(spec, '$.inputs[*].name') as spec_features, spec -> 'personal' as personal
      from spec_revisions where spec_revisions.model = routes.model and revision = current_revision
    ) newest on true
    order by routes.model`);
  return rows.map((row) => ({
    route: routeFrom(row),
    versions: (row.versions ?? []).map(({ version, artifact, manifest }) => ({
      version: versionId(version),
      artifact: digest(artifact),
      manifest: digest(manifest),
    })),
    specFeatures: row.spec_features ?? [],
    personal: row.personal ?? [],
  }));
}

export interface RouteListener {
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

/** Calls back whenever a route was written, and after each (re)connection, since something may have been missed meanwhile. */
export function listenForRoutes(url: string, onNotify: () => void): RouteListener {
  let closed = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  const connect = async (): Promise<void> => {
    const connection = new pg.Client({
      connectionString: url,
      application_name: 'understudy routes',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client = connection;
    connection.on('notification', onNotify);
    connection.on('error', () => undefined);
    connection.on('end', () => reconnectLater(connection));
    try {
      await connection.connect();
      await connection.query('listen routes');
      onNotify();
    } catch {
      reconnectLater(connection);
    }
  };

  const reconnectLater = (lost: pg.Client): void => {
    if (closed || client !== lost) return;
    client = undefined;
    lost.end().catch(() => undefined);
    retry = setTimeout(() => void connect(), RECONNECT_MS);
  };

  void connect();
  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}

interface VersionRow {
  version: string;
  artifact: string;
  manifest: string;
}

interface ServedRow extends RouteRow {
  versions: VersionRow[] | null;
  spec_features: string[] | null;
  personal: string[] | null;
}

interface RouteRow {
  model: string;
  champion_id: string;
  challenger_id: string | null;
  challenger_share_bps: number;
  salt: string;
  hold_back_id: string | null;
  hold_back_bps: number;
  held_by: string | null;
  revision: number;
  epoch: number;
}

function routeFrom(row: RouteRow): Route {
  return {
    model: row.model,
    champion: versionId(row.champion_id),
    challenger: row.challenger_id === null ? null : versionId(row.challenger_id),
    challengerShareBps: shareBps(row.challenger_share_bps),
    salt: row.salt,
    holdBack: row.hold_back_id === null ? null : versionId(row.hold_back_id),
    holdBackBps: shareBps(row.hold_back_bps),
    heldBy: row.held_by === null ? null : rolloutId(row.held_by),
    revision: Number(row.revision),
    epoch: Number(row.epoch),
  };
}
