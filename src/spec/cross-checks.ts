/**
 * What one part of a spec must not say because of another part. Works on whatever sections could be read, so that one round shows
 * every problem.
 */
import { contractProblems, limitProblems } from './data-contract-checks.ts';
import { evaluationProblems } from './evaluation-checks.ts';
import { derivationProblems, isColumn } from './feature-checks.ts';
import type { Problem } from './problems.ts';
import type { WrittenSpec } from './schema.ts';
import { sourceColumnProblems, sourceProblems } from './source-checks.ts';
import { taskProblems } from './task-checks.ts';
import { trainerProblems } from './trainer-checks.ts';
import { derivationOf, typeOf } from './to-features.ts';

export type ReadSections = Partial<WrittenSpec>;

export function crossCheck(sections: ReadSections, columns: readonly string[] | null): Problem[] {
  return [
    ...featureProblems(sections),
    ...derivationProblems(sections),
    ...timeProblems(sections),
    ...sourceProblems(sections),
    ...evaluationProblems(sections, columns),
    ...ruleProblems(sections, columns),
    ...contractProblems(sections.dataContract),
    ...taskProblems(sections),
    ...trainerProblems(sections, columns),
    ...outcomeProblems(sections),
    ...splitProblems(sections),
    ...rolloutProblems(sections),
    ...monitoringProblems(sections),
    ...(columns ? [...columnProblems(sections, columns), ...sourceColumnProblems(sections, columns)] : []),
  ];
}

function featureProblems({ features, label, entity, time }: ReadSections): Problem[] {
  if (!features) return [];
  const names = Object.keys(features);
  const problems: Problem[] = names.length === 0 ? [{ path: ['features'], expected: 'at least one feature' }] : [];
  const refuse = (column: string | null | undefined, what: string) => {
    if (column === null || column === undefined || !names.includes(column)) return;
    problems.push({ path: ['features', column], inKey: true, expected: `features without ${what}`, found: JSON.stringify(column) });
  };
  refuse(label?.column, 'the label');
  refuse(entity?.kind === 'column' ? entity.column : null, 'the entity, which names a row and says nothing about it');
  refuse(time?.column, 'the time');
  for (const [name, feature] of Object.entries(features))
    problems.push(...limitProblems(['features', name], feature), ...transformProblems(name, feature));
  return problems;
}

const transformsOf = { number: ['none', 'standardise', 'log'], category: ['one-hot'], boolean: ['none'] } as const;

function transformProblems(name: string, feature: WrittenSpec['features'][string]): Problem[] {
  const { transform } = feature;
  const type = feature.type ?? typeOf(derivationOf(feature, null));
  if (type === null) return [];
  const known: readonly string[] = transformsOf[type];
  if (transform === null || known.includes(transform)) return [];
  return [{ path: ['features', name, 'transform'], expected: `${known.join(' or ')} for a ${type}`, known }];
}

function timeProblems({ time }: ReadSections): Problem[] {
  if (!time) return [];
  const { column, monthNames, startYear, format } = time;
  if ((column === null) === (monthNames === null)) {
    return [{ path: ['time'], expected: 'either column or monthNames', found: column === null ? 'neither' : 'both' }];
  }
  if (monthNames !== null && startYear === null)
    return [{ path: ['time', 'startYear'], expected: 'the year of the first row beside monthNames' }];
  if (monthNames === null && startYear !== null) return [{ path: ['time', 'startYear'], expected: 'startYear only beside monthNames' }];
  if (monthNames !== null && format !== null) return [{ path: ['time', 'format'], expected: 'a format only beside column' }];
  return [];
}

/** The columns of a row that a request brings. */
function columnsRead({ inputs = {}, features = {} }: ReadSections): string[] {
  return [...Object.keys(inputs), ...Object.keys(features).filter((name) => isColumn(features[name]!))];
}

function ruleProblems({ dataContract, ...sections }: ReadSections, columns: readonly string[] | null): Problem[] {
  const known = columns ?? columnsNamedBy(sections);
  return (dataContract?.rules ?? []).flatMap((rule, index) => {
    const path = ['dataContract', 'rules', index];
    const unknown = known && !known.includes(rule.column);
    const expected = columns ? 'a column of the source' : 'a column that the spec names elsewhere';
    return [
      ...(unknown ? [{ path: [...path, 'column'], expected, known }] : []),
      ...limitProblems(path, rule),
      ...meaninglessLimits(path, rule, sections),
    ];
  });
}

/** Limits that would never be judged, or that every value breaks. */
function meaninglessLimits(path: Problem['path'], rule: WrittenSpec['dataContract']['rules'][number], sections: ReadSections): Problem[] {
  const { features, inputs, time } = sections;
  if (!features || !inputs) return [];
  const { column, minimum, maximum, maximumUnseen } = rule;
  const problems: Problem[] = [];
  const isTime = inputs[column]?.type === 'time' || time?.column === column;
  if (isTime && (minimum !== null || maximum !== null))
    problems.push({ path: [...path, minimum === null ? 'maximum' : 'minimum'], expected: 'no range of a time: say it under expressions' });
  if (maximumUnseen !== null && features[column]?.type !== 'category')
    problems.push({ path: [...path, 'maximumUnseen'], expected: 'a feature of type category, whose categories the champion knows' });
  return problems;
}

/** Null while a section that names columns could not be read: then nothing can be called unknown. */
function columnsNamedBy({ inputs, features, label, entity, time, knownAfterOutcome, segments }: ReadSections): string[] | null {
  if (!inputs || !features || !label || !entity || time === undefined || !knownAfterOutcome || !segments) return null;
  const keys = [label.column, entity.kind === 'column' ? entity.column : null, time?.column, time?.monthNames];
  const named = keys.filter((column) => column !== null && column !== undefined);
  return [...columnsRead({ inputs, features }), ...named, ...knownAfterOutcome, ...segments.flatMap(({ column }) => column)];
}

function outcomeProblems({ outcomes, label }: ReadSections): Problem[] {
  if (!outcomes) return [];
  const problems: Problem[] = [];
  const labelOutcome = label && (label.outcome ?? label.column);
  outcomes.forEach(({ name, role }, index) => {
    const isAgain = name === labelOutcome || outcomes.findIndex((other) => other.name === name) < index;
    if (isAgain) problems.push({ path: ['outcomes', index, 'name'], expected: 'a name that no other outcome has' });
    const isSecond = role === 'primary' && outcomes.findIndex((other) => other.role === 'primary') < index;
    if (isSecond) problems.push({ path: ['outcomes', index, 'role'], expected: 'exactly one primary outcome', found: 'a second one' });
  });
  return problems;
}

function splitProblems({ split, time }: ReadSections): Problem[] {
  if (!split) return [];
  const problems: Problem[] = [];
  const { training, validation, calibration, comparison } = split.shares;
  const sum = training + validation + (calibration ?? 0) + comparison;
  if (sum > 1 + 1e-9) {
    problems.push({ path: ['split', 'shares'], expected: 'shares that sum to at most 100%', found: `${Math.round(sum * 1e4) / 100}%` });
  }
  if (time === null && split.by === 'time') problems.push({ path: ['split', 'by'], expected: 'entity, because the spec names no time' });
  const by = split.by ?? (time ? 'time' : 'entity');
  const dates = (['trainingUntil', 'comparisonFrom', 'comparisonUntil'] as const).filter((name) => split[name] !== null);
  if (time !== undefined && by !== 'time') {
    problems.push(...dates.map((name) => ({ path: ['split', name], expected: 'dates only in a split by: time' })));
  }
  const inOrder = dates.map((name) => ({ name, date: split[name]! }));
  inOrder.forEach(({ name, date }, index) => {
    const before = inOrder[index - 1];
    if (before && date <= before.date) problems.push({ path: ['split', name], expected: `a date after ${before.name}, ${before.date}` });
  });
  return problems;
}

function rolloutProblems({ rollout, approval }: ReadSections): Problem[] {
  const problems: Problem[] = [];
  if (approval && approval.approvers.length > 0 && approval.approvers.length < approval.quorum) {
    const found = `${approval.approvers.length} of them`;
    problems.push({ path: ['approval', 'approvers'], expected: `as many approvers as the quorum asks for, ${approval.quorum}`, found });
  }
  if (!rollout) return problems;
  const { steps, step, longestStep, alpha } = rollout;
  if (steps.length === 0) problems.push({ path: ['rollout', 'steps'], expected: 'at least one step' });
  steps.forEach((share, index) => {
    const path = ['rollout', 'steps', index];
    if (share <= (steps[index - 1] ?? 0)) {
      problems.push({ path, expected: index === 0 ? 'a share above 0%' : `a share above the step before it, ${steps[index - 1]! / 100}%` });
    }
    // The control arm is as large as the challenger's.
    if (share > 5_000) problems.push({ path, expected: 'a share of at most 50%, since the control arm is as large' });
  });
  if (longestStep !== null && longestStep <= step.duration) {
    problems.push({ path: ['rollout', 'longestStep'], expected: "a duration above the step's own" });
  }
  if (rollout.holdBack >= 5_000) problems.push({ path: ['rollout', 'holdBack'], expected: 'a share below 50%' });
  if (alpha <= 0 || alpha >= 0.5) problems.push({ path: ['rollout', 'alpha'], expected: 'a probability above 0 and below 50%' });
  return problems;
}

function monitoringProblems({ monitoring }: ReadSections): Problem[] {
  if (!monitoring) return [];
  const problems: Problem[] = [];
  if (monitoring.psiSignificant <= 0) problems.push({ path: ['monitoring', 'psiSignificant'], expected: 'a number above 0' });
  if (monitoring.psiMajor < monitoring.psiSignificant) {
    problems.push({ path: ['monitoring', 'psiMajor'], expected: `at least psiSignificant, ${monitoring.psiSignificant}` });
  }
  return problems;
}

/** With the header of the source at hand, every column must be in it. What is known only afterwards may have stopped to come. */
function columnProblems({ inputs, features, label, entity, time, treatment }: ReadSections, columns: readonly string[]): Problem[] {
  const expected = 'a column of the source';
  const problems: Problem[] = Object.keys(features ?? {})
    .filter((name) => isColumn(features![name]!) && !columns.includes(name))
    .map((name) => ({ path: ['features', name], inKey: true, expected, known: columns, written: name, found: JSON.stringify(name) }));
  for (const name of Object.keys(inputs ?? {}).filter((each) => !columns.includes(each)))
    problems.push({ path: ['inputs', name], inKey: true, expected, known: columns, written: name, found: JSON.stringify(name) });
  if (label && !columns.includes(label.column)) problems.push({ path: ['label', 'column'], expected, known: columns });
  if (treatment && !columns.includes(treatment.column)) problems.push({ path: ['treatment', 'column'], expected, known: columns });
  if (entity?.kind === 'column' && !columns.includes(entity.column)) problems.push({ path: ['entity'], expected, known: columns });
  for (const key of ['column', 'monthNames'] as const) {
    const column = time?.[key];
    if (column && !columns.includes(column)) problems.push({ path: ['time', key], expected, known: columns });
  }
  return problems;
}
