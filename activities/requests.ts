import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { type ModelName, retrainWorkflowId, type VersionId, watchWorkflowId } from '../src/domain/ids.ts';
import { recordEventOnce } from '../src/store/events.ts';
import type { RetrainingRequest } from '../workflows/messages.ts';

export interface RequestInput extends RetrainingRequest {
  readonly model: ModelName;
}

/** Workflows can't signal-with-start; these activities do. Repeats are harmless: requests carry an id, a watch is there or not. */
export function requestActivities({ db, client, taskQueue }: { db: Knex; client: Client; taskQueue: string }) {
  return {
    async requestRetraining({ model, ...request }: RequestInput): Promise<void> {
      await client.workflow.signalWithStart('retrainModel', {
        workflowId: retrainWorkflowId(model),
        taskQueue,
        args: [{ model }],
        signal: 'retrainRequested',
        signalArgs: [request],
        staticSummary: `Retrain ${model}: ${request.reason}`.slice(0, 200),
      });
      await recordEventOnce(db, model, {
        kind: 'retraining-requested',
        by: request.by,
        subject: model,
        summary: `${request.by} asked for a retraining: ${request.reason}`,
        details: { via: request.via, requestId: request.requestId },
        idempotencyKey: `requested:${request.requestId}`,
      });
    },

    async startWatch({ model, champion }: { model: ModelName; champion: VersionId }): Promise<void> {
      await client.workflow.signalWithStart('watchChampion', {
        workflowId: watchWorkflowId(model),
        taskQueue,
        args: [{ model }],
        signal: 'championChanged',
        signalArgs: [{ champion }],
        staticSummary: `Watch the champion of ${model}`,
      });
    },

    async recordIgnored(input: {
      model: ModelName;
      subject: string;
      message: string;
      by: string;
      why: string;
      key: string;
    }): Promise<void> {
      await recordEventOnce(db, input.model, {
        kind: 'message-ignored',
        by: input.by,
        subject: input.subject,
        summary: `${input.message} by ${input.by} changed nothing: ${input.why}`,
        details: { message: input.message, why: input.why },
        idempotencyKey: `ignored:${input.key}`,
      });
    },
  };
}
