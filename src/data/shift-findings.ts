/**
 * What has moved since the champion: its snapshot against this one, and this one against what the gateways were asked. Like is held
 * against like (snapshot against snapshot, each with its training and comparison rows), because a split by time makes the rows that
 * a version trained on older than those it was compared on, whatever happened since.
 */
import type { DataContractFinding } from '../domain/data-contract-report.ts';
import type { Histogram } from '../domain/reference-profile.ts';
import type { DataContractSpec } from '../domain/spec.ts';
import { chiSquareQuantile, homogeneity } from '../statistics/chi-square.ts';
import { alignedCounts } from '../statistics/histogram-counts.ts';
import { expectedPsi, psi } from '../statistics/psi.ts';
import { counted } from './words.ts';

/** Probability that any column of an unmoved snapshot seems to have moved. */
const FALSE_ALARM = 1e-5;
const RARE = 0.01;

export interface ComparedColumn {
  readonly column: string;
  readonly reference: Histogram;
  readonly current: Histogram;
}

export function shiftFindings(limits: DataContractSpec['shift'], columns: readonly ComparedColumn[]): DataContractFinding[] {
  if (limits === null) return [];
  const severity = limits.severity === 'stop' ? 'ask' : 'report';
  return moved(columns, limits.psi).map(({ column, index, rows }) => ({
    rule: 'shift',
    column,
    checked: rows,
    bad: rows,
    limit: `PSI below ${limits.psi}`,
    severity,
    samples: [],
    sentence: `${column} has moved since the champion's snapshot: PSI ${index.toFixed(2)} over ${counted(rows, 'row')}, expected below ${limits.psi}; has the world changed, or the export?`,
  }));
}

export function skewFindings(limits: DataContractSpec['servingSkew'], columns: readonly ComparedColumn[]): DataContractFinding[] {
  if (limits === null) return [];
  const severity = limits.severity === 'stop' ? 'ask' : 'report';
  return moved(columns, limits.psi).map(({ column, index, rows }) => ({
    rule: 'serving-skew',
    column,
    checked: rows,
    bad: rows,
    limit: `PSI below ${limits.psi}`,
    severity,
    samples: [],
    sentence: `${column} is served otherwise than it is trained on: PSI ${index.toFixed(2)} over ${counted(rows, 'prediction')}, expected below ${limits.psi}; is it made in the same way on both sides?`,
  }));
}

/** Beyond what two samples of one distribution show, and beyond chance. */
function moved(columns: readonly ComparedColumn[], limit: number): { column: string; index: number; rows: number }[] {
  return columns
    .flatMap(({ column, reference, current }) => {
      const compared = stability(reference, current);
      return compared &&
        compared.index >= limit &&
        compared.statistic > chiSquareQuantile(1 - FALSE_ALARM / columns.length, compared.freedom)
        ? [{ column, index: compared.index, rows: compared.rows }]
        : [];
    })
    .sort((a, b) => b.index - a.index);
}

/** The population stability index, less what chance shows between samples of these sizes; null without rows on either side. */
export function stability(reference: Histogram, current: Histogram) {
  if (reference.kind !== current.kind) return null;
  const aligned = alignedCounts(withoutRare(reference), current);
  const found = psi(aligned.reference, aligned.current);
  if (found === null) return null;
  const sizes = { reference: sum(aligned.reference), current: sum(aligned.current) };
  const bins = aligned.reference.filter((before, bin) => before > 0 || aligned.current[bin]! > 0).length;
  const statistic = homogeneity({ counts: aligned.reference, size: sizes.reference }, { counts: aligned.current, size: sizes.current });
  return { index: Math.max(0, found - expectedPsi({ bins, ...sizes })), statistic, freedom: Math.max(1, bins - 1), rows: sizes.current };
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

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
