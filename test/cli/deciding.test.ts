import { ApplicationFailure } from '@temporalio/common';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { championActivities } from '../../activities/champions.ts';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { shareBps } from '../../src/domain/ids.ts';
import { enterPhase } from '../../src/store/rollout-phases.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aChampion, aModel, approvedBy, aRollout, aVersion, churn, digestOf, enters } from '../support/registry.ts';
import { aRolloutInput } from '../support/rollout-bench.ts';
import { aBench, type Bench } from '../support/workflow-bench.ts';
import { environment, NOWHERE, type Spoken, understudy } from './a-command-line.ts';

let database: TestDatabase;
let bench: Bench | undefined;
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(async () => {
  await bench?.close();
  bench = undefined;
  await database.drop();
});

const ask = (...words: string[]): Promise<Spoken> => understudy(words, { env: environment(database.url) });
const evidence = digestOf('f');
const why = ['--reason', 'read it'];

/** The real workflow, whose phases reach the registry; permissions are the spec's business and are given here. */
async function anOpenRollout(): Promise<void> {
  await aChampion(database.db);
  await aVersion(database.db, 2);
  await aRollout(database.db, 2, 1);
  bench = await aBench({
    enterPhase: ({ status, ...phase }) =>
      enterPhase(database.db, {
        ...phase,
        share: shareBps(status.share),
        step: status.step,
        lastVerdict: status.lastVerdict,
        next: status.next,
        holdBackBps: shareBps(500),
      }),
    awaitGateways: async () => ({ acknowledged: [], missing: [] }),
    judgeStep: async () => ({ kind: 'inconclusive', reasons: ['too little yet'] }),
    checkApprover: async ({ by }) =>
      by === 'dana'
        ? { allowed: false, why: 'dana triggered this training and may not approve it; another person must' }
        : { allowed: true, why: '' },
    recordIgnored: async () => undefined,
    findWaiting: async () => null,
    startWatch: async () => undefined,
  });
  await bench.start('rolloutChallenger', [aRolloutInput({ rolloutId: 'rollout-2' as never, model: churn, evidence })], 'rollout:churn');
}

async function until(phase: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { challenger, lastRollout } = JSON.parse((await ask('status', 'churn', '--json')).out);
    if ((challenger ?? lastRollout)?.phase === phase) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`churn never was ${phase}: ${(await ask('status', 'churn', '--json')).out}`);
}

test('an approval is answered with what happens next', async () => {
  await anOpenRollout();
  expect(await ask('approve', 'churn', '--evidence', 'FFFFFFFF', ...why)).toEqual({
    code: 0,
    out: 'churn@2 is shadowing; next: soak, judge, then 5 %; on harm it is rejected\n',
    err: '',
  });
});

test('--json prints the answer of the update and nothing else', async () => {
  await anOpenRollout();
  const { code, out, err } = await ask('reject', 'churn', ...why, '--by', 'bob', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toEqual({ said: 'churn@2 is rejected; next: nothing: bob: read it' });
});

test('what is asked is kept with who asked: --by, or else UNDERSTUDY_ACTOR', async () => {
  await anOpenRollout();
  await ask('approve', 'churn', '--evidence', evidence, ...why);
  await until('shadowing');
  await ask('pause', 'churn', '--reason', 'campaign', '--by', 'bob');
  await until('paused');
  const events = JSON.parse((await ask('history', 'churn', '--json')).out) as { kind: string; by: string; summary: string }[];
  expect(
    events.filter(({ kind }) => kind === 'approval-recorded' || kind === 'rollout-paused').map(({ by, summary }) => `${by} / ${summary}`),
  ).toEqual([
    'ann / ann approved churn@1 on the evidence ffffffffffff: read it',
    'ann@team / ann@team approved churn@2 on the evidence ffffffffffff: read it',
    'bob / bob paused the rollout: campaign',
  ]);
});

test.each([
  [
    'of other evidence',
    ['approve', 'churn', '--evidence', '12345678', ...why],
    'the approval names the evidence 12345678, but what awaits approval is ffffffffffff\n',
  ],
  [
    'by whoever asked for the training',
    ['approve', 'churn', '--evidence', evidence, '--by', 'dana', ...why],
    'dana triggered this training and may not approve it; another person must\n',
  ],
  [
    'that is too early',
    ['resume', 'churn', ...why],
    'a rollout that is awaiting-approval cannot be resumed; possible now: approve, reject\n',
  ],
])('a request %s is refused with a sentence and exit code 1', async (_, words, sentence) => {
  await anOpenRollout();
  expect(await ask(...words)).toEqual({ code: 1, out: '', err: sentence });
});

test('a rollback takes the challenger off, and says how long it took', async () => {
  await anOpenRollout();
  await ask('approve', 'churn', '--evidence', evidence, ...why);
  await until('shadowing');
  const { code, out, err } = await ask('rollback', 'churn', '--reason', 'complaints');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe('churn@2 is rejected; next: nothing: ann@team: complaints\nno gateway is running\n');
});

test('a rollback names the gateway that does not obey, and does not claim success', async () => {
  await anOpenRollout();
  await database.db('gateways').insert({ gateway_id: 'gateway-west', address: 'http://127.0.0.1:1' });
  await ask('approve', 'churn', '--evidence', evidence, ...why);
  await until('shadowing');
  const { code, out, err } = await ask('rollback', 'churn', '--reason', 'complaints');
  expect(code).toBe(1);
  expect(out).toMatch(/^churn@2 is rejected; .*\n0 of 1 gateways obey\n$/);
  expect(err).toMatch(/^not yet heard from gateway-west: /);
});

test('while a challenger only awaits approval, a rollback asks what is meant', async () => {
  await anOpenRollout();
  const { code, out, err } = await ask('rollback', 'churn', '--reason', 'complaints');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^churn@2 awaits approval and has no traffic yet: understudy reject churn turns it down; .*--direct\n$/);
});

test('a rollback to an earlier version waits until the challenger is off', async () => {
  await anOpenRollout();
  await ask('approve', 'churn', '--evidence', evidence, ...why);
  await until('shadowing');
  expect(await ask('rollback', 'churn', '--to', 'churn@1', '--reason', 'x')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^churn@2 is shadowing: roll that back first/),
  });
});

test('when no rollout is open, the refusal says what there is instead', async () => {
  await aModel(database.db);
  expect(await ask('approve', 'churn', '--evidence', evidence, ...why)).toEqual({
    code: 1,
    out: '',
    err: 'no rollout of churn is open; understudy retrain churn trains a first version\n',
  });
  expect(await ask('waive', 'churn', '--gate', 'leak-check', ...why)).toEqual({
    code: 1,
    out: '',
    err: 'no retraining of churn is under way, so nothing waits for a waiver; understudy retrain churn begins one\n',
  });
});

test('approval of something closed says how it ended', async () => {
  await anOpenRollout();
  expect(await ask('reject', 'churn', ...why)).toMatchObject({ code: 0 });
  await until('rejected');
  await database.db('retrainings').update({ closed_at: database.db.fn.now(), phase: 'closed', outcome: 'registered', detail: 'done' });
  const { code, err } = await ask('approve', 'churn', '--evidence', evidence, ...why);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^no rollout of churn is open; the last one \(churn@2\) was rejected at \S+Z; understudy retrain churn trains another\n$/,
  );
});

test('without a worker nothing is sent, and --signal leaves the message for the next one', async () => {
  await anOpenRollout();
  const { client } = bench!;
  await bench!.client.workflow.start('rolloutChallenger', {
    taskQueue: 'nobody-polls-this',
    workflowId: 'rollout:churn',
    args: [aRolloutInput({ model: churn, evidence })],
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });

  const asked = await ask('approve', 'churn', '--evidence', evidence, ...why);
  expect(asked).toEqual({
    code: 1,
    out: '',
    err: "no lifecycle worker is running, so the message can't be answered now; add --signal to leave it for the next worker\n",
  });

  const left = await ask('approve', 'churn', '--evidence', evidence, ...why, '--signal');
  expect(left).toEqual({ code: 0, out: 'approve is left with rollout:churn; what comes of it: understudy history churn\n', err: '' });
  const history = await client.workflow.getHandle('rollout:churn').fetchHistory();
  expect(history.events?.filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'approve')).toHaveLength(1);
  await client.workflow.getHandle('rollout:churn').terminate('the test is over');
});

test('a workflow that somebody ended is told apart from one that refuses', async () => {
  await anOpenRollout();
  await bench!.client.workflow.getHandle('rollout:churn').terminate('by hand');
  expect(await ask('pause', 'churn', ...why)).toEqual({
    code: 1,
    out: '',
    err: 'nobody can hear pause: the workflow rollout:churn has ended (terminated); see: understudy status\n',
  });
});

test('Temporal that is away is a sentence, and a direct rollback needs none', async () => {
  await anOpenRollout();
  await ask('approve', 'churn', '--evidence', evidence, ...why);
  await until('shadowing');
  const env = environment(database.url, { TEMPORAL_ADDRESS: NOWHERE });
  expect(await understudy(['pause', 'churn', ...why], { env })).toEqual({
    code: 1,
    out: '',
    err: 'Temporal could not be reached at 127.0.0.1:9; is it running? (understudy doctor)\n',
  });

  const { code, out, err } = await understudy(['rollback', 'churn', '--direct', '--reason', 'Temporal is down', '--json'], { env });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ model: 'churn', from: 'churn@2', to: 'churn@1', gateways: { obeying: [], missing: [] } });
  const route = await database.db('routes').where({ model: 'churn' }).first();
  expect(route).toMatchObject({ champion_id: 'churn@1', challenger_id: null, challenger_share_bps: 0 });
});

test('a first champion has nothing before it to return to', async () => {
  await aChampion(database.db);
  expect(await ask('rollback', 'churn', '--direct', '--reason', 'x')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('churn@1 is the first champion of churn; there is nothing before it'),
  });
});

test('status --wait prints a line a change and fails when the rollout was not promoted', async () => {
  await anOpenRollout();
  await database.db('retrainings').update({ closed_at: database.db.fn.now(), phase: 'closed', outcome: 'registered', detail: 'done' });
  const waiting = ask('status', 'churn', '--wait');
  await ask('approve', 'churn', '--evidence', evidence, ...why);
  await until('shadowing');
  await ask('rollback', 'churn', '--reason', 'complaints');
  const { code, out, err } = await waiting;
  expect(code).toBe(1);
  expect(out).toContain('last rollout  churn@2 was rejected at');
  expect(
    err
      .split('\n')
      .map((line) => line.slice(22))
      .filter(Boolean),
  ).toEqual([
    'ann@team approved churn@2 on the evidence ffffffffffff: read it',
    'churn@2 rehearses in the shadow; nobody hears it',
    'ann@team asked to take churn@2 off: complaints',
    'churn@2 is rejected: ann@team: complaints',
  ]);
});

test('status --wait ends at once, and well, when the last rollout was promoted', async () => {
  await aChampion(database.db);
  await database.db('retrainings').update({ closed_at: database.db.fn.now(), phase: 'closed', outcome: 'registered', detail: 'done' });
  expect(await ask('status', 'churn', '--wait')).toMatchObject({ code: 0, err: '' });
});

test('Ctrl-C ends the waiting and says that the model goes on', async () => {
  await anOpenRollout();
  const stop = new AbortController();
  const waiting = understudy(['status', 'churn', '--wait'], { env: environment(database.url), signal: stop.signal });
  stop.abort();
  expect(await waiting).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/stopped waiting; churn goes on without anybody looking: understudy status churn\n$/),
  });
});

/** churn@2 has replaced churn@1, and nothing is open. */
async function aSecondChampion(): Promise<void> {
  await aChampion(database.db);
  await aVersion(database.db, 2);
  await aRollout(database.db, 2, 1);
  await enters(database.db, 2, { at: 0, rollout: { phase: 'promoted' }, share: 10_000, events: [approvedBy('ann')] });
}

async function aLifecycleWorker(serves: boolean): Promise<void> {
  const { findReturn, returnToChampion } = championActivities({ db: database.db, artifacts: openArtifacts('/nowhere') });
  const checkServes = async () => {
    if (!serves) throw ApplicationFailure.nonRetryable('the artifact of churn@1 was changed', 'ArtifactDigestMismatch');
    return { maxDifference: 0 };
  };
  bench = await aBench(
    { findReturn, checkServes, returnToChampion, awaitGateways: async () => ({ acknowledged: [], missing: [] }) },
    { taskQueue: 'lifecycle' },
  );
}

test('with no rollout open, the champion before comes back', async () => {
  await aSecondChampion();
  await aLifecycleWorker(true);
  expect(await ask('rollback', 'churn', '--reason', 'complaints')).toEqual({
    code: 0,
    out: 'churn@1 is champion of churn again (before: churn@2)\nno gateway is running\n',
    err: '',
  });
  expect((await ask('champion', 'churn')).out).toMatch(/^churn@1 has been champion since \S+: rolled-back by ann@team \(complaints\)\n$/);
});

test('what cannot serve is not returned to, and the reason is told', async () => {
  await aSecondChampion();
  await aLifecycleWorker(false);
  expect(await ask('rollback', 'churn', '--reason', 'complaints')).toEqual({
    code: 1,
    out: '',
    err: 'the artifact of churn@1 was changed\n',
  });
  expect((await ask('champion', 'churn')).out).toContain('churn@2 has been champion');
});
