/**
 * What has moved since the champion: its snapshot against this one, and this one against what the gateways were asked. Like is held
 * against like (snapshot against snapshot, each with its training and comparison rows), because a split by time makes the rows that
 * a version trained on older than those it was compared on, whatever happened since.
 */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import type { Histogram } from '../../domain/reference-profile.ts';
import type { DataContractSpec } from '../../domain/data-contract-spec.ts';
import { type DistributionShift, distributionShift, isBeyondChance } from '../../statistics/distribution-shift.ts';
import { counted } from '../words.ts';
import { sum } from '../../statistics/sum.ts';

/** Probability that any column of an unmoved snapshot seems to have moved. */
const FALSE_ALARM = 1e-5;
const RARE = 0.01;

export interface ComparedColumn {
  readonly column: string;
  readonly reference: Histogram;
  readonly current: Histogram;
}

export function shiftFindings(limits: DataContractSpec['shift'], columns: readonly ComparedColumn[]): DataContractFinding[] {
  return findingsOf('shift', limits, columns, ({ column, index, rows, psi }) => {
    return `${column} has moved since the champion's snapshot: PSI ${index} over ${counted(rows, 'row')}, expected below ${psi}; has the world changed, or the export?`;
  });
}

export function skewFindings(limits: DataContractSpec['servingSkew'], columns: readonly ComparedColumn[]): DataContractFinding[] {
  return findingsOf('serving-skew', limits, columns, ({ column, index, rows, psi }) => {
    return `${column} is served otherwise than it is trained on: PSI ${index} over ${counted(rows, 'prediction')}, expected below ${psi}; is it made in the same way on both sides?`;
  });
}

interface Moved {
  readonly column: string;
  readonly index: string;
  readonly rows: number;
  /** What was allowed. */
  readonly psi: number;
}

/** Columns beyond the limit and beyond chance, the farthest first. */
function findingsOf(
  rule: 'shift' | 'serving-skew',
  limits: Pick<NonNullable<DataContractSpec['shift']>, 'psi' | 'severity'> | null,
  columns: readonly ComparedColumn[],
  sentenceOf: (moved: Moved) => string,
): DataContractFinding[] {
  if (limits === null) return [];
  const { psi } = limits;
  const severity = limits.severity === 'stop' ? 'ask' : 'report';
  return columns
    .flatMap(({ column, reference, current }) => {
      const found = stability(reference, current);
      return found && found.index >= psi && isBeyondChance(found, FALSE_ALARM / columns.length) ? [{ column, ...found }] : [];
    })
    .sort((a, b) => b.index - a.index)
    .map(({ column, index, rows }) => {
      const sentence = sentenceOf({ column, index: index.toFixed(2), rows, psi });
      return { rule, column, checked: rows, bad: rows, limit: `PSI below ${psi}`, severity, samples: [], sentence };
    });
}

/** Null without rows on either side, and between a number and a category. */
export function stability(reference: Histogram, current: Histogram): DistributionShift | null {
  return reference.kind === current.kind ? distributionShift(withoutRare(reference), current) : null;
}

/**
 * Rare categories are one bin: those that a sample happened to list are the ones it had more of by chance, and what is listed by chance
 * falls back in the next one.
 */
function withoutRare(histogram: Histogram): Histogram {
  if (histogram.kind === 'number') return histogram;
  const present = sum(histogram.counts.map(({ count }) => count)) + histogram.other;
  const counts = histogram.counts.filter(({ count }) => count >= RARE * present);
  return { ...histogram, counts, other: present - sum(counts.map(({ count }) => count)) };
}
