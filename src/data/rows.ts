/** The rows of a snapshot that serve one purpose, by column, in the order of their ids. */
import type { Column, Columns } from '../features/columns.ts';
import { type Duck, ident, literal, withDuck } from './duck.ts';
import { columnInParquet, type SnapshotColumn } from './snapshot.ts';
import type { Purpose } from './split.ts';

export interface RowsInput {
  readonly snapshotPath: string;
  readonly splitPath: string;
  readonly purpose: Purpose;
  /** Any columns of the snapshot; those of type `text` and `category` come as texts, times as milliseconds since 1970 (UTC). */
  readonly columns: readonly SnapshotColumn[];
  /** The column with the weight of a row, when weights are wanted. */
  readonly weight?: string | null;
  /** Splits of other versions: rows that they trained on (fitted, chose or calibrated with) are left out and counted. */
  readonly excludingTrainedBy?: readonly string[];
  readonly workDir?: string;
  readonly signal?: AbortSignal;
}

export interface LabelledRows {
  readonly count: number;
  /** 1 positive, 0 negative; of rows without a label (purpose `unlabelled`) 0. Says nothing of a regression: see `targets`. */
  readonly labels: Uint8Array;
  readonly columns: Columns;
}

export interface Rows extends LabelledRows {
  /** The label as a number, whatever the task; NaN where there is none. */
  readonly targets: Float64Array;
  /** 1 treated, 0 not; null when the snapshot knows of no treatment. */
  readonly treated: Uint8Array | null;
  /** Null unless a column of weights was asked for; a missing weight is NaN. */
  readonly weights: Float64Array | null;
  /** When the row was seen, in milliseconds since 1970; NaN where the source has no time. */
  readonly seenAt: Float64Array;
  readonly rowIds: readonly string[];
  readonly entities: readonly string[];
  readonly excludedBecauseTrainedOn: number;
  readonly earliestAt: string | null;
  readonly latestAt: string | null;
}

export async function readRows(input: RowsInput): Promise<Rows> {
  const { workDir, signal } = input;
  return withDuck({ ...(workDir && { workDir }), ...(signal && { signal }) }, async (duck) => {
    await duck.run(`create temp view chosen as select snapshot.* from read_parquet(${literal(input.snapshotPath)}) snapshot
      join read_parquet(${literal(input.splitPath)}) split using (row_id) where split.purpose = ${literal(input.purpose)}`);
    await duck.run(`create temp table trained as ${trainedBy(input.excludingTrainedBy ?? [])}`);
    const [summary] =
      await duck.all(`select count(*)::integer as total, (count(*) filter (trained.row_id is not null))::integer as excluded,
      strftime(min(seen_at) filter (trained.row_id is null), '%Y-%m-%dT%H:%M:%S.%gZ') as earliest,
      strftime(max(seen_at) filter (trained.row_id is null), '%Y-%m-%dT%H:%M:%S.%gZ') as latest from chosen left join trained using (row_id)`);
    const excluded = Number(summary!.excluded);
    const times = { earliestAt: summary!.earliest as string | null, latestAt: summary!.latest as string | null };
    return {
      ...(await readColumns(duck, 'chosen anti join trained using (row_id)', input)),
      excludedBecauseTrainedOn: excluded,
      ...times,
    };
  });
}

function trainedBy(splits: readonly string[]): string {
  const each = splits.map(
    (split) => `select row_id from read_parquet(${literal(split)}) where purpose in ('training', 'validation', 'calibration')`,
  );
  return each.length > 0 ? each.join(' union ') : "select ''::varchar as row_id where false";
}

export interface WantedColumns {
  readonly columns: readonly SnapshotColumn[];
  readonly weight?: string | null;
}

/** The columns of any relation with the columns of a snapshot, in the order of the rows' ids, which is as good as random. */
export async function readColumns(duck: Duck, relation: string, { columns: wanted, weight = null }: WantedColumns) {
  const count = Number(await duck.value(`select count(*)::integer from ${relation}`));
  const hasTreatment =
    (await duck.all(`select column_name from (describe select * from ${relation}) where column_name = 'treated'`)).length > 0;
  const rowIds: string[] = [];
  const entities: string[] = [];
  const labels = new Uint8Array(count);
  const targets = new Float64Array(count);
  const seenAt = new Float64Array(count);
  const treated = hasTreatment ? new Uint8Array(count) : null;
  const weights = weight === null ? null : new Float64Array(count);
  const columns = wanted.map(({ type }) => emptyColumn(type, count));
  const select = [
    'row_id, entity, label::double, epoch_ms(seen_at)::double',
    hasTreatment ? 'treated' : 'null',
    weight === null ? 'null' : `try_cast(${ident(columnInParquet(weight))} as double)`,
    ...wanted.map(selected),
  ].join(', ');
  let row = 0;
  for await (const [ids, keys, marks, times, treatments, weighed, ...values] of duck.chunks(
    `select ${select} from ${relation} order by row_id`,
  )) {
    for (let index = 0; index < ids!.length; index++, row++) {
      rowIds.push(ids![index] as string);
      entities.push(keys![index] as string);
      targets[row] = (marks![index] as number | null) ?? Number.NaN;
      labels[row] = targets[row] === 1 ? 1 : 0;
      seenAt[row] = (times![index] as number | null) ?? Number.NaN;
      if (treated) treated[row] = Number(treatments![index] ?? 0);
      if (weights) weights[row] = (weighed![index] as number | null) ?? Number.NaN;
      for (let column = 0; column < columns.length; column++) columns[column]!.set(row, values[column]![index]);
    }
  }
  const named = new Map(wanted.map(({ name }, index) => [name, columns[index]!.column]));
  return { count, rowIds, entities, labels, targets, treated, weights, seenAt, columns: named };
}

function selected({ name, type }: SnapshotColumn): string {
  const column = ident(columnInParquet(name));
  return type === 'time' ? `epoch_ms(${column})::double` : column;
}

interface Filling {
  readonly column: Column;
  set(row: number, value: unknown): void;
}

function emptyColumn(type: SnapshotColumn['type'], count: number): Filling {
  if (type === 'number' || type === 'time') return numberColumn(count);
  if (type === 'boolean') return filling(new Array<boolean | null>(count).fill(null), (value) => value as boolean);
  return filling(new Array<string | null>(count).fill(null), sharedTexts());
}

function numberColumn(count: number): Filling {
  const column = new Float64Array(count).fill(Number.NaN);
  return {
    column,
    set(row, value) {
      if (value !== null) column[row] = value as number;
    },
  };
}

function filling<T extends string | boolean>(column: (T | null)[], read: (value: unknown) => T): Filling {
  return {
    column: column as Column,
    set(row, value) {
      if (value !== null) column[row] = read(value);
    },
  };
}

/** One string in memory for each distinct text: the reader makes a new one for every cell. */
function sharedTexts(): (value: unknown) => string {
  const seen = new Map<string, string>();
  return (value) => {
    const text = value as string;
    const known = seen.get(text);
    if (known === undefined) seen.set(text, text);
    return known ?? text;
  };
}
