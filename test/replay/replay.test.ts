import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { workflowBundle } from '../support/workflow-bench.ts';

const folder = path.join(import.meta.dirname, 'histories');
const histories = readdirSync(folder).filter((file) => file.endsWith('.json'));
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));

async function replay(history: unknown): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, historyFromJSON(history), 'replayed');
}

test('every workflow has a stored history of each of its endings', () => {
  const endings = new Map<string, string[]>();
  for (const file of histories) {
    const [workflow = '', ending = ''] = file.split('.');
    endings.set(workflow, [...(endings.get(workflow) ?? []), ending]);
  }
  expect(Object.fromEntries([...endings].map(([workflow, list]) => [workflow, list.sort()]))).toEqual({
    'materialize-features': ['written'],
    'request-retraining': ['asked'],
    'retrain-model': ['expired', 'failed', 'registered', 'rejected'],
    'roll-back-champion': ['returned'],
    'rollout-challenger': ['promoted', 'rejected', 'rolled-back', 'withdrawn'],
    'train-again': ['answered'],
    'watch-champion': ['ticking'],
  });
});

test('the list of workflow types is the public contract', () => {
  expect(Object.keys(workflows).sort()).toEqual([
    'materializeFeatures',
    'requestRetraining',
    'retrainModel',
    'rollBackChampion',
    'rolloutChallenger',
    'trainAgain',
    'watchChampion',
  ]);
});

test.each(histories)('%s still replays', async (file) => {
  await replay(read(file));
});

test.each(histories)('%s with another activity in the middle is found out', async (file) => {
  const history = read(file) as { events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[] };
  const scheduled = history.events.find((event) => event.activityTaskScheduledEventAttributes);
  scheduled!.activityTaskScheduledEventAttributes!.activityType.name = 'somethingElse';
  await expect(replay(history)).rejects.toMatchObject({ name: 'DeterminismViolationError' });
});
