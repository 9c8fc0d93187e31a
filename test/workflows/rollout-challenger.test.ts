import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterEach, expect, test } from 'vitest';
import { fail, inconclusive, pass } from '../../src/domain/verdict.ts';
import { Failure } from '../../src/failures.ts';
import { aRolloutBench, eventually, evidence, type RolloutBench, type RolloutScript } from '../support/rollout-bench.ts';

let bench: RolloutBench;
afterEach(() => bench.close());
const open = async (script: RolloutScript = {}) => (bench = await aRolloutBench(script));
const refusalOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'accepted',
    (error: unknown) => (error instanceof WorkflowUpdateFailedError ? error.cause?.message : String(error)),
  );
const bob = { by: 'bob', reason: 'complaints' };

test('an approved challenger that passes every step is promoted, share by share', async () => {
  await open({ judge: () => pass('all well') });
  await bench.ask('approve');
  expect(await bench.result()).toEqual({ phase: 'promoted' });
  expect(bench.shares()).toEqual([0, 0, 500, 2_500, 5_000, 10_000]);
  expect(bench.calls.at(-1)).toBe('watch');
});

test('with the workflow cache at zero the same story comes out, because every task replays from the start', async () => {
  await open({ judge: () => pass('all well'), cached: 0 });
  await bench.ask('approve');
  expect(await bench.result()).toEqual({ phase: 'promoted' });
  expect(bench.shares()).toEqual([0, 0, 500, 2_500, 5_000, 10_000]);
});

test('a challenger that does harm on the ramp is rolled back to no traffic', async () => {
  await open({ judge: ({ stage }) => (stage.kind === 'shadow' ? pass('quiet') : fail('log loss worse')) });
  await bench.ask('approve');
  expect(await bench.result()).toEqual({ phase: 'rolled-back', reason: 'log loss worse' });
  expect(bench.shares()).toEqual([0, 0, 500, 0]);
});

test('nothing is routed and nobody judges before somebody has approved', async () => {
  await open();
  await bench.until('awaiting-approval');
  expect(await bench.ask('reject', bob)).toContain('rejected');
  expect(await bench.result()).toEqual({ phase: 'rejected', reason: 'bob: complaints' });
  expect(bench.calls).not.toContain('judge');
});

test('a request for approval that nobody answers expires', async () => {
  await open({ input: { timing: { lookEveryMs: 50, longestStepMs: 60_000, patienceMs: 60_000, approvalExpiresMs: 200 } } });
  expect(await bench.result()).toEqual({ phase: 'rejected', reason: 'the request for approval expired' });
});

test('whoever triggered the training may not approve it', async () => {
  await open();
  expect(await refusalOf(bench.ask('approve', { by: 'trainer', evidence: evidence.slice(0, 8), reason: 'mine' }))).toBe(
    'trainer triggered this training',
  );
  expect((await bench.status()).rollout.phase).toBe('awaiting-approval');
});

test('an approval of other evidence, without a reason, or with nothing in it is refused with a sentence', async () => {
  await open();
  expect(await refusalOf(bench.ask('approve', { by: 'ann', evidence: 'ffffffff', reason: 'read' }))).toContain(
    'what awaits approval is 0f3a77c20f3a',
  );
  expect(await refusalOf(bench.ask('approve', { by: 'ann', evidence: evidence.slice(0, 8), reason: ' ' }))).toContain(
    '"reason" must say why',
  );
  expect(await refusalOf(bench.ask('approve', {}))).toContain('"by" must say who asks');
});

test('a second approval is refused, and says what is possible instead', async () => {
  await open();
  await bench.ask('approve');
  expect(await refusalOf(bench.ask('approve', { by: 'bob', evidence: evidence.slice(0, 8), reason: 'too' }))).toBe(
    'a rollout that is shadowing cannot be approved; possible now: pause, rollback',
  );
});

test('the signal of the same name approves, and a repeated or empty one is kept for the audit and changes nothing', async () => {
  await open({ judge: () => inconclusive('wait') });
  const approval = { by: 'ann', evidence: evidence.slice(0, 8), reason: 'read it' };
  await bench.handle.signal('approve', approval);
  await bench.until('shadowing');
  await bench.handle.signal('approve', approval);
  await bench.handle.signal('approve');
  await eventually(() => bench.ignored.length === 2);
  expect(bench.ignored.map(({ message }) => message)).toEqual(['approve', 'approve']);
  expect((await bench.status()).approvals).toHaveLength(1);
});

test('a rollback does not wait for a judge that hangs', async () => {
  await open({ judge: ({ stage }) => (stage.kind === 'shadow' ? pass('quiet') : 'hang') });
  await bench.ask('approve');
  await bench.until('ramping');
  await eventually(() => bench.calls.filter((call) => call === 'judge').length === 2);
  await bench.ask('rollBack', bob);
  expect(await bench.result()).toEqual({ phase: 'rolled-back', reason: 'bob: complaints' });
  expect(bench.shares()).toEqual([0, 0, 500, 0]);
});

test('doubt holds the share, and when the longest time is over it ends at a person, never at promotion', async () => {
  await open({
    judge: ({ stage }) => (stage.kind === 'shadow' ? pass('quiet') : inconclusive('3 of 100 outcomes')),
    input: { timing: { lookEveryMs: 30, longestStepMs: 200, patienceMs: 60_000, approvalExpiresMs: 60_000 } },
  });
  await bench.ask('approve');
  await bench.until('paused');
  expect((await bench.status()).rollout).toMatchObject({ by: 'the plan', reason: '3 of 100 outcomes' });
  expect(bench.shares().at(-1)).toBe(500);
});

test('a rollout that nobody resumes in time is withdrawn', async () => {
  await open({ input: { timing: { lookEveryMs: 30, longestStepMs: 60_000, patienceMs: 150, approvalExpiresMs: 60_000 } } });
  await bench.ask('approve');
  await bench.ask('pause', bob);
  expect(await bench.result()).toEqual({ phase: 'withdrawn', reason: 'nobody resumed it after: complaints' });
});

test('pause holds the share, resume goes on from the same step, and the judge then counts from where the step began', async () => {
  let mayPass = false;
  await open({ judge: ({ stage }) => (stage.kind === 'shadow' || mayPass ? pass('well') : inconclusive('wait')) });
  await bench.ask('approve');
  await bench.until('ramping');
  await bench.ask('pause', bob);
  expect(bench.shares().at(-1)).toBe(500);
  mayPass = true;
  await bench.ask('resume', bob);
  expect(await bench.result()).toEqual({ phase: 'promoted' });
  const sinces = new Set(bench.judged.filter(({ stage }) => stage.kind === 'step' && stage.step === 0).map(({ stage }) => stage.since));
  expect(sinces.size).toBe(1);
});

test('a paused challenger is still watched, and harm still takes it off', async () => {
  let harms = false;
  await open({ judge: ({ stage }) => (stage.kind === 'shadow' ? pass('quiet') : harms ? fail('errors') : inconclusive('wait')) });
  await bench.ask('approve');
  await bench.until('ramping');
  await bench.ask('pause', bob);
  harms = true;
  expect(await bench.result()).toEqual({ phase: 'rolled-back', reason: 'errors' });
});

test('evidence that cannot be read is doubt, not harm', async () => {
  let broken = 0;
  await open({
    judge: ({ stage }) => {
      if (stage.kind === 'step' && broken < 4) {
        broken += 1;
        throw new Failure('RegistryUnavailable', 'the database is away');
      }
      return pass('well');
    },
  });
  await bench.ask('approve');
  expect(await bench.result()).toEqual({ phase: 'promoted' });
  expect(broken).toBe(4);
});

test('a rollout whose route was taken by something newer is rolled back, and never promoted', async () => {
  await open({
    judge: () => pass('well'),
    activities: {
      enterPhase: async ({ rollout }) => {
        if (rollout.phase === 'promoted') return { lost: 'a person rolled back directly' };
        return { enteredAt: new Date().toISOString(), route: null };
      },
    },
  });
  await bench.ask('approve');
  expect(await bench.result()).toEqual({ phase: 'rolled-back', reason: 'a person rolled back directly' });
});

test('a judge that finds the route taken says so, and no verdict is held against the challenger', async () => {
  await open({ judge: ({ stage }) => (stage.kind === 'shadow' ? pass('quiet') : { lost: 'bob took churn@2 off' }) });
  await bench.ask('approve');
  expect(await bench.result()).toEqual({ phase: 'rolled-back', reason: 'bob took churn@2 off' });
  expect(bench.entered.at(-1)?.events).toEqual([{ kind: 'route-lost', reason: 'bob took churn@2 off' }]);
  expect((await bench.status()).lastVerdict).toEqual(pass('quiet'));
});

test('a cancelled rollout takes its challenger off before it ends', async () => {
  await open({ judge: ({ stage }) => (stage.kind === 'shadow' ? pass('quiet') : inconclusive('wait')) });
  await bench.ask('approve');
  await bench.until('ramping');
  await bench.handle.cancel();
  await expect(bench.result()).rejects.toThrow();
  expect(bench.phases().at(-1)).toBe('rolled-back');
  expect(bench.shares().at(-1)).toBe(0);
});

test('a first champion is promoted on approval: there is nobody to rehearse against', async () => {
  await open({ input: { champion: null, plan: { steps: [], quorum: 1 } } });
  await bench.ask('approve');
  expect(await bench.result()).toEqual({ phase: 'promoted' });
  expect(bench.calls).not.toContain('judge');
});

test('a guardrail breach reported by a machine takes the challenger off', async () => {
  await open({ judge: ({ stage }) => (stage.kind === 'shadow' ? pass('quiet') : inconclusive('wait')) });
  await bench.ask('approve');
  await bench.until('ramping');
  await bench.handle.signal('guardrailBreached', { metric: 'latency' });
  expect(await bench.result()).toEqual({ phase: 'rolled-back', reason: 'guardrail latency' });
});
