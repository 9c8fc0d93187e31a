/** Schedules follow the specs: made, changed or removed to say what a model's newest revision says. */
import { type Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Knex } from 'knex';
import { type ModelName, materializeScheduleId, materializeWorkflowId, scheduleId } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { currentSpec, modelNames } from '../store/specs.ts';
import { TASK_QUEUE } from './connect.ts';

export async function syncSchedules({ db, client }: { db: Knex; client: Client }): Promise<void> {
  for (const model of await modelNames(db)) {
    const { spec } = await currentSpec(db, model);
    await syncSchedule(client, model, spec);
  }
}

/** What is due by itself: retraining, and the online values of tables of events. */
export async function syncSchedule(client: Client, model: ModelName, spec: Spec): Promise<void> {
  const { everyMs } = spec.retraining;
  await keepSchedule(client, {
    id: scheduleId(model),
    everyMs,
    workflowType: 'requestRetraining',
    workflowId: `request:${model}`,
    input: { model, reason: `scheduled every ${Math.round((everyMs ?? 0) / 3_600_000)} h` },
  });
  await keepSchedule(client, {
    id: materializeScheduleId(model),
    everyMs: materializeEvery(spec),
    workflowType: 'materializeFeatures',
    workflowId: materializeWorkflowId(model),
    input: { model },
  });
}

/** A run has a twenty-fifth of the time to end in before values are stale: an hour, with the usual 25 hours. */
const DUE_AFTER = 0.96;

function materializeEvery({ features, events }: Pick<Spec, 'features' | 'events'>): number | null {
  const used = new Set(features.flatMap(({ derive }) => (derive?.kind === 'aggregate' ? [derive.table] : [])));
  const limits = events.filter(({ name }) => used.has(name)).map(({ staleAfterMs }) => staleAfterMs);
  return limits.length === 0 ? null : Math.max(60_000, Math.round(Math.min(...limits) * DUE_AFTER));
}

interface Kept {
  readonly id: string;
  /** Null: no schedule. */
  readonly everyMs: number | null;
  readonly workflowType: string;
  /** Temporal adds the time to it. */
  readonly workflowId: string;
  readonly input: object;
}

async function keepSchedule(client: Client, { id, everyMs, workflowType, workflowId, input }: Kept): Promise<void> {
  const handle = client.schedule.getHandle(id);
  if (everyMs === null) return handle.delete().catch(unlessMissing);
  const current = await handle.describe().catch(unlessMissing);
  if (current && current.memo?.everyMs === everyMs) return;
  if (current) await handle.delete();
  await client.schedule.create({
    scheduleId: id,
    // The offset makes the first run come one whole interval from now, not at the next multiple since 1970.
    spec: { intervals: [{ every: everyMs, offset: Date.now() % everyMs }] },
    action: { type: 'startWorkflow', workflowType, workflowId, taskQueue: TASK_QUEUE, args: [input] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1d' },
    memo: { everyMs },
  });
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof ScheduleNotFoundError) return undefined;
  throw error;
}
