/**
 * What the threads that grow trees share. Everything a thread writes is either its own part or a feature's, so that no sum depends
 * on how many threads there are.
 */
import { BINS } from './bins.ts';
import { innerLoops } from './inner-loops.ts';

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

/** Rows that a thread takes at a time where it must not matter which thread takes them. */
export const PIECE = 2_048;
export const PIECE_FIGURES = 4;
export const piecesOf = (rows: number) => Math.ceil(rows / PIECE);

/** Of compiled code's memory, in bytes, and how many there may be: 4 GiB, less one so that where things end has an address, too. */
const PAGE = 2 ** 16;
const MOST_PAGES = 2 ** 16 - 1;
/** In bytes; where it is another, only the time changes. */
const CACHE_LINE = 64;

export type Memory = ReturnType<typeof openMemory>;
export type MemoryBuffers = ReturnType<typeof allocate>;

export function allocate(plan: MemoryPlan) {
  const { rows, width, validationRows, leaves, threads } = plan;
  const pages = pagesOf(plan);
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  return {
    plan,
    /** What the inner loops read and write; they can see nothing else. */
    looped: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }),
    control: shared(4 * 64),
    numbers: shared(8 * 32),
    x: shared(4 * rows * width),
    validationX: shared(4 * validationRows * width),
    targets: shared(8 * rows),
    weights: shared(8 * rows),
    scores: shared(8 * rows),
    validationScores: shared(8 * validationRows),
    edges: shared(4 * width * BINS),
    /** Number of edges, and whether a value is ever missing. */
    edgeCounts: shared(4 * width),
    hasMissing: shared(4 * width),
    monotone: shared(4 * width),
    used: shared(width),
    gradients: shared(16 * rows),
    partCounts: shared(8 * threads),
    partSums: shared(8 * threads),
    pieceFigures: shared(8 * PIECE_FIGURES * piecesOf(rows)),
    figures: shared(8 * 2 * width * FIGURES),
    leafStarts: shared(4 * (leaves + 1)),
    leafValues: shared(8 * leaves),
    leafSums: shared(16 * leaves),
    treeInts: shared(4 * 4 * leaves),
    treeNumbers: shared(8 * leaves),
  };
}

/** Where each array of the inner loops begins, in bytes, and where the last one ends. */
function layoutOf({ rows, width, leaves }: MemoryPlan) {
  const wordsARow = Math.ceil(width / 4);
  let end = 0;
  const taking = (bytes: number) => {
    const begin = end;
    end += Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
    return begin;
  };
  return {
    histograms: taking(8 * leaves * wordsARow * 4 * BINS),
    ordered: taking(8 * rows),
    packed: taking(8 * rows),
    index: taking(4 * rows),
    lefts: taking(4 * rows),
    rights: taking(4 * rows),
    goesLeft: taking(BINS),
    words: taking(4 * rows * wordsARow),
    columns: taking(rows * width),
    end,
  };
}

function pagesOf(plan: MemoryPlan): number {
  const pages = Math.ceil(layoutOf(plan).end / PAGE);
  if (pages <= MOST_PAGES) return pages;
  const { rows, width, leaves } = plan;
  throw new RangeError(
    `boosted trees have 4 GiB for the bins of their rows, found ${rows} rows of ${width} values and ${leaves} leaves: sample the rows`,
  );
}

export function openMemory(buffers: MemoryBuffers) {
  const { plan, looped } = buffers;
  const { rows, width, leaves } = plan;
  const wordsARow = Math.ceil(width / 4);
  const at = layoutOf(plan);
  return {
    ...plan,
    wordsARow,
    loops: innerLoops(looped),
    control: new Int32Array(buffers.control),
    numbers: new Float64Array(buffers.numbers),
    x: new Float32Array(buffers.x),
    validationX: new Float32Array(buffers.validationX),
    targets: new Float64Array(buffers.targets),
    weights: new Float64Array(buffers.weights),
    scores: new Float64Array(buffers.scores),
    validationScores: new Float64Array(buffers.validationScores),
    words: new Uint32Array(looped.buffer, at.words, rows * wordsARow),
    /** The same, byte by byte: the bin of place p in row r is at 4·wordsARow·r + p. */
    bytes: new Uint8Array(looped.buffer, at.words, 4 * rows * wordsARow),
    /** Once more, place by place: the bin of place p in row r is at rows·p + r. Dividing a leaf looks at one place only. */
    columns: new Uint8Array(looped.buffer, at.columns, rows * width),
    edges: new Float32Array(buffers.edges),
    edgeCounts: new Int32Array(buffers.edgeCounts),
    hasMissing: new Int32Array(buffers.hasMissing),
    monotone: new Int32Array(buffers.monotone),
    used: new Uint8Array(buffers.used),
    /** Gradient and hessian side by side, by row. */
    gradients: new Float64Array(buffers.gradients),
    /** Both in one number (`packing.ts`), by row. */
    packed: new Float64Array(looped.buffer, at.packed, rows),
    /** The same in the order of `index`, for the leaf whose histogram is made next. */
    ordered: new Float64Array(looped.buffer, at.ordered, rows),
    /** Rows, leaf by leaf. */
    index: new Uint32Array(looped.buffer, at.index, rows),
    lefts: new Uint32Array(looped.buffer, at.lefts, rows),
    rights: new Uint32Array(looped.buffer, at.rights, rows),
    partCounts: new Int32Array(buffers.partCounts),
    partSums: new Float64Array(buffers.partSums),
    /** Of the gradients of each piece of the rows: sum without signs, then of the hessians sum, least and most. */
    pieceFigures: new Float64Array(buffers.pieceFigures),
    goesLeft: new Uint8Array(looped.buffer, at.goesLeft, BINS),
    histograms: new Float64Array(looped.buffer, at.histograms, leaves * wordsARow * 4 * BINS),
    figures: new Float64Array(buffers.figures),
    leafStarts: new Int32Array(buffers.leafStarts),
    leafValues: new Float64Array(buffers.leafValues),
    /** Gradient and hessian of a finished tree's leaves, as they are. */
    leafSums: new Float64Array(buffers.leafSums),
    treeInts: new Int32Array(buffers.treeInts),
    treeNumbers: new Float64Array(buffers.treeNumbers),
  };
}
