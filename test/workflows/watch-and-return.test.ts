import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterEach, expect, test } from 'vitest';
import type { RequestInput } from '../../activities/requests.ts';
import { modelName, versionOf } from '../../src/domain/ids.ts';
import { fail, pass } from '../../src/domain/verdict.ts';
import type { RollBackChampionResult, WatchStatus } from '../../workflows/messages.ts';
import { eventually } from '../support/rollout-bench.ts';
import { aBench, type Bench, type FakeActivities } from '../support/workflow-bench.ts';

const model = modelName('churn');
const [first, second] = [versionOf(model, 1), versionOf(model, 2)];
let bench: Bench;
afterEach(() => bench.close());

test('a watch that measures a shift asks for a retraining with the measured reason, once a tick', async () => {
  const asked: RequestInput[] = [];
  bench = await aBench({
    tickWatch: async ({ tick }) => ({
      champion: first,
      verdict: fail('PSI of age 0.31 > 0.25'),
      findings: ['PSI of age 0.31'],
      retrain: tick === 2 ? 'PSI of age 0.31 > 0.25' : null,
      everyMs: 50,
    }),
    requestRetraining: async (request) => void asked.push(request),
  });
  const watch = await bench.start('watchChampion', [{ model }]);
  await eventually(async () => (await watch.query<WatchStatus>('status')).tick >= 3);
  expect(asked).toEqual([{ model, by: 'watch', via: 'watch', reason: 'PSI of age 0.31 > 0.25', requestId: 'watch:churn:churn@1:2' }]);
});

test('a watch goes on when a tick cannot be read, and says so', async () => {
  let ticks = 0;
  bench = await aBench({
    tickWatch: async () => {
      ticks += 1;
      if (ticks <= 4) throw new Error('the database is away');
      return { champion: first, verdict: pass('quiet'), findings: [], retrain: null, everyMs: 50 };
    },
  });
  const watch = await bench.start('watchChampion', [{ model }]);
  await eventually(async () => (await watch.query<WatchStatus>('status')).verdict?.kind === 'inconclusive');
  await watch.signal('championChanged', { champion: first });
  await eventually(async () => (await watch.query<WatchStatus>('status')).verdict?.kind === 'pass');
});

const returning = (done: string[], changes: FakeActivities = {}): FakeActivities => ({
  findReturn: async () => ({ from: second, to: first }),
  checkServes: async ({ version }) => (done.push(`check ${version}`), { maxDifference: 0 }),
  returnToChampion: async ({ to }) => (done.push(`move to ${to}`), { from: second, to: first, revision: 9, epoch: 1 }),
  awaitGateways: async () => (done.push('gateways'), { acknowledged: [{ gateway: 'one', afterMs: 12 }], missing: ['two'] }),
  ...changes,
});
const rollback = { model, to: null, by: 'bob', reason: 'complaints', rollbackId: 'r1' };

test('what a rollback returns to is checked to serve before anything moves, and missing gateways are named', async () => {
  const done: string[] = [];
  bench = await aBench(returning(done));
  const result = (await (await bench.start('rollBackChampion', [rollback])).result()) as RollBackChampionResult;
  expect(done).toEqual(['check churn@1', 'move to churn@1', 'gateways']);
  expect(result.missing).toEqual(['two']);
  expect(result.said).toBe('churn is back at churn@1 (from churn@2); not yet heard from two');
});

test('a version that cannot serve is not returned to, and nothing moves', async () => {
  const done: string[] = [];
  bench = await aBench(
    returning(done, {
      checkServes: async () => {
        throw ApplicationFailure.nonRetryable('its golden rows differ by 0.2', 'PackagingFailed');
      },
    }),
  );
  const handle = await bench.start('rollBackChampion', [rollback]);
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  expect(done).toEqual([]);
});

test('a schedule asks under the id of its own run, so that a repeated start is the same request', async () => {
  const asked: RequestInput[] = [];
  bench = await aBench({ requestRetraining: async (request) => void asked.push(request) });
  const handle = await bench.start('requestRetraining', [{ model, reason: 'scheduled every 168 h' }]);
  await handle.result();
  expect(asked).toEqual([{ model, by: 'schedule', via: 'schedule', reason: 'scheduled every 168 h', requestId: handle.workflowId }]);
});
