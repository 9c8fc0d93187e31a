/** The story of a model whose best features are made of other columns and of events, from its file to a request that names only an entity. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { modelName } from '../../src/domain/ids.ts';
import { randomness } from '../../src/simulation/random.ts';
import { versionOrThrow } from '../../src/store/registry.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { call } from '../support/gateway.ts';
import { aStory, eventually, type Story } from '../support/story.ts';

const DAY = 86_400_000;
const now = Date.now();
const start = now - 200 * DAY;
const iso = (ms: number) => new Date(ms).toISOString();

const yaml = `model: shop
owners: crm-team
entity: customer
time: seen_at
source: shop.csv
label: { column: bought, maturity: 1s }
inputs:
  signed_up_at: time
  spend: number?
features:
  visits: number
  spend_per_visit: { ratio: [spend, visits], transform: log }
  customer_for: { recency: signed_up_at, transform: log }
  weekday: { season: seen_at, cycle: week, wave: cosine }
  orders_30d: { count: orders, window: 30d, description: orders of the last month }
  paid_30d: { sum: orders.amount, window: 30d, transform: log }
  idle: { daysSince: orders, transform: log }
events:
  orders: { path: orders.csv, entity: who, time: happened, knownAt: loaded, staleAfter: 1h }
dataContract: { rowCountBand: none, shift: none, labelShift: none, servingSkew: none }
approval: { expires: 10m }
retraining: none
`;

let story: Story;
/** Orders by customer: what the gateway is expected to know. */
const orders = new Map<string, number[]>();

beforeAll(async () => {
  story = await aStory();
  const random = randomness(5);
  const lines: string[] = [];
  for (let index = 0; index < 8_000; index++) {
    const who = `c${Math.floor(random.uniform(index, 1) * 2_000)}`;
    const at = start + Math.floor(random.uniform(index, 2) * 200 * DAY);
    orders.set(who, [...(orders.get(who) ?? []), at]);
    lines.push(
      [who, iso(at), iso(at + Math.floor(random.uniform(index, 3) * DAY)), Math.ceil(random.uniform(index, 4) * 9_000) / 100].join(','),
    );
  }
  writeFileSync(path.join(story.stateDir, 'orders.csv'), `who,happened,loaded,amount\n${lines.join('\n')}\n`);
  const rows = Array.from({ length: 6_000 }, (_, index) => {
    const who = `c${index % 2_000}`;
    const at = start + 40 * DAY + Math.floor(random.uniform(index, 5) * 150 * DAY);
    const recent = (orders.get(who) ?? []).filter((order) => order < at && order >= at - 30 * DAY).length;
    const visits = Math.ceil(random.uniform(index, 6) * 9);
    const spend = Math.round(random.uniform(index, 7) * 500);
    const bought = random.uniform(index, 8) < 0.1 + 0.25 * Math.min(2, recent) + (spend / visits > 60 ? 0.2 : 0);
    return [who, iso(at), bought ? 1 : 0, iso(at - Math.ceil(random.uniform(index, 9) * 900 * DAY)), spend, visits].join(',');
  });
  writeFileSync(path.join(story.stateDir, 'shop.csv'), `customer,seen_at,bought,signed_up_at,spend,visits\n${rows.join('\n')}\n`);
  writeFileSync(path.join(story.stateDir, 'shop.yaml'), yaml);
});
afterAll(() => story?.ends());

const asks = (body: object) =>
  call(`${story.stack.endpoints.gatewayUrl}/v1/models/shop/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
/** A machine that is busy elsewhere may be too late to read, and an answer does not wait for it. */
async function told(isSo: (online: { readonly notUsed?: string }) => boolean) {
  const answer = await eventually(async () => {
    const found = await asks({ entity: 'c7', features: anInstance });
    return isSo(found.body.online[0]) ? found : null;
  }, 30_000);
  return answer!;
}
const anInstance = { visits: 4, spend: 300, signed_up_at: iso(now - 100 * DAY) };

test('a model is trained on derived features and on aggregates as they were known, and its report ranks them', async () => {
  await story.does('apply', path.join(story.stateDir, 'shop.yaml'));
  await story.does('retrain', 'shop', '--by', 'dana', '--reason', 'first', '--wait');
  await story.approves('shop');
  const { champion } = await story.until('shop', 'the first champion', (status) => status.champion !== null);
  const { manifest } = await versionOrThrow(story.db, champion!.version);
  const { importances } = await openArtifacts(story.stack.endpoints.artifactsUrl).readJson<Manifest>(manifest);
  expect(importances[0]!.feature).toBe('orders_30d');
  expect(importances.map(({ feature }) => feature)).toContain('spend_per_visit');
});

test('before anything is materialised a request that names only an entity is answered, and told what is missing', async () => {
  const { status, body } = await told((online) => online.notUsed !== 'not-read');
  expect(status).toBe(200);
  expect(body.online).toEqual([{ table: 'orders', asOf: null, ageMs: null, stale: false, notUsed: 'not-materialised' }]);
});

test('after materialize the gateway knows what a customer ordered, and the command line how fresh that is', async () => {
  expect(await story.does('materialize', 'shop', '--wait')).toMatch(/^online values of shop: orders up to /);
  const { status, body } = await told((online) => online.notUsed === undefined);
  expect(status).toBe(200);
  expect(body.online).toMatchObject([{ table: 'orders', stale: false }]);
  const asOf = Date.parse(body.online[0].asOf);
  const expected = orders.get('c7')!.filter((at) => at < asOf && at >= asOf - 30 * DAY).length;
  const logged = await eventually(
    async () => (await story.db('predictions').where({ prediction_id: body.predictionId }).first()) ?? null,
    20_000,
  );
  expect(logged.features.orders_30d).toBe(expected);
  expect(logged.features.idle).toBeCloseTo((Date.parse(logged.predicted_at) - Math.max(...orders.get('c7')!)) / DAY, 2);
  const shown = await story.does('features', 'shop');
  expect(shown).toMatch(/orders_30d +number +how many orders over 30d +orders\.\* +crm-team +1 +shop@1/);
  expect(shown).toMatch(/orders\.count\(\) over 30d +\S+ +1\d{3} +/);
});

test('a lifecycle worker that is killed while it writes is followed by one that goes on', async () => {
  story.holdsAt('materialised-some');
  const running = story.does('materialize', 'shop', '--from', iso(start), '--wait');
  await story.reaches('materialised-some');
  await story.kills('lifecycle');
  story.letsGo('materialised-some');
  expect(await running).toMatch(/orders up to/);
  const rows = await story
    .db('materialisations')
    .where({ model: modelName('shop') })
    .whereNotNull('completed_at');
  expect(rows).toHaveLength(2);
});
