import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { requestActivities } from '../../activities/requests.ts';
import { materializeScheduleId, modelName, scheduleId } from '../../src/domain/ids.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { eventsOf } from '../../src/store/events.ts';
import { syncSchedule } from '../../src/temporal/schedules.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aModel, churn } from '../support/registry.ts';

let connection: Connection;
let client: Client;
let database: TestDatabase;
beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(() => connection.close());
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(() => database.drop());

const everyMs = (ms: number | null) => ({ retraining: { everyMs: ms }, features: [], events: [] }) as unknown as Spec;
const aName = () => modelName(`m-${randomUUID().slice(0, 8)}`);
const intervalOf = async (model: ReturnType<typeof aName>) => {
  const { spec } = await client.schedule.getHandle(scheduleId(model)).describe();
  return spec.intervals?.map(({ every }) => every);
};

test('a schedule follows its spec: made, left alone, changed, taken away', async () => {
  const model = aName();
  await syncSchedule(client, model, everyMs(3_600_000));
  expect(await intervalOf(model)).toEqual([3_600_000]);
  await syncSchedule(client, model, everyMs(3_600_000));
  await syncSchedule(client, model, everyMs(7_200_000));
  expect(await intervalOf(model)).toEqual([7_200_000]);
  await syncSchedule(client, model, everyMs(null));
  await expect(intervalOf(model)).rejects.toThrow();
  await syncSchedule(client, model, everyMs(null));
});

test('online values are due a little before they are stale, for the most impatient table in use', async () => {
  const model = aName();
  const scheduled = async () => {
    const { spec } = await client.schedule.getHandle(materializeScheduleId(model)).describe();
    return spec.intervals?.map(({ every }) => every);
  };
  const table = (name: string, hours: number) => ({ name, staleAfterMs: hours * 3_600_000 });
  const features = ['orders', 'visits'].map((each) => ({ derive: { kind: 'aggregate', table: each } }));
  const spec = { ...everyMs(null), features, events: [table('orders', 25), table('visits', 50), table('unused', 1)] } as unknown as Spec;
  await syncSchedule(client, model, spec);
  expect(await scheduled()).toEqual([24 * 3_600_000]);
  await syncSchedule(client, model, everyMs(null));
  await expect(scheduled()).rejects.toThrow();
});

test('the first scheduled run is one whole interval away, not at the next multiple since 1970', async () => {
  const model = aName();
  const week = 7 * 86_400_000;
  await syncSchedule(client, model, everyMs(week));
  const { info } = await client.schedule.getHandle(scheduleId(model)).describe();
  const first = info.nextActionTimes[0]?.getTime() ?? 0;
  expect(Math.abs(first - Date.now() - week)).toBeLessThan(60_000);
  await syncSchedule(client, model, everyMs(null));
});

test('a request repeated by a retry is one request in the audit trail, and starts one workflow', async () => {
  await aModel(database.db);
  const activities = requestActivities({ db: database.db, client, taskQueue: `nobody-${randomUUID()}` });
  const request = { model: churn, by: 'watch', via: 'watch', reason: 'PSI of age 0.31', requestId: 'watch:churn:1' } as const;
  await activities.requestRetraining(request);
  await activities.requestRetraining(request);
  const handle = client.workflow.getHandle('retrain:churn');
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionStartedEventAttributes)).toHaveLength(1);
  expect((await eventsOf(database.db, churn)).filter(({ kind }) => kind === 'retraining-requested')).toHaveLength(1);
  await handle.terminate('the test is over');
});
