/**
 * Which row serves which purpose, written down row by row so that nobody has to work it out again. The purposes are disjoint; a row
 * without a label serves none. By entity, the salt is the model's name: an entity has the same purpose in every version, so what one
 * version is compared on no other one has trained on. A given split keeps what the source says, and divides by entity what it leaves open.
 */
import path from 'node:path';
import type { ArtifactStore } from '../artifacts/store.ts';
import { withWorkFolder } from '../artifacts/work-folder.ts';
import type { Digest } from '../domain/ids.ts';
import type { Spec, SplitSpec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { type Duck, literal, withDuck } from './duck.ts';

export const purposes = ['training', 'validation', 'calibration', 'comparison', 'reference', 'unlabelled'] as const;
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
  return withWorkFolder(workDir, 'split', (folder) =>
    withDuck({ workDir: folder, ...(signal && { signal }) }, async (duck) => {
      await duck.run(
        `create temp table snapshot as select row_id, entity, seen_at, label${spec.split.by === 'given' ? ', purpose as given' : ''} from read_parquet(${literal(snapshotPath)})`,
      );
      await duck.run(`create temp table split as select snapshot.*, case when label is null then 'unlabelled' else ${purposeOf(spec)} end as purpose
        from snapshot left join (select row_id, row_number() over (order by seen_at, row_id) as place, count(*) over () as labelled from snapshot where label is not null) using (row_id)`);
      const counts = await countPurposes(duck, spec);
      insistOnRows(spec, counts);
      const file = path.join(folder, 'split.parquet');
      await duck.run('set threads = 1');
      await duck.run(`copy (select row_id, purpose from split order by row_id) to ${literal(file)} (format parquet, compression zstd)`);
      return { digest: await artifacts.put({ file }), counts };
    }),
  );
}

function purposeOf({ model, split, time }: Spec): string {
  const { training, validation, calibration, comparison } = split.shares;
  const all = [
    ['training', training],
    ['validation', validation],
    ['calibration', calibration],
    ['comparison', comparison],
  ] as const;
  if (split.by === 'entity') return byEntity(model, all, 'reference');
  if (split.by === 'given') return given(model, split);
  if (!time)
    throw new Failure('SpecInvalid', `the split of ${model} is by time, and its spec names no time column: add one, or split by entity`);
  return split.trainingUntil === null ? byPlace(all) : byDates(model, split, split.trainingUntil);
}

type Shares = readonly (readonly [Purpose, number])[];

/** A hash of the entity against the cumulative shares, as eight hex digits each, whose order as text is their order as numbers. */
function byEntity(model: string, shares: Shares, rest: Purpose): string {
  const bucket = `sha256(${literal(`${model}:`)} || entity)[1:8]`;
  const upTo = (share: number) =>
    literal(
      Math.min(0xffffffff, Math.round(share * 2 ** 32))
        .toString(16)
        .padStart(8, '0'),
    );
  const cases = cumulative(shares).map(([purpose, share]) => `when ${bucket} < ${upTo(share)} then ${literal(purpose)}`);
  return `case ${cases.join(' ')} else ${literal(rest)} end`;
}

function byPlace(shares: Shares): string {
  const cases = cumulative(shares).map(
    ([purpose, share]) => `when place <= round(labelled * ${Math.min(1, share)}) then ${literal(purpose)}`,
  );
  return `case ${cases.join(' ')} else 'reference' end`;
}

function cumulative(shares: Shares): Shares {
  let sum = 0;
  return shares.map(([purpose, share]) => {
    sum += share;
    return [purpose, sum] as const;
  });
}

/** What the source leaves open is not compared on: it trains, validates and calibrates in the proportion of their shares. */
function given(model: string, { shares: { training, validation, calibration } }: SplitSpec): string {
  const sum = training + validation + calibration;
  const open = [
    ['training', training / sum],
    ['validation', validation / sum],
  ] as const;
  return `coalesce(given, ${byEntity(model, open, calibration > 0 ? 'calibration' : validation > 0 ? 'validation' : 'training')})`;
}

/**
 * What lies between training and comparison validates; what comes after the comparison is reference. Dates know of no calibration: a
 * part of the entities that would train gives their rows for it.
 */
function byDates(model: string, split: SplitSpec, trainingUntil: string): string {
  const { comparisonFrom, comparisonUntil, shares } = split;
  const upTo = (date: string) =>
    date.length === 10 ? `seen_at < date ${literal(date)} + interval 1 day` : `seen_at <= ${literal(date)}::timestamptz::timestamp`;
  const before = comparisonFrom === null ? 'false' : `seen_at < ${literal(comparisonFrom)}::timestamptz::timestamp`;
  const calibrating = shares.calibration / (shares.training + shares.calibration);
  const trains = calibrating > 0 ? byEntity(model, [['calibration', calibrating]], 'training') : "'training'";
  return `case when ${upTo(trainingUntil)} then ${trains} when ${before} then 'validation'
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

function insistOnRows({ model, split, trainer }: Spec, counts: Split['counts']): void {
  const needed = ['training', 'comparison', ...(trainer.calibration === 'none' ? [] : (['calibration'] as const))] as const;
  for (const purpose of needed) {
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
