/** Models that others make: an ONNX file adopted as the first champion, and LightGBM in Python challenging it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lightgbmTrainer, startLightgbmWorker } from '../support/lightgbm-trainer.ts';
import { aStory, type Story } from '../support/story.ts';
import { classifierWithZipMap } from '../training/foreign-models.ts';

let story: Story;
let data: { first: string; second: string };

beforeAll(async () => {
  story = await aStory();
  data = { first: await story.dataFile('first.csv', 1), second: await story.dataFile('second.csv', 2) };
});
let worker: { stop(): Promise<void> } | undefined;
afterAll(async () => {
  await worker?.stop();
  await story?.ends();
});

/** What a team had before: a small model on three columns of what they know, with a guess where a basket is missing. */
const DECLARED = `
inputs:
  - orders_12m
  - { feature: opens_30d, mean: 12, sd: 6 }
  - { feature: average_basket, missing: 40 }
  - { feature: device, is: mobile }
`;

test('an ONNX file of a team becomes the first champion by way of every gate', async () => {
  await story.describes('adopted', data.first);
  const [onnx, inputs] = [path.join(story.stateDir, 'theirs.onnx'), path.join(story.stateDir, 'theirs.yaml')];
  writeFileSync(onnx, classifierWithZipMap([0.23, 0.89, -0.002, -0.44], -0.53));
  writeFileSync(inputs, DECLARED);
  await story.does('import', 'adopted', '--onnx', onnx, '--inputs', inputs, '--by', 'dana', '--reason', 'what we had', '--wait');
  expect(JSON.parse(await story.does('evidence', 'adopted@1', '--json')).evidence.suspicions).toEqual([
    expect.stringContaining('the challenger was imported, and nobody here knows which rows it was trained on'),
  ]);
  await story.approves('adopted');
  await story.until('adopted', 'the first champion', (now) => now.champion !== null && now.challenger === null);
  const [version] = JSON.parse(await story.does('versions', 'adopted', '--json'));
  expect(version).toMatchObject({
    version: 'adopted@1',
    trainer: { name: 'imported' },
    requestedBy: [{ by: 'dana', reason: 'what we had' }],
  });
});

test('LightGBM trains in Python, goes on stage beside the adopted champion, and is promoted', async ({ skip }) => {
  const trainer = await lightgbmTrainer();
  if ('absent' in trainer) return skip(trainer.absent);
  worker = await startLightgbmWorker(trainer.python, { TEMPORAL_ADDRESS: story.stack.endpoints.temporalAddress });
  const lightgbm = ['trainer={name: lightgbm, queue: training-lightgbm, parameters: {num_iterations: 60}}'];
  await story.describes('adopted', data.second, lightgbm);
  await story.trains('adopted', data.second);
  expect(await story.does('reproduce', 'adopted@2')).toContain('adopted@2 is reproduced, byte by byte');
  const traffic = story.plays('adopted');
  await story.approves('adopted');
  await story.until('adopted', 'the promotion', ({ champion }) => champion?.version === 'adopted@2', 90_000);
  await traffic.stop();
  const versions = JSON.parse(await story.does('versions', 'adopted', '--json'));
  expect(versions[1].trainer).toMatchObject({ name: 'lightgbm', parameters: { num_iterations: 60, num_leaves: 31 } });
  const answered = await story.db('predictions').where({ model: 'adopted' }).distinct('version_id').pluck('version_id');
  expect(answered.sort()).toEqual(['adopted@1', 'adopted@2']);
}, 240_000);
