/** What the task asks of other sections: a regression has no positive label, an uplift model needs an experiment. */
import type { Task } from '../domain/spec.ts';
import type { ReadSections } from './cross-checks.ts';
import type { Problem } from './problems.ts';

/** The trainers of ours that can do a task. Others live on task queues of their own and are not judged by their name. */
const trainersOf: Readonly<Record<Task, readonly string[]>> = {
  'binary-classification': ['logistic-regression', 'gradient-boosted-trees'],
  regression: ['linear-regression', 'gradient-boosted-trees'],
  uplift: ['logistic-regression', 'gradient-boosted-trees'],
};
const ourTrainers = new Set(Object.values(trainersOf).flat());

export function taskProblems(sections: ReadSections): Problem[] {
  if (sections.task === undefined) return [];
  return [
    ...labelProblems(sections),
    ...capProblems(sections),
    ...treatmentProblems(sections),
    ...trainerProblems(sections),
    ...upliftProblems(sections),
  ];
}

function labelProblems({ task, label }: ReadSections): Problem[] {
  if (!label) return [];
  const { positive, alsoPositive, negative, cap } = label;
  if (cap !== null && cap <= 0) return [{ path: ['label', 'cap'], expected: 'a number above 0' }];
  if (task === 'regression') {
    const written = [positive !== null && 'positive', alsoPositive.length > 0 && 'alsoPositive', negative !== null && 'negative'];
    return written
      .filter((key) => key !== false)
      .map((key) => ({ path: ['label', key], expected: `no ${key}, because the label of a regression is a number` }));
  }
  if (label.cap !== null) return [{ path: ['label', 'cap'], expected: 'a cap only for a label that is a number' }];
  const both = [...(positive ?? ['1']), ...alsoPositive].filter((text) => negative?.includes(text));
  return both.map((text) => ({
    path: ['label', 'negative'],
    expected: 'texts that do not mean a positive label as well',
    found: JSON.stringify(text),
  }));
}

function capProblems({ outcomes }: ReadSections): Problem[] {
  return (outcomes ?? []).flatMap(({ cap, kind }, index): Problem[] => {
    const path = ['outcomes', index, 'cap'];
    if (cap !== null && kind !== 'value') return [{ path, expected: 'a cap only beside kind: value' }];
    return cap !== null && cap <= 0 ? [{ path, expected: 'a number above 0' }] : [];
  });
}

function treatmentProblems({ task, treatment, features, label, entity, time }: ReadSections): Problem[] {
  if (treatment === undefined) return [];
  if (task !== 'uplift') {
    return treatment === null ? [] : [{ path: ['treatment'], expected: 'a treatment only with task: uplift' }];
  }
  if (treatment === null)
    return [{ path: ['task'], expected: 'a treatment with its column beside uplift: who was treated, in an experiment' }];
  const { column, share } = treatment;
  const path = ['treatment', 'column'];
  const problems: Problem[] = [];
  const refuse = (what: string) => problems.push({ path, expected: `a column that is not ${what}`, found: JSON.stringify(column) });
  if (column === label?.column) refuse('the label');
  if (features && column in features) refuse('a feature: each model of the two learns from one arm alone');
  if (entity?.kind === 'column' && entity.column === column) refuse('the entity');
  if (column === time?.column) refuse('the time');
  if (share !== null && (share <= 0 || share >= 1))
    problems.push({ path: ['treatment', 'share'], expected: 'a share above 0% and below 100%' });
  return problems;
}

function trainerProblems({ task, trainer }: ReadSections): Problem[] {
  if (!trainer?.name || !ourTrainers.has(trainer.name)) return [];
  const known = trainersOf[task!];
  if (known.includes(trainer.name)) return [];
  return [{ path: ['trainer', 'name'], expected: `${known.join(' or ')} for ${task}`, known }];
}

/** Of somebody treated nobody knows what they would have done otherwise, so live only the arms can tell which model is better. */
function upliftProblems({ task, label, rollout }: ReadSections): Problem[] {
  if (task !== 'uplift') return [];
  const problems: Problem[] = [];
  if (label?.dependsOnAction === 'none') {
    problems.push({ path: ['label', 'dependsOnAction'], expected: 'possible: the treatment is meant to change the outcome' });
  }
  if (rollout?.metrics.conversion.critical === false) {
    const expected = 'true: between the arms is the only place where the quality of an uplift model shows';
    problems.push({ path: ['rollout', 'metrics', 'conversion', 'critical'], expected });
  }
  return problems;
}
