/** Composition root of the training worker: CPU, artifacts, and no database. */
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { BEAT_MS } from '../../activities/heartbeats.ts';
import { trainingActivities } from '../../activities/training.ts';
import type { Config } from '../config.ts';
import { armFaultHooks } from '../fault-hooks.ts';
import { connectWorker, dataConverter, TRAINING_QUEUE } from '../temporal/connect.ts';
import { FailureInterceptor } from '../temporal/failure-interceptor.ts';
import { logInOneLine } from '../temporal/logging.ts';
import { superviseRun, type WorkerHandle } from './supervise.ts';

export async function startTrainingWorker(config: Config, say: (message: string) => void): Promise<WorkerHandle> {
  armFaultHooks(config.hooksDir);
  logInOneLine(say);
  const stopping = new AbortController();
  const connection = await connectWorker({ address: config.temporalAddress, onWaiting: say, signal: stopping.signal });
  const worker = await Worker.create({
    connection,
    namespace: config.temporalNamespace,
    taskQueue: TRAINING_QUEUE,
    activities: trainingActivities({ artifactsUrl: config.artifactsUrl, workDir: path.join(config.stateDir, 'work') }),
    dataConverter: dataConverter(),
    interceptors: { activity: [() => ({ inbound: new FailureInterceptor() })] },
    // One training at a time uses the cores it has.
    maxConcurrentActivityTaskExecutions: 1,
    maxHeartbeatThrottleInterval: BEAT_MS,
    shutdownGraceTime: '2s',
    shutdownForceTime: '5s',
  });
  say(`training worker is ready on task queue ${TRAINING_QUEUE}`);
  return superviseRun(worker, async () => {
    stopping.abort();
    await connection.close();
  });
}
