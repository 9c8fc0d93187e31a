import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeatureRow } from '../../src/features/columns.ts';
import { encodeInto } from '../../src/features/encode.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { openScorer } from '../../src/training/onnx/scorer.ts';
import { aStage, call, eventually, type RunningGateway, type Stage } from '../support/gateway.ts';
import { anInstance, writeRoute } from '../support/served-model.ts';
import { compete } from './rounds.ts';

const BATCH = 200;
let stage: Stage;
beforeAll(async () => {
  stage = await aStage();
});
afterAll(() => stage.close());

/** Rows must vary: the same row again and again flatters every branch predictor. */
function aBatch(round: number): { entity: string; features: Record<string, unknown> }[] {
  const random = seededRandom(round + 1);
  return Array.from({ length: BATCH }, (_, index) => ({
    entity: `c-${round}-${index}`,
    features: anInstance({ age: Math.round(18 + 60 * random.uniform()), income: random.uniform() < 0.1 ? null : 1_000 * random.uniform() }),
  }));
}

/** What nobody can leave out: HTTP, JSON, encoding and the runtime. No routes, arms, checks, log or acknowledgement. */
async function aBareServer(): Promise<{ url: string; close(): Promise<unknown> }> {
  const [version] = stage.versions;
  const manifest = await stage.artifacts.readJson<Manifest>(version!.manifest);
  const scorer = await openScorer(manifest, await stage.artifacts.read(version!.artifact));
  const server = Fastify();
  server.post('/score', async (request) => {
    const { instances } = request.body as { instances: { features: FeatureRow }[] };
    const rows = new Float32Array(instances.length * manifest.encoder.width);
    for (const [index, { features }] of instances.entries())
      encodeInto(manifest.encoder, features, rows, index * manifest.encoder.width, Number.NaN);
    return { scores: [...(await scorer.score(rows, instances.length))] };
  });
  return { url: await server.listen({ host: '127.0.0.1', port: 0 }), close: () => server.close().then(() => scorer.close()) };
}

test('what routing, checking, logging durably and shadowing cost on top of scoring', async () => {
  const bare = await aBareServer();
  const plain = await stage.start();
  await eventually(async () => expect((await plain.get('/readyz')).status).toBe(200));
  const ask = (gateway: RunningGateway, round: number) => gateway.predict({ instances: aBatch(round) });
  const headers = { 'content-type': 'application/json' };
  const alone = await compete(
    [
      {
        name: 'bare server: HTTP, JSON, encode, score',
        run: async (round) =>
          void (await call(`${bare.url}/score`, { method: 'POST', headers, body: JSON.stringify({ instances: aBatch(round) }) })),
      },
      {
        name: 'gateway: champion alone, spooled before reply',
        run: async (round) => void expect((await ask(plain, round)).status).toBe(200),
      },
    ],
    { rounds: 150, unitsARound: BATCH },
  );
  await plain.obeys(await writeRoute(stage.database.db, 'churn', { challenger: stage.versions[1]!.version, shareBps: 2_500 } as never));
  const ramping = await compete(
    [
      {
        name: 'bare server: HTTP, JSON, encode, score',
        run: async (round) =>
          void (await call(`${bare.url}/score`, { method: 'POST', headers, body: JSON.stringify({ instances: aBatch(round) }) })),
      },
      {
        name: 'gateway: 25 % challenger, pairs from the shadow',
        run: async (round) => void expect((await ask(plain, 1_000 + round)).status).toBe(200),
      },
    ],
    { rounds: 150, unitsARound: BATCH },
  );
  console.log(`\nServing, batches of ${BATCH} varied instances\n${alone}\n\n${ramping}\n`);
  await bare.close();
});
