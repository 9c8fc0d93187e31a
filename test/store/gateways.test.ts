import { afterEach, beforeEach, expect, test } from 'vitest';
import { modelName } from '../../src/domain/ids.ts';
import { acknowledgeRoute, announceGateway, gatewaySeen, gatewayStopped, gatewaysMissing } from '../../src/store/gateways.ts';
import { listenForRoutes, readRoutes, readServedRoutes } from '../../src/store/routes-reading.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { eventually, first, second } from '../support/gateway.ts';
import { registerModel, someDigest, writeRoute } from '../support/served-model.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(() => database.drop());

const db = () => database.db;
const churn = modelName('churn');
const missing = (revision: number, epoch: number) => gatewaysMissing(db(), { model: churn, revision, epoch, seenWithinMs: 10_000 });
const artifactsOf = (version: typeof first) => ({
  version,
  artifact: someDigest(`${version} artifact`),
  manifest: someDigest(`${version} manifest`),
});

test('a gateway is missing until it has acknowledged this route or a newer one; an epoch counts more than a revision', async () => {
  await announceGateway(db(), { gatewayId: 'a', address: 'http://a' });
  expect(await missing(5, 1)).toEqual(['a']);
  await acknowledgeRoute(db(), 'a', { model: 'churn', revision: 9, epoch: 0 });
  expect(await missing(5, 1)).toEqual(['a']);
  await acknowledgeRoute(db(), 'a', { model: 'churn', revision: 6, epoch: 1 });
  expect(await missing(5, 1)).toEqual([]);
  await acknowledgeRoute(db(), 'a', { model: 'churn', revision: 5, epoch: 1 });
  expect(await missing(6, 1)).toEqual([]);
});

test('a gateway that stopped, or that nobody has seen for longer than a lease, is not waited for', async () => {
  for (const gatewayId of ['a', 'b', 'c']) await announceGateway(db(), { gatewayId, address: 'http://x' });
  await gatewayStopped(db(), 'b');
  await db()('gateways')
    .where({ gateway_id: 'c' })
    .update({ last_seen_at: new Date(Date.now() - 60_000) });
  expect(await missing(1, 0)).toEqual(['a']);
  await gatewaySeen(db(), 'c');
  expect(await missing(1, 0)).toEqual(['a', 'c']);
});

test('a heartbeat answers the database time, and nothing for a gateway it does not know', async () => {
  expect(await gatewaySeen(db(), 'nobody')).toBeNull();
  const announced = await announceGateway(db(), { gatewayId: 'a', address: 'http://a' });
  expect(Math.abs(announced - Date.now())).toBeLessThan(5_000);
  expect((await gatewaySeen(db(), 'a'))! - announced).toBeGreaterThanOrEqual(0);
});

test('routes are read with what is needed to load their versions and to know the newest fields', async () => {
  await registerModel(db(), 'churn', [artifactsOf(first), artifactsOf(second)], ['age', 'plan']);
  await writeRoute(db(), 'churn', { champion: first, challenger: second, shareBps: 500, heldBy: 'rollout-1' });
  const [route] = await readRoutes(db());
  expect(route).toMatchObject({
    model: 'churn',
    champion: first,
    challenger: second,
    challengerShareBps: 500,
    heldBy: 'rollout-1',
    epoch: 0,
  });
  const [served] = await readServedRoutes(db());
  expect(served).toMatchObject({ route, specFeatures: ['age', 'plan'], personal: [] });
  expect([...served!.versions].sort((a, b) => (a.version < b.version ? -1 : 1))).toEqual([artifactsOf(first), artifactsOf(second)]);
});

test('a listener hears every route that is written, and connects again when its connection is lost', async () => {
  await registerModel(db(), 'churn', [artifactsOf(first)]);
  let heard = 0;
  const listener = listenForRoutes(database.url, () => {
    heard += 1;
  });
  await eventually(() => expect(heard).toBe(1));
  await writeRoute(db(), 'churn', { champion: first });
  await eventually(() => expect(heard).toBe(2));
  await db().raw(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'understudy routes' and datname = current_database()`,
  );
  await eventually(() => expect(heard).toBe(3));
  await writeRoute(db(), 'churn', {});
  await eventually(() => expect(heard).toBe(4));
  await listener.close();
});
