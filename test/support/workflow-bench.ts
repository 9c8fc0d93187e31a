/**
 * Real workflow code on the real development server, with fake activities: for tests about the order of effects. Every bench has
 * a task queue and workflow ids of its own.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../activities/index.ts';

const WORKFLOWS = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../workflows/index.ts');

Runtime.install({ logger: new DefaultLogger('ERROR') });

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: quiet });
  return bundle;
}

const nothing = () => undefined;
const quiet = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

export type FakeActivities = {
  [Name in keyof Activities]?: (...args: Parameters<Activities[Name]>) => Promise<Awaited<ReturnType<Activities[Name]>>>;
};

export interface Bench {
  readonly client: Client;
  readonly taskQueue: string;
  /** Starts a workflow of the bench under a fresh id. */
  start(type: string, args: readonly unknown[], workflowId?: string): Promise<WorkflowHandle>;
  close(): Promise<void>;
}

/** `cached: 0` makes every workflow task replay from the start, so that a slip of determinism shows. */
export async function aBench(activities: FakeActivities, { cached = 100, taskQueue = `bench-${randomUUID()}` } = {}): Promise<Bench> {
  const address = inject('temporalAddress');
  const [connection, native] = await Promise.all([Connection.connect({ address }), NativeConnection.connect({ address })]);
  const client = new Client({ connection });
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities,
    maxCachedWorkflows: cached,
    ...(cached === 0 ? { maxConcurrentWorkflowTaskExecutions: 2 } : {}),
    shutdownForceTime: '1s',
  });
  const run = worker.run();
  const started: WorkflowHandle[] = [];
  return {
    client,
    taskQueue,
    start: async (type, args, workflowId = `bench-${randomUUID()}`) => {
      const handle = await client.workflow.start(type, { taskQueue, workflowId, args: [...args], workflowTaskTimeout: '10s' });
      started.push(handle);
      return handle;
    },
    close: async () => {
      await Promise.allSettled(started.map((handle) => handle.terminate('the test is over')));
      worker.shutdown();
      await run.catch(nothing);
      await Promise.allSettled([connection.close(), native.close()]);
    },
  };
}
