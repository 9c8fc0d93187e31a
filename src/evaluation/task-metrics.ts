/**
 * What the metrics of a task have in common: rows are prepared once (sorted, losses computed), then measured with a weight for each
 * entity in one or two passes, so that a draw of the bootstrap costs no sort. Prepared rows are plain typed arrays: they go to threads.
 */
import type { MetricName } from '../domain/evidence.ts';
import type { DecisionSpec } from '../domain/spec.ts';
import type { Bounds } from '../statistics/bootstrap.ts';

export interface TaskRows {
  /** 1 and 0, or the number. */
  readonly targets: Float64Array;
  /** 1 treated, 0 not; only of uplift. */
  readonly treated: Uint8Array | null;
  /** The number of the row's entity. */
  readonly entities: Uint32Array;
}

export interface Metric {
  readonly name: MetricName;
  readonly better: 'higher' | 'lower';
  /** What it cannot leave; null: no bounds. */
  readonly bounds: Bounds | null;
  /** It is the sum of the sizes of so many numbers, which chance alone keeps above 0; absent: it is not. */
  readonly parts?: number;
}

export interface TaskMetrics<Prepared> {
  readonly metrics: readonly Metric[];
  prepare(rows: TaskRows, scores: Float64Array): Prepared;
  /**
   * Writes one number a metric into `out` from `at`, NaN where there is none, and after them the parts of those that have parts.
   * Without weights every entity counts once.
   */
  measure(prepared: Prepared, weights: Uint8Array | null, out: Float64Array, at: number): void;
}

/** Numbers that `measure` writes. */
export function widthOf(metrics: readonly Metric[]): number {
  return metrics.reduce((sum, { parts = 0 }) => sum + 1 + parts, 0);
}

/** Where the parts of a metric are among the numbers that `measure` writes. */
export function partsOf(metrics: readonly Metric[], index: number): readonly number[] {
  const from = metrics.length + metrics.slice(0, index).reduce((sum, { parts = 0 }) => sum + parts, 0);
  return Array.from({ length: metrics[index]!.parts ?? 0 }, (_, part) => from + part);
}

export type Cutoff = DecisionSpec['cutoff'];

/** Rows that a share of the best means: at least one. */
export function topRows(share: number, rows: number): number {
  return Math.max(1, Math.round(share * rows));
}

/** A buffer for the weights of rows, grown when a larger group comes. One a thread. */
let buffer = new Uint8Array(0);
export function weightBuffer(rows: number): Uint8Array {
  if (buffer.length < rows) buffer = new Uint8Array(rows);
  return buffer;
}
