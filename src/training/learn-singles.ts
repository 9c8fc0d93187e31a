/** Tries parameters, keeps the best on the validation rows, and calibrates: once for each arm. */
import type { FeatureSpec } from '../domain/feature-spec.ts';
import type { SearchSpec, Task, TrainerSpec } from '../domain/spec.ts';
import type { OurTrainer } from '../domain/trainer-parameters.ts';
import type { Arm } from './arms.ts';
import { type Calibration, fitCalibration } from './calibration.ts';
import { type Learner, type Lesson, openLearner, type Surroundings } from './learners.ts';
import { rawScores, type Single } from './model.ts';
import { candidates, type ParameterValues, type Searched } from './search.ts';

export interface SinglesInput {
  readonly task: Task;
  readonly trainer: OurTrainer;
  readonly seed: number;
  readonly parameters: ParameterValues;
  readonly calibration: TrainerSpec['calibration'];
  readonly search: SearchSpec | null;
  readonly arms: readonly Arm[];
  readonly monotone: readonly FeatureSpec['monotone'][];
  readonly surroundings: Surroundings;
}

export interface Singles {
  /** One for each arm. */
  readonly singles: readonly Single[];
  readonly parameters: ParameterValues;
  readonly searched: Searched | null;
}

interface Attempt {
  readonly parameters: ParameterValues;
  readonly lessons: readonly Lesson[];
  readonly loss: number;
}

export function learnSingles(input: SinglesInput): Singles {
  const { task, search, arms, calibration } = input;
  const tried = candidates(input.parameters, search, input.seed);
  const leaves = Math.max(...tried.map((parameters) => parameters.leaves ?? 2));
  const learners = arms.map(({ training, validation }) => openLearner({ ...input, training, validation, leaves }));
  let best: Attempt | null = null;
  let chosen = 0;
  const losses: number[] = [];
  for (const [number, parameters] of tried.entries()) {
    const attempt = attemptOf(learners, input, { parameters, trial: search === null ? '' : `trial ${number} ` });
    losses.push(attempt.loss);
    if (best !== null && !(attempt.loss < best.loss)) continue;
    best = attempt;
    chosen = number;
  }
  for (const learner of learners) learner.close();
  const { lessons, parameters } = best!;
  const singles = lessons.map(({ learned }, index): Single => {
    const single: Single = { learned, answers: task === 'regression' ? 'number' : 'probability', calibration: null };
    return { ...single, calibration: calibrationOf(single, arms[index]!, calibration) };
  });
  const judgedBy = task === 'regression' ? 'squared-error' : 'log-loss';
  const searched = search && { judgedBy, tried: tried.map((values, index) => ({ parameters: values, loss: losses[index]! })), chosen };
  return { singles, parameters, searched: searched as Searched | null };
}

function attemptOf(
  learners: readonly Learner[],
  { arms }: SinglesInput,
  { parameters, trial }: { parameters: ParameterValues; trial: string },
): Attempt {
  const lessons = learners.map((learner, index) => learner.learn(parameters, `${trial}${arms[index]!.name}`.trim()));
  const rows = arms.map(({ validation }) => validation.targets.length);
  const all = rows.reduce((sum, count) => sum + count, 0);
  const loss = lessons.reduce((sum, { validationLoss }, index) => sum + ((validationLoss ?? 0) * rows[index]!) / Math.max(1, all), 0);
  return { parameters, lessons, loss };
}

function calibrationOf({ learned }: Single, { calibration: rows }: Arm, kind: TrainerSpec['calibration']): Calibration | null {
  if (kind === 'none' || rows === null) return null;
  const { x, width, targets, weights } = rows;
  return fitCalibration(kind, { scores: rawScores(learned, x, width), targets, weights });
}
