/**
 * What the threads that grow trees share. Everything a thread writes is either its own part or a feature's, so that no sum depends
 * on how many threads there are.
 */
import { BINS } from './bins.ts';

export interface MemoryPlan {
  readonly rows: number;
  readonly width: number;
  readonly validationRows: number;
  readonly leaves: number;
  readonly threads: number;
  readonly logistic: boolean;
}

/** Figures of the best split of one feature in one leaf, at `index * FIGURES`. */
export const FIGURES = 6;
export const figure = { gain: 0, bin: 1, missingLeft: 2, gradient: 3, hessian: 4 } as const;

export type Memory = ReturnType<typeof openMemory>;
export type MemoryBuffers = ReturnType<typeof allocate>;

export function allocate(plan: MemoryPlan) {
  const { rows, width, validationRows, leaves, threads } = plan;
  const words = Math.ceil(width / 4);
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  return {
    plan,
    control: shared(4 * 64),
    numbers: shared(8 * 32),
    x: shared(4 * rows * width),
    validationX: shared(4 * validationRows * width),
    targets: shared(8 * rows),
    weights: shared(8 * rows),
    scores: shared(8 * rows),
    validationScores: shared(8 * validationRows),
    words: shared(4 * rows * words),
    columns: shared(rows * width),
    edges: shared(4 * width * BINS),
    /** Number of edges, and whether a value is ever missing. */
    edgeCounts: shared(4 * width),
    hasMissing: shared(4 * width),
    monotone: shared(4 * width),
    used: shared(width),
    gradients: shared(16 * rows),
    packed: shared(8 * rows),
    ordered: shared(8 * rows),
    index: shared(4 * rows),
    lefts: shared(4 * rows),
    rights: shared(4 * rows),
    partCounts: shared(8 * threads),
    goesLeft: shared(BINS),
    histograms: shared(8 * leaves * words * 4 * BINS),
    figures: shared(8 * 2 * width * FIGURES),
    leafStarts: shared(4 * (leaves + 1)),
    leafValues: shared(8 * leaves),
    leafSums: shared(16 * leaves),
    treeInts: shared(4 * 4 * leaves),
    treeNumbers: shared(8 * leaves),
  };
}

export function openMemory(buffers: MemoryBuffers) {
  const { plan } = buffers;
  return {
    ...plan,
    wordsARow: Math.ceil(plan.width / 4),
    control: new Int32Array(buffers.control),
    numbers: new Float64Array(buffers.numbers),
    x: new Float32Array(buffers.x),
    validationX: new Float32Array(buffers.validationX),
    targets: new Float64Array(buffers.targets),
    weights: new Float64Array(buffers.weights),
    scores: new Float64Array(buffers.scores),
    validationScores: new Float64Array(buffers.validationScores),
    words: new Uint32Array(buffers.words),
    /** The same, byte by byte: the bin of place p in row r is at 4·wordsARow·r + p. */
    bytes: new Uint8Array(buffers.words),
    /** Once more, place by place: the bin of place p in row r is at rows·p + r. Dividing a leaf looks at one place only. */
    columns: new Uint8Array(buffers.columns),
    edges: new Float32Array(buffers.edges),
    edgeCounts: new Int32Array(buffers.edgeCounts),
    hasMissing: new Int32Array(buffers.hasMissing),
    monotone: new Int32Array(buffers.monotone),
    used: new Uint8Array(buffers.used),
    /** Gradient and hessian side by side, by row. */
    gradients: new Float64Array(buffers.gradients),
    /** Both in one number (`packing.ts`), by row. */
    packed: new Float64Array(buffers.packed),
    /** The same in the order of `index`, for the leaf whose histogram is made next. */
    ordered: new Float64Array(buffers.ordered),
    /** Rows, leaf by leaf. */
    index: new Uint32Array(buffers.index),
    lefts: new Uint32Array(buffers.lefts),
    rights: new Uint32Array(buffers.rights),
    partCounts: new Int32Array(buffers.partCounts),
    goesLeft: new Uint8Array(buffers.goesLeft),
    histograms: new Float64Array(buffers.histograms),
    figures: new Float64Array(buffers.figures),
    leafStarts: new Int32Array(buffers.leafStarts),
    leafValues: new Float64Array(buffers.leafValues),
    /** Gradient and hessian of a finished tree's leaves, as they are. */
    leafSums: new Float64Array(buffers.leafSums),
    treeInts: new Int32Array(buffers.treeInts),
    treeNumbers: new Float64Array(buffers.treeNumbers),
  };
}
