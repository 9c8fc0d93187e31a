import type { WorkflowHandle } from '@temporalio/client';
import { afterEach, expect, test } from 'vitest';
import { type Digest, modelName, versionOf } from '../../src/domain/ids.ts';
import { fail, inconclusive, pass, type Verdict } from '../../src/domain/verdict.ts';
import type { Answer, RetrainingOutcome, RetrainingRequest, RetrainingStatus } from '../../workflows/messages.ts';
import { aRolloutInput, eventually } from '../support/rollout-bench.ts';
import { aBench, type Bench, type FakeActivities } from '../support/workflow-bench.ts';

const model = modelName('churn');
const digest = 'a'.repeat(64) as Digest;

let bench: Bench;
afterEach(() => bench.close());

interface Script {
  readonly contract?: Verdict;
  readonly leaks?: Verdict;
  readonly shift?: Verdict;
  readonly catalogue?: Verdict;
  readonly evaluation?: Verdict;
  readonly ingest?: () => Promise<void>;
  readonly waiverPatienceMs?: number;
}

/** What was done, in order; a run's number counts the versions that were reserved. */
function activitiesFor(
  {
    contract = pass('clean'),
    leaks = pass('none'),
    shift,
    catalogue,
    evaluation = pass('better'),
    ingest,
    waiverPatienceMs = 60_000,
  }: Script,
  done: string[],
  answered: (readonly RetrainingRequest[])[],
): FakeActivities {
  const trained = { artifactDigest: digest, manifestDigest: digest, trainedRows: 1, baseRate: 0.5, validation: null, importances: [] };
  return {
    openRetraining: async ({ requests }) => {
      answered.push(requests);
      done.push('open');
      return {
        version: versionOf(model, answered.length),
        specRevision: 1,
        seed: 7,
        trainerQueue: bench.taskQueue,
        waiverPatienceMs,
        dataPath: null,
      };
    },
    ingestSource: async () => {
      done.push('ingest');
      await ingest?.();
      return { digest, rowsKept: 10 };
    },
    checkData: async () => (
      done.push('validate'), { contract, leaks, report: digest, ...(shift && { shift }), ...(catalogue && { catalogue }) }
    ),
    prepareTraining: async () => (done.push('split'), { split: digest, input: { trainer: 'x' } as never }),
    trainChallenger: async () => (done.push('train'), trained),
    packageChallenger: async () => (done.push('package'), { artifact: digest, manifest: digest, maxDifference: 0 }),
    evaluateChallenger: async () => (done.push('evaluate'), { evidence: digest, verdict: evaluation, opponent: null }),
    registerVersion: async () => void done.push('register'),
    openRollout: async () => (done.push('open rollout'), { kind: 'waiting', supersedes: false, said: 'another is open' }),
    askForWaiver: async ({ waitingFor }) => void done.push(`ask for ${waitingFor.gate}`),
    recordWaiver: async ({ by }) =>
      by === 'stranger' ? { allowed: false, why: 'stranger is not among the approvers' } : { allowed: true, why: '' },
    closeRetraining: async ({ outcome }) => void done.push(`close ${outcome.kind}`),
    recordIgnored: async () => void done.push('ignored'),
  };
}

async function retraining(
  script: Script,
  count = 1,
): Promise<{ handle: WorkflowHandle; done: string[]; answered: (readonly RetrainingRequest[])[] }> {
  const done: string[] = [];
  const answered: (readonly RetrainingRequest[])[] = [];
  bench = await aBench(activitiesFor(script, done, answered));
  const handle = await bench.start('retrainModel', [{ model }]);
  await Promise.all(Array.from({ length: count }, (_, index) => handle.signal('retrainRequested', request(index))));
  return { handle, done, answered };
}

const request = (index: number): RetrainingRequest => ({
  by: 'ann',
  via: 'client',
  reason: `reason ${index}`,
  requestId: `request-${index}`,
});
const outcomeOf = (handle: WorkflowHandle) => handle.result() as Promise<RetrainingOutcome>;
const waive = (handle: WorkflowHandle, by: string, gate: string) =>
  handle.executeUpdate<Answer, [object]>('waive', { args: [{ by, gate, reason: 'looked into it' }] });

test('a clean run goes from the snapshot to a registered version, in order', async () => {
  const { handle, done } = await retraining({});
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'registered', version: 'churn@1', rollout: 'waiting' });
  expect(done).toEqual([
    'open',
    'ingest',
    'validate',
    'split',
    'train',
    'package',
    'evaluate',
    'register',
    'open rollout',
    'close registered',
  ]);
});

test('a broken data contract stops everything after it', async () => {
  const { handle, done } = await retraining({ contract: fail('age: 3 of 10 rows below 0') });
  expect(await outcomeOf(handle)).toEqual({ kind: 'rejected', detail: 'data contract: age: 3 of 10 rows below 0' });
  expect(done).toEqual(['open', 'ingest', 'validate', 'close rejected']);
});

test('data that has moved and a spec outside the catalogue wait for a waiver each, in the order of the gates', async () => {
  const { handle, done } = await retraining({
    shift: inconclusive('age has moved'),
    leaks: inconclusive('duration alone reaches AUC 0.94'),
    catalogue: inconclusive('the trainer "x" is not in the catalogue'),
  });
  for (const gate of ['data-shift', 'leak-check', 'catalogue']) {
    await eventually(async () => (await handle.query<RetrainingStatus>('status')).waitingFor?.gate === gate);
    await waive(handle, 'ann', gate);
  }
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'registered' });
  expect(done.filter((step) => step.startsWith('ask'))).toEqual(['ask for data-shift', 'ask for leak-check', 'ask for catalogue']);
});

test('data that has moved and that nobody waives is not trained on', async () => {
  const { handle, done } = await retraining({ shift: inconclusive('age has moved'), waiverPatienceMs: 200 });
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'expired', detail: expect.stringContaining('age has moved') });
  expect(done).not.toContain('train');
});

test('a challenger worse than the champion is rejected and never registered', async () => {
  const { handle, done } = await retraining({ evaluation: fail('AUC lower by 0.03') });
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'rejected' });
  expect(done).not.toContain('register');
});

test('a suspicious feature stops the run until a person waives exactly that gate, with a reason', async () => {
  const { handle, done } = await retraining({ leaks: inconclusive('duration alone reaches AUC 0.94') });
  await eventually(async () => (await handle.query<RetrainingStatus>('status')).phase === 'awaiting-waiver');
  await expect(waive(handle, 'ann', 'evaluation')).rejects.toMatchObject({
    cause: { message: 'what waits for a waiver is leak-check, not evaluation' },
  });
  await expect(waive(handle, 'stranger', 'leak-check')).rejects.toMatchObject({
    cause: { message: 'stranger is not among the approvers' },
  });
  expect(done).not.toContain('train');
  expect(await waive(handle, 'ann', 'leak-check')).toEqual({ said: 'leak-check is waived by ann; churn@1 goes on' });
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'registered' });
});

test('a doubt that nobody waives expires, and nothing was trained', async () => {
  const { handle, done } = await retraining({ leaks: inconclusive('suspicious'), waiverPatienceMs: 300 });
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'expired' });
  expect(done).toEqual(['open', 'ingest', 'validate', 'ask for leak-check', 'close expired']);
});

test('an early waiver is kept for the audit and waives nothing', async () => {
  const { handle, done } = await retraining({
    leaks: inconclusive('suspicious'),
    ingest: () => eventually(() => done.includes('ignored')),
    waiverPatienceMs: 300,
  });
  await handle.signal('waive', { by: 'ann', gate: 'leak-check', reason: 'in advance' });
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'expired' });
});

test('fifty triggers at once give one run and exactly one follow-up that carries all the other reasons', async () => {
  let open = false;
  const { handle, answered } = await retraining({ ingest: () => eventually(() => open) }, 50);
  await eventually(async () => (await handle.query<RetrainingStatus>('status')).followUp === 49);
  open = true;
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'registered', version: 'churn@2' });
  expect(answered.map((requests) => requests.length)).toEqual([1, 49]);
  expect(new Set(answered.flat().map(({ reason }) => reason)).size).toBe(50);
});

test('the same request sent twice is one request', async () => {
  let open = false;
  const { handle, answered } = await retraining({ ingest: () => eventually(() => open) });
  await handle.signal('retrainRequested', request(0));
  await eventually(async () => (await handle.query<RetrainingStatus>('status')).phase === 'ingesting');
  open = true;
  await outcomeOf(handle);
  expect(answered.map((requests) => requests.length)).toEqual([1]);
});

test('what broke for good is an outcome with its cause, and the follow-up still runs', async () => {
  let runs = 0;
  const { handle, answered } = await retraining(
    {
      ingest: async () => {
        runs += 1;
        if (runs === 1) {
          await eventually(async () => answered.length === 1);
          throw new TypeError('the disk is on fire');
        }
      },
    },
    2,
  );
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'registered' });
  expect(answered).toHaveLength(2);
});

test("a registered version with no rollout open starts one, under the model's own id, and does not wait for it", async () => {
  const done: string[] = [];
  const input = aRolloutInput({ model: modelName(`m-${Date.now()}`) });
  bench = await aBench({
    ...activitiesFor({}, done, []),
    openRollout: async () => ({ kind: 'opened', input }),
    enterPhase: async () => ({ enteredAt: new Date().toISOString(), route: null }),
    findWaiting: async () => null,
  });
  const handle = await bench.start('retrainModel', [{ model }]);
  await handle.signal('retrainRequested', request(0));
  expect(await outcomeOf(handle)).toMatchObject({ kind: 'registered', rollout: 'opened' });
  const rollout = bench.client.workflow.getHandle(`rollout:${input.model}`);
  expect((await rollout.describe()).taskQueue).toBe(bench.taskQueue);
  await rollout.terminate();
});
