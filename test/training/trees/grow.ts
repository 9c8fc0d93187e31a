/** Boosts on plain rows, in this thread. */
import { withUsual } from '../../../src/domain/trainer-parameters.ts';
import type { Boosted } from '../../../src/training/trees/boost.ts';
import type { Parameters } from '../../../src/training/trees/parameters.ts';
import { type SessionInput, TreeSession } from '../../../src/training/trees/session.ts';
import { addTree, type Tree } from '../../../src/training/trees/tree.ts';

export interface Rows {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly weights?: readonly number[];
}

export interface Growing {
  readonly parameters?: Partial<Parameters>;
  readonly logistic?: boolean;
  readonly monotone?: readonly number[];
  readonly validation?: Rows;
  readonly seed?: number;
  readonly finished?: readonly Tree[];
}

/** One tree that takes everything, unless told otherwise: no shrinking, no pull, single rows as leaves. */
const plain = { trees: 1, leaves: 31, learningRate: 1, minimumRows: 1, l2: 0, earlyStopping: 0 };

export function grown(rows: Rows, { parameters, logistic = false, monotone, validation, seed = 1, finished }: Growing = {}): Boosted {
  const width = rows.x[0]!.length;
  const given = { ...withUsual('gradient-boosted-trees', plain), ...parameters };
  const input: SessionInput = {
    width,
    training: treeRows(rows),
    validation: treeRows(validation ?? { x: [], y: [] }),
    logistic,
    monotone: monotone ?? new Array<number>(width).fill(0),
    leaves: given.leaves,
    threads: 1,
    startFollower: () => {},
  };
  const session = new TreeSession(input);
  return session.boost({ parameters: given, seed, ...(finished && { finished }) });
}

export function predicted({ trees, base }: Pick<Boosted, 'trees' | 'base'>, x: readonly (readonly number[])[]): number[] {
  const width = x[0]!.length;
  const scores = new Float64Array(x.length).fill(base);
  for (const tree of trees) addTree(tree, Float32Array.from(x.flat()), { width, from: 0, until: x.length }, scores);
  return [...scores];
}

function treeRows({ x, y, weights }: Rows) {
  return { x: Float32Array.from(x.flat()), targets: Float64Array.from(y), weights: weights ? Float64Array.from(weights) : null };
}
