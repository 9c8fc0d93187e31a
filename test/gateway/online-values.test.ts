import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { modelName, type VersionId, versionId } from '../../src/domain/ids.ts';
import type { Aggregate } from '../../src/features/aggregates.ts';
import type { Encoder } from '../../src/features/encoder.ts';
import { completeMaterialisation, openMaterialisation, writeOnlineValues } from '../../src/store/materialisations.ts';
import { cuttableProxy } from '../support/cuttable-proxy.ts';
import { aStage, eventually, type RunningGateway, type Stage } from '../support/gateway.ts';
import { anEncoder, anInstance, aVersion, registerModel, writeRoute } from '../support/served-model.ts';

const HOUR = 3_600_000;
const aggregate = (name: Aggregate['function'], more: Partial<Aggregate> = {}): Aggregate => ({
  kind: 'aggregate',
  table: 'orders',
  function: name,
  column: null,
  windowMs: null,
  otherwise: null,
  ...more,
});
const orders = aggregate('count', { otherwise: 0 });
const days = aggregate('days-since', { windowMs: 30 * 24 * HOUR });

/** Two aggregates beside the four usual inputs. */
function withAggregates(): Encoder {
  const encoder = anEncoder(['orders', 'days']);
  const online: Record<string, Aggregate> = { orders, days };
  return { ...encoder, inputs: encoder.inputs.map((input) => ({ ...input, ...(online[input.name] && { online: online[input.name] }) })) };
}

let stage: Stage;
let gateway: RunningGateway;
const shop = 'shop';
const version: VersionId = versionId('shop@1');
const hashOf = (entity: string) => createHmac('sha256', 'the key of the tests').update(entity).digest('hex').slice(0, 32);

beforeEach(async () => {
  stage = await aStage();
  const artifacts = await aVersion(stage.artifacts, version, { encoder: withAggregates() });
  await registerModel(stage.database.db, shop, [artifacts]);
  await writeRoute(stage.database.db, shop, { champion: version });
});
afterEach(() => stage.close());

async function serve(changes: Parameters<Stage['start']>[0] = {}): Promise<void> {
  // What is tested is what is read, not how busy the machine is.
  gateway = await stage.start({ onlineReadWithinMs: 20_000, ...changes });
  await eventually(async () => expect((await gateway.post(`/v1/models/${shop}/predict`, { features: anInstance() })).status).toBe(200));
}

const ask = async (body: object) => (await gateway.post(`/v1/models/${shop}/predict`, body)).body;
const logged = (predictionId: string) =>
  eventually(async () => {
    const row = await stage.database.db('predictions').where({ prediction_id: predictionId }).first();
    if (!row) throw new Error('not shipped yet');
    return row;
  });

async function materialised(
  values: Record<string, Record<string, number>>,
  { asOf = Date.now(), keys = ['orders.count()', 'orders.days-since() over 30d'] } = {},
) {
  const opening = {
    materialisationId: `m-${asOf}`,
    model: modelName(shop),
    table: 'orders',
    staleAfterMs: 2 * HOUR,
    keys,
    asOf,
    range: null,
  };
  const { fence } = await openMaterialisation(stage.database.db, opening);
  const rows = Object.entries(values).map(([entity, each]) => ({ hash: hashOf(entity), values: each }));
  await writeOnlineValues(stage.database.db, { ...opening, fence, rows });
  await completeMaterialisation(stage.database.db, { ...opening, fence, events: 1, newestEventAt: null });
}

test('what a request leaves out is read by its entity, told with its age, and logged as it was used', async () => {
  await serve();
  const last = Date.now() - 48 * HOUR;
  await materialised({ ann: { 'orders.count()': 7, 'orders.days-since() over 30d': last } });
  const answer = await ask({ entity: 'ann', features: anInstance() });
  expect(answer).toMatchObject({ version, online: [{ table: 'orders', stale: false }] });
  expect(answer.online[0].ageMs).toBeLessThan(HOUR);
  const row = await logged(answer.predictionId);
  expect(row.features).toMatchObject({ age: 34, orders: 7 });
  expect(row.features.days).toBeCloseTo(2, 3);
  expect(row.context).toEqual({ online: answer.online });
});

test('an entity to which nothing happened gets what the spec says of that; one without a name, and a request that says it all, read nothing', async () => {
  await serve();
  await materialised({});
  const unknown = await ask({ entity: 'stranger', features: anInstance() });
  expect((await logged(unknown.predictionId)).features).toMatchObject({ orders: 0, days: null });
  const nameless = await ask({ features: anInstance() });
  expect(nameless.online).toEqual([{ table: 'orders', asOf: null, ageMs: null, stale: false, notUsed: 'no-entity' }]);
  expect((await logged(nameless.predictionId)).features).toMatchObject({ orders: null, days: null });
  const told = await ask({ entity: 'ann', features: anInstance({ orders: 3, days: 1 }) });
  expect(told).not.toHaveProperty('online');
});

test('values beyond their time are served, and said to be stale', async () => {
  await serve();
  await materialised({ ann: { 'orders.count()': 7 } }, { asOf: Date.now() - 3 * HOUR });
  const answer = await ask({ entity: 'ann', features: anInstance() });
  expect(answer.online).toMatchObject([{ stale: true }]);
  expect((await logged(answer.predictionId)).features.orders).toBe(7);
});

test('a prediction for a moment of the past does not see values that are newer', async () => {
  await serve();
  await materialised({ ann: { 'orders.count()': 7 } });
  const at = new Date(Date.now() - 24 * HOUR).toISOString();
  const answer = await ask({ entity: 'ann', features: anInstance(), at });
  expect(answer.online).toMatchObject([{ notUsed: 'newer-than-the-prediction' }]);
  const row = await logged(answer.predictionId);
  expect(row.features.orders).toBeNull();
  expect(row.context.at).toBe(at);
});

test('a definition without values yet is missing, and does not keep the others back', async () => {
  await serve();
  expect((await ask({ entity: 'ann', features: anInstance() })).online).toMatchObject([{ notUsed: 'not-materialised' }]);
  await materialised({ ann: { 'orders.count()': 7 } }, { keys: ['orders.count()'] });
  const answer = await ask({ entity: 'ann', features: anInstance() });
  expect((await logged(answer.predictionId)).features).toMatchObject({ orders: 7, days: null });
});

test('a batch reads all of its entities at once', async () => {
  await serve();
  await materialised(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`c${index}`, { 'orders.count()': index }])));
  const { predictions } = await ask({
    instances: Array.from({ length: 200 }, (_, index) => ({ entity: `c${index}`, features: anInstance() })),
  });
  expect((await logged(predictions[123].predictionId)).features.orders).toBe(123);
});

test('without Postgres the answer comes all the same, in time, and says that nothing was read', async () => {
  const proxy = await cuttableProxy(stage.database.url);
  await serve({ databaseUrl: proxy.url, routeLeaseMs: 60_000, onlineReadWithinMs: 200 });
  await materialised({ ann: { 'orders.count()': 7 } });
  await eventually(async () => expect((await ask({ entity: 'ann', features: anInstance() })).online[0]).not.toHaveProperty('notUsed'));
  proxy.cut();
  const startedAt = performance.now();
  const answer = await ask({ entity: 'ann', features: anInstance() });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(answer).toMatchObject({ version, online: [{ notUsed: 'not-read' }] });
  await proxy.close();
});

test('what is derived is no business of a request, and an aggregate that the newest spec knows may be sent ahead', async () => {
  const derive = { kind: 'log', of: 'income' };
  const features = [{ name: 'log_income', derive }, { name: 'visits', derive: orders }, { name: 'old' }, { name: 'plain', derive: null }];
  await stage.database.db('spec_revisions').insert({
    model: shop,
    revision: 2,
    digest: 'e',
    yaml: '',
    spec: JSON.stringify({ features, inputs: [{ name: 'spend' }] }),
    applied_by: 'test',
  });
  await stage.database.db('models').where({ name: shop }).update({ current_revision: 2 });
  await serve();
  const refused = await gateway.post(`/v1/models/${shop}/predict`, { entity: 'ann', features: anInstance({ log_income: 3 }) });
  expect(refused).toMatchObject({ status: 400, body: { problems: [{ field: 'log_income' }] } });
  const ahead = { visits: 2, old: 1, plain: 1, spend: 3 };
  expect((await gateway.post(`/v1/models/${shop}/predict`, { entity: 'ann', features: anInstance(ahead) })).status).toBe(200);
});
