/** A real gateway on a free port, with a database and artifacts of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { type ArtifactStore, openArtifacts } from '../../src/artifacts/store.ts';
import { type VersionId, versionId } from '../../src/domain/ids.ts';
import { type Gateway, type GatewayConfig, type GatewayEvent, startGateway } from '../../src/gateway/start.ts';
import type { VersionArtifacts } from '../../src/store/routes-reading.ts';
import { aDatabase, type TestDatabase } from './database.ts';
import { anEncoder, aVersion, registerModel, writeRoute } from './served-model.ts';

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly body: any;
}

export interface Stage {
  readonly database: TestDatabase;
  readonly artifacts: ArtifactStore;
  readonly folder: string;
  readonly versions: readonly VersionArtifacts[];
  readonly events: GatewayEvent[];
  /** Starts a gateway; several need ids of their own. */
  start(changes?: Partial<GatewayConfig>): Promise<RunningGateway>;
  close(): Promise<void>;
}

export interface RunningGateway extends Gateway {
  post(path: string, body: unknown): Promise<Answered>;
  predict(body: unknown): Promise<Answered>;
  get(path: string): Promise<Answered>;
  /** Waits until the gateway has acknowledged at least this route. */
  obeys(stamp: { revision: number; epoch: number }): Promise<void>;
}

export const first: VersionId = versionId('churn@1');
export const second: VersionId = versionId('churn@2');

/** The model churn with two versions, the first one being champion. The second one answers higher. */
export async function aStage(): Promise<Stage> {
  const database = await aDatabase();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gateway-'));
  const artifacts = openArtifacts(path.join(folder, 'artifacts'));
  const versions = [await aVersion(artifacts, first), await aVersion(artifacts, second, { bias: 1 })];
  const features = anEncoder().inputs.map(({ name }) => name);
  await registerModel(database.db, 'churn', versions, features);
  await writeRoute(database.db, 'churn', { champion: first });
  const events: GatewayEvent[] = [];
  const running: Gateway[] = [];
  return {
    database,
    artifacts,
    folder,
    versions,
    events,
    async start(changes = {}) {
      const gateway = await startGateway({
        databaseUrl: database.url,
        artifactsUrl: path.join(folder, 'artifacts'),
        entityKey: 'the key of the tests',
        id: 'gateway-a',
        host: '127.0.0.1',
        port: 0,
        spoolDir: path.join(folder, 'spool'),
        routeLeaseMs: 10_000,
        challengerTimeoutMs: 1_000,
        onEvent: (event) => events.push(event),
        ...changes,
      });
      running.push(gateway);
      return withCalls(gateway, database, changes.id ?? 'gateway-a');
    },
    async close() {
      await Promise.all(running.map((gateway) => gateway.stop()));
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function withCalls(gateway: Gateway, { db }: TestDatabase, id: string): RunningGateway {
  const post = (where: string, body: unknown) =>
    call(`${gateway.url}${where}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return {
    ...gateway,
    post,
    predict: (body) => post('/v1/models/churn/predict', body),
    get: (where) => call(`${gateway.url}${where}`),
    obeys: ({ revision, epoch }) =>
      eventually(async () => {
        const row = await db('gateway_routes').where({ gateway_id: id, model: 'churn' }).first();
        if (!row || Number(row.epoch) < epoch || (Number(row.epoch) === epoch && Number(row.revision) < revision))
          throw new Error(`not yet: ${JSON.stringify(row)}`);
      }),
  };
}

export async function call(url: string, options?: RequestInit): Promise<Answered> {
  const response = await fetch(url, options);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

/** Waits for what is about to become true. */
export function eventually<Result>(check: () => Promise<Result> | Result): Promise<Result> {
  return vi.waitFor(check, { timeout: 15_000, interval: 10 });
}
