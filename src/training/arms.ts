/** An uplift model is two: one learns from treated rows, the other from the rest (the two-model or T-learner). Other tasks have one arm. */
import type { Task } from '../domain/spec.ts';
import type { EncodedRows } from './learners.ts';

export type TreatedRows = EncodedRows & { readonly treated: Uint8Array | null };

export interface RowsByPurpose<Of> {
  readonly training: Of;
  readonly validation: Of;
  readonly calibration: Of | null;
}

export interface Arm extends RowsByPurpose<EncodedRows> {
  /** Empty when there is only one. */
  readonly name: '' | 'treated' | 'control';
}

/** Treated rows first. */
export function armsOf(task: Task, rows: RowsByPurpose<TreatedRows>): Arm[] {
  if (task !== 'uplift') return [{ name: '', ...rows }];
  const arm = (name: 'treated' | 'control', treated: number): Arm => ({
    name,
    training: rowsWith(rows.training, treated),
    validation: rowsWith(rows.validation, treated),
    calibration: rows.calibration && rowsWith(rows.calibration, treated),
  });
  return [arm('treated', 1), arm('control', 0)];
}

function rowsWith({ x, width, targets, weights, treated }: TreatedRows, wanted: number): EncodedRows {
  const rows = Array.from(targets.keys()).filter((row) => treated?.[row] === wanted);
  const chosen = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries()) chosen.set(x.subarray(row * width, (row + 1) * width), at * width);
  return {
    x: chosen,
    width,
    targets: Float64Array.from(rows, (row) => targets[row]!),
    weights: weights && Float64Array.from(rows, (row) => weights[row]!),
  };
}
