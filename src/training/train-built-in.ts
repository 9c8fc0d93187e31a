/** Our own trainers: read the rows, fit in threads, write the graph and its manifest. */
import { availableParallelism } from 'node:os';
import { type ArtifactStore, openArtifacts } from '../artifacts/store.ts';
import { readRows } from '../data/rows.ts';
import type { Purpose } from '../data/split.ts';
import type { OutputRange } from '../domain/output-range.ts';
import { type OurTrainer, withUsual } from '../domain/trainer-parameters.ts';
import { rawInputs } from '../features/raw-inputs.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints.ts';
import { fitInThread, type ThreadFit } from './fit-in-thread.ts';
import type { Fit, FitInput, FitRows } from './fit-model.ts';
import { insistOnParameters, insistOnRows } from './insist.ts';
import type { Baseline, Manifest } from './manifest.ts';
import { inputName, outputName, writeModel } from './onnx/write-model.ts';
import type { Trainer, TrainerContext, TrainerInput, TrainerOutput } from './trainer.ts';

/** A run that is shorter than this is not worth a file. */
const CHECKPOINT_EVERY_MS = 10_000;

export function builtIn(trainer: OurTrainer): Trainer {
  return async (input, context) => {
    const began = performance.now();
    insistOnParameters(trainer, input);
    const artifacts = openArtifacts(input.artifactsUrl);
    context.heartbeat({ stage: 'reading', done: 0, total: 0 });
    const fitInput = await fitInputOf(trainer, { input, artifacts, context });
    const counts = { training: fitInput.training.count, calibration: fitInput.calibrationRows?.count ?? 0 };
    const checkpoints = await openCheckpoints(context.workDir, input);
    const { fit, threads } = await fitWithCheckpoints(fitInput, { checkpoints, context });
    const output = await written(input, { artifacts, fit, counts });
    await checkpoints.remove();
    return { ...output, trainedMs: Math.round(performance.now() - began), threads };
  };
}

async function fitInputOf(
  trainer: OurTrainer,
  { input, artifacts, context }: { input: TrainerInput; artifacts: ArtifactStore; context: TrainerContext },
): Promise<FitInput> {
  const { task, seed, inputs, features, missingTexts, calibration, search } = input;
  const snapshotPath = await artifacts.verifiedPathOf(input.snapshotArtifact);
  const splitPath = await artifacts.verifiedPathOf(input.splitDigest);
  const { signal, workDir } = context;
  const rowsFor = async (purpose: Purpose): Promise<FitRows> => {
    const rows = await readRows({ snapshotPath, splitPath, purpose, columns: rawInputs(input), weight: input.weight, signal, workDir });
    const { count, columns, targets, treated, weights, seenAt } = rows;
    return { count, columns, targets, treated, weights, seenAt };
  };
  const training = await rowsFor('training');
  insistOnRows(input, 'training', training);
  const validation = await rowsFor('validation');
  insistOnRows(input, 'validation', validation);
  const calibrationRows = calibration === 'none' ? null : await rowsFor('calibration');
  if (calibrationRows) insistOnRows(input, 'calibration', calibrationRows);
  const reference = await rowsFor('reference');
  const parameters = withUsual(trainer, input.parameters);
  const learned = { training, validation, calibrationRows, reference };
  return { task, trainer, seed, inputs, features, missingTexts, parameters, calibration, search, ...learned };
}

async function fitWithCheckpoints(
  fit: FitInput,
  { checkpoints, context }: { checkpoints: Checkpoints; context: TrainerContext },
): Promise<ThreadFit> {
  const finished = await checkpoints.read();
  const treesEveryMs = context.checkpointEveryMs ?? CHECKPOINT_EVERY_MS;
  const threads = context.threads ?? availableParallelism();
  let keeping = Promise.resolve();
  return await fitInThread(
    { fit, threads, finished, treesEveryMs },
    {
      signal: context.signal,
      heartbeat: (progress) => context.heartbeat({ ...progress, checkpoint: checkpoints.folder }),
      onTrees(what, trees) {
        // One after the other; a checkpoint that cannot be written costs time after a kill, and no more.
        keeping = keeping.then(() => checkpoints.keep(what, trees)).catch(() => undefined);
      },
    },
  ).finally(() => keeping);
}

const ranges: Readonly<Record<TrainerInput['task'], OutputRange>> = {
  'binary-classification': 'probability',
  regression: 'number',
  uplift: 'difference',
};

async function written(
  input: TrainerInput,
  { artifacts, fit, counts }: { artifacts: ArtifactStore; fit: Fit; counts: { training: number; calibration: number } },
): Promise<TrainerOutput> {
  const { model, task, trainer, seed, snapshotDigest, splitDigest, calibration } = input;
  const { encoder, golden, referenceProfile, monitoringProfile, baseRate, importances, searched, validation } = fit;
  const artifactDigest = await artifacts.put(writeModel(fit.model, encoder.width));
  const manifest: Manifest = {
    format: 'understudy.manifest.v1',
    model,
    task,
    encoder,
    outputRange: ranges[task],
    onnx: { input: inputName, output: outputName, width: encoder.width },
    artifactDigest,
    trainer: { name: trainer, seed, parameters: fit.parameters },
    ...(calibration !== 'none' && { calibration: { method: calibration, rows: counts.calibration } }),
    ...(searched && { searched }),
    baseline: baselineOf(task, fit),
    snapshotDigest,
    splitDigest,
    golden,
    referenceProfile,
    ...(monitoringProfile && { monitoringProfile }),
    trainedRows: counts.training,
    baseRate,
    importances,
  };
  const manifestDigest = await artifacts.putJson(manifest);
  return { artifactDigest, manifestDigest, trainedRows: counts.training, baseRate, validation, importances };
}

function baselineOf(task: TrainerInput['task'], { baseRate, meanEffect }: Fit): Baseline {
  if (task === 'binary-classification') return { kind: 'base-rate', rate: baseRate };
  return { kind: 'mean', mean: task === 'uplift' ? meanEffect! : baseRate };
}
