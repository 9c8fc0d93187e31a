import { afterAll, beforeAll, expect, test } from 'vitest';
import { aStage, call, eventually, type RunningGateway, type Stage } from '../support/gateway.ts';
import { anInstance } from '../support/served-model.ts';

let stage: Stage;
let gateway: RunningGateway;
beforeAll(async () => {
  stage = await aStage();
  gateway = await stage.start();
  await eventually(async () => expect((await gateway.predict({ features: anInstance() })).status).toBe(200));
});
afterAll(() => stage.close());

const without = (name: string) => Object.fromEntries(Object.entries(anInstance()).filter(([key]) => key !== name));
const predict = (features: unknown, more: Record<string, unknown> = {}) => gateway.predict({ features, ...more });
const raw = (body: string, type = 'application/json', where = '/v1/models/churn/predict') =>
  call(`${gateway.url}${where}`, { method: 'POST', headers: { 'content-type': type }, body });

const wrongFeatures: [string, unknown, string][] = [
  ['a text for a number', anInstance({ age: '34' }), 'age'],
  ['true for a number', anInstance({ age: true }), 'age'],
  ['a list for a number', anInstance({ age: [34] }), 'age'],
  ['a number that is no 32-bit float', anInstance({ age: 1e39 }), 'age'],
  ['a number that is hardly one at all', anInstance({ age: 1e308 }), 'age'],
  ['null where the feature is not nullable', anInstance({ age: null }), 'age'],
  ['an absent field', without('age'), 'age'],
  ['an absent field, though it is nullable', without('income'), 'income'],
  ['an unknown field', anInstance({ agee: 3 }), 'agee'],
  ['a number for a category', anInstance({ plan: 3 }), 'plan'],
  ['U+0000 in a category', anInstance({ plan: 'a\u0000b' }), 'plan'],
  ['half of a surrogate pair in a category', anInstance({ plan: 'a\ud800' }), 'plan'],
  ['a category of 100,000 letters', anInstance({ plan: 'x'.repeat(100_000) }), 'plan'],
  ['a text for true or false', anInstance({ member: 'true' }), 'member'],
  ['1 for true', anInstance({ member: 1 }), 'member'],
  ['an object for a number', anInstance({ age: {} }), 'age'],
];

test.each(wrongFeatures)('%s is a 400 that names the field', async (_, features, field) => {
  const { status, body } = await predict(features);
  expect(status).toBe(400);
  expect(body.problems).toMatchObject([{ instance: 0, field }]);
  expect(body.error).toContain(`"${field}" of instance 0: expected `);
});

test('null is legal where the feature is nullable, and a category nobody has seen is no problem', async () => {
  expect((await predict(anInstance({ income: null, plan: 'never seen' }))).status).toBe(200);
});

test('every problem of every instance is named, up to twenty', async () => {
  const { body } = await gateway.predict({ instances: [{ features: anInstance() }, { features: { age: '1', plan: 2 } }] });
  expect(body.problems.map(({ instance, field }: { instance: number; field: string }) => `${instance} ${field}`)).toEqual([
    '1 age',
    '1 income',
    '1 plan',
    '1 member',
  ]);
  const flood = await gateway.predict({ instances: Array.from({ length: 500 }, () => ({ features: {} })) });
  expect(flood.body.problems).toHaveLength(20);
});

const wrongBodies: [string, unknown, string][] = [
  ['a list', [], ''],
  ['neither features nor an entity', { requestId: 'r' }, 'features'],
  ['an entity alone, where nothing else is read online', { entity: 'ann' }, 'age'],
  ['features in a list', { features: [] }, 'features'],
  ['a misspelled key', { features: anInstance(), entitiy: 'ann' }, 'entitiy'],
  ['an entity that is an object', { features: anInstance(), entity: {} }, 'entity'],
  ['an empty entity', { features: anInstance(), entity: '' }, 'entity'],
  ['a request id that is a number', { features: anInstance(), requestId: 5 }, 'requestId'],
  ['a request id with U+0000', { features: anInstance(), requestId: 'a\u0000' }, 'requestId'],
  ['a nested context', { features: anInstance(), context: { a: { b: 1 } } }, 'context'],
  ['a time that is none', { features: anInstance(), at: 'yesterday' }, 'at'],
  ['no instances', { instances: [] }, 'instances'],
  ['instances that are none', { instances: 'all' }, 'instances'],
  ['an instance that is a number', { instances: [5] }, ''],
  ['too many instances', { instances: new Array(1_001).fill(0) }, 'instances'],
  ['instances and something else', { instances: [], model: 'churn' }, 'model'],
];

test.each(wrongBodies)('a body with %s is a 400 that names it', async (_, body, field) => {
  const answer = await gateway.predict(body);
  expect(answer.status).toBe(400);
  expect(answer.body.problems[0].field).toBe(field);
});

test('what is no JSON, or no JSON by its content type, or too large, is refused in a sentence', async () => {
  expect(await raw('{"features":')).toMatchObject({ status: 400, body: { error: expect.stringMatching(/^expected JSON/) } });
  expect(await raw('{"features":{"age":NaN}}')).toMatchObject({ status: 400 });
  expect(await raw('{"__proto__":{"features":1}}')).toMatchObject({ status: 400 });
  expect(await raw('')).toMatchObject({ status: 400 });
  expect(await raw('a=b', 'application/x-www-form-urlencoded')).toEqual({
    status: 415,
    body: { error: 'expected content-type application/json' },
  });
  expect(await raw('{}', 'text/plain')).toMatchObject({ status: 415 });
  expect(await raw(`{"features":"${'x'.repeat(5_000_000)}"}`)).toMatchObject({ status: 413 });
  expect(await raw(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)).toMatchObject({ status: 400 });
  expect(await raw('{"features":{"age":1e999}}')).toMatchObject({ status: 400 });
});

test('an unknown model is a 404 that names the known ones, whatever the name looks like', async () => {
  const { status, body } = await gateway.post('/v1/models/chrun/predict', { features: anInstance() });
  expect(status).toBe(404);
  expect(body.error).toBe('no model "chrun" is served here; did you mean "churn"?; served: churn');
  for (const name of ['..%2f..%2fetc', '%00', 'x'.repeat(150), "churn'--", '%25', 'CHURN', '__proto__', 'constructor']) {
    expect((await gateway.post(`/v1/models/${name}/predict`, { features: anInstance() })).status).toBe(404);
  }
  expect((await gateway.get('/v1/models')).status).toBe(404);
});

const anOutcome = (changes: Record<string, unknown> = {}) => ({
  predictionId: '0198d0a0-0000-7000-8000-000000000000',
  kind: 'converted',
  value: 1,
  ...changes,
});

const wrongOutcomes: [string, unknown, string][] = [
  ['no prediction id', anOutcome({ predictionId: undefined }), 'predictionId'],
  ['a malformed prediction id', anOutcome({ predictionId: '17' }), 'predictionId'],
  ['a kind that is no name', anOutcome({ kind: 'a\nb' }), 'kind'],
  ['an empty kind', anOutcome({ kind: '' }), 'kind'],
  ['a text for a value', anOutcome({ value: '1' }), 'value'],
  ['true for a value', anOutcome({ value: true }), 'value'],
  ['a time without a zone', anOutcome({ occurredAt: '2026-11-21T10:00:00' }), 'occurredAt'],
  ['a time that is none', anOutcome({ occurredAt: '2026-13-41T10:00:00Z' }), 'occurredAt'],
  ['a source that is a number', anOutcome({ source: 5 }), 'source'],
  ['a misspelled key', anOutcome({ ocurredAt: '2026-11-21T10:00:00Z' }), 'ocurredAt'],
  ['an empty list', { outcomes: [] }, 'outcomes'],
  ['a list', [], ''],
];

test.each(wrongOutcomes)('an outcome with %s is a 400 that names the field', async (_, body, field) => {
  const answer = await gateway.post('/v1/outcomes', body);
  expect(answer.status).toBe(400);
  expect(answer.body.problems[0].field).toBe(field);
});

test('one wrong outcome among many refuses them all, so that the caller can send them again', async () => {
  const { status, body } = await gateway.post('/v1/outcomes', { outcomes: [anOutcome(), anOutcome({ value: 'x' })] });
  expect(status).toBe(400);
  expect(body.problems).toMatchObject([{ instance: 1, field: 'value' }]);
});

test('nothing of all this was logged, nothing was coerced, and the gateway is still ready', async () => {
  expect((await gateway.get('/readyz')).status).toBe(200);
  expect(stage.events.filter(({ level }) => level === 'warning')).toEqual([]);
  const rows = await stage.database.db('rejected_records').select('*');
  expect(rows).toEqual([]);
});
