/** Retraining schedules follow the specs: one a model, made, changed or removed to say what its newest revision says. */
import { type Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Knex } from 'knex';
import { type ModelName, scheduleId } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { currentSpec, modelNames } from '../store/specs.ts';
import { TASK_QUEUE } from './connect.ts';

export async function syncSchedules({ db, client }: { db: Knex; client: Client }): Promise<void> {
  for (const model of await modelNames(db)) {
    const { spec } = await currentSpec(db, model);
    await syncSchedule(client, model, spec);
  }
}

export async function syncSchedule(client: Client, model: ModelName, spec: Spec): Promise<void> {
  const { everyMs } = spec.retraining;
  const handle = client.schedule.getHandle(scheduleId(model));
  if (everyMs === null) return handle.delete().catch(unlessMissing);
  const current = await handle.describe().catch(unlessMissing);
  if (current && current.memo?.everyMs === everyMs) return;
  if (current) await handle.delete();
  await client.schedule.create({
    scheduleId: scheduleId(model),
    // The offset makes the first run come one whole interval from now, not at the next multiple since 1970.
    spec: { intervals: [{ every: everyMs, offset: Date.now() % everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'requestRetraining',
      workflowId: `request:${model}`,
      taskQueue: TASK_QUEUE,
      args: [{ model, reason: `scheduled every ${Math.round(everyMs / 3_600_000)} h` }],
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1d' },
    memo: { everyMs },
  });
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof ScheduleNotFoundError) return undefined;
  throw error;
}
