/** What each of our trainers learns from encoded rows, behind one face: a search, an uplift model and a calibration ask all alike. */
import type { FeatureSpec } from '../domain/feature-spec.ts';
import type { Task } from '../domain/spec.ts';
import { type OurTrainer, withUsual } from '../domain/trainer-parameters.ts';
import { linearRegression } from './linear-regression.ts';
import { logisticRegression } from './logistic-regression.ts';
import { type Learned, rawScores } from './model.ts';
import { meanLoss } from './losses.ts';
import type { MemoryBuffers } from './trees/memory.ts';
import { TreeSession } from './trees/session.ts';
import type { Tree } from './trees/tree.ts';

export interface EncodedRows {
  readonly x: Float32Array;
  readonly width: number;
  /** 0 or 1, or numbers in a regression. */
  readonly targets: Float64Array;
  readonly weights: Float64Array | null;
}

export interface LearnerInput {
  readonly trainer: OurTrainer;
  readonly task: Task;
  readonly seed: number;
  readonly training: EncodedRows;
  readonly validation: EncodedRows;
  /** By place of the encoded row. */
  readonly monotone: readonly FeatureSpec['monotone'][];
  /** The most leaves that will be asked for. */
  readonly leaves: number;
  readonly surroundings: Surroundings;
}

/** What a learner needs of the place it runs in. */
export interface Surroundings {
  readonly threads: number;
  readonly startFollower: (buffers: MemoryBuffers, thread: number) => void;
  /** `what` names the fit among those of one training. */
  readonly onProgress: (what: string, done: number, total: number) => void;
  readonly finishedTrees: (what: string) => readonly Tree[];
  readonly onTrees: (what: string, trees: readonly Tree[]) => void;
}

export interface Lesson {
  readonly learned: Learned;
  /** Log loss or mean squared error on the validation rows; null without any. */
  readonly validationLoss: number | null;
}

export interface Learner {
  learn(parameters: Readonly<Record<string, number>>, what: string): Lesson;
  close(): void;
}

export function openLearner(input: LearnerInput): Learner {
  return input.trainer === 'gradient-boosted-trees' ? treeLearner(input) : linearLearner(input, input.trainer);
}

function treeLearner({ task, seed, training, validation, monotone, leaves, surroundings }: LearnerInput): Learner {
  const { threads, startFollower, onProgress, finishedTrees, onTrees } = surroundings;
  const direction = { none: 0, increasing: 1, decreasing: -1 } as const;
  const session = new TreeSession({
    width: training.width,
    training,
    validation,
    logistic: task !== 'regression',
    monotone: monotone.map((way) => direction[way]),
    leaves,
    threads,
    startFollower,
  });
  return {
    learn(given, what) {
      const parameters = withUsual('gradient-boosted-trees', given);
      const finished = finishedTrees(what);
      const onTree = (trees: readonly Tree[]) => {
        onProgress(what, trees.length, parameters.trees);
        // Those that are kept already must not be replaced by fewer.
        if (trees.length > finished.length) onTrees(what, trees);
      };
      const { trees, base, validationLoss } = session.boost({ parameters, seed, finished, onTree });
      return { learned: { kind: 'trees', trees, base }, validationLoss };
    },
    close: () => session.close(),
  };
}

function linearLearner(input: LearnerInput, trainer: 'logistic-regression' | 'linear-regression'): Learner {
  const { training, validation, surroundings } = input;
  return {
    learn(given, what) {
      const learned: Learned = { kind: 'linear', ...(trainer === 'linear-regression' ? leastSquares(given) : logistic(given, what)) };
      return { learned, validationLoss: meanLoss(input.task, rawScores(learned, validation.x, validation.width), validation) };
    },
    close: () => {},
  };

  function leastSquares(given: Readonly<Record<string, number>>) {
    const { x, width, targets: y, weights } = training;
    return linearRegression({ x, width, y, weights, ridge: withUsual('linear-regression', given).ridge });
  }

  function logistic(given: Readonly<Record<string, number>>, what: string) {
    const { x, width, targets: y, weights: rowWeights } = training;
    const parameters = withUsual('logistic-regression', given);
    const onIteration = (done: number, total: number) => surroundings.onProgress(what, done, total);
    const { weights, bias } = logisticRegression({ x, width, y, rowWeights, ...parameters, onIteration });
    return { weights, bias };
  }
}
