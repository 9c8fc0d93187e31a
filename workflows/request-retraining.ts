/** What a schedule starts. Schedules append a time to the workflow id and workflows can't signal-with-start, so an activity asks. */
import { workflowInfo } from '@temporalio/workflow';
import type { RequestRetrainingInput } from './messages.ts';
import { quickly } from './policies.ts';

export async function requestRetraining(input: RequestRetrainingInput): Promise<void> {
  const { workflowId } = workflowInfo();
  await quickly('Retrain: ask').requestRetraining({
    model: input.model,
    by: 'schedule',
    via: 'schedule',
    reason: input.reason,
    requestId: workflowId,
  });
}
