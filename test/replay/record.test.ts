/**
 * Records one history per workflow and ending, named `<workflow>.<ending>.v1.json`. Run it only when a new ending has come:
 *
 *     RECORD_HISTORIES=1 npx vitest run --project slow test/replay/record.test.ts
 *
 * A history that is already there is never written over: it stands for the runs that may still be open.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, test } from 'vitest';
import { type Digest, modelName, versionOf } from '../../src/domain/ids.ts';
import { fail, inconclusive, pass, type Verdict } from '../../src/domain/verdict.ts';
import { aRolloutBench, eventually, type RolloutScript } from '../support/rollout-bench.ts';
import { aBench, type FakeActivities } from '../support/workflow-bench.ts';

const folder = path.join(import.meta.dirname, 'histories');
const digest = 'a'.repeat(64) as Digest;
const model = modelName('churn');

async function keep(handle: WorkflowHandle, name: string): Promise<void> {
  const file = path.join(folder, `${name}.v1.json`);
  if (existsSync(file)) return;
  const history = await handle.fetchHistory();
  // Where it was recorded is nobody's business: machines and paths are left out.
  const anonymous = JSON.parse(historyToJSON(history), (key, value) =>
    key === 'stackTrace'
      ? ''
      : key === 'identity'
        ? 'somebody'
        : typeof value === 'string'
          ? value.replace(/^\d+@[\w.-]+/, 'worker')
          : value,
  );
  writeFileSync(file, `${JSON.stringify(anonymous, null, 1)}\n`);
}

describe.skipIf(!process.env['RECORD_HISTORIES'])('histories', () => {
  const onlyShadowPasses =
    (verdict: Verdict): NonNullable<RolloutScript['judge']> =>
    ({ stage }) =>
      stage.kind === 'shadow' ? pass('quiet') : verdict;
  const bob = { by: 'bob', reason: 'complaints' };

  const rollouts: [string, RolloutScript, (bench: Awaited<ReturnType<typeof aRolloutBench>>) => Promise<void>][] = [
    ['promoted', { judge: () => pass('well') }, async (bench) => void (await bench.ask('approve'))],
    ['rolled-back', { judge: onlyShadowPasses(fail('log loss worse')) }, async (bench) => void (await bench.ask('approve'))],
    ['rejected', {}, async (bench) => void (await bench.ask('reject', bob))],
    [
      'withdrawn',
      { input: { timing: { lookEveryMs: 50, longestStepMs: 60_000, patienceMs: 100, approvalExpiresMs: 60_000 } } },
      async (bench) => {
        await bench.handle.signal('approve', { by: 'ann', evidence: '0f3a77c2', reason: 'read it' });
        await bench.until('shadowing');
        await bench.ask('pause', bob);
      },
    ],
  ];
  test.each(rollouts)('of a rollout that is %s', async (ending, script, act) => {
    const bench = await aRolloutBench(script);
    try {
      await act(bench);
      expect(await bench.result()).toMatchObject({ phase: ending });
      await keep(bench.handle, `rollout-challenger.${ending}`);
    } finally {
      await bench.close();
    }
  });

  const trained = { artifactDigest: digest, manifestDigest: digest, trainedRows: 1, baseRate: 0.5, validation: null, importances: [] };
  const retrainings: [string, { contract?: Verdict; leaks?: Verdict; evaluation?: Verdict; breaks?: boolean }][] = [
    ['registered', { leaks: inconclusive('suspicious') }],
    ['rejected', { contract: fail('age below 0') }],
    ['expired', { evaluation: inconclusive('no better than guessing') }],
    ['failed', { breaks: true }],
  ];
  test.each(retrainings)(
    'of a retraining that ends %s',
    async (ending, { contract = pass('clean'), leaks = pass('none'), evaluation = pass('better'), breaks }) => {
      const bench = await aBench({
        openRetraining: async () => ({
          version: versionOf(model, 1),
          specRevision: 1,
          seed: 7,
          trainerQueue: bench.taskQueue,
          waiverPatienceMs: ending === 'registered' ? 60_000 : 100,
          dataPath: null,
        }),
        ingestSource: async () => {
          if (breaks) throw new TypeError('the disk is on fire');
          return { digest, rowsKept: 10 };
        },
        checkData: async () => ({ contract, leaks, report: digest }),
        prepareTraining: async () => ({ split: digest, input: { trainer: 'x' } as never }),
        trainChallenger: async () => trained,
        packageChallenger: async () => ({ artifact: digest, manifest: digest, maxDifference: 0 }),
        evaluateChallenger: async () => ({ evidence: digest, verdict: evaluation, opponent: null }),
        registerVersion: async () => undefined,
        openRollout: async () => ({ kind: 'waiting', supersedes: false, said: 'another is open' }),
        askForWaiver: async () => undefined,
        recordWaiver: async () => ({ allowed: true, why: '' }),
        closeRetraining: async () => undefined,
        recordIgnored: async () => undefined,
      });
      try {
        const handle = await bench.start('retrainModel', [{ model }]);
        await handle.signal('retrainRequested', { by: 'ann', via: 'client', reason: 'weekly', requestId: 'r1' });
        if (ending === 'registered') {
          await eventually(async () => (await handle.query<{ phase: string }>('status')).phase === 'awaiting-waiver');
          await handle.signal('waive', { by: 'ann', gate: 'leak-check', reason: 'looked into it' });
        }
        expect(await handle.result()).toMatchObject({ kind: ending });
        await keep(handle, `retrain-model.${ending}`);
      } finally {
        await bench.close();
      }
    },
  );

  test('of a watch that has asked for a retraining, of a rollback and of a scheduled request', async () => {
    const activities: FakeActivities = {
      tickWatch: async ({ tick }) => ({
        champion: versionOf(model, 1),
        verdict: inconclusive('little'),
        findings: ['PSI of age 0.31'],
        retrain: tick === 1 ? 'PSI of age 0.31' : null,
        everyMs: 100,
      }),
      requestRetraining: async () => undefined,
      findReturn: async () => ({ from: versionOf(model, 2), to: versionOf(model, 1) }),
      checkServes: async () => ({ maxDifference: 0 }),
      returnToChampion: async () => ({ from: versionOf(model, 2), to: versionOf(model, 1), revision: 9, epoch: 1 }),
      awaitGateways: async () => ({ acknowledged: [{ gateway: 'g', afterMs: 3 }], missing: [] }),
    };
    const bench = await aBench(activities);
    try {
      const watch = await bench.start('watchChampion', [{ model }]);
      await eventually(async () => (await watch.query<{ tick: number }>('status')).tick >= 3);
      await keep(watch, 'watch-champion.ticking');
      const rollback = await bench.start('rollBackChampion', [{ model, to: null, by: 'bob', reason: 'complaints', rollbackId: 'r' }]);
      expect(await rollback.result()).toMatchObject({ to: versionOf(model, 1), missing: [] });
      await keep(rollback, 'roll-back-champion.returned');
      const request = await bench.start('requestRetraining', [{ model, reason: 'weekly' }]);
      await request.result();
      await keep(request, 'request-retraining.asked');
    } finally {
      await bench.close();
    }
  });

  test('of online values that are written in two calls', async () => {
    const asOf = '2026-01-02T00:00:00.000Z';
    const aggregates = [{ kind: 'aggregate', table: 'orders', function: 'count', column: null, windowMs: null, otherwise: 0 }] as const;
    const bench = await aBench({
      planMaterialisation: async () => ({ specRevision: 1, asOf, tables: [{ table: 'orders', aggregates }] }),
      openMaterialisation: async () => ({ fence: 2, asOfMs: Date.parse(asOf), sinceMs: Date.parse(asOf) - 86_400_000 }),
      writeOnlineFeatures: async ({ after }) => ({ after: after === null ? 'half' : null, events: 10, newestEventAt: null }),
      completeMaterialisation: async () => undefined,
    });
    try {
      const handle = await bench.start('materializeFeatures', [{ model, materialisationId: 'm', from: null, until: null }]);
      expect(await handle.result()).toMatchObject({ tables: [{ table: 'orders', events: 10 }] });
      await keep(handle, 'materialize-features.written');
    } finally {
      await bench.close();
    }
  });

  test('a version is trained again', async () => {
    const trained = { artifactDigest: digest, manifestDigest: digest, trainedRows: 10, baseRate: 0.5, validation: null, importances: [] };
    const taskQueue = `bench-${crypto.randomUUID()}`;
    const bench = await aBench({ trainChallenger: async () => trained }, { taskQueue });
    try {
      const again = await bench.start('trainAgain', [{ version: versionOf(model, 1), trainerQueue: taskQueue, input: {} }]);
      expect(await again.result()).toEqual(trained);
      await keep(again, 'train-again.answered');
    } finally {
      await bench.close();
    }
  });
});
