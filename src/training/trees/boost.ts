/**
 * Gradient boosting (J. Friedman, Greedy Function Approximation, 2001) with second derivatives: each tree is grown on what the ones
 * before it leave over. Same rows, parameters and seed: same trees, on any number of threads, also when it goes on from trees that
 * an earlier run has finished.
 */
import { seededRandom } from '../../statistics/random.ts';
import { meanLoss } from '../losses.ts';
import { growTree } from './grow-tree.ts';
import type { Memory } from './memory.ts';
import { chooseScales } from './packing.ts';
import type { Parameters } from './parameters.ts';
import type { Team } from './team.ts';
import type { Tree } from './tree.ts';
import { shareTree } from './work.ts';

export interface Boosted {
  /** What is answered before the first tree: log odds, or the mean. */
  readonly base: number;
  readonly trees: readonly Tree[];
  /** On the validation rows: log loss, or the mean squared error; null without any. */
  readonly validationLoss: number | null;
}

export interface BoostInput {
  readonly parameters: Parameters;
  readonly seed: number;
  /** 0 or 1 of a logistic model, numbers else. */
  readonly validationTargets: Float64Array;
  readonly validationWeights: Float64Array | null;
  /** Finished by an earlier run of the same input. */
  readonly finished?: readonly Tree[];
  readonly onTree?: (trees: readonly Tree[]) => void;
}

/** The team's memory holds the rows, and their bins. */
export function boost(team: Team, input: BoostInput): Boosted {
  const { memory } = team;
  const { parameters, finished = [], onTree } = input;
  const base = baseOf(memory);
  memory.scores.fill(base);
  memory.validationScores.fill(base);
  const stopping = new EarlyStopping(memory, input);
  const trees: Tree[] = [];
  while (trees.length < parameters.trees && !stopping.isDue(trees.length)) {
    const known = finished[trees.length];
    const tree = known ?? nextTree(team, input, trees.length);
    if (known) addEverywhere(team, known);
    trees.push(tree);
    if (memory.validationRows > 0) {
      share(memory, tree);
      team.together('updateValidation', tree.leaves.length);
      stopping.look(trees.length);
    }
    onTree?.(trees);
    // A tree of one leaf says that there is nothing left to split on; the next one would be the same, unless it is drawn anew.
    if (tree.features.length === 0 && parameters.featureShare === 1 && parameters.rowShare === 1) break;
  }
  return { base, trees: trees.slice(0, stopping.best(trees.length)), validationLoss: stopping.bestLoss };
}

/** Finds edges and fills bins; needed once for rows, whatever is boosted on them. */
export function bin(team: Team, bins: number): void {
  team.memory.hasMissing.fill(0);
  team.together('findEdges', bins);
  team.together('fillBins');
}

/** The weighted mean of the targets; of a logistic model its log odds, kept away from the ends. */
function baseOf({ targets, weights, logistic, rows }: Memory): number {
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < rows; row++) {
    sum += targets[row]! * weights[row]!;
    weight += weights[row]!;
  }
  const mean = sum / weight;
  if (!logistic) return mean;
  const p = Math.min(1 - 1e-6, Math.max(1e-6, mean));
  return Math.log(p / (1 - p));
}

function nextTree(team: Team, { parameters, seed }: BoostInput, number: number): Tree {
  const { memory } = team;
  const random = seededRandom((Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0);
  chooseFeatures(memory, parameters.featureShare, random.uniform);
  const rows = chooseRows(memory, parameters.rowShare, random.uniform);
  team.together('gradients');
  chooseScales(memory);
  team.together('pack', Math.imul(seed + 1, 0x9e3779b1) ^ number);
  const tree = growTree(team, parameters, rows);
  if (rows < memory.rows) addEverywhere(team, tree);
  else {
    memory.leafValues.set(tree.leaves);
    team.together('update', tree.leaves.length);
  }
  return tree;
}

function addEverywhere(team: Team, tree: Tree): void {
  share(team.memory, tree);
  team.together('updateByTree', tree.leaves.length);
}

const share = shareTree;

function chooseFeatures({ used, width }: Memory, wanted: number, uniform: () => number): void {
  used.fill(1);
  const places = Array.from({ length: width }, (_, place) => place);
  for (let out = width - Math.max(1, Math.round(wanted * width)); out > 0; out--) {
    used[places.splice(Math.floor(uniform() * places.length), 1)[0]!] = 0;
  }
}

/** Puts the rows that take part at the start of the index, in their order. */
function chooseRows({ index, rows }: Memory, wanted: number, uniform: () => number): number {
  let chosen = 0;
  for (let row = 0; row < rows; row++) if (wanted >= 1 || uniform() < wanted) index[chosen++] = row;
  return chosen;
}

class EarlyStopping {
  private readonly memory: Memory;
  private readonly input: BoostInput;
  private bestAt = 0;
  bestLoss: number | null = null;

  constructor(memory: Memory, input: BoostInput) {
    this.memory = memory;
    this.input = input;
    if (memory.validationRows > 0) this.look(0);
  }

  look(trees: number): void {
    const loss = this.loss();
    if (this.bestLoss !== null && !(loss < this.bestLoss)) return;
    this.bestLoss = loss;
    this.bestAt = trees;
  }

  isDue(trees: number): boolean {
    const { earlyStopping } = this.input.parameters;
    return earlyStopping > 0 && this.bestLoss !== null && trees - this.bestAt >= earlyStopping;
  }

  best(trees: number): number {
    return this.input.parameters.earlyStopping > 0 && this.bestLoss !== null ? this.bestAt : trees;
  }

  private loss(): number {
    const { validationScores, logistic } = this.memory;
    const { validationTargets: targets, validationWeights: weights } = this.input;
    return meanLoss(logistic ? 'binary-classification' : 'regression', validationScores, { targets, weights })!;
  }
}
