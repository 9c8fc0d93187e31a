/** What the sections about offline judging must not say of each other, or of the features. */
import { binaryMetrics, regressionMetrics, upliftMetrics } from '../domain/evidence.ts';
import type { Task } from '../domain/spec.ts';
import type { ReadSections } from './cross-checks.ts';
import { isColumn } from './feature-checks.ts';
import type { Problem } from './problems.ts';

const metricsOf: Readonly<Record<Task, readonly string[]>> = {
  'binary-classification': binaryMetrics,
  regression: regressionMetrics,
  uplift: upliftMetrics,
};
/** These have keys of their own in `gates`. */
const ownKeys: Readonly<Record<string, string>> = { auc: 'auc', 'log-loss': 'logLoss', brier: 'brier' };
/** They exist only where it is known what is done with a score. */
const needDecision = ['precision', 'recall', 'f1', 'profit'];
const FEWEST_DRAWS = 100;

export function evaluationProblems(sections: ReadSections, columns: readonly string[] | null): Problem[] {
  return [
    ...marginProblems(sections),
    ...decisionProblems(sections),
    ...segmentProblems(sections, columns),
    ...fairnessProblems(sections, columns),
    ...goldenProblems(sections),
  ];
}

function marginProblems({ gates, task, decision }: ReadSections): Problem[] {
  if (!gates || !task) return [];
  const problems: Problem[] = Object.keys(gates.margins).flatMap((metric): Problem[] => {
    const at = { path: ['gates', 'margins', metric], inKey: true, found: JSON.stringify(metric) };
    const own = ownKeys[metric];
    if (own !== undefined && task === 'binary-classification') return [{ ...at, expected: `the margin on ${metric} as gates.${own}` }];
    if (!metricsOf[task].includes(metric)) return [{ ...at, expected: `a metric of ${task}`, known: metricsOf[task], written: metric }];
    if (decision !== null || !needDecision.includes(metric)) return [];
    return [{ ...at, expected: `${metric} only beside a decision that says what is done with a score` }];
  });
  if (gates.draws < FEWEST_DRAWS) problems.push({ path: ['gates', 'draws'], expected: `a whole number of at least ${FEWEST_DRAWS}` });
  if (gates.segmentMarginFactor < 1) problems.push({ path: ['gates', 'segmentMarginFactor'], expected: 'a number of at least 1' });
  return problems;
}

function decisionProblems({ decision, task }: ReadSections): Problem[] {
  if (!decision) return [];
  const { cutoff, top, profit, costPerThousand } = decision;
  if ((cutoff === null) === (top === null))
    return [{ path: ['decision'], expected: 'one of cutoff (a score) and top (a share of the best)' }];
  if (top === 0) return [{ path: ['decision', 'top'], expected: 'a share above 0' }];
  if (cutoff !== null && task === 'binary-classification' && (cutoff < 0 || cutoff > 1))
    return [{ path: ['decision', 'cutoff'], expected: 'a probability, 0 to 1' }];
  if (profit !== null && task !== undefined && task !== 'binary-classification')
    return [{ path: ['decision', 'profit'], expected: 'profit only where the label is yes or no' }];
  if (costPerThousand !== null && profit === null)
    return [{ path: ['decision', 'costPerThousand'], expected: 'costPerThousand only beside profit, which it is held against' }];
  return [];
}

/** A segment is known when the prediction is made: a feature, or another column of the source that is no outcome. */
function segmentProblems(
  { segments, inputs, features, label, knownAfterOutcome }: ReadSections,
  columns: readonly string[] | null,
): Problem[] {
  if (!segments || !features) return [];
  const names = [...Object.keys(inputs ?? {}), ...Object.keys(features)];
  return segments.flatMap(({ column: crossed }, index): Problem[] => {
    const path = ['segments', index, 'column'];
    if (crossed.some((column) => column === label?.column || knownAfterOutcome?.includes(column)))
      return [{ path, expected: 'a column that is known when the prediction is made' }];
    // Where the source's columns are not known yet, the ingest asks for them.
    const unknown = columns && crossed.find((column) => !names.includes(column) && !columns.includes(column));
    if (columns && unknown)
      return [
        {
          path,
          expected: 'a feature or a column of the source',
          known: [...names, ...columns],
          written: unknown,
          found: JSON.stringify(unknown),
        },
      ];
    if (new Set(crossed).size < crossed.length) return [{ path, expected: 'each column of a cross once' }];
    const again = segments.findIndex((other) => other.column.toSorted().join('\0') === crossed.toSorted().join('\0'));
    return again < index ? [{ path, expected: 'each segment once' }] : [];
  });
}

/** Groups that a model must treat alike are often no features of it; a column of the source is enough. */
function fairnessProblems(
  { fairness, decision, task, label, features, inputs }: ReadSections,
  columns: readonly string[] | null,
): Problem[] {
  return (fairness ?? []).flatMap(({ column, tolerated, breach, parity }, index): Problem[] => {
    const path = ['fairness', index];
    if (decision === null) return [{ path, expected: 'fairness only beside a decision that says what is done with a score' }];
    if (column === label?.column) return [{ path: [...path, 'column'], expected: 'a column that is not the label' }];
    if (columns && !columns.includes(column) && !Object.hasOwn(features ?? {}, column) && !Object.hasOwn(inputs ?? {}, column))
      return [{ path: [...path, 'column'], expected: 'a column of the source', known: columns }];
    if (breach <= tolerated) return [{ path: [...path, 'breach'], expected: `more than is tolerated, ${tolerated}` }];
    if (parity.length === 0) return [{ path: [...path, 'parity'], expected: 'at least one of demographic and equalised-odds' }];
    if (parity.includes('equalised-odds') && task !== undefined && task !== 'binary-classification')
      return [{ path: [...path, 'parity'], expected: 'equalised odds only where the label is yes or no' }];
    return [];
  });
}

function goldenProblems({ golden, features, inputs }: ReadSections): Problem[] {
  if (!golden || !features) return [];
  const brought = [...Object.keys(inputs ?? {}), ...Object.keys(features).filter((name) => isColumn(features[name]!))];
  return golden.flatMap(({ name, instance, from, to }, index): Problem[] => {
    const path = ['golden', index];
    const strange = Object.keys(instance).filter((key) => !Object.hasOwn(features, key) && !brought.includes(key));
    return [
      ...(to < from ? [{ path: [...path, 'to'], expected: `at least from, ${from}` }] : []),
      ...(golden.findIndex((other) => other.name === name) < index ? [{ path: [...path, 'name'], expected: 'a name of its own' }] : []),
      ...strange.map((key) => ({
        path: [...path, 'instance', key],
        inKey: true,
        expected: 'what a request brings',
        known: brought,
        written: key,
        found: JSON.stringify(key),
      })),
    ];
  });
}
