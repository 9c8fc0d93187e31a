/** Stories of people and accidents around rollouts, played on one running Understudy from the first to the last. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestActivities } from '../../activities/requests.ts';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { digest, modelName } from '../../src/domain/ids.ts';
import { connectTemporal, TASK_QUEUE } from '../../src/temporal/connect.ts';
import { cuttableProxy } from '../support/cuttable-proxy.ts';
import { call } from '../support/gateway.ts';
import { aStory, eventually, type Story } from '../support/story.ts';

let story: Story;
let data: { first: string; second: string; third: string };

beforeAll(async () => {
  story = await aStory();
  data = {
    first: await story.dataFile('first.csv', 1),
    second: await story.dataFile('second.csv', 2),
    third: await story.dataFile('third.csv', 3),
  };
});
afterAll(() => story?.ends());

const why = ['--reason', 'complaints', '--by', 'alex'];

test('fifty requests at once, half of them after the worker was killed, are all kept', async () => {
  await story.describes('busy', data.first);
  const { client, close } = await connectTemporal({ address: story.stack.endpoints.temporalAddress, namespace: 'default' });
  const { requestRetraining } = requestActivities({ db: story.db, client, taskQueue: TASK_QUEUE });
  const ask = (number: number) =>
    requestRetraining({ model: modelName('busy'), by: 'dana', via: 'client', reason: `reason ${number}`, requestId: `request-${number}` });
  const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
  await Promise.all(numbers.slice(0, 25).map(ask));
  await story.kills('lifecycle');
  await Promise.all(numbers.slice(25).map(ask));
  await close();
  const asked = (await story.events('busy')).filter(({ kind }) => kind === 'retraining-requested');
  expect(asked).toHaveLength(50);
});

test('a model that nobody has described is refused with a sentence, by the command line and by the gateway', async () => {
  expect(await story.says('retrain', 'nobody')).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/nobody.*\n$/) });
  const { status, body } = await asks('nobody');
  expect({ status, error: body.error }).toMatchObject({ status: 404, error: expect.stringContaining('nobody') });
});

test('a first model that is no better than the base rate waits for a waiver, and the waiver is kept with who gave it', async () => {
  await story.describes('guess', withRandomLabels(data.first));
  const { code, out } = await story.says('retrain', 'guess', '--by', 'dana', '--reason', 'try', '--wait');
  expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('understudy waive guess --gate evaluation') });
  const { retraining } = await story.until('guess', 'the request for a waiver', (now) => now.retraining?.waitingFor?.gate === 'evaluation');
  expect(retraining?.waitingFor?.reasons.join()).toMatch(/base rate|baseline/);
  expect((await story.status('guess')).champion).toBeNull();
  await story.does('waive', 'guess', '--gate', 'evaluation', '--by', 'alex', '--reason', 'a rehearsal');
  expect(await story.db('waivers').where({ model: 'guess' }).select('gate', 'waived_by', 'reason')).toEqual([
    { gate: 'evaluation', waived_by: 'alex', reason: 'a rehearsal' },
  ]);
  await story.approves('guess');
  await story.until('guess', 'the first champion', ({ champion, challenger }) => champion !== null && challenger === null);
});

test('approval of something closed is refused with a sentence that says how it ended', async () => {
  await story.hasAFirstChampion('press', data.first, ['rollout.step.duration=2m', 'rollout.longestStep=20m']);
  const { code, out, err } = await story.says('approve', 'press', '--evidence', 'ffffffffffff', ...why);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^no rollout of press is open; the last one \(press@1\) was promoted at /);
});

test('a second rollout waits; when a person takes the first one off in mid-ramp, no answer of it follows the acknowledgement, and the second goes on by itself', async () => {
  await story.trains('press', data.second);
  await story.approves('press');
  story.plays('press');
  await story.trains('press', data.third);
  const { challenger, waiting } = await story.until('press', 'the ramp', (now) => now.challenger?.phase === 'ramping');
  expect({ version: challenger?.version, waiting }).toEqual({ version: 'press@2', waiting: 'press@3' });
  await eventually(async () => ((await answersOf('press@2')).length > 20 ? true : null), 10_000);

  expect(await story.does('rollback', 'press', ...why)).toMatch(/press@2 is rolled-back.*\nthe gateway obeys /);

  const acknowledged = await lastAcknowledgement('press');
  const next = await story.until(
    'press',
    'the rollout that waited',
    (now) => now.challenger?.version === 'press@3' && now.challenger.phase === 'awaiting-approval',
  );
  expect(next.waiting).toBeNull();
  expect(next.lastRollout).toMatchObject({ version: 'press@2', phase: 'rolled-back', reason: 'alex: complaints' });
  const answers = await answersOf('press@2');
  expect(answers.length).toBeGreaterThan(20);
  expect(answers.filter(({ at }) => at > acknowledged)).toEqual([]);
});

test('with the lifecycle worker standing still, rollback --direct takes the challenger off, and its workflow ends rolled-back', async () => {
  await story.approves('press');
  await story.until('press', 'the ramp', (now) => now.challenger?.phase === 'ramping' && now.challenger.version === 'press@3');
  const lifecycle = story.stack.children.lifecycle.pid()!;
  process.kill(lifecycle, 'SIGSTOP');
  let acknowledged = Number.NaN;
  try {
    expect(await story.does('rollback', 'press', '--direct', ...why)).toMatch(/press@1 answers alone .*\nthe gateway obeys /);
    acknowledged = await lastAcknowledgement('press');
    expect((await story.status('press')).challenger?.phase).toBe('ramping');
  } finally {
    process.kill(lifecycle, 'SIGCONT');
  }
  const { lastRollout, champion } = await story.until('press', 'the end of the rollout', (now) => now.challenger === null, 30_000);
  expect(lastRollout).toMatchObject({ version: 'press@3', phase: 'rolled-back', reason: expect.stringContaining('complaints') });
  expect(champion?.version).toBe('press@1');
  expect((await answersOf('press@3')).filter(({ at }) => at > acknowledged)).toEqual([]);
});

test('a challenger whose artifact was changed is never served: the gateway says so, and the champion goes on', async () => {
  await story.trains('press', data.second);
  await corrupt('press@4');
  await story.approves('press');
  const { lastRollout, champion } = await story.until('press', 'the end of the rollout', (now) => now.lastRollout?.version === 'press@4');
  expect(lastRollout).toMatchObject({ phase: 'rejected', reason: expect.stringContaining('100.00 % of the copies failed') });
  expect(champion?.version).toBe('press@1');
  expect(story.log.some((line) => /gateway .*press@4 could not be loaded: .* was changed/.test(line))).toBe(true);
  expect(await asks('press')).toMatchObject({ status: 200, body: { predictions: [{ version: 'press@1' }] } });
});

test('a rollback to a champion whose artifact was changed is refused, and the present champion stays', async () => {
  await story.describes('press', data.third);
  await story.trains('press', data.third);
  await story.approves('press');
  await story.until('press', 'the promotion', ({ champion, challenger }) => champion?.version === 'press@5' && challenger === null);
  await corrupt('press@1');
  const { code, err } = await story.says('rollback', 'press', ...why);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/digest|changed|damaged/) });
  expect((await story.status('press')).champion?.version).toBe('press@5');
});

test('a gateway that starts while Postgres is away says that it is not ready, and serves as soon as Postgres is there', async () => {
  const { databaseUrl, artifactsUrl } = story.stack.endpoints;
  const postgres = await cuttableProxy(databaseUrl);
  postgres.cut();
  const state = path.join(story.stateDir, 'late-gateway');
  const env = {
    DATABASE_URL: postgres.url,
    ARTIFACTS_URL: artifactsUrl,
    UNDERSTUDY_STATE: state,
    UNDERSTUDY_ENTITY_KEY: 'the key of the tests',
  };
  const gateway = story.starts(['gateway', '--port', '0', '--id', 'gateway-late'], env);
  const [, url] = await gateway.says(/listens on (http:\S+)/);
  expect((await call(`${url}/readyz`)).status).toBe(503);
  postgres.mend();
  expect(await eventually(async () => ((await call(`${url}/readyz`)).status === 200 ? true : null), 20_000)).toBe(true);
  expect(await asks('press', url)).toMatchObject({ status: 200 });
  await gateway.ends();
  await postgres.close();
});

test('a lifecycle worker that starts while Temporal is away waits for it', async () => {
  const { databaseUrl, temporalAddress } = story.stack.endpoints;
  const temporal = await cuttableProxy(`tcp://${temporalAddress}`);
  temporal.cut();
  const state = path.join(story.stateDir, 'late-worker');
  const address = new URL(temporal.url.replace('tcp:', 'http:')).host;
  const worker = story.starts(['worker', 'lifecycle'], { DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: address, UNDERSTUDY_STATE: state });
  await worker.says(/does not answer yet/);
  temporal.mend();
  await worker.says(/lifecycle worker is ready/);
  await worker.ends();
  await temporal.close();
});

test('the fifty requests gave one training and exactly one follow-up, which carries all the other reasons', async () => {
  await story.until('busy', 'the follow-up', ({ lastRetraining }) => lastRetraining?.version === 'busy@2', 90_000);
  const trainings: { version_number: number; outcome: string; reasons: { reason: string }[] }[] = await story
    .db('retrainings')
    .where({ model: 'busy' })
    .orderBy('version_number');
  expect(trainings.map(({ version_number, outcome, reasons }) => [version_number, outcome, reasons.length])).toEqual([
    [1, 'registered', 1],
    [2, 'registered', 49],
  ]);
  expect(new Set(trainings.flatMap(({ reasons }) => reasons.map(({ reason }) => reason))).size).toBe(50);
});

function asks(model: string, gateway = story.stack.endpoints.gatewayUrl) {
  const [names, line] = readFileSync(data.first, 'utf8')
    .split('\n')
    .slice(0, 2)
    .map((each) => each.split(','));
  const features = Object.fromEntries(
    names!.map((name, index) => [name, cellOf(line![index]!)]).filter(([name]) => !notAsked.includes(String(name))),
  );
  return call(`${gateway}/v1/models/${model}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances: [{ entity: 'c-1', features }] }),
  });
}

const notAsked = ['customer_id', 'sent_at', 'support_minutes', 'converted'];

function cellOf(text: string): string | number | boolean | null {
  if (text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

async function answersOf(version: string): Promise<readonly { at: number }[]> {
  const rows: { predicted_at: Date }[] = await story
    .db('predictions')
    .where({ version_id: version, arm: 'challenger' })
    .select('predicted_at');
  return rows.map(({ predicted_at }) => ({ at: predicted_at.getTime() }));
}

/** When the last gateway said that it obeys the newest route of the model (ms since 1970). */
async function lastAcknowledgement(model: string): Promise<number> {
  const route = await story.db('routes').where({ model }).first('revision', 'epoch');
  const obeying = await story
    .db('gateway_routes')
    .where({ model, revision: route.revision, epoch: route.epoch })
    .max('acknowledged_at as at')
    .first();
  return (obeying as { at: Date }).at.getTime();
}

async function corrupt(version: string): Promise<void> {
  const { artifact_digest: artifact } = await story.db('model_versions').where({ version_id: version }).first('artifact_digest');
  const file = openArtifacts(story.stack.endpoints.artifactsUrl).pathOf(digest(artifact));
  const bytes = readFileSync(file);
  bytes[100] = bytes[100]! ^ 1;
  writeFileSync(file, bytes, { flag: 'r+' });
}

/** The same rows, with outcomes that nothing predicts. */
function withRandomLabels(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const changed = lines.map((line, index) =>
    index === 0 || line.endsWith(',') ? line : line.replace(/[01]$/, random() < 0.2 ? '1' : '0'),
  );
  const written = path.join(story.stateDir, 'random.csv');
  writeFileSync(written, `${changed.join('\n')}\n`);
  return written;
}
