/** A logistic model by its weights alone: what tests and examples serve when it does not matter how a model came about. */
import { writeModel } from './write-model.ts';

export { inputName, outputName } from './write-model.ts';

export function writeLinearModel({ weights, bias }: { readonly weights: ArrayLike<number>; readonly bias: number }): Uint8Array {
  const learned = { kind: 'linear', weights: Float64Array.from(weights), bias } as const;
  return writeModel({ kind: 'single', single: { learned, answers: 'probability', calibration: null } }, weights.length);
}
