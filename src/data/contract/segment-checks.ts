/** Whether the segments of a spec can be judged at all: known when a prediction is made, not made from the label, large enough. */
import type { SegmentCheck } from '../../domain/data-contract-report.ts';
import type { Spec } from '../../domain/spec.ts';
import { cramersV } from '../../statistics/cramers-v.ts';
import { featurePower, type RankedRows } from './feature-power.ts';

/** Texts of the snapshot's columns by name, of the rows that power is measured on; `all`: labelled rows of the whole snapshot. */
export function segmentChecks(spec: Spec, rows: RankedRows, all: number): SegmentCheck[] {
  const ofAll = all / Math.max(1, rows.count);
  const known = spec.segments.flatMap(({ columns, critical }) => {
    const parts = columns.map((column) => rows.columns.get(column));
    if (parts.some((part) => part === undefined)) return [];
    return [{ columns, critical, values: Array.from({ length: rows.count }, (_, row) => crossed(parts.map((part) => part![row]))) }];
  });
  return known.flatMap(({ columns, critical, values }, place): SegmentCheck[] => {
    const counts = new Map<string, number>();
    for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    const smallest = [...counts].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))[0];
    const present = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const name = columns.join(' × ');
    return [
      {
        name,
        columns,
        servedAs: servedAs(spec, columns),
        critical,
        values: counts.size,
        smallest: smallest ? { value: smallest[0], rows: Math.round(smallest[1] * ofAll) } : null,
        missing: rows.count === 0 ? 0 : 1 - present / rows.count,
        ...powerOf(spec, rows, { name, values }),
        overlaps: known
          .slice(place + 1)
          .filter((other) => columns.length === 1 && other.columns.length === 1)
          .map((other) => ({ with: other.columns[0]!, cramersV: cramersV(values, other.values) })),
      },
    ];
  });
}

function crossed(parts: readonly unknown[]): string | null {
  return parts.some((part) => part === null || Number.isNaN(part)) ? null : parts.map(String).join(' × ');
}

function servedAs({ features, inputs }: Spec, columns: readonly string[]): SegmentCheck['servedAs'] {
  if (columns.every((column) => features.some(({ name }) => name === column))) return 'feature';
  return columns.every((column) => [...features, ...inputs].some(({ name }) => name === column)) ? 'input' : 'unknown';
}

function powerOf(
  spec: Spec,
  rows: RankedRows,
  { name, values }: { name: string; values: readonly (string | null)[] },
): Pick<SegmentCheck, 'auc' | 'standardError'> {
  const feature = { name, type: 'category' } as Spec['features'][number];
  const described = { features: [feature], knownAfterOutcome: [], task: spec.task };
  const [power] = featurePower(described, { ...rows, treated: null, columns: new Map([[name, values]]) });
  if (!power || power.rows === 0) return { auc: null };
  return { auc: power.auc, ...(power.standardError !== undefined && { standardError: power.standardError }) };
}
