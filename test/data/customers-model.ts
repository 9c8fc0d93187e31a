/** A champion of made-up customers, trained for real, and what becomes of the next batch of data. No server: the activities' own pieces. */
import { championOnNewLabels } from '../../activities/champion-on-new-labels.ts';
import { checkDataContract } from '../../src/data/contract/data-contract.ts';
import { literal, withDuck } from '../../src/data/duck.ts';
import { readColumns } from '../../src/data/rows.ts';
import { splitSnapshot } from '../../src/data/split.ts';
import type { DataContractReport } from '../../src/domain/data-contract-report.ts';
import type { SnapshotProfile } from '../../src/domain/snapshot-profile.ts';
import type { Spec } from '../../src/domain/spec.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { Failure } from '../../src/failures.ts';
import { encodeColumns } from '../../src/features/encode.ts';
import { vocabularyOf } from '../../src/features/encoder.ts';
import { judgeDataContract } from '../../src/gates/data-contract.ts';
import { judgeDataShift } from '../../src/gates/data-shift.ts';
import { judgeLeaks } from '../../src/gates/leak-check.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { auc } from '../../src/statistics/auc.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { openScorer } from '../../src/training/onnx/scorer.ts';
import { trainerInput } from '../../src/training/trainer-input.ts';
import { trainerNamed } from '../../src/training/trainers.ts';
import type { Workshop } from './fixtures.ts';

/** Only what a team would write anyway; all comparisons are the defaults. */
export const customersYaml = `
model: customers
owners: shop
entity: id
time: seen_at
label: { column: bought, positive: "yes", maturity: 7d }
inputs: { joined_at: time }
features:
  age: { type: number, minimum: 18, maximum: 110 }
  tenure: { type: number, minimum: 0 }
  basket: { type: number, minimum: 0 }
  visits: { type: number, minimum: 0 }
  plan: category
  region: category?
  member: boolean
dataContract: { minimumRows: 200 }
`;

export const customersSpec = (more = ''): Spec => parseSpec(`${customersYaml}${more}`, { file: 'customers.yaml' }).spec;

export interface Champion {
  readonly spec: Spec;
  readonly snapshotPath: string;
  readonly profile: SnapshotProfile;
  readonly split: Awaited<ReturnType<typeof splitSnapshot>>;
  readonly artifact: Awaited<ReturnType<ReturnType<typeof trainerNamed>>>['artifactDigest'];
  readonly manifest: Manifest;
}

const signal = new AbortController().signal;

export async function aChampion(workshop: Workshop, csv: string, spec = customersSpec()): Promise<Champion> {
  const { artifacts, folder: workDir } = workshop;
  const snapshot = await workshop.ingest(csv, spec);
  const snapshotPath = artifacts.pathOf(snapshot.artifactDigest);
  const { profile } = await checkDataContract({ spec, snapshotPath });
  const split = await splitSnapshot({ spec, snapshotPath, artifacts, workDir });
  const digests = { snapshotDigest: snapshot.digest, snapshotArtifact: snapshot.artifactDigest, splitDigest: split.digest };
  const trained = await trainerNamed(spec.trainer.name)(trainerInput(spec, { artifactsUrl: artifacts.url, ...digests, seed: 1 }), {
    signal,
    heartbeat: () => undefined,
    workDir,
  });
  const manifest = await artifacts.readJson<Manifest>(trained.manifestDigest);
  return { spec, snapshotPath, profile, split, artifact: trained.artifactDigest, manifest };
}

/** How well the model ranks people as they really are. */
export async function trueAuc(workshop: Workshop, { manifest, artifact, spec }: Champion, csv: string): Promise<number> {
  const { artifacts } = workshop;
  const snapshot = await workshop.ingest(csv, spec);
  const rows = await withDuck({}, (duck) =>
    readColumns(duck, `read_parquet(${literal(artifacts.pathOf(snapshot.artifactDigest))})`, { columns: manifest.encoder.inputs }),
  );
  const scorer = await openScorer(manifest, await artifacts.read(artifact));
  const scores = await scorer.score(encodeColumns(manifest.encoder, rows.columns, rows.count, rows.seenAt), rows.count);
  await scorer.close();
  return auc(scores, rows.labels);
}

/** Kept rows of earlier weeks. */
const USUAL_ROWS = [1_900, 2_000, 2_100];

export interface Outcome {
  /** The first gate that does not let the batch through, or `none`. */
  readonly stoppedBy: 'ingest' | 'data-contract' | 'data-shift' | 'leak-check' | 'none';
  readonly reasons: readonly string[];
  readonly report: DataContractReport | null;
}

/** What the workflow would do with the next batch: the gates in its order. */
export async function nextBatch(workshop: Workshop, champion: Champion, csv: string, spec = champion.spec): Promise<Outcome> {
  const { artifacts, folder: workDir } = workshop;
  let snapshotPath: string;
  try {
    snapshotPath = artifacts.pathOf((await workshop.ingest(csv, spec)).artifactDigest);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { stoppedBy: 'ingest', reasons: [`${error.type}: ${error.message}`], report: null };
  }
  const checked = await checkDataContract({
    spec,
    snapshotPath,
    seenCategories: vocabularyOf(champion.manifest.encoder),
    champion: { profile: champion.profile, path: champion.snapshotPath },
    earlierRows: USUAL_ROWS,
    now: '2025-12-01T00:00:00Z',
  });
  const version = { version: 'customers@1', artifact: champion.artifact, split: champion.split.digest } as const;
  const agreement = await championOnNewLabels(
    { snapshotPath, version: version as never, manifest: champion.manifest, championSnapshot: champion.snapshotPath },
    { artifacts, workDir, signal },
  );
  const report: DataContractReport = { ...checked, champion: agreement };
  const gates: [Outcome['stoppedBy'], Verdict][] = [
    ['data-contract', judgeDataContract(report, spec.dataContract)],
    ['data-shift', judgeDataShift(report, spec)],
    ['leak-check', judgeLeaks(report.featurePower, spec.dataContract.suspiciousAuc, report)],
  ];
  const stopped = gates.find(([, { kind }]) => kind !== 'pass');
  return { stoppedBy: stopped?.[0] ?? 'none', reasons: stopped?.[1].reasons ?? [], report };
}
