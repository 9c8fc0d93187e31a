import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDataContract } from '../../src/data/contract/data-contract.ts';
import { ingest } from '../../src/data/ingest.ts';
import { readRows } from '../../src/data/rows.ts';
import { splitSnapshot } from '../../src/data/split.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { encodeColumns } from '../../src/features/encode.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { auc } from '../../src/statistics/auc.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { openScorer } from '../../src/training/onnx/scorer.ts';
import { checkPackage } from '../../src/training/package-check.ts';
import { trainerInput } from '../../src/training/trainer-input.ts';
import { trainerNamed } from '../../src/training/trainers.ts';
import { aWorkshop } from './fixtures.ts';

/** Real files that the project does not carry; see the READMEs in examples. */
const data = path.resolve('../shared/data');
const workshop = aWorkshop();
const { artifacts, folder: workDir } = workshop;

function example(name: string, overrides: { path: string; value: string }[] = []): Spec {
  const file = `examples/${name}/${name}.yaml`;
  return parseSpec(readFileSync(file, 'utf8'), { file, overrides, dataPath: path.join(data, `${name}.csv`) }).spec;
}

async function snapshotOf(spec: Spec) {
  const snapshot = await ingest({ spec, path: spec.source.path!, artifacts, workDir });
  const snapshotPath = artifacts.pathOf(snapshot.artifactDigest);
  return { snapshot, snapshotPath, report: await checkDataContract({ spec, snapshotPath }) };
}

/** Trains, packages, and scores the rows kept for comparison in the real runtime. */
async function comparisonAuc(spec: Spec): Promise<number> {
  const { snapshot, snapshotPath } = await snapshotOf(spec);
  const split = await splitSnapshot({ spec, snapshotPath, artifacts, workDir });
  const trained = await trainerNamed(spec.trainer.name)(
    trainerInput(spec, {
      artifactsUrl: artifacts.url,
      snapshotDigest: snapshot.digest,
      snapshotArtifact: snapshot.artifactDigest,
      splitDigest: split.digest,
      seed: spec.trainer.seed,
    }),
    { signal: new AbortController().signal, heartbeat: () => {}, workDir },
  );
  const manifest = await artifacts.readJson<Manifest>(trained.manifestDigest);
  const onnxBytes = await artifacts.read(trained.artifactDigest);
  await checkPackage({ manifest, onnxBytes });
  const scorer = await openScorer(manifest, onnxBytes);
  const rows = await readRows({ snapshotPath, splitPath: artifacts.pathOf(split.digest), purpose: 'comparison', columns: spec.features });
  return auc(await scorer.score(encodeColumns(manifest.encoder, rows.columns, rows.count), rows.count), rows.labels);
}

const suspicious = ({ dataContract }: Spec, report: Awaited<ReturnType<typeof checkDataContract>>) =>
  report.featurePower.filter((power) => power.auc >= dataContract.suspiciousAuc).map(({ feature }) => feature);

describe.skipIf(!existsSync(data))(`with the files in ${path.relative('.', data)} (skipped where they are absent)`, () => {
  test('telco churn goes from its file to a model of about 0.84, and nothing in it is suspicious', async () => {
    const spec = example('telco-churn');
    const { snapshot, report } = await snapshotOf(spec);
    expect(snapshot).toMatchObject({ rowsIn: 7043, rowsKept: 7043, setAside: [] });
    expect(report.findings).toEqual([]);
    expect(suspicious(spec, report)).toEqual([]);
    const found = await comparisonAuc(spec);
    expect(found).toBeGreaterThan(0.82);
    expect(found).toBeLessThan(0.87);
  });

  test('bank marketing gets its years from the order of its months', async () => {
    const spec = example('bank-marketing');
    const { snapshot, report } = await snapshotOf(spec);
    expect(snapshot).toMatchObject({
      rowsIn: 36_224,
      rowsKept: 36_214,
      earliestAt: '2008-05-01T00:00:00.000Z',
      latestAt: '2009-05-01T00:00:00.000Z',
    });
    expect(snapshot.setAside).toMatchObject([{ rule: 'duplicate', count: 10 }]);
    expect(suspicious(spec, report)).toEqual([]);
  });

  test('bank marketing, trained to 2008-12 and scored on 2009-03 to 05, reaches what is honest without the length of the call', async () => {
    const found = await comparisonAuc(example('bank-marketing'));
    expect(found).toBeGreaterThan(0.61);
    expect(found).toBeLessThan(0.66);
  });

  test('the length of the call, as a feature, is the one that is suspicious', async () => {
    const spec = example('bank-marketing', [{ path: 'features.duration', value: 'number' }]);
    const { report } = await snapshotOf(spec);
    expect(suspicious(spec, report)).toEqual(['duration']);
    expect(report.featurePower.filter(({ knownAfterOutcome }) => knownAfterOutcome).map(({ feature }) => feature)).toEqual(['duration']);
  });
});
