/**
 * Everything that can be known of a model before anybody asks for its training: the rows are read, held against the data contract and
 * for leaks, a version is trained on a sample, packaged and evaluated. Without servers, in a folder that is gone afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ArtifactStore, openArtifacts } from '../artifacts/store.ts';
import { checkDataContract } from '../data/contract/data-contract.ts';
import type { DoorKeys } from '../data/source/door.ts';
import { ingest } from '../data/ingest.ts';
import { readRows } from '../data/rows.ts';
import type { Snapshot } from '../data/snapshot.ts';
import type { FetchQuery } from '../data/source/source.ts';
import { splitSnapshot } from '../data/split.ts';
import type { Digest } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import type { Verdict } from '../domain/verdict.ts';
import { evaluateInThread } from '../evaluating/evaluate-in-thread.ts';
import { judgeDataContract } from '../gates/data-contract.ts';
import { judgeLeaks } from '../gates/leak-check.ts';
import type { Manifest } from '../training/manifest.ts';
import { checkPackage } from '../training/package-check.ts';
import type { TrainerOutput } from '../training/trainer.ts';
import { trainerInput } from '../training/trainer-input.ts';
import { isBuiltIn, trainerNamed } from '../training/trainers.ts';
import { type Check, type CheckName, checks } from './checks.ts';
import { parityOf } from './parity.ts';
import { sampledSplit } from './sampled-split.ts';

export interface CheckInput {
  readonly spec: Spec;
  /** The data file; null: what the spec names. */
  readonly path: string | null;
  /** Most rows of each purpose that are trained and evaluated on. */
  readonly sample: number;
  /** What is left out, with all that builds on it. */
  readonly without: readonly CheckName[];
  readonly keys: DoorKeys;
  readonly fetchQuery?: FetchQuery;
  readonly signal: AbortSignal;
  readonly onProgress: (check: CheckName, done: number, total: number) => void;
}

type Found = Pick<Check, 'state' | 'sentences'>;
interface Step {
  readonly check: CheckName;
  run(): Promise<Found>;
}

/** Rows on which the two ways of encoding are compared. */
const PARITY_ROWS = 2_000;
/** Enough to see that there are figures; the evaluation that decides draws as the spec says. */
const DRAWS = 100;

/** One after another. What builds on a check that broke, or was left out, is not checked, or left out, either. */
export async function checkModel(input: CheckInput): Promise<Check[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'understudy-check-'));
  const found: Check[] = [];
  try {
    const states = new Map<CheckName, Check['state']>();
    for (const [at, { check, run }] of stepsOf(input, folder).entries()) {
      input.onProgress(check, at, checks.length);
      const before = performance.now();
      const answer = answerBefore(check, states, input.without) ?? (await run().catch((error: unknown) => broken(error, input.signal)));
      states.set(check, answer.state);
      found.push({ check, ...answer, ms: Math.round(performance.now() - before) });
    }
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const buildsOn: Readonly<Record<CheckName, CheckName | null>> = {
  rows: null,
  'data contract': 'rows',
  leaks: 'data contract',
  split: 'rows',
  training: 'split',
  parity: 'training',
  'golden rows': 'training',
  evaluation: 'training',
};

function answerBefore(check: CheckName, states: ReadonlyMap<CheckName, Check['state']>, without: readonly CheckName[]): Found | null {
  const base = buildsOn[check];
  const state = base === null ? 'pass' : states.get(base);
  if (without.includes(check) || state === 'left-out') return { state: 'left-out', sentences: [] };
  // The leak check only needs the contract to have been looked at, not to be kept.
  if (state === 'not-checked' || (state === 'fail' && base !== 'data contract')) return notChecked(`it builds on ${base}`);
  return null;
}

const notChecked = (why: string): Found => ({ state: 'not-checked', sentences: [why] });

function broken(error: unknown, signal: AbortSignal): Found {
  signal.throwIfAborted();
  return { state: 'fail', sentences: [error instanceof Error ? error.message : String(error)] };
}

/** What earlier steps have found out. */
interface Known {
  snapshot: Snapshot;
  snapshotPath: string;
  report: Awaited<ReturnType<typeof checkDataContract>>;
  split: Digest;
  trained: TrainerOutput;
  manifest: Manifest;
}

function stepsOf(input: CheckInput, folder: string): Step[] {
  const { spec, signal } = input;
  const artifacts = openArtifacts(path.join(folder, 'artifacts'));
  const known: Partial<Known> = {};
  return [
    { check: 'rows', run: () => readSource(input, { artifacts, folder, known }) },
    {
      check: 'data contract',
      run: async () => {
        known.report = await checkDataContract({ spec, snapshotPath: known.snapshotPath!, workDir: folder, signal });
        return stateOf(judgeDataContract(known.report, spec.dataContract));
      },
    },
    {
      check: 'leaks',
      run: async () =>
        known.report
          ? stateOf(judgeLeaks(known.report.featurePower, spec.dataContract.suspiciousAuc, known.report))
          : notChecked('the features could not be looked at'),
    },
    {
      check: 'split',
      run: async () => {
        const { digest, counts } = await splitSnapshot({ spec, snapshotPath: known.snapshotPath!, artifacts, workDir: folder, signal });
        known.split = await sampledSplit({ artifacts, workDir: folder, split: digest, most: input.sample });
        const parts = Object.entries(counts).filter(([, { rows }]) => rows > 0);
        return { state: 'pass', sentences: [parts.map(([purpose, { rows }]) => `${purpose} ${figure(rows)}`).join(', ')] };
      },
    },
    { check: 'training', run: () => train(input, { artifacts, folder, known }) },
    {
      check: 'parity',
      run: async () => {
        const { rows, broken } = parityOf(known.manifest!.encoder, await sampleOf({ artifacts, folder, known }, signal));
        if (broken) return { state: 'fail', sentences: [`row ${broken.row + 1} of ${rows}: ${broken.why}`] };
        return { state: 'pass', sentences: [`${figure(rows)} rows become the same numbers in training and in serving`] };
      },
    },
    {
      check: 'golden rows',
      run: async () => {
        const { artifactDigest } = known.trained!;
        const manifest = known.manifest!;
        const { goldenRows, maxDifference } = await checkPackage({ manifest, onnxBytes: await artifacts.read(artifactDigest) });
        // Among them are extreme rows, whose answers are large where the answer is a number.
        const largest = Math.max(1, ...manifest.golden.map(({ score }) => Math.abs(score)));
        const scale = largest > 1 ? `, where answers go up to ${largest.toPrecision(2)}` : '';
        return {
          state: 'pass',
          sentences: [`${goldenRows} rows answered as the trainer did (largest difference ${maxDifference.toExponential(1)}${scale})`],
        };
      },
    },
    { check: 'evaluation', run: () => evaluate(input, { artifacts, folder, known }) },
  ];
}

interface Bench {
  readonly artifacts: ArtifactStore;
  readonly folder: string;
  readonly known: Partial<Known>;
}

async function readSource({ spec, path: file, keys, fetchQuery, signal }: CheckInput, { artifacts, folder, known }: Bench): Promise<Found> {
  const snapshot = await ingest({ spec, path: file, artifacts, workDir: folder, keys, signal, ...(fetchQuery && { fetchQuery }) });
  known.snapshot = snapshot;
  known.snapshotPath = artifacts.pathOf(snapshot.artifactDigest);
  const aside = snapshot.setAside.map(({ rule, column, count }) => `${figure(count)} set aside by ${rule}${column ? ` of ${column}` : ''}`);
  return { state: 'pass', sentences: [`${figure(snapshot.rowsKept)} of ${figure(snapshot.rowsIn)} rows can be used`, ...aside] };
}

async function train({ spec, signal, onProgress }: CheckInput, { artifacts, folder, known }: Bench): Promise<Found> {
  const { name, queue } = spec.trainer;
  if (!isBuiltIn(name))
    return notChecked(`the trainer ${name} works on the queue ${queue}, not here: leave these out with --without training`);
  const input = trainerInput(spec, {
    artifactsUrl: artifacts.url,
    snapshotDigest: known.snapshot!.digest,
    snapshotArtifact: known.snapshot!.artifactDigest,
    splitDigest: known.split!,
    seed: spec.trainer.seed,
  });
  const heartbeat = ({ done, total }: { done: number; total: number }) => onProgress('training', done, total);
  known.trained = await trainerNamed(name)(input, { signal, heartbeat, workDir: folder });
  known.manifest = await artifacts.readJson<Manifest>(known.trained.manifestDigest);
  const [strongest] = known.trained.importances;
  return {
    state: 'pass',
    sentences: [
      `${name} on ${figure(known.trained.trainedRows)} rows${strongest ? `; what moves the score most is ${strongest.feature}` : ''}`,
    ],
  };
}

async function sampleOf({ artifacts, folder, known }: Bench, signal: AbortSignal) {
  const split = await sampledSplit({ artifacts, workDir: folder, split: known.split!, most: PARITY_ROWS });
  const paths = { snapshotPath: known.snapshotPath!, splitPath: artifacts.pathOf(split) };
  return readRows({ ...paths, purpose: 'training', columns: known.manifest!.encoder.inputs, workDir: folder, signal });
}

async function evaluate({ spec, signal, onProgress }: CheckInput, { artifacts, folder, known }: Bench): Promise<Found> {
  const found = await evaluateInThread(
    {
      spec: { ...spec, gates: { ...spec.gates, draws: Math.min(DRAWS, spec.gates.draws) } },
      snapshotPath: known.snapshotPath!,
      splitPath: artifacts.pathOf(known.split!),
      workDir: folder,
      challenger: { manifest: known.manifest!, modelPath: artifacts.pathOf(known.trained!.artifactDigest) },
      champion: null,
      cost: { trainingMs: null, scoringMsPerThousand: null },
    },
    { signal, progress: ({ done, total }) => onProgress('evaluation', done, total) },
  );
  const [first] = found.overall.figures;
  if (!first) return { state: 'fail', sentences: found.verdict.reasons };
  const { estimate, interval } = first.challenger;
  const words = `${first.metric} ${estimate.toFixed(3)} (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}) on ${figure(found.overall.rows)} rows of the sample`;
  // A sample is too small to pass on; but what is worse than the simplest answer on it will hardly be better on all rows.
  return {
    state: found.overall.verdict.kind === 'fail' ? 'fail' : 'pass',
    sentences: [words, ...(found.overall.verdict.kind === 'fail' ? found.overall.verdict.reasons : [])],
  };
}

function stateOf({ kind, reasons }: Verdict): Found {
  return { state: kind === 'inconclusive' ? 'doubt' : kind, sentences: reasons };
}

const figure = (count: number): string => count.toLocaleString('en');
