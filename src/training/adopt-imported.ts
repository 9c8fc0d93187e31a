/**
 * The trainer that trains nothing: it brings a declared ONNX file into our form, runs it on the snapshot's rows in a process that can
 * be ended, and writes the manifest that belongs to it. So an imported model passes every gate that a trained one passes.
 */
import { type ArtifactStore, openArtifacts } from '../artifacts/store.ts';
import { type Rows, readRows } from '../data/rows.ts';
import { isWithin, wordsFor } from '../domain/output-range.ts';
import { Failure } from '../failures.ts';
import { encodeColumns, encodeInto } from '../features/encode.ts';
import { featureHistograms, scoreHistogram } from '../features/reference-profile.ts';
import { goldenInstances } from './golden-rows.ts';
import { holdoutMetrics } from './holdout-metrics.ts';
import type { ImportDeclaration } from './import-declaration.ts';
import type { Manifest } from './manifest.ts';
import { type AdoptedGraph, adoptGraph } from './onnx/adopt-graph.ts';
import { problemsOf } from './onnx/inspect-model.ts';
import { scoreApart } from './package-check.ts';
import type { Trainer, TrainerContext, TrainerInput, TrainerOutput } from './trainer.ts';

/** Enough for a histogram of scores; rows come in the order of their ids, which is as good as random. */
const PROFILED_ROWS = 50_000;
/** Numbers that may go to the other process for the importances. */
const IMPORTANCE_NUMBERS = 4_000_000;
const IMPORTANCE_ROWS = 2_000;

export const adoptImported: Trainer = async (input, context) => {
  const artifacts = openArtifacts(input.artifactsUrl);
  const declaration = await declarationOf(input, artifacts);
  const { encoder } = declaration;
  const { bytes, onnx } = adoptGraph(await artifacts.read(declaration.file), declaration.graph);
  const problems = problemsOf(bytes, onnx);
  if (problems.length > 0) throw new Failure('PackagingFailed', `${declaration.fileName} cannot be adopted: ${problems.join('; ')}`);
  const artifactDigest = await artifacts.put(bytes);

  context.heartbeat({ stage: 'reading', done: 0, total: 0 });
  const training = await rowsOf(input, declaration, { purpose: 'training', context });
  const validation = await rowsOf(input, declaration, { purpose: 'validation', context });
  const described = { inputs: [], features: input.features.filter(({ name }) => training.columns.has(name)) };
  const instances = goldenInstances(described, training);
  const encoded = encodeColumns(encoder, training.columns, training.count, training.seenAt);
  const parts = [
    encoded.subarray(0, PROFILED_ROWS * encoder.width),
    encodeColumns(encoder, validation.columns, validation.count, validation.seenAt),
    encodedInstances(encoder, instances),
    ...exchangedRows(encoder, encoded),
  ];
  context.heartbeat({ stage: 'scoring', done: 0, total: training.count });
  const [trainingScores, validationScores, goldenScores, plain, ...exchanged] = await scoresOf(parts, { onnx, artifactDigest, bytes });
  insistOnRange(input, declaration, trainingScores!);

  const baseRate = training.targets.reduce((sum, target) => sum + target, 0) / training.count;
  const importances = importancesOf(encoder, plain!, exchanged);
  const { model, task, seed, snapshotDigest, splitDigest, imported } = input;
  const manifest: Manifest = {
    format: 'understudy.manifest.v1',
    model,
    task,
    encoder,
    outputRange: rangeOf[task],
    onnx,
    artifactDigest,
    trainer: { name: 'imported', seed, parameters: {}, ...(imported && { imported }) },
    snapshotDigest,
    splitDigest,
    // By running the file: they prove that it is served as it runs here, and say nothing about its own trainer's arithmetic.
    golden: declaration.golden.length > 0 ? declaration.golden : instances.map((row, at) => ({ ...row, score: goldenScores![at]! })),
    referenceProfile: {
      format: 'understudy.reference-profile.v1',
      rows: training.count,
      features: featureHistograms(described, training.columns),
      score: scoreHistogram(trainingScores!),
      baseRate,
    },
    // Nobody here knows what it was trained on.
    trainedRows: 0,
    baseRate,
    baseline: task === 'binary-classification' ? { kind: 'base-rate', rate: baseRate } : { kind: 'mean', mean: meanOf(training) },
    importances,
  };
  const manifestDigest = await artifacts.putJson(manifest);
  const figures = holdoutMetrics(task, Float64Array.from(validationScores!), validation);
  return { artifactDigest, manifestDigest, trainedRows: 0, baseRate, validation: figures, importances };
};

const rangeOf = { 'binary-classification': 'probability', regression: 'number', uplift: 'difference' } as const;

/** Of uplift the difference between the arms, which is what the simplest model would answer to everybody. */
function meanOf({ targets, treated }: Rows): number {
  const mean = (wanted: (row: number) => boolean) => {
    const chosen = targets.filter((_, row) => wanted(row));
    return chosen.reduce((sum, target) => sum + target, 0) / Math.max(1, chosen.length);
  };
  return treated === null ? mean(() => true) : mean((row) => treated[row] === 1) - mean((row) => treated[row] === 0);
}

function declarationOf({ imported }: TrainerInput, artifacts: ArtifactStore): Promise<ImportDeclaration> {
  if (imported) return artifacts.readJson<ImportDeclaration>(imported);
  throw new Failure('SpecInvalid', 'the trainer "imported" adopts a file that "understudy import" hands over; a spec cannot name it');
}

async function rowsOf(
  input: TrainerInput,
  { encoder }: ImportDeclaration,
  { purpose, context: { signal, workDir } }: { purpose: 'training' | 'validation'; context: TrainerContext },
): Promise<Rows> {
  const artifacts = openArtifacts(input.artifactsUrl);
  const [snapshotPath, splitPath] = await Promise.all([input.snapshotArtifact, input.splitDigest].map(artifacts.verifiedPathOf));
  return readRows({ snapshotPath: snapshotPath!, splitPath: splitPath!, purpose, columns: encoder.inputs, signal, workDir });
}

function encodedInstances(encoder: Manifest['encoder'], rows: ReturnType<typeof goldenInstances>): Float32Array {
  const x = new Float32Array(rows.length * encoder.width);
  for (const [at, row] of rows.entries()) encodeInto(encoder, row.instance, x, at * encoder.width, row.at ?? Number.NaN);
  return x;
}

/** All in one go: each process that runs a model takes a second to start. */
async function scoresOf(
  parts: readonly Float32Array[],
  { onnx, artifactDigest, bytes }: Pick<AdoptedGraph, 'onnx' | 'bytes'> & Pick<Manifest, 'artifactDigest'>,
): Promise<Float32Array[]> {
  const counts = parts.map(({ length }) => length / onnx.width);
  const rows = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const part of parts) {
    rows.set(part, next);
    next += part.length;
  }
  const scores = await scoreApart({ manifest: { onnx, artifactDigest }, onnxBytes: bytes, rows, count: rows.length / onnx.width });
  const starts = counts.map((_, part) => counts.slice(0, part).reduce((sum, count) => sum + count, 0));
  return counts.map((count, part) => scores.subarray(starts[part], starts[part]! + count));
}

function insistOnRange({ task }: TrainerInput, { fileName, graph }: ImportDeclaration, scores: Float32Array): void {
  const range = rangeOf[task];
  const wrong = scores.find((score) => !isWithin(range, score));
  if (wrong === undefined) return;
  const isLogit = range === 'probability' && graph.transform === 'none' && Number.isFinite(wrong);
  const hint = Number.isNaN(wrong)
    ? '; if a value is missing there, declare the number that stands for it (missing: NUMBER)'
    : isLogit
      ? '; if it answers logits, declare transform: sigmoid'
      : '';
  const expected = wordsFor(range);
  throw new Failure('PackagingFailed', `${fileName} answers ${wrong} to a row of the snapshot: expected ${expected}${hint}`, {
    score: wrong,
  });
}

/** Some rows as they are, then for each input the same rows with its values exchanged with those of the row half-way further on. */
function exchangedRows(encoder: Manifest['encoder'], encoded: Float32Array): Float32Array[] {
  const { width, inputs, columns } = encoder;
  const rows = Math.min(IMPORTANCE_ROWS, encoded.length / width, Math.floor(IMPORTANCE_NUMBERS / (width * inputs.length)));
  const plain = encoded.slice(0, rows * width);
  const exchanged = inputs.map((_, input) => {
    const x = plain.slice();
    for (const [at, column] of columns.entries()) {
      if (column.input !== input) continue;
      for (let row = 0; row < rows; row++) x[row * width + at] = plain[((row + (rows >> 1)) % rows) * width + at]!;
    }
    return x;
  });
  return [plain, ...exchanged];
}

/** How far a score moves when a row gets another row's value: the root of the mean square, in the score's own unit. */
function importancesOf(
  { inputs }: Manifest['encoder'],
  plain: Float32Array,
  exchanged: readonly Float32Array[],
): TrainerOutput['importances'] {
  return inputs
    .map(({ name }, input) => {
      const squares = exchanged[input]!.reduce((sum, score, row) => sum + (score - plain[row]!) ** 2, 0);
      return { feature: name, importance: Math.sqrt(squares / Math.max(1, plain.length)) };
    })
    .sort((a, b) => b.importance - a.importance || (a.feature < b.feature ? -1 : 1));
}
