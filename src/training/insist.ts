/** What a training must have before it may begin. Said here in sentences, since what comes out otherwise is a model of nothing. */
import type { Purpose } from '../data/split.ts';
import { type OurTrainer, type ParameterProblem, parameterProblems, ruleOf, unknownParameter } from '../domain/trainer-parameters.ts';
import { Failure } from '../failures.ts';
import type { FitRows } from './fit-model.ts';
import type { TrainerInput } from './trainer.ts';

/** Fewer of a class make any curve through them a guess. */
const FEWEST_TO_CALIBRATE = 20;

/** Weights that add up to 1 are a usual mistake; a hundredth on average hardly a wish. */
const LEAST_MEAN_WEIGHT = 0.01;

export function insistOnParameters(trainer: OurTrainer, { parameters, search, calibration, task }: TrainerInput): void {
  const problems = [...parameterProblems(trainer, parameters), ...Object.entries(search?.ranges ?? {}).flatMap(rangeProblems)];
  const [first] = problems;
  if (first) throw invalid(first);
  if (calibration !== 'none' && task === 'regression') {
    throw new Failure(
      'SpecInvalid',
      `a regression has no probabilities to calibrate: expected trainer.calibration none, found ${calibration}`,
    );
  }

  function rangeProblems([name, { from, to }]: [string, { from: number; to: number }]): ParameterProblem[] {
    if (!ruleOf(trainer, name)) return [unknownParameter(trainer, name)];
    return [from, to].flatMap((value) => parameterProblems(trainer, { [name]: value }));
  }

  function invalid({ name, expected, found, known }: ParameterProblem): Failure {
    const sentence = known
      ? `trainer ${trainer} has no parameter ${found.startsWith('"') ? found.replace(/;.*/, '') : name}: expected ${expected}${hintOf(found)}`
      : `trainer.parameters.${name} must be ${expected}, found ${found}`;
    return new Failure('SpecInvalid', sentence, { name });
  }
}

const hintOf = (found: string) => (found.includes(';') ? found.slice(found.indexOf(';')) : '');

export function insistOnRows(input: TrainerInput, purpose: Purpose, rows: FitRows): void {
  insistOnWeights(input, purpose, rows);
  // Without validation rows nothing can be chosen by them, which only a search asks for.
  if (purpose === 'validation') {
    if (rows.count > 0 || input.search === null) return;
    throw rejected(input, `a search is judged on validation rows: expected some, found none`, { rows: 0 });
  }
  if (input.task === 'regression') {
    if (rows.count > 0) return;
    throw rejected(input, `expected ${purpose} rows, found none`, { rows: 0 });
  }
  for (const { words, labels } of armsOf(input, rows)) insistOnBothClasses(input, { purpose, words, labels });
}

interface LabelledArm {
  readonly purpose: Purpose;
  /** What kind of rows they are, besides their purpose. */
  readonly words: string;
  readonly labels: Float64Array;
}

function armsOf({ task, treatment }: TrainerInput, { targets, treated }: FitRows): Pick<LabelledArm, 'words' | 'labels'>[] {
  if (task !== 'uplift') return [{ words: '', labels: targets }];
  if (treated === null) throw new Failure('TrainingDataRejected', `the snapshot does not say who was treated: ingest the source again`);
  const { column, treated: text } = treatment!;
  return [
    { words: `with ${column} "${text}" `, labels: targets.filter((_, row) => treated[row] === 1) },
    { words: `without ${column} "${text}" `, labels: targets.filter((_, row) => treated[row] !== 1) },
  ];
}

function insistOnBothClasses(input: TrainerInput, { purpose, words, labels }: LabelledArm): void {
  const { column, positive } = input.label;
  const rows = labels.length;
  if (rows === 0)
    throw rejected(
      input,
      `there are no ${purpose} rows ${words}`.trimEnd() + ': expected some with either outcome; bring more rows, or change split.shares',
      { rows },
    );
  const positives = labels.reduce((sum, value) => sum + value, 0);
  if (positives === 0 || positives === rows) {
    const found = positives === 0 ? 'none' : 'all';
    const sentence = `the ${rows} ${purpose} rows ${words}have one class only: expected "${column}" to be "${positive}" in some of them, found it in ${found}`;
    throw rejected(input, sentence, { rows, positives });
  }
  const fewest = Math.min(positives, rows - positives);
  if (purpose !== 'calibration' || fewest >= FEWEST_TO_CALIBRATE) return;
  const sentence = `the ${rows} calibration rows ${words}are too few: expected at least ${FEWEST_TO_CALIBRATE} of each class, found ${fewest}; raise split.shares.calibration`;
  throw rejected(input, sentence, { rows, positives });
}

function insistOnWeights(input: TrainerInput, purpose: Purpose, { weights }: FitRows): void {
  if (weights === null || weights.length === 0) return;
  const wrong = weights.find((weight) => !(weight > 0 && Number.isFinite(weight)));
  if (wrong !== undefined)
    throw rejected(input, `the column ${input.weight} weighs a ${purpose} row by ${wrong}: expected a number above 0`, { weight: wrong });
  const mean = weights.reduce((sum, weight) => sum + weight / weights.length, 0);
  if (mean >= LEAST_MEAN_WEIGHT) return;
  const sentence = `the column ${input.weight} weighs the ${purpose} rows by ${mean.toPrecision(2)} on average: expected about 1, since far below it nothing outweighs the pull towards 0 (ridge, l2); multiply it`;
  throw rejected(input, sentence, { mean });
}

function rejected({ model }: TrainerInput, sentence: string, details: Readonly<Record<string, unknown>>): Failure {
  return new Failure('TrainingDataRejected', sentence, { model, ...details });
}
