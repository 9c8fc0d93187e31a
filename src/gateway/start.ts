/** Puts a gateway together and starts it. It needs artifacts; Postgres only softly, also at the start. */
import { createSecretKey } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Knex } from 'knex';
import { openArtifacts } from '../artifacts/store.ts';
import { Failure } from '../failures.ts';
import { openDatabase } from '../store/database.ts';
import { acknowledgeRoute, gatewayStopped } from '../store/gateways.ts';
import { storeLogBatch } from '../store/log-batches.ts';
import type { RecordKind } from '../store/log-records.ts';
import { readOnlineValues } from '../store/online-features.ts';
import { servingClock } from './clock.ts';
import { type Contact, keepContact } from './contact.ts';
import { lockFolder } from './folder-lock.ts';
import { readLastRoutes, rememberRoutes } from './last-routes.ts';
import { loadFromArtifacts } from './load-model.ts';
import { countPredictions, gatewayMetrics, SPOOL_ALARM_SHARE } from './metrics.ts';
import { modelCache } from './models.ts';
import { onlineReader, READ_WITHIN_MS } from './online-values.ts';
import { type Prediction, predictor } from './predicting.ts';
import { rememberedAnswers } from './remembered-answers.ts';
import { type RouteBook, routeBook } from './routes.ts';
import { gatewayServer } from './server.ts';
import { createShadow } from './shadow.ts';
import { startShipper } from './shipper.ts';
import { Spool } from './spool.ts';
import { timeOrderedIds } from './time-ordered-id.ts';

export interface GatewayConfig {
  readonly databaseUrl: string;
  readonly artifactsUrl: string;
  readonly entityKey: string;
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Each gateway has a folder of its own in it. */
  readonly spoolDir: string;
  readonly routeLeaseMs: number;
  readonly challengerTimeoutMs: number;
  readonly spoolLimitBytes?: number;
  /** How long an answer waits for aggregates that a request leaves out. */
  readonly onlineReadWithinMs?: number;
  /** One notable event in a sentence; never one a request. */
  readonly onEvent: (event: GatewayEvent) => void;
}

export interface GatewayEvent {
  readonly level: 'info' | 'warning';
  readonly sentence: string;
}

export interface Gateway {
  readonly url: string;
  /** Ends what is under way, ships what it can within the time, and says goodbye. */
  stop(): Promise<void>;
}

const SPOOL_LIMIT_BYTES = 2 * 1024 ** 3;
const SEGMENT_BYTES = 8 * 1024 ** 2;
const REMEMBERED_ANSWERS = 20_000;
const WAITING_COPIES = 20_000;
/** Small enough that a full house is answered within the time a client waits, large enough for bursts of batches. */
const MOST_UNDER_WAY = 128;
const LAST_SHIPPING_MS = 3_000;
const CLOSING_MS = 5_000;
const HOUSEKEEPING_MS = 1_000;

export async function startGateway(config: GatewayConfig): Promise<Gateway> {
  const folder = path.join(config.spoolDir, config.id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const undo: (() => unknown)[] = [lockFolder(folder)];
  try {
    return await startIn(folder, config, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function startIn(folder: string, config: GatewayConfig, undo: (() => unknown)[]): Promise<Gateway> {
  const { inform, warn } = voiceOf(config);
  // A pool each: a heartbeat must not wait behind a batch, nor an answer behind either.
  const controlDb = openDatabase(config.databaseUrl, { poolSize: 2, applicationName: `understudy ${config.id}` });
  const logDb = openDatabase(config.databaseUrl, { poolSize: 2, applicationName: `understudy ${config.id} log` });
  // An answer waits for this one, so a connection is ready before the first.
  const onlineDb = openDatabase(config.databaseUrl, { poolSize: 4, kept: 1, applicationName: `understudy ${config.id} online values` });
  void onlineDb.raw('select 1').catch(() => undefined);
  undo.push(() => Promise.race([Promise.all([controlDb, logDb, onlineDb].map((db) => db.destroy())), elapsed(1_000)]));
  const limitBytes = config.spoolLimitBytes ?? SPOOL_LIMIT_BYTES;
  const spool = new Spool({ folder, limitBytes, segmentBytes: SEGMENT_BYTES, onTrouble: warn });
  undo.push(() => spool.close());

  const clock = servingClock();
  const log = (kind: RecordKind, lines: readonly string[], atMs: number) => spool.append(kind, lines, atMs);
  const shared = {
    gatewayId: config.id,
    challengerTimeoutMs: config.challengerTimeoutMs,
    online: onlineReader({
      read: (model, hashes) => readOnlineValues(onlineDb, model, hashes),
      withinMs: config.onlineReadWithinMs ?? READ_WITHIN_MS,
    }),
    now: clock.now,
    nextId: timeOrderedIds(clock.now),
    log,
  };
  const routes = await routesFrom(folder, config, controlDb);

  // Known only once it listens, since its address is what it announces.
  let contact: Contact | null = null;
  let isStopping = false;
  let underWay = () => 0;
  const secondsSincePostgres = () => contact?.secondsSince() ?? Number.POSITIVE_INFINITY;
  const metrics = gatewayMetrics({
    spoolBytes: () => spool.waitingBytes,
    spoolLimitBytes: () => limitBytes,
    requestsUnderWay: () => underWay(),
    secondsSincePostgres,
  });
  const shadow = createShadow({ ...shared, capacity: WAITING_COPIES, onDropped: metrics.copiesDropped });
  const key = createSecretKey(Buffer.from(config.entityKey));
  const answers = rememberedAnswers<Prediction>(REMEMBERED_ANSWERS);
  const server = gatewayServer({
    ...shared,
    routes,
    metrics,
    predict: predictor({ ...shared, key, routes, shadow, answers, onPredicted: (model, made) => countPredictions(metrics, model, made) }),
    mostUnderWay: MOST_UNDER_WAY,
    onTrouble: warn,
    notReady: () => reasonsNotToServe({ isStopping, routes, hasContact: secondsSincePostgres() < Number.POSITIVE_INFINITY }),
  });
  underWay = server.underWay;
  const url = await listen(server.app, config);

  contact = keepContact({
    db: controlDb,
    databaseUrl: config.databaseUrl,
    gatewayId: config.id,
    address: url,
    routes,
    clock,
    onTrouble: warn,
  });
  const shipper = startShipper({
    spool,
    store: (batch) => storeLogBatch(logDb, batch),
    onShipped: (kind, { stored, rejected }) => {
      metrics.shipped(kind, stored, rejected);
      if (rejected > 0) warn(`${rejected} of the ${kind} were set aside: see the table rejected_records`);
    },
    onTrouble: warn,
  });
  const alarm = spoolAlarm(spool, warn);
  const housekeeping = setInterval(() => {
    void shadow.reportDrops();
    alarm();
  }, HOUSEKEEPING_MS);
  inform(`listens on ${url} as ${config.id}`);

  const stop = async (): Promise<void> => {
    isStopping = true;
    await Promise.race([server.app.close(), elapsed(CLOSING_MS)]);
    await Promise.race([shadow.idle(), elapsed(CLOSING_MS)]);
    clearInterval(housekeeping);
    await shadow.reportDrops();
    await contact.stop();
    await shipper.stop(LAST_SHIPPING_MS);
    await Promise.race([gatewayStopped(controlDb, config.id).catch(() => undefined), elapsed(1_000)]);
    const left = spool.waitingBytes;
    for (const step of undo.reverse()) await step();
    inform(left > 0 ? `stopped; ${left} bytes wait in the spool for the next start` : 'stopped; everything is in Postgres');
  };
  let stopped: Promise<void> | undefined;
  return {
    url,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** What the disk remembers is obeyed before the first request; Postgres is asked afterwards. */
async function routesFrom(folder: string, config: GatewayConfig, controlDb: Knex): Promise<RouteBook> {
  const { inform, warn } = voiceOf(config);
  const artifacts = openArtifacts(config.artifactsUrl);
  const routes = routeBook({
    cache: modelCache((version) => loadFromArtifacts(artifacts, version)),
    leaseMs: config.routeLeaseMs,
    acknowledge: (stamp) => acknowledgeRoute(controlDb, config.id, stamp),
    onObeyed: (obeyed, { route }) => {
      rememberRoutes(folder, obeyed);
      const challenger =
        route.challenger === null ? 'no challenger' : `challenger ${route.challenger} at ${route.challengerShareBps / 100} %`;
      inform(`${route.model}: obeys route ${route.epoch}.${route.revision}, champion ${route.champion}, ${challenger}`);
    },
    onTrouble: warn,
  });
  routes.offer(readLastRoutes(folder), null);
  await routes.settled();
  return routes;
}

interface Readiness {
  readonly isStopping: boolean;
  readonly routes: RouteBook;
  readonly hasContact: boolean;
}

function reasonsNotToServe({ isStopping, routes, hasContact }: Readiness): string[] {
  const isIgnorant = routes.models().length === 0 && !hasContact;
  return [
    ...(isStopping ? ['the gateway is stopping'] : []),
    ...(isIgnorant ? ['Postgres has not answered yet, and there is no last good route on disk'] : []),
    ...routes.unservedModels(),
  ];
}

async function listen(app: ReturnType<typeof gatewayServer>['app'], { host, port }: GatewayConfig): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new Failure(
      'GatewayUnavailable',
      `port ${port} on ${host} is taken: choose another with --port, or 0 for a free one`,
      { host, port },
      { cause },
    );
  }
  const { port: given } = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${given}`;
}

function voiceOf({ onEvent }: GatewayConfig): Record<'inform' | 'warn', (sentence: string) => void> {
  return { inform: (sentence) => onEvent({ level: 'info', sentence }), warn: (sentence) => onEvent({ level: 'warning', sentence }) };
}

/** Says once that the spool is nearly full, and again only after it was not. */
function spoolAlarm(spool: Spool, warn: (sentence: string) => void): () => void {
  let isRinging = false;
  return () => {
    const isFull = spool.waitingBytes > SPOOL_ALARM_SHARE * spool.limitBytes;
    if (isFull && !isRinging) {
      warn(
        `the spool is ${Math.round((100 * spool.waitingBytes) / spool.limitBytes)} % full; when it is full, nothing is answered any more`,
      );
    }
    isRinging = isFull;
  };
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
