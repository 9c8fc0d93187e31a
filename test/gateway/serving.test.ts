import { afterEach, beforeEach, expect, test } from 'vitest';
import { aStage, eventually, first, type RunningGateway, type Stage, second } from '../support/gateway.ts';
import { anInstance, writeRoute } from '../support/served-model.ts';

let stage: Stage;
let gateway: RunningGateway;
beforeEach(async () => {
  stage = await aStage();
  gateway = await stage.start();
  await eventually(async () => expect((await gateway.get('/readyz')).body.models).toEqual(['churn']));
});
afterEach(() => stage.close());

const db = () => stage.database.db;
const many = (count: number, changes: Record<string, unknown> = {}) => ({
  instances: Array.from({ length: count }, (_, n) => ({ entity: `c-${n}`, features: anInstance(), ...changes })),
});
const stored = async (table: string, count: number) => {
  await eventually(async () => expect(Number((await db()(table).count('* as n').first())?.n)).toBe(count));
  return db()(table).select('*');
};

async function applied(revision: number, spec: object): Promise<void> {
  await db()('spec_revisions').insert({ model: 'churn', revision, digest: 'e', yaml: '', spec: JSON.stringify(spec), applied_by: 'test' });
  await db()('models').where({ name: 'churn' }).update({ current_revision: revision });
}

test('what a context says of a personal column is not logged', async () => {
  await applied(2, { features: [{ name: 'brand_new' }], personal: ['phone'] });
  // Then it has heard of that revision.
  await eventually(async () => expect((await gateway.predict({ features: anInstance({ brand_new: 3 }) })).status).toBe(200));
  await gateway.predict({ entity: 'ann', features: anInstance(), context: { campaign: 'spring', phone: '+49 111 7771' } });
  const rows = await stored('predictions', 2);
  expect(rows.map(({ context }) => context)).toContainEqual({ campaign: 'spring', phone: '(personal)' });
});

test('a single instance is answered with score, id, version and arm, and is stored as it was answered', async () => {
  const { status, body } = await gateway.predict({ entity: 'ann', features: anInstance(), context: { campaign: 'spring' } });
  expect(status).toBe(200);
  expect(body).toMatchObject({ model: 'churn', version: first, arm: 'champion' });
  expect(body.score).toBeGreaterThan(0);
  const [row] = await stored('predictions', 1);
  expect(row).toMatchObject({
    prediction_id: body.predictionId,
    score: body.score,
    version_id: first,
    arm: 'champion',
    features: anInstance(),
    gateway_id: 'gateway-a',
  });
  expect(row.context).toEqual({ campaign: 'spring' });
  expect(JSON.stringify(row)).not.toContain('ann');
  expect(row.rollout_id).toBeNull();
});

test('a batch is answered in its order, by arm, and both versions have scored every row once', async () => {
  await gateway.obeys(await writeRoute(db(), 'churn', { challenger: second, shareBps: 2_500, heldBy: 'rollout-1' }));
  const { body } = await gateway.predict(many(200));
  expect(body.predictions).toHaveLength(200);
  const arms = new Set(body.predictions.map(({ arm }: { arm: string }) => arm));
  expect(arms).toEqual(new Set(['champion', 'control', 'challenger']));
  for (const { arm, version, score } of body.predictions) {
    expect(version).toBe(arm === 'challenger' ? second : first);
    expect(score > 0.5).toBe(arm === 'challenger');
  }
  await stored('predictions', 200);
  const pairs = await stored('shadow_pairs', 200);
  for (const pair of pairs) {
    expect(pair.failure).toBeNull();
    expect(pair.challenger_score).toBeGreaterThan(pair.champion_score);
  }
  const traffic = await db()('rollout_traffic').select('arm').sum('predictions as n').groupBy('arm').orderBy('arm');
  expect(traffic.map(({ arm }) => arm)).toEqual(['challenger', 'control']);
  expect((await db()('rollout_entities').count('* as n').first())?.n).toBe(traffic.reduce((sum, { n }) => sum + Number(n), 0));
});

test('in the shadow nobody hears the challenger, and its failures are kept as pairs without a score', async () => {
  await gateway.obeys(await writeRoute(db(), 'churn', { challenger: second, shareBps: 0, heldBy: 'rollout-1' }));
  const { body } = await gateway.predict(many(50));
  expect(new Set(body.predictions.map(({ version }: { version: string }) => version))).toEqual(new Set([first]));
  expect((await stored('shadow_pairs', 50)).every(({ challenger_score }) => challenger_score > 0.5)).toBe(true);
});

test('entities come back to the same arm, also after the share was raised', async () => {
  await gateway.obeys(await writeRoute(db(), 'churn', { challenger: second, shareBps: 500, heldBy: 'rollout-1' }));
  const before = (await gateway.predict(many(300))).body.predictions;
  expect((await gateway.predict(many(300))).body.predictions.map(({ arm }: { arm: string }) => arm)).toEqual(
    before.map(({ arm }: { arm: string }) => arm),
  );
  await gateway.obeys(await writeRoute(db(), 'churn', { shareBps: 5_000 }));
  const after = (await gateway.predict(many(300))).body.predictions;
  before.forEach(({ arm }: { arm: string }, index: number) => {
    if (arm !== 'champion') expect(after[index].arm).toBe(arm);
  });
});

test('a request that is repeated with its id gets the same answer and is logged once', async () => {
  const asked = { entity: 'ann', features: anInstance(), requestId: 'r-1' };
  const one = await gateway.predict(asked);
  const two = await gateway.predict(asked);
  expect(two.body).toEqual(one.body);
  const mixed = await gateway.predict({ instances: [asked, { entity: 'bob', features: anInstance(), requestId: 'r-2' }] });
  expect(mixed.body.predictions[0].predictionId).toBe(one.body.predictionId);
  expect((await stored('predictions', 2)).map(({ request_id }) => request_id).sort()).toEqual(['r-1', 'r-2']);
});

test('outcomes are accepted before, after and without their prediction, and a correction is the next revision', async () => {
  const { body } = await gateway.predict({ entity: 'ann', features: anInstance() });
  const outcome = { predictionId: body.predictionId, kind: 'converted', value: 1, occurredAt: '2026-11-21T10:00:00+01:00', source: 'shop' };
  const nobody = '0198d0a0-0000-7000-8000-000000000000';
  expect(await gateway.post('/v1/outcomes', { outcomes: [outcome, { ...outcome, predictionId: nobody }] })).toEqual({
    status: 202,
    body: { accepted: 2 },
  });
  expect((await gateway.post('/v1/outcomes', outcome)).status).toBe(202);
  expect((await gateway.post('/v1/outcomes', { ...outcome, value: 0 })).status).toBe(202);
  const rows = await stored('outcomes', 3);
  const mine = rows.filter(({ prediction_id }) => prediction_id === body.predictionId).sort((a, b) => a.revision - b.revision);
  expect(mine.map(({ revision, value }) => [revision, value])).toEqual([
    [1, 1],
    [2, 0],
  ]);
  expect(mine[0].occurred_at.toISOString()).toBe('2026-11-21T09:00:00.000Z');
});

test('a second version that reads another field is served without refusing applications that send it already, or not yet', async () => {
  await applied(2, { features: [{ name: 'brand_new' }] });
  await eventually(async () => expect((await gateway.predict({ features: anInstance({ brand_new: 3 }) })).status).toBe(200));
  expect((await gateway.predict({ features: anInstance() })).status).toBe(200);
  expect((await gateway.predict({ features: anInstance({ brand_old: 3 }) })).status).toBe(400);
  expect((await gateway.predict({ features: anInstance({ brand_new: 'a\u0000b' }) })).status).toBe(400);
});

test('it says whether it lives, is ready, and what it did', async () => {
  await gateway.predict(many(3));
  expect(await gateway.get('/healthz')).toEqual({ status: 200, body: { ok: true } });
  expect((await gateway.get('/readyz')).body).toEqual({ ready: true, models: ['churn'], reasons: [] });
  const { body } = await gateway.get('/metrics');
  expect(body).toContain('understudy_predictions_total{model="churn",version="churn@1",arm="champion",fallback="none"} 3');
});

test('a stopped gateway has shipped everything, and says that it is gone', async () => {
  await gateway.predict(many(100));
  await gateway.stop();
  expect((await db()('predictions').count('* as n').first())?.n).toBe(100);
  expect((await db()('gateways').first()).stopped_at).not.toBeNull();
});

test('two gateways cannot share one spool', async () => {
  await expect(stage.start()).rejects.toThrow(/belongs to a running gateway/);
  const other = await stage.start({ id: 'gateway-b' });
  await eventually(async () => expect((await other.predict({ features: anInstance() })).status).toBe(200));
});
