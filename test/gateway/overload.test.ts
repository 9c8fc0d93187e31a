import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { gatewayMetrics } from '../../src/gateway/metrics.ts';
import type { Predicted } from '../../src/gateway/predicting.ts';
import { gatewayServer } from '../../src/gateway/server.ts';
import type { Serving } from '../../src/gateway/serving.ts';
import { SpoolUnavailable } from '../../src/gateway/spool.ts';
import { eventually } from '../support/gateway.ts';

/** Only the HTTP side: what predicts is in the test's hands. */
function aServer(predict: () => Promise<Predicted>) {
  const troubles: string[] = [];
  const zero = () => 0;
  const server = gatewayServer({
    routes: { serving: () => ({}) as Serving, models: () => ['churn'] } as never,
    predict,
    log: async () => undefined,
    now: () => 0,
    nextId: () => '',
    metrics: gatewayMetrics({ spoolBytes: zero, spoolLimitBytes: zero, requestsUnderWay: zero, secondsSincePostgres: zero }),
    notReady: () => [],
    mostUnderWay: 2,
    onTrouble: (sentence) => troubles.push(sentence),
  });
  const ask = () => server.app.inject({ method: 'POST', url: '/v1/models/churn/predict', payload: { features: {} } });
  return { ...server, ask, troubles };
}

const anAnswer: Predicted = { kind: 'answered', predictions: [{ predictionId: 'p', score: 0.5, version: 'churn@1', arm: 'champion' }] };

test('when enough requests are under way, further ones are sent away at once and told when to come back', async () => {
  const waiting: (() => void)[] = [];
  const { ask, underWay } = aServer(() => new Promise((resolve) => waiting.push(() => resolve(anAnswer))));
  const inside = [ask(), ask()];
  await eventually(() => expect(waiting).toHaveLength(2));
  const refused = await ask();
  expect(refused.statusCode).toBe(503);
  expect(refused.headers['retry-after']).toBe('1');
  for (const answer of waiting) answer();
  expect((await Promise.all(inside)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  await eventually(() => expect(underWay()).toBe(0));
});

test('what cannot be logged is a 503 that says so; what is our own fault is a 500 without a stack, and is told to whoever runs it', async () => {
  const full = aServer(() => Promise.reject(new SpoolUnavailable('the disk is full')));
  const refused = await full.ask();
  expect([refused.statusCode, refused.json()]).toEqual([503, { error: 'nothing can be logged, so nothing is answered: the disk is full' }]);
  const broken = aServer(() => Promise.reject(new TypeError('x is not a function')));
  const failed = await broken.ask();
  expect([failed.statusCode, failed.json()]).toEqual([500, { error: 'the gateway failed to answer; its log says why' }]);
  expect(broken.troubles[0]).toMatch(/x is not a function/);
});

test('a client that never finishes its headers is cut off, and does not keep others waiting', async () => {
  const { app, ask } = aServer(async () => anAnswer);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const slow = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  slow.on('error', () => undefined);
  const closed = new Promise((resolve) => slow.once('close', resolve));
  slow.write('POST /v1/models/churn/predict HTTP/1.1\r\nHost: x\r\n');
  const dripping = setInterval(() => slow.write('x'), 200);
  const startedAt = performance.now();
  expect((await ask()).statusCode).toBe(200);
  await closed;
  clearInterval(dripping);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await app.close();
});
