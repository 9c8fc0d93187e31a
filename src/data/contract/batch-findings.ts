/** Rules about the batch as a whole: how many rows there are, how many were bad, how old the newest is. */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import type { DataContractSpec } from '../../domain/data-contract-spec.ts';
import type { Spec } from '../../domain/spec.ts';
import type { SnapshotDescription } from '../snapshot.ts';
import { counted, percent } from '../words.ts';

export interface Batch {
  readonly rows: number;
  readonly description: SnapshotDescription;
  /** The newest row that is not ahead of the check, in ISO 8601; null where the source has no time. */
  readonly latestAt: string | null;
  /** Rows that are dated later than the check. */
  readonly ahead: number;
  /** Kept rows of the model's earlier snapshots that kept their contract. */
  readonly earlierRows: readonly number[];
  /** When the check is made, in ISO 8601; null: age is not judged. */
  readonly now: string | null;
}

export function batchFindings({ dataContract, time }: Spec, batch: Batch): DataContractFinding[] {
  return [
    ...tooFewRows(dataContract, batch),
    ...tooManyBadRows(dataContract, batch),
    ...unusualRowCount(dataContract, batch),
    ...rowsAhead(batch),
    ...(dataContract.freshness === null || batch.now === null ? [] : staleRows(dataContract.freshness, time !== null, batch)),
  ];
}

const about = { column: null, samples: [] } as const;

function tooFewRows({ minimumRows }: DataContractSpec, { rows }: Batch): DataContractFinding[] {
  if (rows >= minimumRows) return [];
  const limit = `at least ${counted(minimumRows, 'row')}`;
  const sentence = `${counted(rows, 'row')} left to learn from: expected ${limit}; bring more rows, or lower dataContract.minimumRows`;
  return [{ ...about, rule: 'rows', checked: rows, bad: minimumRows - rows, limit, severity: 'stop', sentence }];
}

function tooManyBadRows({ maximumBadRows }: DataContractSpec, { description: { setAside, rowsIn } }: Batch): DataContractFinding[] {
  const bad = setAside.filter(({ rule }) => rule !== 'duplicate').reduce((sum, { count }) => sum + count, 0);
  if (bad <= maximumBadRows * rowsIn) return [];
  const limit = `at most ${percent(maximumBadRows)} of the rows`;
  const sentence = `${counted(bad, 'row')} of ${counted(rowsIn)} are bad (${percent(bad / rowsIn)}): expected ${limit}; correct the source, or raise dataContract.maximumBadRows`;
  const samples = setAside.flatMap((aside) => aside.samples).slice(0, 5);
  return [{ ...about, rule: 'bad-rows', checked: rowsIn, bad, limit, severity: 'stop', samples, sentence }];
}

function unusualRowCount({ rowCountBand }: DataContractSpec, { rows, earlierRows }: Batch): DataContractFinding[] {
  if (rowCountBand === null || earlierRows.length === 0) return [];
  const usual = median(earlierRows);
  const [least, most] = [usual * rowCountBand.minimum, usual * rowCountBand.maximum];
  if (rows >= least && rows <= most) return [];
  const limit = `${counted(Math.ceil(least))} to ${counted(Math.floor(most))} rows`;
  const sentence = `${counted(rows, 'row')}, ${(rows / usual).toPrecision(2)} times the median of ${counted(earlierRows.length, 'earlier snapshot')} (${counted(usual)}): expected ${limit}; was the export run twice, or cut?`;
  const severity = rowCountBand.severity === 'stop' ? 'ask' : 'report';
  return [{ ...about, rule: 'row-count', checked: rows, bad: Math.round(Math.abs(rows - usual)), limit, severity, sentence }];
}

/** Told and no more: a clock that is wrong in a few rows spoils little, but a split by time takes them for the newest. */
function rowsAhead({ rows, ahead, now }: Batch): DataContractFinding[] {
  if (ahead === 0) return [];
  const limit = `none later than ${now}`;
  const sentence = `${counted(ahead, 'row')} of ${counted(rows)} ${ahead === 1 ? 'is' : 'are'} dated more than a day ahead: expected ${limit}; is the clock or the form of the time right?`;
  return [{ ...about, rule: 'freshness', checked: rows, bad: ahead, limit, severity: 'report', sentence }];
}

function staleRows(
  { withinMs, severity }: NonNullable<DataContractSpec['freshness']>,
  hasTime: boolean,
  { rows, latestAt, now }: Batch,
): DataContractFinding[] {
  const limit = `a newest row of at most ${days(withinMs)} ago`;
  const finding = { ...about, rule: 'freshness', limit, severity: severity === 'stop' ? 'stop' : 'report' } as const;
  if (hasTime && latestAt === null && rows > 0)
    return [
      {
        ...finding,
        checked: rows,
        bad: rows,
        sentence: `every row is dated ahead of the check, so none is known to be fresh: expected ${limit}`,
      },
    ];
  if (!hasTime || latestAt === null)
    return [
      {
        ...finding,
        checked: 0,
        bad: 0,
        sentence: `how old the rows are could not be told, because the spec names no time: expected ${limit}`,
      },
    ];
  const ageMs = Date.parse(now!) - Date.parse(latestAt);
  if (ageMs <= withinMs) return [];
  const sentence = `the newest row is of ${latestAt}, ${days(ageMs)} ago: expected ${limit}; is the export still running?`;
  return [{ ...finding, checked: rows, bad: rows, sentence }];
}

function days(ms: number): string {
  const hours = ms / 3_600_000;
  return hours < 48 ? `${Number(hours.toPrecision(2))} hours` : `${Number((hours / 24).toPrecision(3))} days`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
