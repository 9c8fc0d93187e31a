/**
 * Which row serves which purpose, written down row by row so that nobody has to work it out again. The purposes are disjoint; a row
 * without a label serves none. By entity, the salt is the model's name: an entity has the same purpose in every version, so what one
 * version is compared on no other one has trained on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Digest } from '../domain/ids.ts';
import type { Spec, SplitSpec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { type Duck, literal, withDuck } from './duck.ts';

export const purposes = ['training', 'validation', 'comparison', 'reference', 'unlabelled'] as const;
export type Purpose = (typeof purposes)[number];

export interface Split {
  /** The Parquet file with row_id and purpose. */
  readonly digest: Digest;
  readonly counts: Readonly<Record<Purpose, PurposeCount>>;
}

interface PurposeCount {
  readonly rows: number;
  /** Null of a regression. */
  readonly positives: number | null;
  /** The share of positive labels, or the mean; null without rows that have one. */
  readonly meanLabel: number | null;
  readonly from: string | null;
  readonly until: string | null;
}

export interface SplitInput {
  readonly spec: Spec;
  readonly snapshotPath: string;
  readonly artifacts: ArtifactStore;
  readonly workDir: string;
  readonly signal?: AbortSignal;
}

export async function splitSnapshot({ spec, snapshotPath, artifacts, workDir, signal }: SplitInput): Promise<Split> {
  const folder = await mkdtemp(path.join(workDir, 'split-'));
  try {
    return await withDuck({ workDir: folder, ...(signal && { signal }) }, async (duck) => {
      await duck.run(`create temp table snapshot as select row_id, entity, seen_at, label from read_parquet(${literal(snapshotPath)})`);
      await duck.run(`create temp table split as select snapshot.*, case when label is null then 'unlabelled' else ${purposeOf(spec)} end as purpose
        from snapshot left join (select row_id, row_number() over (order by seen_at, row_id) as place, count(*) over () as labelled from snapshot where label is not null) using (row_id)`);
      const counts = await countPurposes(duck, spec);
      insistOnRows(spec, counts);
      const file = path.join(folder, 'split.parquet');
      await duck.run('set threads = 1');
      await duck.run(`copy (select row_id, purpose from split order by row_id) to ${literal(file)} (format parquet, compression zstd)`);
      return { digest: await artifacts.put({ file }), counts };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function purposeOf({ model, split, time }: Spec): string {
  if (split.by === 'entity') return byEntity(model, split);
  if (!time)
    throw new Failure('SpecInvalid', `the split of ${model} is by time, and its spec names no time column: add one, or split by entity`);
  return split.trainingUntil === null ? byShares(split) : byDates(split, split.trainingUntil);
}

/** A hash of the entity against the cumulative shares, as eight hex digits each, whose order as text is their order as numbers. */
function byEntity(model: string, { shares }: SplitSpec): string {
  const bucket = `sha256(${literal(`${model}:`)} || entity)[1:8]`;
  const upTo = (share: number) =>
    literal(
      Math.min(0xffffffff, Math.round(share * 2 ** 32))
        .toString(16)
        .padStart(8, '0'),
    );
  return `case when ${bucket} < ${upTo(shares.training)} then 'training'
    when ${bucket} < ${upTo(shares.training + shares.validation)} then 'validation'
    when ${bucket} < ${upTo(shares.training + shares.validation + shares.comparison)} then 'comparison' else 'reference' end`;
}

function byShares({ shares }: SplitSpec): string {
  const upTo = (share: number) => `round(labelled * ${Math.min(1, share)})`;
  return `case when place <= ${upTo(shares.training)} then 'training'
    when place <= ${upTo(shares.training + shares.validation)} then 'validation'
    when place <= ${upTo(shares.training + shares.validation + shares.comparison)} then 'comparison' else 'reference' end`;
}

/** What lies between training and comparison validates; what comes after the comparison is reference. */
function byDates(split: SplitSpec, trainingUntil: string): string {
  const { comparisonFrom, comparisonUntil } = split;
  const upTo = (date: string) =>
    date.length === 10 ? `seen_at < date ${literal(date)} + interval 1 day` : `seen_at <= ${literal(date)}::timestamptz::timestamp`;
  const before = comparisonFrom === null ? 'false' : `seen_at < ${literal(comparisonFrom)}::timestamptz::timestamp`;
  return `case when ${upTo(trainingUntil)} then 'training' when ${before} then 'validation'
    when ${comparisonUntil === null ? 'true' : upTo(comparisonUntil)} then 'comparison' else 'reference' end`;
}

async function countPurposes(duck: Duck, { task }: Spec): Promise<Split['counts']> {
  const format = "'%Y-%m-%dT%H:%M:%S.%gZ'";
  const found =
    await duck.all(`select purpose, count(*)::integer as rows, coalesce(sum((label > 0)::integer), 0)::integer as positives, avg(label) as mean,
    strftime(min(seen_at), ${format}) as earliest, strftime(max(seen_at), ${format}) as latest from split group by purpose`);
  const count = (purpose: Purpose): PurposeCount => {
    const row = found.find((each) => each.purpose === purpose);
    return {
      rows: Number(row?.rows ?? 0),
      positives: task === 'regression' ? null : Number(row?.positives ?? 0),
      meanLabel: (row?.mean as number | null | undefined) ?? null,
      from: (row?.earliest as string | null) ?? null,
      until: (row?.latest as string | null) ?? null,
    };
  };
  return Object.fromEntries(purposes.map((purpose) => [purpose, count(purpose)])) as Split['counts'];
}

function insistOnRows({ model, split }: Spec, counts: Split['counts']): void {
  for (const purpose of ['training', 'comparison'] as const) {
    if (counts[purpose].rows > 0) continue;
    const times = purposes.map((each) => counts[each]).filter(({ from }) => from !== null);
    const span =
      times.length > 0
        ? ` (labelled rows from ${times.map(({ from }) => from).sort()[0]} to ${times
            .map(({ until }) => until)
            .sort()
            .at(-1)})`
        : '';
    throw new Failure(
      'TrainingDataRejected',
      `the split of ${model} leaves no rows for ${purpose}${span}: correct its shares or dates, or bring more rows`,
      { counts, split },
    );
  }
}
