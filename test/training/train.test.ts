import { trainerInput } from '../../src/training/trainer-input.ts';
import { beforeAll, expect, test } from 'vitest';
import { splitSnapshot } from '../../src/data/split.ts';
import type { Spec } from '../../src/domain/spec.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { openScorer } from '../../src/training/onnx/scorer.ts';
import { checkPackage } from '../../src/training/package-check.ts';
import type { TrainerContext, TrainerInput, TrainerOutput } from '../../src/training/trainer.ts';
import { trainerNamed } from '../../src/training/trainers.ts';
import { aSpec, aWorkshop } from '../data/fixtures.ts';

const workshop = aWorkshop();
const context = (more: Partial<TrainerContext> = {}): TrainerContext => ({
  signal: new AbortController().signal,
  heartbeat: () => {},
  workDir: workshop.folder,
  ...more,
});

/** Buyers are young and on the gold plan; some plans are missing. */
function customers(count: number): string {
  const row = (index: number) => {
    const age = 18 + ((index * 37) % 60);
    const plan = ['gold', 'basic', 'n/a', 'family'][(index * 7) % 4];
    const likely = (age < 40 ? 0.5 : 0.15) + (plan === 'gold' ? 0.3 : 0);
    return `c${index},${age},${plan},${index % 3 ? 'yes' : 'no'},${((index * 7919) % 1000) / 1000 < likely ? 'yes' : 'no'}`;
  };
  return `id,age,plan,member,bought\n${Array.from({ length: count }, (_, index) => row(index)).join('\n')}\n`;
}

async function inputFrom(csv: string, spec: Spec = aSpec()): Promise<TrainerInput> {
  const snapshot = await workshop.ingest(csv, spec);
  const snapshotPath = workshop.artifacts.pathOf(snapshot.artifactDigest);
  const split = await splitSnapshot({ spec, snapshotPath, artifacts: workshop.artifacts, workDir: workshop.folder });
  return trainerInput(spec, {
    artifactsUrl: workshop.artifacts.url,
    snapshotDigest: snapshot.digest,
    snapshotArtifact: snapshot.artifactDigest,
    splitDigest: split.digest,
    seed: 1,
  });
}

let input: TrainerInput;
let trained: TrainerOutput;
let manifest: Manifest;
let onnxBytes: Buffer;
const train = trainerNamed('logistic-regression');

beforeAll(async () => {
  input = await inputFrom(customers(3000));
  trained = await train(input, context());
  manifest = await workshop.artifacts.readJson(trained.manifestDigest);
  onnxBytes = await workshop.artifacts.read(trained.artifactDigest);
});

test('same snapshot, split and seed give the same model and the same manifest', async () => {
  const { trainedMs, ...again } = await train(input, context());
  expect(trained).toMatchObject(again);
  expect(trainedMs).toBeGreaterThan(0);
});

test('it learns what there is to learn', () => {
  expect(trained.validation).toMatchObject({ auc: expect.closeTo(0.78, 1) });
  expect(
    trained.importances
      .map(({ feature }) => feature)
      .slice(0, 2)
      .sort(),
  ).toEqual(['age', 'plan']);
  expect(trained.baseRate).toBeCloseTo(0.38, 1);
  expect(manifest.trainedRows).toBe(trained.trainedRows);
});

test('the runtime answers the golden rows as the trainer did', async () => {
  const { maxDifference, goldenRows, oneRow } = await checkPackage({ manifest, onnxBytes });
  expect(oneRow!.p99Ms).toBeGreaterThanOrEqual(oneRow!.p50Ms);
  expect(goldenRows).toBeGreaterThanOrEqual(20);
  expect(maxDifference).toBeLessThan(1e-6);
  expect(manifest.golden.some(({ instance }) => instance.plan === null)).toBe(true);
  expect(manifest.golden.some(({ instance }) => instance.plan === 'a category never seen')).toBe(true);
});

test('a large batch scores as its rows do one by one', async () => {
  const scorer = await openScorer(manifest, onnxBytes);
  const rows = Float32Array.from({ length: 2500 * scorer.width }, (_, index) => Math.sin(index));
  const all = await scorer.score(rows, 2500);
  for (const row of [0, 1023, 1024, 2047, 2048, 2499]) {
    const [alone] = await scorer.score(rows.subarray(row * scorer.width), 1);
    expect(all[row]).toBeCloseTo(alone!, 6);
  }
  await scorer.close();
});

test('a changed byte in the model file is refused before it is loaded', async () => {
  const damaged = Buffer.from(onnxBytes);
  damaged[damaged.length - 30]! ^= 1;
  await expect(openScorer(manifest, damaged)).rejects.toMatchObject({ type: 'ArtifactDigestMismatch' });
  await expect(checkPackage({ manifest, onnxBytes: damaged })).rejects.toMatchObject({ type: 'ArtifactDigestMismatch' });
});

test('a training that is cancelled ends at once', async () => {
  const controller = new AbortController();
  const long = { ...input, parameters: { iterations: 1e6, tolerance: 1e-300 } };
  const working = train(
    long,
    context({ signal: controller.signal, heartbeat: ({ stage }) => stage === 'reading' && controller.abort(new Error('cancelled')) }),
  );
  await expect(working).rejects.toThrow('cancelled');
});

test('a label of one class, an unknown parameter and an unknown trainer say so', async () => {
  const spec = aSpec({ label: { ...aSpec().label, positive: 'Yes' } });
  await expect(train(await inputFrom(customers(200), spec), context())).rejects.toMatchObject({
    type: 'TrainingDataRejected',
    message: expect.stringContaining('expected "bought" to be "Yes" in some of them, found it in none'),
  });
  await expect(train({ ...input, parameters: { rigde: 1 } }, context())).rejects.toMatchObject({
    type: 'SpecInvalid',
    message: expect.stringContaining('did you mean "ridge"?'),
  });
  expect(() => trainerNamed('magic')).toThrow('expected logistic-regression');
});

test('constant features are survived', async () => {
  const constant = customers(500).replace(/,(gold|basic|n\/a|family),(yes|no)/g, ',gold,yes');
  const { importances } = await train(await inputFrom(constant), context());
  expect(importances.map(({ importance }) => Number.isFinite(importance))).toEqual([true, true, true]);
});
