/** Boosted trees on data whose figures others have published. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ingest } from '../../src/data/ingest.ts';
import { readRows } from '../../src/data/rows.ts';
import { splitSnapshot } from '../../src/data/split.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { encodeColumns } from '../../src/features/encode.ts';
import { rawInputs } from '../../src/features/raw-inputs.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { auc } from '../../src/statistics/auc.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { openScorer } from '../../src/training/onnx/scorer.ts';
import { checkPackage } from '../../src/training/package-check.ts';
import { trainerInput } from '../../src/training/trainer-input.ts';
import { trainerNamed } from '../../src/training/trainers.ts';
import { aWorkshop } from '../data/fixtures.ts';

const data = path.resolve('../shared/data');
const { artifacts, folder: workDir } = aWorkshop();

/** From the file to scores of the rows kept for comparison, in the real runtime. */
async function compared(spec: Spec) {
  const snapshot = await ingest({ spec, path: spec.source.path!, artifacts, workDir });
  const snapshotPath = artifacts.pathOf(snapshot.artifactDigest);
  const split = await splitSnapshot({ spec, snapshotPath, artifacts, workDir });
  const input = trainerInput(spec, {
    artifactsUrl: artifacts.url,
    snapshotDigest: snapshot.digest,
    snapshotArtifact: snapshot.artifactDigest,
    splitDigest: split.digest,
    seed: spec.trainer.seed,
  });
  const trained = await trainerNamed(spec.trainer.name)(input, { signal: new AbortController().signal, heartbeat: () => {}, workDir });
  const manifest = await artifacts.readJson<Manifest>(trained.manifestDigest);
  const onnxBytes = await artifacts.read(trained.artifactDigest);
  await checkPackage({ manifest, onnxBytes });
  const scorer = await openScorer(manifest, onnxBytes);
  const rows = await readRows({ snapshotPath, splitPath: artifacts.pathOf(split.digest), purpose: 'comparison', columns: rawInputs(spec) });
  const scores = await scorer.score(encodeColumns(manifest.encoder, rows.columns, rows.count, rows.seenAt), rows.count);
  await scorer.close();
  const wrong = scores.filter((score, row) => (score >= 0.5 ? 1 : 0) !== rows.labels[row]).length;
  return { rows: rows.count, auc: auc(scores, rows.labels), error: wrong / rows.count };
}

const adult = (trainer: string) => `
model: income
owners: nobody
entity: row-number
source:
  path: ${path.join(data, 'adult.data')}
  header: [age, workclass, fnlwgt, education, education_num, marital, occupation, relationship, race, sex, gain, loss, hours, country, income]
  comparisonPath: ${path.join(data, 'adult.test')}
  comparisonSkipLines: 1
  missing: ["?"]
split: { by: given }
label: { column: income, positive: [">50K", ">50K."], negative: ["<=50K", "<=50K."], maturity: 1d }
features:
  age: number
  workclass: category?
  education_num: number
  marital: category
  occupation: category?
  relationship: category
  race: category
  sex: category
  gain: number
  loss: number
  hours: number
  country: { type: category, nullable: true, maxCategories: 50 }
dataContract: { suspiciousAuc: 0.9 }
trainer: ${trainer}
`;

const telco = (trainer: string) => `
model: churn
owners: nobody
entity: customerID
source: { path: ${path.join(data, 'telco-churn.csv')}, missing: [""] }
label: { column: Churn, positive: "Yes", maturity: 30d }
features:
  tenure: number
  MonthlyCharges: number
  TotalCharges: number?
  SeniorCitizen: category
  Partner: category
  Dependents: category
  PhoneService: category
  MultipleLines: category
  InternetService: category
  OnlineSecurity: category
  OnlineBackup: category
  DeviceProtection: category
  TechSupport: category
  StreamingTV: category
  StreamingMovies: category
  Contract: category
  PaperlessBilling: category
  PaymentMethod: category
trainer: ${trainer}
`;

describe.skipIf(!existsSync(data))(`with the files in ${path.relative('.', data)} (skipped where they are absent)`, () => {
  test("adult's official split: an AUC of about 0.927 and an error under 13.5 %", async () => {
    const { spec } = parseSpec(adult('{ name: gradient-boosted-trees }'), { file: 'adult.yaml' });
    const found = await compared(spec);
    expect(found.rows).toBeGreaterThan(16_200);
    expect(found.auc).toBeGreaterThan(0.925);
    expect(found.error).toBeLessThan(0.135);
  });

  test('telco churn stays between 0.83 and 0.86', async () => {
    const { spec } = parseSpec(telco('{ name: gradient-boosted-trees, parameters: { leaves: 8, minimumRows: 40 } }'), {
      file: 'telco.yaml',
    });
    const found = await compared(spec);
    expect(found.auc).toBeGreaterThan(0.825);
    expect(found.auc).toBeLessThan(0.87);
  });
});
