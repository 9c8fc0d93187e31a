/**
 * The pieces of work that threads share. Each does its part of the rows, or takes features as they come; what comes out is the same
 * however many there are, because every sum is made by one thread in one order.
 */
import { sigmoid } from '../logistic-regression.ts';
import { BINS, binOf, edgesOf, padded } from './bins.ts';
import { histogramOfLeaf, subtract, WORD } from './histogram.ts';
import type { Memory } from './memory.ts';
import { FIGURES, figure, PIECE, piecesOf } from './memory.ts';
import { measure, pack, scalesIn } from './packing.ts';
import { MISSING_BIN, searchFeature } from './split-search.ts';
import { addTree, type Tree } from './tree.ts';

/** Cells of the shared control block. The first three are the team's. */
export const cell = { round: 0, left: 1, work: 2, failed: 3, next: 4, arguments: 8 } as const;

export const works = {
  findEdges: 1,
  fillBins: 2,
  gradients: 3,
  partition: 4,
  settle: 5,
  histograms: 6,
  update: 7,
  updateByTree: 8,
  updateValidation: 9,
  arrange: 10,
  search: 11,
  pack: 12,
  sumLeaves: 13,
} as const;
export type WorkName = keyof typeof works;

export interface Part {
  readonly thread: number;
  readonly threads: number;
}
type Work = (memory: Memory, part: Part) => void;

const table: Record<WorkName, Work> = {
  findEdges,
  fillBins,
  gradients,
  partition,
  settle,
  histograms,
  update,
  updateByTree,
  updateValidation,
  arrange,
  search,
  pack: packRows,
  sumLeaves,
};
const byNumber = new Map<number, Work>(Object.entries(works).map(([name, number]) => [number, table[name as WorkName]]));

export function doWork(memory: Memory, part: Part): void {
  byNumber.get(Atomics.load(memory.control, cell.work))!(memory, part);
}

function* claimed({ control }: Memory, count: number): Iterable<number> {
  for (let taken = Atomics.add(control, cell.next, 1); taken < count; taken = Atomics.add(control, cell.next, 1)) yield taken;
}

const share = (from: number, until: number, { thread, threads }: Part) => ({
  from: from + Math.floor(((until - from) * thread) / threads),
  until: from + Math.floor(((until - from) * (thread + 1)) / threads),
});

function findEdges(memory: Memory): void {
  const { x, width, edges, edgeCounts, control } = memory;
  for (const place of claimed(memory, width)) {
    const found = edgesOf(x, { width, place, bins: control[cell.arguments]! });
    edges.set(padded(found), place * BINS);
    edgeCounts[place] = found.length;
  }
}

function fillBins(memory: Memory, part: Part): void {
  const { width, rows, edges, hasMissing } = memory;
  const { from, until } = share(0, rows, part);
  const own = Array.from({ length: width }, (_, place) => edges.slice(place * BINS, (place + 1) * BINS));
  // In pieces that stay in the cache, since every place passes over the same rows.
  for (let start = from; start < until; start += PIECE) {
    for (let place = 0; place < width; place++) {
      const missing = fillPlace(memory, { place, from: start, until: Math.min(until, start + PIECE) }, own[place]!);
      if (missing) Atomics.store(hasMissing, place, 1);
    }
  }
}

function fillPlace(memory: Memory, at: { place: number; from: number; until: number }, edges: Float32Array): boolean {
  const { x, width, rows, bytes, columns, wordsARow } = memory;
  const { place, from, until } = at;
  let missing = false;
  for (let row = from; row < until; row++) {
    const value = x[row * width + place]!;
    const bin = Number.isNaN(value) ? MISSING_BIN : binOf(edges, value);
    if (bin === MISSING_BIN) missing = true;
    bytes[row * wordsARow * 4 + place] = bin;
    columns[place * rows + row] = bin;
  }
  return missing;
}

/** In pieces that are the same however many threads there are, since what is summed of them is not exact. */
function gradients(memory: Memory): void {
  const { rows, scores, targets, weights, gradients: gh, logistic } = memory;
  for (const piece of claimed(memory, piecesOf(rows))) {
    for (let row = piece * PIECE; row < Math.min(rows, (piece + 1) * PIECE); row++) {
      const weight = weights[row]!;
      const p = logistic ? sigmoid(scores[row]!) : scores[row]!;
      gh[2 * row] = (p - targets[row]!) * weight;
      gh[2 * row + 1] = logistic ? Math.max(p * (1 - p), 1e-16) * weight : weight;
    }
    measure(memory, piece);
  }
}

/** Argument: what varies the rounding from tree to tree. */
function packRows(memory: Memory, part: Part): void {
  pack(memory, share(0, memory.rows, part), { scales: scalesIn(memory), salt: memory.control[cell.arguments]! });
}

/** Argument: number of leaves. */
function sumLeaves(memory: Memory): void {
  const { control, index, gradients: gh, leafStarts, leafSums } = memory;
  for (const leaf of claimed(memory, control[cell.arguments]!)) {
    let gradient = 0;
    let hessian = 0;
    for (let position = leafStarts[leaf]!; position < leafStarts[leaf + 1]!; position++) {
      const row = index[position]!;
      gradient += gh[2 * row]!;
      hessian += gh[2 * row + 1]!;
    }
    leafSums[2 * leaf] = gradient;
    leafSums[2 * leaf + 1] = hessian;
  }
}

/** Arguments: from, until, feature. Leaves each thread's lefts and rights, in order, where its part of the leaf begins. */
function partition(memory: Memory, part: Part): void {
  const { control, index, lefts, rights, columns, rows, goesLeft, partCounts, loops } = memory;
  const { from, until } = share(control[cell.arguments]!, control[cell.arguments + 1]!, part);
  const column = columns.byteOffset + control[cell.arguments + 2]! * rows;
  const at = (array: Uint32Array, position: number) => array.byteOffset + position * array.BYTES_PER_ELEMENT;
  const bytes = loops.divide(at(index, from), at(index, until), column, goesLeft.byteOffset, at(lefts, from), at(rights, from));
  const count = bytes / lefts.BYTES_PER_ELEMENT;
  partCounts[2 * part.thread] = count;
  partCounts[2 * part.thread + 1] = until - from - count;
}

/** The same arguments. Puts the lefts of all threads before the rights, and the gradients of the smaller side in that order. */
function settle(memory: Memory, part: Part): void {
  const { control, index, lefts, rights, partCounts, packed, ordered } = memory;
  const begin = control[cell.arguments]!;
  const end = control[cell.arguments + 1]!;
  const { from } = share(begin, end, part);
  let allLefts = 0;
  let leftsBefore = 0;
  let rightsBefore = 0;
  for (let thread = 0; thread < part.threads; thread++) {
    allLefts += partCounts[2 * thread]!;
    if (thread >= part.thread) continue;
    leftsBefore += partCounts[2 * thread]!;
    rightsBefore += partCounts[2 * thread + 1]!;
  }
  const ownLefts = partCounts[2 * part.thread]!;
  const ownRights = partCounts[2 * part.thread + 1]!;
  index.set(lefts.subarray(from, from + ownLefts), begin + leftsBefore);
  index.set(rights.subarray(from, from + ownRights), begin + allLefts + rightsBefore);
  const isLeftSmaller = allLefts * 2 <= end - begin;
  const at = isLeftSmaller ? begin + leftsBefore : begin + allLefts + rightsBefore;
  order(index, { packed, ordered, from: at, until: at + (isLeftSmaller ? ownLefts : ownRights) });
}

/** Arguments: from, until. Puts the gradients in the order of the index, and sums them, which is exact. */
function arrange({ control, index, packed, ordered, partSums }: Memory, part: Part): void {
  const { from, until } = share(control[cell.arguments]!, control[cell.arguments + 1]!, part);
  order(index, { packed, ordered, from, until });
  let sum = 0;
  for (let position = from; position < until; position++) sum += ordered[position]!;
  partSums[part.thread] = sum;
}

function order(
  index: Uint32Array,
  { packed, ordered, from, until }: { packed: Float64Array; ordered: Float64Array; from: number; until: number },
): void {
  for (let position = from; position < until; position++) {
    ordered[position] = packed[index[position]!]!;
  }
}

/** Sums and bounds of a leaf in the shared numbers. */
export const LEAF_NUMBERS = 5;
/** Where the limits of the search lie in the shared numbers, after two leaves. */
export const LIMITS_AT = 2 * LEAF_NUMBERS;

/**
 * Arguments: slot of the smaller leaf, slot of the larger one (-1: the root is alone), from, until of the smaller one's rows, words
 * a group.
 */
function histograms(memory: Memory): void {
  const { control, wordsARow, width, used } = memory;
  const [smaller, larger, from, until, wordsAGroup] = control.subarray(cell.arguments, cell.arguments + 5);
  const slotOf = (slot: number) => slot * wordsARow * WORD;
  for (const group of claimed(memory, Math.ceil(wordsARow / wordsAGroup!))) {
    const fromWord = group * wordsAGroup!;
    const untilWord = Math.min(wordsARow, fromWord + wordsAGroup!);
    const span = { fromWord, untilWord };
    histogramOfLeaf(memory, { ...span, slot: slotOf(smaller!) }, { from: from!, until: until! });
    if (larger! >= 0) subtract(memory, { ...span, slot: slotOf(larger!) }, slotOf(smaller!));
    for (let feature = fromWord * 4; feature < Math.min(width, untilWord * 4); feature++) {
      if (used[feature] === 1) {
        searchLeaf(memory, { leaf: 0, slot: slotOf(smaller!), feature });
        if (larger! >= 0) searchLeaf(memory, { leaf: 1, slot: slotOf(larger!), feature });
      } else for (const leaf of [0, 1]) memory.figures[(leaf * width + feature) * FIGURES + figure.gain] = 0;
    }
  }
}

/** Argument: slot of the one leaf, whose histogram is there already. */
function search(memory: Memory): void {
  const { control, wordsARow, width, used } = memory;
  const slot = control[cell.arguments]! * wordsARow * WORD;
  for (const feature of claimed(memory, width)) if (used[feature] === 1) searchLeaf(memory, { leaf: 0, slot, feature });
}

function searchLeaf(memory: Memory, { leaf, slot, feature }: { leaf: number; slot: number; feature: number }): void {
  const { numbers, width } = memory;
  const at = leaf * LEAF_NUMBERS;
  const sums = {
    slot,
    gradient: numbers[at]!,
    hessian: numbers[at + 1]!,
    rows: numbers[at + 2]!,
    low: numbers[at + 3]!,
    high: numbers[at + 4]!,
  };
  const limits = { l2: numbers[LIMITS_AT]!, minimumRows: numbers[LIMITS_AT + 1 + leaf]!, minimumGain: numbers[LIMITS_AT + 3]! };
  searchFeature(memory, sums, { feature, at: leaf * width + feature }, limits);
}

/** Argument: number of leaves. Adds to the score of every row the value of the leaf it lies in. */
function update(memory: Memory, part: Part): void {
  const { control, index, scores, leafStarts, leafValues } = memory;
  const leaves = control[cell.arguments]!;
  const { from, until } = share(0, leafStarts[leaves]!, part);
  for (let leaf = 0; leaf < leaves; leaf++) {
    const end = Math.min(until, leafStarts[leaf + 1]!);
    for (let position = Math.max(from, leafStarts[leaf]!); position < end; position++) scores[index[position]!]! += leafValues[leaf]!;
  }
}

function updateByTree(memory: Memory, part: Part): void {
  const { x, width, rows, scores } = memory;
  addTree(sharedTree(memory), x, { width, ...share(0, rows, part) }, scores);
}

function updateValidation(memory: Memory, part: Part): void {
  const { validationX, width, validationRows, validationScores } = memory;
  addTree(sharedTree(memory), validationX, { width, ...share(0, validationRows, part) }, validationScores);
}

/** Argument: number of leaves. */
function sharedTree({ control, leaves: most, treeInts, treeNumbers, leafValues }: Memory): Tree {
  const leaves = control[cell.arguments]!;
  const ints = (block: number) => treeInts.subarray(block * most, block * most + leaves - 1);
  return {
    features: ints(0),
    thresholds: treeNumbers.subarray(0, leaves - 1),
    missingLeft: Uint8Array.from(ints(1)),
    left: ints(2),
    right: ints(3),
    gains: new Float64Array(0),
    leaves: leafValues.subarray(0, leaves),
  };
}

export function shareTree({ leaves: most, treeInts, treeNumbers, leafValues }: Memory, tree: Tree): void {
  treeInts.set(tree.features, 0);
  treeInts.set(tree.missingLeft, most);
  treeInts.set(tree.left, 2 * most);
  treeInts.set(tree.right, 3 * most);
  treeNumbers.set(tree.thresholds, 0);
  leafValues.set(tree.leaves, 0);
}
