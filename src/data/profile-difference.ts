/** Two snapshots side by side: what has moved, the most first. The later one is counted in the bins of the earlier one. */
import type { Histogram } from '../domain/reference-profile.ts';
import type { ColumnProfile, SnapshotProfile } from '../domain/snapshot-profile.ts';
import { comparedWith } from './contract/compared-columns.ts';
import { literal, withDuck } from './duck.ts';
import { profileSnapshot } from './profile.ts';
import { stability } from './contract/shift-findings.ts';
import { readDescription } from './snapshot.ts';

export interface SnapshotDifference {
  readonly before: SideOfDifference;
  readonly after: SideOfDifference;
  /** Largest index first; columns that only one side has come last. */
  readonly columns: readonly ColumnDifference[];
}

export interface SideOfDifference {
  readonly rows: number;
  readonly earliestAt: string | null;
  readonly latestAt: string | null;
  readonly labelMean: number | null;
}

export interface ColumnDifference {
  readonly column: string;
  readonly is: 'in both' | 'new' | 'gone' | 'of another type';
  /** Population stability index, less what chance shows; null where there is nothing to compare. */
  readonly psi: number | null;
  readonly before: ColumnSummary | null;
  readonly after: ColumnSummary | null;
}

export interface ColumnSummary {
  readonly type: ColumnProfile['type'];
  readonly nullShare: number;
  readonly distinct: number;
  /** Of a time in milliseconds since 1970. */
  readonly mean: number | null;
  readonly median: number | null;
  readonly top: { readonly value: string; readonly share: number } | null;
}

export async function profileFile(snapshotPath: string, signal?: AbortSignal): Promise<SnapshotProfile> {
  return withDuck({ ...(signal && { signal }) }, async (duck) => {
    const description = await readDescription(duck, snapshotPath);
    await duck.run(`create temp view snapshot as select * from read_parquet(${literal(snapshotPath)})`);
    const rows = Number(await duck.value('select count(*)::integer from snapshot'));
    return profileSnapshot(duck, description, { rows });
  });
}

/** `earlier` may be of a snapshot that is gone; the later one is read. */
export async function differenceFrom(earlier: SnapshotProfile, laterPath: string, signal?: AbortSignal): Promise<SnapshotDifference> {
  return withDuck({ ...(signal && { signal }) }, async (duck) => {
    const description = await readDescription(duck, laterPath);
    await duck.run(`create temp view snapshot as select * from read_parquet(${literal(laterPath)})`);
    const rows = Number(await duck.value('select count(*)::integer from snapshot'));
    const now = await profileSnapshot(duck, description, { rows });
    const compared = await comparedWith(duck, earlier, description.columns);
    const histograms = new Map(compared.map((each) => [each.column, each] as const));
    const names = [...new Set([...earlier.columns, ...now.columns].map(({ name }) => name))];
    const columns = names.map((name) => {
      const sides = {
        before: earlier.columns.find((column) => column.name === name),
        after: now.columns.find((column) => column.name === name),
      };
      return differenceOf(name, { ...sides, rows: { before: earlier.rows, after: rows }, histograms: histograms.get(name) });
    });
    return { before: sideOf(earlier), after: sideOf(now), columns: columns.sort((a, b) => (b.psi ?? -1) - (a.psi ?? -1)) };
  });
}

interface Sides {
  readonly before: ColumnProfile | undefined;
  readonly after: ColumnProfile | undefined;
  readonly rows: { readonly before: number; readonly after: number };
  readonly histograms: { readonly reference: Histogram; readonly current: Histogram } | undefined;
}

function differenceOf(column: string, { before, after, rows, histograms }: Sides): ColumnDifference {
  const is = !before ? 'new' : !after ? 'gone' : before.type === after.type ? 'in both' : 'of another type';
  return {
    column,
    is,
    psi: histograms && is === 'in both' ? (stability(histograms.reference, histograms.current)?.index ?? null) : null,
    before: before ? summaryOf(before, rows.before) : null,
    after: after ? summaryOf(after, rows.after) : null,
  };
}

function sideOf({ rows, earliestAt, latestAt, label }: SnapshotProfile): SideOfDifference {
  return { rows, earliestAt, latestAt, labelMean: label.mean };
}

function summaryOf({ type, nulls, distinct, numbers, histogram }: ColumnProfile, rows: number): ColumnSummary {
  const top = histogram?.kind === 'category' ? histogram.counts[0] : undefined;
  return {
    type,
    nullShare: rows === 0 ? 0 : nulls / rows,
    distinct,
    mean: numbers?.mean ?? null,
    median: numbers?.quantiles.find(({ share }) => share === 0.5)?.value ?? null,
    top: top && rows > 0 ? { value: top.value, share: top.count / rows } : null,
  };
}
