/** Files that others made, adopted on real rows: scored as they run, with everything that a version needs beside them. */
import { expect, test } from 'vitest';
import { splitSnapshot } from '../../src/data/split.ts';
import { adoptImported } from '../../src/training/adopt-imported.ts';
import { declaredModel, type ImportDeclaration } from '../../src/training/import-declaration.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { decodedModel, inputsOf } from '../../src/training/onnx/graph-inputs.ts';
import { checkPackage } from '../../src/training/package-check.ts';
import type { TrainerOutput } from '../../src/training/trainer.ts';
import { trainerInput } from '../../src/training/trainer-input.ts';
import { aFeature, aSpec, aWorkshop } from '../data/fixtures.ts';
import { classifierWithZipMap, pipelineOfTexts } from './foreign-models.ts';

const { artifacts, folder: workDir, ingest } = aWorkshop();
const features = [aFeature('tenure', 'number', { nullable: true }), aFeature('plan', 'category', { nullable: true })];
const spec = aSpec({ features });
const plans = ['gold', 'silver', 'new', 'n/a'];
const customers = Array.from(
  { length: 400 },
  (_, id) => `c${id},${id % 9 === 0 ? '' : id % 50},${plans[id % 4]},${id % 3 === 0 ? 'yes' : 'no'}`,
);

async function adopted(file: Uint8Array, inputs: unknown[], more: object = {}): Promise<TrainerOutput> {
  const snapshot = await ingest(`id,tenure,plan,bought\n${customers.join('\n')}\n`, spec);
  const split = await splitSnapshot({ spec, snapshotPath: artifacts.pathOf(snapshot.artifactDigest), artifacts, workDir });
  const takes = inputsOf(decodedModel(file).graph);
  const declaration: ImportDeclaration = {
    format: 'understudy.import.v1',
    file: await artifacts.put(file),
    fileName: 'theirs.onnx',
    ...declaredModel({ inputs, ...more }, { spec, file: 'inputs.yaml', takes }),
  };
  const digests = { snapshotDigest: snapshot.digest, snapshotArtifact: snapshot.artifactDigest, splitDigest: split.digest };
  const imported = await artifacts.putJson(declaration);
  const input = trainerInput(spec, { artifactsUrl: artifacts.url, ...digests, seed: 1, imported });
  return adoptImported(input, { signal: new AbortController().signal, heartbeat: () => {}, workDir });
}

test('a pipeline that takes texts is adopted, and answers what it knows, what is new and what is missing', async () => {
  const output = await adopted(pipelineOfTexts(['gold', 'silver'], [0.001, 0.1, 0.2]), [{ feature: 'tenure', missing: 0 }, 'plan'], {
    transform: 'sigmoid',
  });
  const manifest = await artifacts.readJson<Manifest>(output.manifestDigest);
  await checkPackage({ manifest, onnxBytes: await artifacts.read(output.artifactDigest) });
  const worth: Readonly<Record<string, number>> = { gold: 0.1, silver: 0.2 };
  for (const { instance, score } of manifest.golden) {
    const logit = 0.25 + 0.001 * Number(instance.tenure ?? 0) + (worth[String(instance.plan)] ?? 0);
    expect(score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 6);
  }
  expect(new Set(manifest.golden.map(({ instance }) => instance.plan ?? null))).toEqual(
    new Set(['gold', 'silver', 'new', 'a category never seen', null]),
  );
});

test('a file that cannot do with missing values is refused with what to declare', async () => {
  await expect(adopted(classifierWithZipMap([0.1], -1), ['tenure'])).rejects.toThrow(
    'theirs.onnx answers NaN to a row of the snapshot: expected a probability; if a value is missing there, declare the number that stands for it',
  );
});
