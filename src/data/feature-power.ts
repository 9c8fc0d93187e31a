/**
 * How well each feature alone ranks the label. One that does it too well is suspicious: it probably was not known when the score was
 * needed. Numbers are ranked as they are and by the label's rate in their own bins, so that a leak may also be U-shaped; categories by
 * the label's rate in them. Rates are taken on other rows than those they rank (five folds), or every identifier would look like a leak.
 */
import type { FeaturePower } from '../domain/data-contract-report.ts';
import { binOf } from '../domain/reference-profile.ts';
import type { Spec } from '../domain/spec.ts';
import { numberHistogram } from '../features/reference-profile.ts';
import { auc } from '../statistics/auc.ts';
import type { LabelledRows } from './rows.ts';

const FOLDS = 5;
/** Rows that the overall rate counts for in the rate of one category: a category with few rows says little. */
const PRIOR_ROWS = 20;

/** The rows are expected in an order that has nothing to do with their label, as that of their ids. */
export function featurePower(
  { features, knownAfterOutcome }: Pick<Spec, 'features' | 'knownAfterOutcome'>,
  { count, columns, labels }: LabelledRows,
): FeaturePower[] {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  // Without two classes nothing was measured, which is not the same as no power.
  const rows = positives === 0 || positives === count ? 0 : count;
  return features.map(({ name, type }) => {
    const column = columns.get(name)!;
    const groups = type === 'number' ? binsOf(column as Float64Array) : Array.from(column as readonly (string | boolean | null)[], String);
    const powers = [groupPower(groups, labels), ...(type === 'number' ? [rankPower(column as Float64Array, labels)] : [])];
    return {
      feature: name,
      auc: Math.max(0.5, ...powers),
      rows,
      ...(knownAfterOutcome.includes(name) && { knownAfterOutcome: true }),
    };
  });
}

/** max(AUC, 1 − AUC) over the rows that have a value; 0.5 without two classes. */
function rankPower(column: Float64Array, labels: Uint8Array): number {
  const present = Array.from(column.keys()).filter((row) => !Number.isNaN(column[row]!));
  const found = auc(
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

/** AUC of the label's rate in each row's group, as the other folds know it. Below 0.5 is noise, not a ranking turned round. */
function groupPower(groups: readonly string[], labels: Uint8Array): number {
  const base = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length);
  const tallies = Array.from({ length: FOLDS }, () => new Map<string, { rows: number; positives: number }>());
  const total = new Map<string, { rows: number; positives: number }>();
  groups.forEach((group, row) => {
    for (const tally of [tallies[row % FOLDS]!, total]) {
      const known = tally.get(group) ?? { rows: 0, positives: 0 };
      known.rows += 1;
      known.positives += labels[row]!;
      tally.set(group, known);
    }
  });
  const scores = groups.map((group, row) => {
    const all = total.get(group)!;
    const own = tallies[row % FOLDS]!.get(group)!;
    return (all.positives - own.positives + base * PRIOR_ROWS) / (all.rows - own.rows + PRIOR_ROWS);
  });
  const found = auc(scores, labels);
  return Number.isNaN(found) ? 0.5 : found;
}
