/**
 * The profile of a snapshot, in three readings: a sample by row id gives quantiles and edges, one pass over everything gives all
 * counts, and each column of texts is grouped once. Exact quantiles of a hundred thousand rows are within a third of a percent of
 * the share they name, and unlike approximate ones over all rows they come out the same with any number of threads.
 */
import type { Digest } from '../domain/ids.ts';
import type { CategoryHistogram } from '../domain/reference-profile.ts';
import type { ColumnProfile, NumberSummary, SnapshotProfile } from '../domain/snapshot-profile.ts';
import { risingEdges } from '../features/reference-profile.ts';
import { countsWithin, numberHistogramOf } from './binned-counts.ts';
import { type Duck, ident, itemsOf } from './duck.ts';
import { columnInParquet, type SnapshotColumn, type SnapshotDescription } from './snapshot.ts';

const SAMPLE = 100_000;
/** The table with the sample, which stays for whoever needs some rows. */
export const SAMPLED = 'snapshot_sample';
const MOST_CATEGORIES = 50;
const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Texts of which more than half of the rows have one of their own name somebody or something. */
const IDENTIFIER_SHARE = 0.5;
const FEW_VALUES = 50;

/** Of the view `snapshot` in this database. */
export async function profileSnapshot(
  duck: Duck,
  { columns, rowsIn, setAside }: SnapshotDescription,
  { rows, digest = null }: { rows: number; digest?: Digest | null },
): Promise<SnapshotProfile> {
  const sampled = await takeSample(duck, rows);
  const binned = await binsOf(duck, columns.filter(isNumeric));
  const counted = await countEverything(duck, columns, binned);
  const profiles: ColumnProfile[] = [];
  for (const [index, column] of columns.entries()) profiles.push(await columnProfile(duck, column, { rows, counted, binned, index }));
  const { labelled, mean, deviation, earliest, latest } = counted;
  return {
    format: 'understudy.snapshot-profile.v1',
    snapshot: digest,
    rows,
    rowsIn,
    duplicates: setAside.filter(({ rule }) => rule === 'duplicate').reduce((sum, { count }) => sum + count, 0),
    repeated: rows - (await differentRows(duck, columns)),
    sampled,
    earliestAt: earliest as string | null,
    latestAt: latest as string | null,
    label: {
      labelled: Number(labelled),
      mean: mean === null ? null : figure(mean),
      deviation: deviation === null ? null : figure(deviation),
    },
    columns: profiles,
  };
}

export function isNumeric({ type }: Pick<SnapshotColumn, 'type'>): boolean {
  return type === 'number' || (type as ColumnProfile['type']) === 'time';
}

/** SQL for the number that a column holds. */
export function numberIn({ name, type }: SnapshotColumn): string {
  const column = ident(columnInParquet(name));
  return (type as ColumnProfile['type']) === 'time' ? `epoch_ms(${column})::double` : column;
}

/** Row ids are hashes, so those below a bound are a random part of the rows, and lie together in the file. */
async function takeSample(duck: Duck, rows: number): Promise<number> {
  const bound = Math.ceil(0xffff_ffff * Math.min(1, SAMPLE / Math.max(1, rows)));
  const where = rows <= SAMPLE ? '' : `where row_id < '${bound.toString(16).padStart(8, '0')}'`;
  await duck.run(`create or replace temp table ${SAMPLED} as select * from snapshot ${where}`);
  return Number(await duck.value(`select count(*)::integer from ${SAMPLED}`));
}

interface Binned {
  readonly edges: readonly number[];
  readonly quantiles: NumberSummary['quantiles'];
}

async function binsOf(duck: Duck, columns: readonly SnapshotColumn[]): Promise<ReadonlyMap<string, Binned>> {
  if (columns.length === 0) return new Map();
  const shares = [...DECILES, ...QUANTILES].join(', ');
  const each = columns.map((column, index) => `quantile_disc(${numberIn(column)}, [${shares}]) as q${index}`);
  const [found] = await duck.all(`select ${each.join(', ')} from ${SAMPLED}`);
  return new Map(
    columns.map(({ name }, index) => {
      const values = itemsOf(found![`q${index}`]).map(Number);
      const quantiles = QUANTILES.map((share, place) => ({ share, value: values[DECILES.length + place]! }));
      return [name, { edges: risingEdges(values.slice(0, DECILES.length)), quantiles: values.length === 0 ? [] : quantiles }];
    }),
  );
}

type Counted = Readonly<Record<string, unknown>>;

interface Place {
  readonly rows: number;
  readonly counted: Counted;
  readonly binned: ReadonlyMap<string, Binned>;
  readonly index: number;
}

async function countEverything(duck: Duck, columns: readonly SnapshotColumn[], binned: ReadonlyMap<string, Binned>): Promise<Counted> {
  const each = columns.flatMap((column, index) => {
    const name = ident(columnInParquet(column.name));
    const common = [
      `count(${name})::integer as present${index}`,
      `approx_count_distinct(${name})::integer as distinct${index}`,
      `(min(${name}) is not distinct from max(${name})) as same${index}`,
    ];
    if (!isNumeric(column)) return common;
    const value = numberIn(column);
    const bins = `${countsWithin(value, binned.get(column.name)!.edges)} as bins${index}`;
    const moments = ['min', 'max', 'avg', 'stddev_pop'].map((moment) => `${moment}(${value})::double as ${moment}${index}`);
    return [...common, ...moments, bins];
  });
  const format = "'%Y-%m-%dT%H:%M:%S.%gZ'";
  const [counted] =
    await duck.all(`select count(label)::integer as labelled, avg(label)::double as mean, stddev_pop(label)::double as deviation,
    strftime(min(seen_at), ${format}) as earliest, strftime(max(seen_at), ${format}) as latest
    ${each.map((part) => `, ${part}`).join('')} from snapshot`);
  return counted!;
}

async function columnProfile(duck: Duck, column: SnapshotColumn, { rows, counted, binned, index }: Place): Promise<ColumnProfile> {
  const present = Number(counted[`present${index}`]);
  const about = {
    name: column.name,
    type: column.type,
    nulls: rows - present,
    distinct: Math.min(present, Number(counted[`distinct${index}`])),
    // Nothing but missing is constant, some missing beside one value is not.
    isConstant: counted[`same${index}`] === true && (present === 0 || present === rows),
  };
  const bins = binned.get(column.name);
  if (bins) {
    const numbers = present === 0 ? null : numberSummary(counted, index, bins);
    return { ...about, numbers, histogram: numberHistogramOf(bins.edges, counted[`bins${index}`], { present, nulls: about.nulls }) };
  }
  const isIdentifier = about.distinct > FEW_VALUES && about.distinct > IDENTIFIER_SHARE * present;
  return { ...about, numbers: null, histogram: isIdentifier ? null : await categoriesOf(duck, column, about.nulls) };
}

function numberSummary(counted: Counted, index: number, { quantiles }: Binned): NumberSummary {
  const of = (moment: string) => Number(counted[`${moment}${index}`]);
  return { minimum: of('min'), maximum: of('max'), mean: figure(of('avg')), deviation: figure(of('stddev_pop')), quantiles };
}

async function categoriesOf(duck: Duck, { name }: SnapshotColumn, nulls: number): Promise<CategoryHistogram> {
  const column = ident(columnInParquet(name));
  const found = await duck.all(`select ${column}::varchar as value, count(*)::integer as rows, (sum(count(*)) over ())::integer as present
    from snapshot where ${column} is not null group by 1 order by rows desc, value limit ${MOST_CATEGORIES}`);
  const counts = found.map(({ value, rows }) => ({ value: String(value), count: Number(rows) }));
  const listed = counts.reduce((sum, { count }) => sum + count, 0);
  return { kind: 'category', counts, other: Number(found[0]?.present ?? 0) - listed, nulls };
}

async function differentRows(duck: Duck, columns: readonly SnapshotColumn[]): Promise<number> {
  const values = ['label', ...columns.map(({ name }) => ident(columnInParquet(name)))];
  return Number(await duck.value(`select count(distinct hash(${values.join(', ')}))::integer from snapshot`));
}

/** Sums over threads differ in their last digits; a profile must not. */
function figure(value: unknown): number {
  return Number(Number(value).toPrecision(6));
}
