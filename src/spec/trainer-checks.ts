/** What a trainer of ours knows to be set, and what the rest of a spec asks of it. Those on other queues check their own. */
import { isOurTrainer, type OurTrainer, parameterProblems, ruleOf, unknownParameter } from '../domain/trainer-parameters.ts';
import type { ReadSections } from './cross-checks.ts';
import type { Problem } from './problems.ts';
import type { WrittenSpec } from './schema.ts';
import { usualTrainer } from './to-trainer.ts';

type Trainer = WrittenSpec['trainer'];

/** More would be a cluster's work. */
const MOST_TRIALS = 200;

export function trainerProblems(sections: ReadSections, columns: readonly string[] | null): Problem[] {
  const { trainer, task = 'binary-classification' } = sections;
  if (!trainer) return [];
  const name = trainer.name ?? usualTrainer[task];
  return [
    ...calibrationProblems(trainer, task),
    ...weightProblems(sections, trainer, columns),
    ...(isOurTrainer(name) ? [...settingProblems(name, trainer), ...monotoneProblems(name, sections)] : []),
  ];
}

function settingProblems(name: OurTrainer, { parameters, search }: Trainer): Problem[] {
  const problems: Problem[] = parameterProblems(name, parameters).map((problem) =>
    placed(['trainer', 'parameters', problem.name], problem),
  );
  if (search === null) return problems;
  if (search.trials > MOST_TRIALS) {
    problems.push({ path: ['trainer', 'search', 'trials'], expected: `at most ${MOST_TRIALS} trials` });
  }
  const ranges = Object.entries(search.ranges);
  if (ranges.length === 0) problems.push({ path: ['trainer', 'search', 'ranges'], expected: 'at least one range' });
  return [...problems, ...ranges.flatMap(([parameter, range]) => rangeProblems(name, parameter, range))];
}

function rangeProblems(
  name: OurTrainer,
  parameter: string,
  { from, to, scale }: NonNullable<Trainer['search']>['ranges'][string],
): Problem[] {
  const path = ['trainer', 'search', 'ranges', parameter];
  if (!ruleOf(name, parameter)) return [placed(path, unknownParameter(name, parameter))];
  if (from > to) return [{ path, expected: 'a range that rises', found: `${from} to ${to}` }];
  if (scale === 'log' && from <= 0) return [{ path, expected: 'a range above 0 for a logarithmic scale', found: `from ${from}` }];
  return [from, to].flatMap((end) => parameterProblems(name, { [parameter]: end })).map((problem) => placed(path, problem));
}

function placed(path: string[], { expected, found, known, name }: ReturnType<typeof unknownParameter>): Problem {
  return known ? { path, inKey: true, expected, known, written: name, found: JSON.stringify(name) } : { path, expected, found };
}

function calibrationProblems({ calibration }: Trainer, task: WrittenSpec['task']): Problem[] {
  if (calibration === 'none' || task !== 'regression') return [];
  return [{ path: ['trainer', 'calibration'], expected: 'none, because a regression has no probabilities to calibrate' }];
}

function weightProblems({ label, entity, treatment }: ReadSections, { weight }: Trainer, columns: readonly string[] | null): Problem[] {
  if (weight === null) return [];
  const path = ['trainer', 'weight'];
  const other = weight === label?.column ? 'the label' : entity?.kind === 'column' && weight === entity.column ? 'the entity' : null;
  if (other ?? weight === treatment?.column) return [{ path, expected: `a column that is not ${other ?? 'the treatment'}` }];
  return columns && !columns.includes(weight) ? [{ path, expected: 'a column of the source', known: columns }] : [];
}

function monotoneProblems(name: OurTrainer, { features, task }: ReadSections): Problem[] {
  return Object.entries(features ?? {}).flatMap(([feature, { monotone, type, bins, cross }]): Problem[] => {
    const path = ['features', feature, 'monotone'];
    if (monotone === 'none') return [];
    if (name !== 'gradient-boosted-trees') return [{ path, expected: 'none, because only gradient-boosted-trees can keep to it' }];
    if (task === 'uplift') return [{ path, expected: 'none, because the difference of two rising scores may fall' }];
    const isCategory = type === 'category' || bins !== null || cross !== null;
    return isCategory ? [{ path, expected: 'none, because categories have no order' }] : [];
  });
}
