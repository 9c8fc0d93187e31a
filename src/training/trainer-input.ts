import type { Digest } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { derivedOf } from '../features/encoder.ts';
import { rawInputs } from '../features/raw-inputs.ts';
import type { TrainerInput } from './trainer.ts';

type Data = Pick<TrainerInput, 'snapshotArtifact' | 'snapshotDigest' | 'artifactsUrl'> & {
  readonly splitDigest: Digest;
  readonly seed: number;
  /** The declaration of a model that is adopted instead of trained. */
  readonly imported?: Digest | null;
};

/** What a trainer may know of a model: its data and what is to be learned from them, nothing about serving or judging. */
export function trainerInput(spec: Spec, { imported = null, ...data }: Data): TrainerInput {
  const { model, task, inputs, features, label, treatment, trainer, source } = spec;
  const { name, parameters, calibration, search, weight } = trainer;
  return {
    task,
    model,
    trainer: imported === null ? name : 'imported',
    ...(imported !== null && { imported }),
    ...data,
    inputs,
    features,
    encoder: { inputs: rawInputs(spec), derived: derivedOf(spec) },
    label: { column: label.column, positive: label.positive },
    treatment,
    missingTexts: source.missing,
    parameters,
    calibration,
    search,
    weight,
  };
}
