/** Composition root of the lifecycle worker: reads nothing but its config, builds the dependencies, starts. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { BEAT_MS } from '../../activities/heartbeats.ts';
import { createActivities } from '../../activities/index.ts';
import { sourceQueries } from '../../activities/source-queries.ts';
import { openArtifacts } from '../artifacts/store.ts';
import type { Config } from '../config.ts';
import { armFaultHooks } from '../fault-hooks.ts';
import { openDatabase } from '../store/database.ts';
import { connectTemporal, connectWorker, dataConverter, TASK_QUEUE } from '../temporal/connect.ts';
import { FailureInterceptor } from '../temporal/failure-interceptor.ts';
import { logInOneLine } from '../temporal/logging.ts';
import { syncSchedules } from '../temporal/schedules.ts';
import { codeCommit, lockfileDigest } from './lineage.ts';
import { thisMachine } from './machine.ts';
import { superviseRun, type WorkerHandle } from './supervise.ts';

const WORKFLOWS = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../workflows/index.ts');

export async function startLifecycleWorker(config: Config, say: (message: string) => void): Promise<WorkerHandle> {
  armFaultHooks(config.hooksDir);
  logInOneLine(say);
  const stopping = new AbortController();
  const connection = await connectWorker({ address: config.temporalAddress, onWaiting: say, signal: stopping.signal });
  const db = openDatabase(config.databaseUrl, { applicationName: 'understudy lifecycle worker' });
  const { client, close } = await connectTemporal({
    address: config.temporalAddress,
    namespace: config.temporalNamespace,
    timeoutMs: 10_000,
  });
  const artifacts = openArtifacts(config.artifactsUrl);
  const activities = createActivities({
    db,
    artifacts,
    client,
    taskQueue: TASK_QUEUE,
    artifactsUrl: config.artifactsUrl,
    workDir: path.join(config.stateDir, 'work'),
    cataloguePath: config.cataloguePath,
    doorKeys: { personal: config.personalKey, entity: config.entityKey },
    fetchQuery: sourceQueries(config.sourceUrls),
    lineage: { codeCommit: codeCommit(config.codeCommit), lockfile: lockfileDigest(), machine: { ...thisMachine() } },
  });
  const worker = await Worker.create({
    connection,
    namespace: config.temporalNamespace,
    taskQueue: TASK_QUEUE,
    workflowsPath: WORKFLOWS,
    activities,
    dataConverter: dataConverter(),
    interceptors: { activity: [() => ({ inbound: new FailureInterceptor() })] },
    maxCachedWorkflows: 200,
    maxHeartbeatThrottleInterval: BEAT_MS,
    shutdownGraceTime: '2s',
    shutdownForceTime: '5s',
  });
  await syncSchedules({ db, client }).catch((error: unknown) =>
    say(`schedules could not be set now: ${error instanceof Error ? error.message : String(error)}`),
  );
  say(`lifecycle worker is ready on task queue ${TASK_QUEUE}`);
  return superviseRun(worker, async () => {
    stopping.abort();
    await Promise.allSettled([close(), connection.close(), db.destroy()]);
  });
}
