import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { modelName } from '../../src/domain/ids.ts';
import { acknowledgements, gatewaysMissing } from '../../src/store/gateways.ts';
import { aStage, eventually, first, type Stage, second } from '../support/gateway.ts';
import { anInstance, writeRoute } from '../support/served-model.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await aStage();
});
afterEach(() => stage.close());

const db = () => stage.database.db;
const churn = modelName('churn');
const many = (count: number) => ({ instances: Array.from({ length: count }, (_, n) => ({ entity: `c-${n}`, features: anInstance() })) });

test('no challenger answer is logged after its rollback was acknowledged, under load', async () => {
  const gateway = await stage.start();
  for (let round = 0; round < 3; round++) {
    await gateway.obeys(await writeRoute(db(), 'churn', { challenger: second, shareBps: 5_000, heldBy: `rollout-${round}` }));
    let isRunning = true;
    const load = Array.from({ length: 4 }, async () => {
      while (isRunning) expect((await gateway.predict(many(20))).status).toBe(200);
    });
    await eventually(async () =>
      expect(
        await db()('predictions')
          .where({ rollout_id: `rollout-${round}`, version_id: second })
          .first(),
      ).toBeDefined(),
    );
    const stamp = await writeRoute(db(), 'churn', { challenger: null, shareBps: 0, heldBy: null, raiseEpoch: true });
    await gateway.obeys(stamp);
    const [{ acknowledged_at: acknowledgedAt }] = await db()('gateway_routes').where({ model: 'churn' });
    isRunning = false;
    await Promise.all(load);
    await eventually(async () => expect((await gateway.get('/metrics')).body).toMatch(/understudy_spool_bytes 0\n/));
    const late = await db()('predictions')
      .where({ version_id: second })
      .andWhere('predicted_at', '>', acknowledgedAt)
      .count('* as n')
      .first();
    expect(late?.n).toBe(0);
  }
});

test('a rollback is obeyed within moments of being written, and by every gateway that lives', async () => {
  const gateways = [await stage.start(), await stage.start({ id: 'gateway-b' })];
  const on = await writeRoute(db(), 'churn', { challenger: second, shareBps: 5_000, heldBy: 'rollout-1' });
  for (const gateway of gateways) await gateway.obeys(on);
  const off = await writeRoute(db(), 'churn', { challenger: null, shareBps: 0, heldBy: null, raiseEpoch: true });
  await eventually(async () => expect(await gatewaysMissing(db(), { model: churn, ...off, seenWithinMs: 15_000 })).toEqual([]));
  const acknowledged = await acknowledgements(db(), { model: churn, ...off });
  expect(acknowledged.map(({ gateway }) => gateway).sort()).toEqual(['gateway-a', 'gateway-b']);
  for (const { afterMs } of acknowledged) expect(afterMs).toBeLessThan(1_000);
});

test('a corrupted challenger is named, answered by the champion and counted against; the gateway takes it on once it is whole again', async () => {
  const { artifact } = stage.versions[1]!;
  const file = stage.artifacts.pathOf(artifact);
  const whole = await stage.artifacts.read(artifact);
  const damaged = Buffer.from(whole);
  damaged[damaged.length >> 1]! ^= 1;
  writeFileSync(file, damaged);
  const gateway = await stage.start();
  await gateway.obeys(await writeRoute(db(), 'churn', { challenger: second, shareBps: 5_000, heldBy: 'rollout-1' }));
  const { body } = await gateway.predict(many(50));
  const challengers = body.predictions.filter(({ arm }: { arm: string }) => arm === 'challenger');
  expect(challengers.length).toBeGreaterThan(5);
  for (const { version, fallback } of challengers) expect([version, fallback]).toEqual([first, 'challenger-not-loaded']);
  expect(stage.events.find(({ level }) => level === 'warning')?.sentence).toMatch(/churn@2 could not be loaded: .*was changed/);
  await eventually(async () =>
    expect(Number((await db()('rollout_traffic').where({ arm: 'challenger' }).sum('errors as n').first())?.n)).toBe(challengers.length),
  );
  writeFileSync(file, whole);
  await eventually(async () =>
    expect((await gateway.predict(many(50))).body.predictions.some(({ version }: { version: string }) => version === second)).toBe(true),
  );
});

test('with its champion corrupted a gateway says that it is not ready, and serves once the file is whole', async () => {
  const { artifact } = stage.versions[0]!;
  const whole = await stage.artifacts.read(artifact);
  writeFileSync(stage.artifacts.pathOf(artifact), whole.subarray(0, whole.length - 1));
  const gateway = await stage.start();
  await eventually(async () => expect((await gateway.get('/readyz')).body.reasons[0]).toMatch(/churn@1 could not be loaded/));
  expect((await gateway.get('/readyz')).status).toBe(503);
  expect((await gateway.predict(many(1))).status).toBe(404);
  writeFileSync(stage.artifacts.pathOf(artifact), whole);
  await eventually(async () => expect((await gateway.predict(many(1))).status).toBe(200));
});

test('a gateway that has stopped, and one that never acknowledged, are told apart', async () => {
  const one = await stage.start();
  const two = await stage.start({ id: 'gateway-b' });
  const stamp = await writeRoute(db(), 'churn', {});
  await one.obeys(stamp);
  await two.obeys(stamp);
  await two.stop();
  await db()('gateways').insert({ gateway_id: 'gateway-c', address: 'http://nowhere' });
  const newer = await writeRoute(db(), 'churn', {});
  await one.obeys(newer);
  expect(await gatewaysMissing(db(), { model: churn, ...newer, seenWithinMs: 15_000 })).toEqual(['gateway-c']);
});
