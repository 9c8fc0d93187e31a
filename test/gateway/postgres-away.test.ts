import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CuttableProxy, cuttableProxy } from '../support/cuttable-proxy.ts';
import { aStage, eventually, first, type RunningGateway, type Stage, second } from '../support/gateway.ts';
import { anInstance, writeRoute } from '../support/served-model.ts';

let stage: Stage;
let way: CuttableProxy;
beforeEach(async () => {
  stage = await aStage();
  way = await cuttableProxy(stage.database.url);
});
afterEach(async () => {
  await stage.close();
  await way.close();
});

const db = () => stage.database.db;
const many = (from: number, count: number) => ({
  instances: Array.from({ length: count }, (_, n) => ({ entity: `c-${from + n}`, features: anInstance() })),
});
const idsOf = (body: { predictions: { predictionId: string }[] }) => body.predictions.map(({ predictionId }) => predictionId);
const storedIds = async () => new Set<string>(await db()('predictions').pluck('prediction_id'));
const spooled = async (gateway: RunningGateway) => Number(/understudy_spool_bytes (\d+)/.exec((await gateway.get('/metrics')).body)?.[1]);
const serves = (gateway: RunningGateway) => eventually(async () => expect((await gateway.predict(many(0, 1))).status).toBe(200));

test('while Postgres is away everything is answered and kept; when it is back everything is there, once', async () => {
  const gateway = await stage.start({ databaseUrl: way.url });
  await serves(gateway);
  way.cut();
  const answered: string[] = [];
  for (let n = 0; n < 20; n++) {
    const { status, body } = await gateway.predict(many(n * 100, 100));
    expect(status).toBe(200);
    answered.push(...idsOf(body));
    const outcomes = idsOf(body).map((predictionId) => ({ predictionId, kind: 'converted', value: 1 }));
    expect((await gateway.post('/v1/outcomes', { outcomes })).status).toBe(202);
  }
  expect(await spooled(gateway)).toBeGreaterThan(500_000);
  expect((await gateway.get('/readyz')).status).toBe(200);
  way.mend();
  await eventually(async () => expect(await spooled(gateway)).toBe(0));
  const stored = await storedIds();
  expect(answered.filter((id) => !stored.has(id))).toEqual([]);
  expect((await db()('outcomes').count('* as n').first())?.n).toBe(2_000);
  expect(Number((await db()('traffic_minutes').sum('predictions as n').first())?.n)).toBe(stored.size);
});

test('without contact for longer than the lease the champion answers alone; with contact the challenger is back', async () => {
  const gateway = await stage.start({ databaseUrl: way.url, routeLeaseMs: 300 });
  const stamp = await writeRoute(db(), 'churn', { challenger: second, shareBps: 5_000, heldBy: 'rollout-1' });
  await gateway.obeys(stamp);
  const versions = async () =>
    new Set((await gateway.predict(many(0, 100))).body.predictions.map(({ version }: { version: string }) => version));
  way.cut();
  await eventually(async () => expect(await versions()).toEqual(new Set([first])));
  const { body } = await gateway.predict(many(0, 100));
  const fallbacks = body.predictions
    .filter(({ arm }: { arm: string }) => arm === 'challenger')
    .map(({ fallback }: { fallback: string }) => fallback);
  expect(new Set(fallbacks)).toEqual(new Set(['lease-expired']));
  way.mend();
  await gateway.stop();
  // Nobody's error: an outage of Postgres must not take a challenger down.
  expect(Number((await db()('rollout_traffic').sum('errors as n').first())?.n)).toBe(0);
});

test('a gateway that starts while Postgres is away serves its last good route, with the champion alone, and ships later', async () => {
  const before = await stage.start({ databaseUrl: way.url });
  await before.obeys(await writeRoute(db(), 'churn', { challenger: second, shareBps: 5_000, heldBy: 'rollout-1' }));
  await before.stop();
  way.cut();
  const gateway = await stage.start({ databaseUrl: way.url });
  const { status, body } = await gateway.predict(many(0, 50));
  expect(status).toBe(200);
  expect(new Set(body.predictions.map(({ version }: { version: string }) => version))).toEqual(new Set([first]));
  expect((await gateway.get('/readyz')).status).toBe(200);
  way.mend();
  await eventually(async () => expect((await storedIds()).size).toBe(50));
});

test('a gateway that has never known a route says that it is not ready, and becomes ready when Postgres comes', async () => {
  way.cut();
  const gateway = await stage.start({ databaseUrl: way.url });
  const { status, body } = await gateway.get('/readyz');
  expect(status).toBe(503);
  expect(body.reasons).toEqual(['Postgres has not answered yet, and there is no last good route on disk']);
  expect((await gateway.get('/healthz')).status).toBe(200);
  way.mend();
  await serves(gateway);
  expect((await gateway.get('/readyz')).status).toBe(200);
});

test('a full spool refuses to answer what it could not log, and answers again once Postgres takes the log', async () => {
  const gateway = await stage.start({ databaseUrl: way.url, spoolLimitBytes: 200_000 });
  await serves(gateway);
  way.cut();
  const answered: string[] = [];
  let refused = 0;
  while (refused < 3) {
    const { status, body } = await gateway.predict(many(0, 100));
    if (status === 200) answered.push(...idsOf(body));
    else {
      refused += 1;
      expect(status).toBe(503);
      expect(body.error).toMatch(/nothing can be logged/);
    }
  }
  way.mend();
  await serves(gateway);
  await eventually(async () => expect(await spooled(gateway)).toBe(0));
  const stored = await storedIds();
  expect(answered.length).toBeGreaterThan(100);
  expect(answered.filter((id) => !stored.has(id))).toEqual([]);
});
