/** The built-in trainer: read the rows, fit in a thread, write the graph and its manifest. */
import { openArtifacts } from '../artifacts/store.ts';
import { type Rows, readRows } from '../data/rows.ts';
import { nearestName } from '../domain/nearest-name.ts';
import { Failure } from '../failures.ts';
import { rawInputs } from '../features/raw-inputs.ts';
import { fitInThread } from './fit-in-thread.ts';
import type { Manifest } from './manifest.ts';
import { inputName, outputName, writeLinearModel } from './onnx/write-linear-model.ts';
import type { Trainer, TrainerContext, TrainerInput } from './trainer.ts';

/** `ridge` is 1/C of scikit-learn, whose default it shares; Newton needs some 10 iterations. */
const defaults = { ridge: 1, iterations: 100, tolerance: 1e-10 };

export const trainLogisticRegression: Trainer = async (input, context) => {
  const parameters = parametersOf(input);
  const artifacts = openArtifacts(input.artifactsUrl);
  const paths = {
    snapshotPath: await artifacts.verifiedPathOf(input.snapshotArtifact),
    splitPath: await artifacts.verifiedPathOf(input.splitDigest),
  };
  context.heartbeat({ stage: 'reading', done: 0, total: 0 });
  const training = await rowsOf(input, { ...paths, purpose: 'training' }, context);
  insistOnBothClasses(input, training);
  const validation = await rowsOf(input, { ...paths, purpose: 'validation' }, context);
  const { inputs, features, missingTexts } = input;
  const fit = await fitInThread(
    { inputs, features, missingTexts, training: fitting(training), validation: fitting(validation), ...parameters },
    context,
  );

  const artifactDigest = await artifacts.put(writeLinearModel(fit));
  const { model, trainer: name, seed, snapshotDigest, splitDigest } = input;
  const manifest: Manifest = {
    format: 'understudy.manifest.v1',
    model,
    task: 'binary-classification',
    encoder: fit.encoder,
    onnx: { input: inputName, output: outputName, width: fit.encoder.width },
    artifactDigest,
    // The seed changes nothing here: the fit has one minimum. It is kept because the digest names everything that was asked for.
    trainer: { name, seed, parameters },
    snapshotDigest,
    splitDigest,
    golden: fit.golden,
    referenceProfile: fit.referenceProfile,
    trainedRows: training.count,
    baseRate: fit.baseRate,
    importances: fit.importances,
  };
  const manifestDigest = await artifacts.putJson(manifest);
  return {
    artifactDigest,
    manifestDigest,
    trainedRows: training.count,
    baseRate: fit.baseRate,
    validation: fit.validation,
    importances: fit.importances,
  };
};

function rowsOf(
  described: TrainerInput,
  rows: Pick<Parameters<typeof readRows>[0], 'snapshotPath' | 'splitPath' | 'purpose'>,
  { signal, workDir }: TrainerContext,
) {
  return readRows({ ...rows, columns: rawInputs(described), signal, workDir });
}

/** Only what the thread needs: everything else would be copied, too. */
const fitting = ({ count, labels, columns, seenAt }: Rows) => ({ count, labels, columns, seenAt });

function parametersOf({ parameters, trainer }: TrainerInput): typeof defaults {
  const known = Object.keys(defaults);
  for (const [name, value] of Object.entries(parameters)) {
    const nearest = nearestName(name, known);
    const hint = nearest && nearest !== name ? `; did you mean "${nearest}"?` : '';
    if (!known.includes(name))
      throw new Failure('SpecInvalid', `trainer ${trainer} has no parameter "${name}": expected ${known.join(', ')}${hint}`, { name });
    if (!(value > 0)) throw new Failure('SpecInvalid', `trainer.parameters.${name} must be above 0, found ${value}`, { name, value });
  }
  return { ...defaults, ...parameters };
}

function insistOnBothClasses({ label }: TrainerInput, { count, labels }: Rows): void {
  const positives = labels.reduce((sum, value) => sum + value, 0);
  if (positives > 0 && positives < count) return;
  throw new Failure(
    'TrainingDataRejected',
    `the ${count} training rows have one class only: expected "${label.column}" to be "${label.positive}" in some of them, found it in ${positives === 0 ? 'none' : 'all'}`,
    { rows: count, positives },
  );
}
