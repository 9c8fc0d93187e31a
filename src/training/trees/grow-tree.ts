/** One tree, leaf by leaf: whichever split gains most is made next, until there are enough leaves or nothing is gained. */
import { BINS } from './bins.ts';
import { FIGURES, figure, type Memory } from './memory.ts';
import { GRADIENT, scalesIn } from './packing.ts';
import type { Parameters } from './parameters.ts';
import { answerOf, type LeafSums, MISSING_BIN } from './split-search.ts';
import type { Team } from './team.ts';
import type { Tree } from './tree.ts';
import { LEAF_NUMBERS, LIMITS_AT } from './work.ts';

interface Split {
  readonly gain: number;
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  /** Of the left side. */
  readonly gradient: number;
  readonly hessian: number;
}

interface Leaf extends LeafSums {
  readonly number: number;
  readonly from: number;
  readonly until: number;
  readonly depth: number;
  /** Where in the tree its parent points to it; -1 of the root. */
  readonly parent: number;
  readonly isLeft: boolean;
  readonly split: Split | null;
  /** Rows that a side is asked for. */
  readonly minimumRows: number;
}

/** Pieces that take less than this are done before another thread is awake; more so on a machine that is busy. */
const ALONE_BELOW_NS = 200_000;
/** Rough costs, as measured: of a row to be sent left or right, of an entry of a histogram, of a feature to be searched in two leaves. */
const PARTITION_NS = 8;
const ENTRY_NS = 1;
const SEARCH_NS = 1_500;
/** What is asked for, over and over, when the hessians promised more rows than there are. */
const STRICTER = 1.25;

/** `rows` of the index take part; gradients are in place, and packed. The memory then says where each leaf's rows begin. */
export function growTree(team: Team, parameters: Parameters, rows: number): Tree {
  const growing = new Growing(team, parameters);
  const leaves: Leaf[] = [growing.root(rows)];
  while (leaves.length < parameters.leaves) {
    const chosen = leaves.reduce((best, leaf) => ((leaf.split?.gain ?? 0) > (best.split?.gain ?? 0) ? leaf : best));
    if (chosen.split === null) break;
    const children = growing.divide(chosen, chosen.split, leaves.length);
    if (children.kind === 'refused') leaves[chosen.number] = children.leaf;
    else {
      leaves[chosen.number] = children.left;
      leaves.push(children.right);
    }
  }
  return growing.finished(leaves, rows);
}

type Divided = { readonly kind: 'divided'; readonly left: Leaf; readonly right: Leaf } | { readonly kind: 'refused'; readonly leaf: Leaf };

class Growing {
  private readonly team: Team;
  private readonly memory: Memory;
  private readonly parameters: Parameters;
  private readonly wordsAGroup: number;
  private readonly features: number[] = [];
  private readonly thresholds: number[] = [];
  private readonly missingLeft: number[] = [];
  private readonly left: number[] = [];
  private readonly right: number[] = [];
  private readonly gains: number[] = [];

  constructor(team: Team, parameters: Parameters) {
    this.team = team;
    this.memory = team.memory;
    this.parameters = parameters;
    this.wordsAGroup = Math.max(1, Math.ceil(this.memory.wordsARow / this.memory.threads));
  }

  root(rows: number): Leaf {
    this.team.together('arrange', 0, rows);
    const usual = { number: 0, from: 0, until: rows, depth: 0, parent: -1, isLeft: true, slot: 0, rows, low: -Infinity, high: Infinity };
    const { minimumRows } = this.parameters;
    const scales = scalesIn(this.memory);
    const sum = this.memory.partSums.reduce((all, part) => all + part, 0);
    const gradients = Math.floor(sum / GRADIENT);
    const [gradient, hessian] = [gradients / scales.gradient, (sum - gradients * GRADIENT) / scales.hessian];
    const leaf: Leaf = { ...usual, gradient, hessian, minimumRows, split: null };
    this.announce(0, leaf);
    this.team.together('histograms', 0, -1, 0, rows, this.wordsAGroup);
    return { ...leaf, split: this.best(0) };
  }

  divide(leaf: Leaf, split: Split, number: number): Divided {
    const leftRows = this.partition(leaf, split);
    const fewest = Math.min(leftRows, leaf.until - leaf.from - leftRows);
    if (fewest < Math.max(1, this.parameters.minimumRows)) return { kind: 'refused', leaf: this.searchAgain(leaf) };
    const node = this.addNode(leaf, split);
    const [left, right] = this.children(leaf, split, { node, number, middle: leaf.from + leftRows });
    // The larger side takes over its parent's histogram, from which the smaller one's is taken off.
    const isLeftSmaller = leftRows * 2 <= leaf.until - leaf.from;
    const smaller = { ...(isLeftSmaller ? left : right), slot: number };
    const larger = { ...(isLeftSmaller ? right : left), slot: leaf.slot };
    this.settle(leaf, split);
    const isDeepest = this.parameters.depth > 0 && smaller.depth >= this.parameters.depth;
    const isLast = number + 1 >= this.parameters.leaves;
    if (!isDeepest && !isLast) {
      this.announce(0, smaller);
      this.announce(1, larger);
      const { width, wordsARow } = this.memory;
      const isSmall = width * (smaller.rows * ENTRY_NS + SEARCH_NS) < ALONE_BELOW_NS;
      const place = [smaller.slot, larger.slot, smaller.from, smaller.until] as const;
      if (isSmall) this.team.alone('histograms', ...place, wordsARow);
      else this.team.together('histograms', ...place, this.wordsAGroup);
    }
    const searched = (which: Leaf, figures: number): Leaf => ({ ...which, split: isDeepest || isLast ? null : this.best(figures) });
    const [small, large] = [searched(smaller, 0), searched(larger, 1)];
    return isLeftSmaller ? { kind: 'divided', left: small, right: large } : { kind: 'divided', left: large, right: small };
  }

  finished(leaves: readonly Leaf[], rows: number): Tree {
    const { learningRate, l2 } = this.parameters;
    const ordered = [...leaves].sort((a, b) => a.from - b.from);
    const place = new Map(ordered.map((leaf, index) => [leaf.number, index]));
    const starts = Int32Array.from([...ordered.map(({ from }) => from), rows]);
    const { leafStarts, leafSums } = this.memory;
    leafStarts.set(starts);
    this.team.together('sumLeaves', ordered.length);
    const answer = (leaf: Leaf, at: number) => answerOf(leafSums[2 * at]!, leafSums[2 * at + 1]!, l2, leaf);
    const child = (encoded: number) => (encoded < 0 ? ~place.get(~encoded)! : encoded);
    const tree: Tree = {
      features: Int32Array.from(this.features),
      thresholds: Float64Array.from(this.thresholds),
      missingLeft: Uint8Array.from(this.missingLeft),
      left: Int32Array.from(this.left, child),
      right: Int32Array.from(this.right, child),
      gains: Float64Array.from(this.gains),
      leaves: Float64Array.from(ordered, (leaf, at) => learningRate * answer(leaf, at)),
    };
    return tree;
  }

  private partition(leaf: Leaf, split: Split): number {
    const { goesLeft, partCounts, threads } = this.memory;
    for (let bin = 0; bin < BINS; bin++) goesLeft[bin] = bin <= split.bin ? 1 : 0;
    goesLeft[MISSING_BIN] = split.missingLeft ? 1 : 0;
    this.pieceOf(leaf)('partition', leaf.from, leaf.until, split.feature);
    let lefts = 0;
    for (let thread = 0; thread < (this.isSmall(leaf) ? 1 : threads); thread++) lefts += partCounts[2 * thread]!;
    return lefts;
  }

  private settle(leaf: Leaf, split: Split): void {
    this.pieceOf(leaf)('settle', leaf.from, leaf.until, split.feature);
  }

  private isSmall({ from, until }: Leaf): boolean {
    return (until - from) * PARTITION_NS < ALONE_BELOW_NS;
  }

  private pieceOf(leaf: Leaf): Team['together'] {
    return this.isSmall(leaf) ? this.team.alone : this.team.together;
  }

  private children(leaf: Leaf, split: Split, at: { node: number; number: number; middle: number }): [Leaf, Leaf] {
    const { gradient, hessian } = split;
    const { minimumRows } = this.parameters;
    const usual = { depth: leaf.depth + 1, parent: at.node, low: leaf.low, high: leaf.high, slot: 0, minimumRows, split: null };
    const left = { ...usual, number: leaf.number, from: leaf.from, until: at.middle, rows: at.middle - leaf.from, gradient, hessian };
    const other = { gradient: leaf.gradient - gradient, hessian: leaf.hessian - hessian };
    const right = { ...usual, number: at.number, from: at.middle, until: leaf.until, rows: leaf.until - at.middle, ...other };
    const direction = this.memory.monotone[split.feature]!;
    if (direction === 0)
      return [
        { ...left, isLeft: true },
        { ...right, isLeft: false },
      ];
    // Whatever is split below may move each side only up to the middle of the two.
    const { l2 } = this.parameters;
    const middle = (answerOf(left.gradient, left.hessian, l2, leaf) + answerOf(right.gradient, right.hessian, l2, leaf)) / 2;
    const below = { high: Math.min(leaf.high, middle) };
    const above = { low: Math.max(leaf.low, middle) };
    return direction > 0
      ? [
          { ...left, ...below, isLeft: true },
          { ...right, ...above, isLeft: false },
        ]
      : [
          { ...left, ...above, isLeft: true },
          { ...right, ...below, isLeft: false },
        ];
  }

  private addNode(leaf: Leaf, split: Split): number {
    const node = this.features.length;
    this.features.push(split.feature);
    const isValuesAgainstMissing = split.bin >= this.memory.edgeCounts[split.feature]!;
    this.thresholds.push(isValuesAgainstMissing ? Infinity : this.memory.edges[split.feature * BINS + split.bin]!);
    this.missingLeft.push(split.missingLeft ? 1 : 0);
    this.gains.push(split.gain);
    this.left.push(~leaf.number);
    this.right.push(~(node + 1));
    if (leaf.parent >= 0) (leaf.isLeft ? this.left : this.right)[leaf.parent] = node;
    return node;
  }

  /** The hessians promised more rows than there are. */
  private searchAgain(leaf: Leaf): Leaf {
    const stricter = { ...leaf, minimumRows: Math.max(1, leaf.minimumRows) * STRICTER };
    this.announce(0, stricter);
    this.team.alone('search', leaf.slot);
    return { ...stricter, split: this.best(0) };
  }

  private announce(figures: number, leaf: Leaf): void {
    const { numbers } = this.memory;
    numbers.set([leaf.gradient, leaf.hessian, leaf.rows, leaf.low, leaf.high], figures * LEAF_NUMBERS);
    numbers[LIMITS_AT] = this.parameters.l2;
    numbers[LIMITS_AT + 1 + figures] = leaf.minimumRows;
    numbers[LIMITS_AT + 3] = this.parameters.minimumGain;
  }

  /** The first of the best, in the order of the features. */
  private best(leaf: number): Split | null {
    const { figures, width } = this.memory;
    let best: number | null = null;
    let gain = 0;
    for (let feature = 0; feature < width; feature++) {
      const at = (leaf * width + feature) * FIGURES;
      if (figures[at + figure.gain]! > gain) {
        gain = figures[at + figure.gain]!;
        best = feature;
      }
    }
    if (best === null) return null;
    const at = (leaf * width + best) * FIGURES;
    return {
      gain,
      feature: best,
      bin: figures[at + figure.bin]!,
      missingLeft: figures[at + figure.missingLeft] === 1,
      gradient: figures[at + figure.gradient]!,
      hessian: figures[at + figure.hessian]!,
    };
  }
}
