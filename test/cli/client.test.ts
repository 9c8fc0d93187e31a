/** The example is documentation, so it must run as it stands: as its own process, with nothing but an address. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, inject, test } from 'vitest';
import { shareBps, versionId } from '../../src/domain/ids.ts';
import { fail, pass, type Verdict } from '../../src/domain/verdict.ts';
import { digestOf } from '../support/registry.ts';
import { aRolloutInput } from '../support/rollout-bench.ts';
import { aBench, type Bench } from '../support/workflow-bench.ts';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
let bench: Bench | undefined;
afterEach(async () => {
  for (const id of ['retrain:lead', 'rollout:lead'])
    await bench?.client.workflow
      .getHandle(id)
      .terminate('the test is over')
      .catch(() => undefined);
  await bench?.close();
  bench = undefined;
});

async function aWorker(judge: Verdict, contract: Verdict = pass('clean')): Promise<{ approvals: string[] }> {
  const approvals: string[] = [];
  const opening = aRolloutInput({
    model: 'lead' as never,
    challenger: versionId('lead@2'),
    champion: versionId('lead@1'),
    evidence: digestOf('f'),
    evaluation: {
      verdict: pass('AUC gain 0.02'),
      figures: [{ name: 'AUC', challenger: 0.74, opponent: 0.72, gain: { estimate: 0.02, low: 0.01, high: 0.03 } }],
    },
    plan: { steps: [shareBps(500)], quorum: 1 },
  });
  bench = await aBench(
    {
      openRetraining: async () => ({
        version: versionId('lead@2'),
        specRevision: 1,
        seed: 7,
        trainerQueue: 'lifecycle',
        waiverPatienceMs: 60_000,
        dataPath: null,
      }),
      ingestSource: async () => ({ digest: digestOf('a'), rowsKept: 10 }),
      checkData: async () => ({ contract, leaks: pass('none'), report: digestOf('9') }),
      prepareTraining: async () => ({ split: digestOf('e'), input: {} as never }),
      trainChallenger: async () =>
        ({
          artifactDigest: digestOf('c'),
          manifestDigest: digestOf('d'),
          trainedRows: 1,
          baseRate: 0.5,
          validation: null,
          importances: [],
        }) as never,
      packageChallenger: async () => ({ artifact: digestOf('c'), manifest: digestOf('d'), maxDifference: 0 }),
      evaluateChallenger: async () => ({ evidence: digestOf('f'), verdict: pass('better'), opponent: versionId('lead@1') }),
      registerVersion: async () => undefined,
      openRollout: async () => ({ kind: 'opened', input: opening }),
      closeRetraining: async () => undefined,
      enterPhase: async () => ({ enteredAt: new Date().toISOString(), route: null }),
      checkApprover: async ({ by }) => {
        approvals.push(by);
        return { allowed: true, why: '' };
      },
      judgeStep: async () => judge,
      recordIgnored: async () => undefined,
      findWaiting: async () => null,
      startWatch: async () => undefined,
    },
    { taskQueue: 'lifecycle' },
  );
  return { approvals };
}

async function client(...words: string[]): Promise<{ code: number; out: string }> {
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', 'examples/client.ts', ...words], { cwd: ROOT, timeout: 60_000 });
  return run.then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, out: error.stdout + error.stderr }),
  );
}

test('it asks for a training, reads the evidence, approves by a signal and follows to the promotion', async () => {
  const { approvals } = await aWorker(pass('all well'));
  const { code, out } = await client('lead', '--by', 'ann@team', '--address', inject('temporalAddress'));
  expect(out).toContain('lead@2 asks for approval; evidence ffffffffffff says pass');
  expect(out).toContain('AUC: 0.7400 against 0.7200 of lead@1, gain 0.0200 (95 %: 0.0100 to 0.0300)');
  expect(out).toContain('lead@2 is promoted, 100 % of the traffic');
  expect(code).toBe(0);
  expect(approvals).toEqual(['ann@team']);
});

test('a challenger that does harm is exit code 1', async () => {
  await aWorker(fail('log loss is worse'));
  const { code, out } = await client('lead', '--address', inject('temporalAddress'));
  expect(out).toContain('lead@2 is rejected');
  expect(code).toBe(1);
});

test('a training that ends without a version is exit code 1, with the reason', async () => {
  await aWorker(pass('all well'), fail('column "spend" is missing'));
  const { code, out } = await client('lead', '--address', inject('temporalAddress'));
  expect(out).toContain('the training ended, rejected: data contract: column "spend" is missing');
  expect(code).toBe(1);
});

test('without a model it says how it is used', async () => {
  expect(await client()).toMatchObject({ code: 2, out: expect.stringContaining('usage: npx tsx examples/client.ts MODEL') });
});
