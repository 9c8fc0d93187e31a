/**
 * How well each feature alone ranks the label. One that does it too well is suspicious: it probably was not known when the score was
 * needed. Numbers are ranked as they are and by the label's mean in their own bins, so that a leak may also be U-shaped; categories by
 * the label's mean in them. Means are taken on other rows than those they rank (five folds), or every identifier would look like a leak.
 *
 * The label of a regression is ranked in the same way: of two rows with different labels, how often is the higher one ranked higher
 * (Harrell's C, which of two classes is the AUC), so one limit serves every task.
 */
import type { FeaturePower } from '../../domain/data-contract-report.ts';
import { binOf } from '../../domain/reference-profile.ts';
import type { Spec } from '../../domain/spec.ts';
import type { Column, Columns } from '../../features/columns.ts';
import { numberHistogram } from '../../features/reference-profile.ts';
import { auc } from '../../statistics/auc.ts';
import { aucError } from '../../statistics/auc-error.ts';
import { concordance } from '../../statistics/concordance.ts';

const FOLDS = 5;
/** Rows that the overall mean counts for in the mean of one category: a category with few rows says little. */
const PRIOR_ROWS = 20;

type Ranking = (scores: ArrayLike<number>, labels: ArrayLike<number>) => number;

export interface RankedRows {
  readonly count: number;
  readonly labels: Uint8Array;
  /** The label as a number, for a regression. */
  readonly targets?: Float64Array;
  /** Of an uplift model: who was treated. */
  readonly treated?: Uint8Array | null;
  readonly columns: Columns;
}

/** The rows are expected in an order that has nothing to do with their label, as that of their ids. */
export function featurePower(
  { features, knownAfterOutcome, task }: Pick<Spec, 'features' | 'knownAfterOutcome'> & Partial<Pick<Spec, 'task'>>,
  { count, columns, labels, targets, treated }: RankedRows,
): FeaturePower[] {
  const isRegression = task === 'regression' && targets !== undefined;
  const [ranked, ranking]: [ArrayLike<number>, Ranking] = isRegression ? [targets, concordance] : [labels, auc];
  // Without two different labels nothing was measured, which is not the same as no power.
  const rows = isVaried(ranked) ? count : 0;
  const classes = classesOf(ranked, isRegression);
  return features.map(({ name, type }) => {
    const groups = groupsOf(columns.get(name)!, type);
    const known = knownAfterOutcome.includes(name);
    const power = powerOf(groups, ranked, ranking);
    return {
      feature: name,
      auc: power,
      ...(rows > 0 && { standardError: aucError(power, classes) }),
      rows,
      ...(known && { knownAfterOutcome: true }),
      ...(treated && { treatment: { auc: powerOf(groups, treated, auc), standardError: chanceError(treated) } }),
    };
  });
}

/** Numbers are ranked as if one half of them were to be told from the other. */
function classesOf(ranked: ArrayLike<number>, isRegression: boolean): { positives: number; negatives: number } {
  let positives = ranked.length / 2;
  if (!isRegression) {
    positives = 0;
    for (let row = 0; row < ranked.length; row++) positives += ranked[row]!;
  }
  return { positives, negatives: ranked.length - positives };
}

interface Groups {
  readonly groups: readonly string[];
  /** The values themselves, of a number. */
  readonly numbers: Float64Array | null;
}

function groupsOf(column: Column, type: Spec['features'][number]['type']): Groups {
  if (type === 'number') return { groups: binsOf(column as Float64Array), numbers: column as Float64Array };
  return { groups: Array.from(column as readonly (string | boolean | null)[], String), numbers: null };
}

function powerOf({ groups, numbers }: Groups, labels: ArrayLike<number>, ranking: Ranking): number {
  return Math.max(0.5, groupPower(groups, labels, ranking), numbers === null ? 0.5 : rankPower(numbers, labels, ranking));
}

/** Standard error of the AUC of a feature that has nothing to do with the treatment (Mann-Whitney). */
function chanceError(treated: Uint8Array): number {
  const ones = treated.reduce((sum, value) => sum + value, 0);
  return Math.sqrt((treated.length + 1) / (12 * ones * (treated.length - ones)));
}

function isVaried(labels: ArrayLike<number>): boolean {
  for (let row = 1; row < labels.length; row++) if (labels[row] !== labels[0]) return true;
  return false;
}

/** In the better direction, over the rows that have a value; 0.5 where there is nothing to rank. */
function rankPower(column: Float64Array, labels: ArrayLike<number>, ranking: Ranking): number {
  const present = Array.from(column.keys()).filter((row) => !Number.isNaN(column[row]!));
  const found = ranking(
    present.map((row) => column[row]!),
    present.map((row) => labels[row]!),
  );
  // Where nearly nothing has a value, the ranking of the few is no property of the feature; whether there is one is ranked by the bins.
  return Number.isNaN(found) || present.length < column.length / 20 ? 0.5 : Math.max(found, 1 - found);
}

function binsOf(column: Float64Array): string[] {
  const { edges } = numberHistogram(column);
  return Array.from(column, (value) => (Number.isNaN(value) ? 'missing' : String(binOf(edges, value))));
}

interface Tally {
  rows: number;
  sum: number;
}

/** How well the label's mean in each row's group ranks, as the other folds know it. Below 0.5 is noise, not a ranking turned round. */
function groupPower(groups: readonly string[], labels: ArrayLike<number>, ranking: Ranking): number {
  let all = 0;
  for (let row = 0; row < labels.length; row++) all += labels[row]!;
  const base = all / Math.max(1, labels.length);
  const tallies = Array.from({ length: FOLDS }, () => new Map<string, Tally>());
  const total = new Map<string, Tally>();
  groups.forEach((group, row) => {
    for (const tally of [tallies[row % FOLDS]!, total]) {
      const known = tally.get(group) ?? { rows: 0, sum: 0 };
      known.rows += 1;
      known.sum += labels[row]!;
      tally.set(group, known);
    }
  });
  const scores = groups.map((group, row) => {
    const everywhere = total.get(group)!;
    const own = tallies[row % FOLDS]!.get(group)!;
    return (everywhere.sum - own.sum + base * PRIOR_ROWS) / (everywhere.rows - own.rows + PRIOR_ROWS);
  });
  const found = ranking(scores, labels);
  return Number.isNaN(found) ? 0.5 : found;
}
