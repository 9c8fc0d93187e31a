import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelName, versionId } from '../../src/domain/ids.ts';
import type { Aggregate } from '../../src/features/aggregates.ts';
import { aggregateKey } from '../../src/features/aggregates.ts';
import { completeMaterialisation, openMaterialisation, writeOnlineValues } from '../../src/store/materialisations.ts';
import { aStage, eventually, type RunningGateway, type Stage } from '../support/gateway.ts';
import { anEncoder, anInstance, aVersion, registerModel, writeRoute } from '../support/served-model.ts';

const ENTITIES = 200_000;
const REQUESTS = 2_000;
const names = ['count', 'sum', 'mean', 'min', 'max', 'distinct', 'days-since'] as const;
const aggregates = names.map(
  (name): Aggregate => ({ kind: 'aggregate', table: 'orders', function: name, column: 'amount', windowMs: 30 * 86_400_000, otherwise: 0 }),
);
const model = modelName('shop');
const version = versionId('shop@1');
const hashOf = (entity: number) => createHmac('sha256', 'the key of the tests').update(`c${entity}`).digest('hex').slice(0, 32);

let stage: Stage;
let gateway: RunningGateway;
beforeAll(async () => {
  stage = await aStage();
  const encoder = anEncoder(names);
  const inputs = encoder.inputs.map((input, index) => (index < 4 ? input : { ...input, online: aggregates[index - 4]! }));
  await registerModel(stage.database.db, model, [await aVersion(stage.artifacts, version, { encoder: { ...encoder, inputs } })]);
  await writeRoute(stage.database.db, model, { champion: version });
  await materialise();
  gateway = await stage.start();
  await eventually(async () => expect((await ask(1, {})).status).toBe(200));
});
afterAll(() => stage.close());

async function materialise(): Promise<void> {
  const keys = aggregates.map(aggregateKey);
  const opening = { materialisationId: 'm', model, table: 'orders', staleAfterMs: 3_600_000, keys, asOf: Date.now(), range: null };
  const { fence } = await openMaterialisation(stage.database.db, opening);
  for (let from = 0; from < ENTITIES; from += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, index) => ({
      hash: hashOf(from + index),
      values: Object.fromEntries(keys.map((key, place) => [key, (from + index) * (place + 1)])),
    }));
    await writeOnlineValues(stage.database.db, { ...opening, fence, rows });
  }
  await completeMaterialisation(stage.database.db, { ...opening, fence, events: 1, newestEventAt: null });
}

const ask = (entity: number, features: Record<string, unknown>) =>
  gateway.post(`/v1/models/${model}/predict`, { entity: `c${entity}`, features: anInstance(features) });
const given = Object.fromEntries(names.map((name, index) => [name, index]));

let unread = 0;
const contestants: readonly (readonly [string, (entity: number) => Promise<unknown>])[] = [
  [
    'bare lookup by the primary key',
    (entity) =>
      stage.database.db.raw('select online_values from online_features where model = ? and event_table = ? and entity_hash = ?', [
        model,
        'orders',
        hashOf(entity),
      ]),
  ],
  ['gateway, the request brings everything', (entity) => ask(entity, given)],
  [
    'gateway, seven aggregates read online',
    async (entity) => {
      const { body } = await ask(entity, {});
      if (body.online[0].notUsed) unread += 1;
    },
  ],
];

test('what reading aggregates online costs on top of serving, by request of one entity', async () => {
  const times = new Map<string, number[]>(contestants.map(([name]) => [name, []]));
  for (let round = -50; round < REQUESTS; round++) {
    const entity = Math.abs(Math.imul(round, 7_919)) % ENTITIES;
    for (const [name, run] of contestants) {
      const began = performance.now();
      await run(entity);
      if (round >= 0) times.get(name)!.push(performance.now() - began);
    }
  }
  const quantile = (name: string, share: number) => [...times.get(name)!].sort((a, b) => a - b)[Math.floor(share * REQUESTS)]!;
  const bare = quantile(contestants[0]![0], 0.5);
  const lines = contestants.map(([name]) => {
    const [median, p99] = [quantile(name, 0.5), quantile(name, 0.99)];
    return `${name.padEnd(42)} median ${median.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${(median / bare).toFixed(2)} × the bare lookup`;
  });
  console.log(`\nOnline reads, ${ENTITIES} entities, ${REQUESTS} interleaved requests, ${unread} not read in time\n${lines.join('\n')}\n`);
});
