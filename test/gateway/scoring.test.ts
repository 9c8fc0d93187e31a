import { expect, test } from 'vitest';
import type { Arm } from '../../src/domain/buckets.ts';
import { rolloutId, shareBps, versionId } from '../../src/domain/ids.ts';
import type { OutputRange } from '../../src/domain/output-range.ts';
import type { Encoder } from '../../src/features/encoder.ts';
import { CHUNK_ROWS, type LoadedModel, loadedModel } from '../../src/gateway/loaded-model.ts';
import { ChampionFailed, scoreCandidates } from '../../src/gateway/scoring.ts';
import { createServing, type Serving } from '../../src/gateway/serving.ts';
import { anEncoder, anInstance } from '../support/served-model.ts';

type Answers = (count: number) => Promise<Float32Array> | Float32Array;

const always =
  (score: number): Answers =>
  (count) =>
    new Float32Array(count).fill(score);

function aModel(version: string, answers: Answers, encoder: Encoder = anEncoder()): LoadedModel {
  return loadedModel(versionId(version), { encoder }, { score: async (_, count) => answers(count), close: () => undefined });
}

interface Cast {
  readonly champion?: LoadedModel;
  readonly challenger?: LoadedModel | null;
  readonly holdBack?: LoadedModel | null;
}

function aServing({
  champion = aModel('churn@1', always(0.25)),
  challenger = aModel('churn@2', always(0.75)),
  holdBack = null,
}: Cast = {}): Serving {
  return createServing({
    route: {
      model: 'churn',
      champion: versionId('churn@1'),
      challenger: versionId('churn@2'),
      challengerShareBps: shareBps(2_500),
      salt: 's',
      holdBack: versionId('churn@3'),
      holdBackBps: shareBps(500),
      heldBy: rolloutId('r'),
      revision: 1,
      epoch: 0,
    },
    champion,
    challenger,
    holdBack,
    specFeatures: [],
    personal: [],
  });
}

const score = (serving: Serving, arms: readonly Arm[], { leaseAlive = true, challengerTimeoutMs = 1_000, row = anInstance() } = {}) =>
  scoreCandidates(
    serving,
    arms.map((arm) => ({ arm, row: row as never, at: Number.NaN })),
    { leaseAlive, challengerTimeoutMs },
  );

test('champion and control are answered by the champion, the challenger arm by the challenger', async () => {
  const answers = await score(aServing(), ['champion', 'challenger', 'control']);
  expect(answers.map(({ version, score: value, fallback }) => [version, value, fallback])).toEqual([
    ['churn@1', 0.25, null],
    ['churn@2', 0.75, null],
    ['churn@1', 0.25, null],
  ]);
  for (const { latencyMs } of answers) expect(latencyMs).toBeGreaterThan(0);
});

const hanging: Answers = () => new Promise(() => undefined);
const late: Answers = (count) => {
  const until = performance.now() + 60;
  // A native call that keeps the thread busy: no timer can interrupt it.
  while (performance.now() < until);
  return always(0.75)(count);
};
const failures: [string, Answers, string][] = [
  ['throws', () => Promise.reject(new Error('broken')), 'challenger-error'],
  ['never answers', hanging, 'challenger-timeout'],
  ['blocks the thread for too long', late, 'challenger-timeout'],
  ['answers NaN', always(Number.NaN), 'challenger-not-a-number'],
  ['answers infinity', always(Number.POSITIVE_INFINITY), 'challenger-not-a-number'],
  ['answers 1.5', always(1.5), 'challenger-not-a-number'],
  ['answers too few', () => new Float32Array(0), 'challenger-not-a-number'],
];

test.each(failures)('a challenger that %s is answered by the champion and counted against it', async (_, answers, fallback) => {
  const serving = aServing({ challenger: aModel('churn@2', answers) });
  const answered = await score(serving, ['challenger', 'control', 'challenger'], { challengerTimeoutMs: 50 });
  expect(answered.map(({ version, score: value }) => [version, value])).toEqual([
    ['churn@1', 0.25],
    ['churn@1', 0.25],
    ['churn@1', 0.25],
  ]);
  expect(answered.map((answer) => answer.fallback)).toEqual([fallback, null, fallback]);
});

test('time lost on a failing challenger is part of what its arm waited', async () => {
  const serving = aServing({ challenger: aModel('churn@2', hanging) });
  const [answer] = await score(serving, ['challenger'], { challengerTimeoutMs: 50 });
  expect(answer!.latencyMs).toBeGreaterThanOrEqual(49);
});

test('a challenger that could not be loaded is counted against it too', async () => {
  const [answer] = await score(aServing({ challenger: null }), ['challenger']);
  expect(answer).toMatchObject({ version: 'churn@1', fallback: 'challenger-not-loaded' });
});

test('one bad row falls back alone', async () => {
  const answers: Answers = (count) => Float32Array.from({ length: count }, (_, index) => (index === 1 ? Number.NaN : 0.75));
  const answered = await score(aServing({ challenger: aModel('churn@2', answers) }), ['challenger', 'challenger', 'challenger']);
  expect(answered.map(({ version }) => version)).toEqual(['churn@2', 'churn@1', 'churn@2']);
});

test('a challenger that needs a field which the application does not send is at fault, not the application', async () => {
  const challenger = aModel('churn@2', always(0.75), anEncoder(['brand_new']));
  const serving = aServing({ challenger });
  const [without] = await score(serving, ['challenger']);
  expect(without).toMatchObject({ version: 'churn@1', fallback: 'challenger-lacks-input' });
  const [withIt] = await score(serving, ['challenger'], { row: anInstance({ brand_new: null }) });
  expect(withIt).toMatchObject({ version: 'churn@2', fallback: null });
});

test('after three late answers in a row the challenger sits out and nobody waits for it', async () => {
  let asked = 0;
  const challenger = aModel('churn@2', () => {
    asked += 1;
    return hanging(0);
  });
  const serving = aServing({ challenger });
  for (let n = 0; n < 6; n++) {
    const [answer] = await score(serving, ['challenger'], { challengerTimeoutMs: 20 });
    expect(answer).toMatchObject({ version: 'churn@1', fallback: 'challenger-timeout' });
  }
  expect(asked).toBe(3);
});

test('what is no answer depends on what the version answers: a value may be large, a difference negative, a probability neither', async () => {
  const answering = (version: string, outputRange: OutputRange, answer: number) =>
    loadedModel(
      versionId(version),
      { encoder: anEncoder(), outputRange },
      { score: async (_, count) => always(answer)(count), close: () => undefined },
    );
  const challenged = async (outputRange: OutputRange, answer: number) => {
    const champion = answering('churn@1', outputRange, 0.5);
    const [answered] = await score(aServing({ champion, challenger: answering('churn@2', outputRange, answer) }), ['challenger']);
    return answered!.fallback ?? answered!.score;
  };
  expect(await challenged('number', 1_234.5)).toBe(1_234.5);
  expect(await challenged('number', Number.POSITIVE_INFINITY)).toBe('challenger-not-a-number');
  expect(await challenged('difference', -0.25)).toBe(-0.25);
  expect(await challenged('difference', -1.5)).toBe('challenger-not-a-number');
  expect(await challenged('probability', -0.25)).toBe('challenger-not-a-number');
  await expect(score(aServing({ champion: answering('churn@1', 'difference', 2) }), ['champion'])).rejects.toThrow('expected a difference');
});

test('without a lease the challenger is not even asked', async () => {
  const challenger = aModel('churn@2', () => {
    throw new Error('was asked');
  });
  const [answer] = await score(aServing({ challenger }), ['challenger'], { leaseAlive: false });
  expect(answer).toMatchObject({ version: 'churn@1', fallback: 'lease-expired' });
});

test("a hold-back that fails or is not there is answered by the champion, and that is nobody else's error", async () => {
  for (const holdBack of [null, aModel('churn@3', always(Number.NaN))]) {
    const [answer] = await score(aServing({ holdBack }), ['hold-back']);
    expect(answer).toMatchObject({ version: 'churn@1', fallback: 'hold-back-failed' });
  }
  const [answer] = await score(aServing({ holdBack: aModel('churn@3', always(0.5)) }), ['hold-back']);
  expect(answer).toMatchObject({ version: 'churn@3', score: 0.5, fallback: null });
});

test('when the champion has no number to give, nobody gets one', async () => {
  const serving = aServing({ champion: aModel('churn@1', always(Number.NaN)) });
  await expect(score(serving, ['champion'])).rejects.toBeInstanceOf(ChampionFailed);
});

test('every arm is scored in chunks of the same size, so that latencies can be compared', async () => {
  const sizes: number[] = [];
  const noting: Answers = (count) => {
    sizes.push(count);
    return always(0.5)(count);
  };
  const serving = aServing({ champion: aModel('churn@1', noting), challenger: aModel('churn@2', noting) });
  const arms: Arm[] = [...new Array<Arm>(70).fill('champion'), ...new Array<Arm>(40).fill('challenger')];
  await score(serving, arms);
  expect(Math.max(...sizes)).toBe(CHUNK_ROWS);
  expect([...sizes].sort((a, b) => b - a)).toEqual([32, 32, 32, 8, 6]);
});

test('requests that overlap do not mix up their rows', async () => {
  const slow: Answers = async (count) => {
    await new Promise((resolve) => setImmediate(resolve));
    return always(0.75)(count);
  };
  const serving = aServing({ challenger: aModel('churn@2', slow) });
  const arms: Arm[] = ['champion', 'control', 'challenger', 'hold-back'];
  const answered = await Promise.all(Array.from({ length: 50 }, () => score(serving, arms)));
  for (const answers of answered) expect(answers.map(({ score: value }) => value)).toEqual([0.25, 0.25, 0.75, 0.25]);
});

test('no arm is always the first one to be scored', async () => {
  const order: string[] = [];
  const noting =
    (name: string): Answers =>
    (count) => {
      order.push(name);
      return always(0.5)(count);
    };
  const serving = aServing({ champion: aModel('churn@1', noting('champion')), challenger: aModel('churn@2', noting('challenger')) });
  for (let n = 0; n < 20; n++) await score(serving, ['champion', 'challenger']);
  const firsts = order.filter((_, index) => index % 2 === 0);
  expect(firsts.filter((name) => name === 'challenger')).toHaveLength(10);
});
