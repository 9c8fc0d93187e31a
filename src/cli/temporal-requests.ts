/**
 * How a person's word reaches a workflow. An update is answered, but only by a living worker; a signal is kept by Temporal until
 * one lives. Without a worker the server would accept an update and may lose it, so nothing is sent then.
 */
import type { Client } from '@temporalio/client';
import type { Answer } from '../../workflows/messages.ts';
import type { Config } from '../config.ts';
import { withTemporal } from './connections.ts';
import { isFailureType } from '../failures.ts';
import { Refused } from './context.ts';

export interface Message {
  readonly workflowId: string;
  /** Of the update and of the signal. */
  readonly name: string;
  readonly payload: { readonly by: string; readonly reason: string };
}

/** A worker answers within a second; after this one is not there, whatever the server's list of pollers still says. */
const ANSWER_WITHIN_MS = 15_000;

/**
 * A worker that has just started is not in the server's list for a moment, and a rollout is written down a moment before its workflow
 * starts: whoever reads the one may ask for the other.
 */
const LOOKS = 6;
const BETWEEN_LOOKS_MS = 300;
const betweenLooks = () => new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));

export async function ask(config: Config, message: Message): Promise<Answer> {
  return withTemporal(config, async (client) => {
    await insistOnWorker(
      client,
      await taskQueueOf(client, message),
      "the message can't be answered now; add --signal to leave it for the next worker",
    );
    const { workflow } = client;
    const call = () => workflow.getHandle(message.workflowId).executeUpdate<Answer, [object]>(message.name, { args: [message.payload] });
    return client.withDeadline(Date.now() + ANSWER_WITHIN_MS, call).catch((error: unknown) => {
      throw refusalFrom(error, message);
    });
  });
}

export async function leave(config: Config, message: Message): Promise<void> {
  await withTemporal(config, async (client) => {
    await taskQueueOf(client, message);
    await client.workflow.getHandle(message.workflowId).signal(message.name, message.payload);
  });
}

/** The queue the workflow runs on; refuses when it doesn't run. */
async function taskQueueOf(client: Client, { workflowId, name }: Message): Promise<string> {
  let state = '';
  for (let look = 1; look <= LOOKS; look += 1) {
    if (look > 1) await betweenLooks();
    const found = await describedOrNull(client, workflowId);
    if (found?.status.name === 'RUNNING') return found.taskQueue;
    state = found === null ? 'is not known to Temporal' : `has ended (${found.status.name.toLowerCase()})`;
  }
  throw new Refused(`nobody can hear ${name}: the workflow ${workflowId} ${state}; see: understudy status`);
}

async function describedOrNull(client: Client, workflowId: string) {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  return client.workflow
    .getHandle(workflowId)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
}

export async function hasWorker(client: Client, taskQueue: string): Promise<boolean> {
  const described = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    // WORKFLOW; the enumeration itself lies in a package that is not ours to import.
    taskQueueType: 1,
  });
  return (described.pollers?.length ?? 0) > 0;
}

export async function insistOnWorker(client: Client, taskQueue: string, instead: string): Promise<void> {
  for (let look = 1; look <= LOOKS; look += 1) {
    if (await hasWorker(client, taskQueue)) return;
    await betweenLooks();
  }
  throw new Refused(`no lifecycle worker is running, so ${instead}`);
}

/** The sentence that the workflow, or the activity below it, gave as its reason. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // One of our failures is a sentence already; what caused it is for those who mend it.
  if ('type' in error && typeof error.type === 'string' && isFailureType(error.type)) return error.message;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

function refusalFrom(error: unknown, { name }: Message): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'WorkflowUpdateFailedError') return new Refused(reasonOf(error), { cause: error });
  if (error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError') {
    const seconds = ANSWER_WITHIN_MS / 1_000;
    return new Refused(
      `no worker answered ${name} within ${seconds} s; it may still arrive when one is back, so look at understudy status before repeating it`,
      { cause: error },
    );
  }
  return error;
}
