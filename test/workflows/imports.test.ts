import { afterEach, expect, test } from 'vitest';
import { type Digest, modelName, versionOf } from '../../src/domain/ids.ts';
import { fail } from '../../src/domain/verdict.ts';
import type { RetrainingRequest } from '../../workflows/messages.ts';
import { eventually } from '../support/rollout-bench.ts';
import { aBench, type Bench } from '../support/workflow-bench.ts';

const model = modelName('churn');
const digest = 'a'.repeat(64) as Digest;

let bench: Bench;
afterEach(() => bench.close());

const training = (index: number): RetrainingRequest => ({ by: 'ann', via: 'client', reason: `training ${index}`, requestId: `t${index}` });
const anImport: RetrainingRequest = { by: 'bob', via: 'cli', reason: 'what we had', requestId: 'i', imported: digest };

test('an import is answered alone: whoever asked for a training beside it does not get the file instead', async () => {
  const answered: string[][] = [];
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  bench = await aBench({
    openRetraining: async ({ requests }) => {
      answered.push(requests.map(({ reason }) => reason));
      const attempt = { specRevision: 1, seed: 7, trainerQueue: bench.taskQueue, waiverPatienceMs: 60_000, dataPath: null };
      return { ...attempt, version: versionOf(model, answered.length) };
    },
    ingestSource: async () => {
      if (answered.length === 1) await held;
      return { digest, rowsKept: 10 };
    },
    checkData: async () => ({ contract: fail('enough for this test'), leaks: fail('none'), report: digest }),
    closeRetraining: async () => undefined,
  });
  const handle = await bench.start('retrainModel', [{ model }]);
  await handle.signal('retrainRequested', training(1));
  await eventually(async () => answered.length === 1);
  for (const request of [training(2), training(3), anImport, training(4)]) await handle.signal('retrainRequested', request);
  letGo();
  await eventually(async () => answered.length === 4);
  expect(answered).toEqual([['training 1'], ['training 2', 'training 3'], ['what we had'], ['training 4']]);
});
