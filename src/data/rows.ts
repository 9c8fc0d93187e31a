/** The rows of a snapshot that serve one purpose, by column, in the order of their ids. */
import type { Column, Columns } from '../features/columns.ts';
import { type Duck, ident, literal, withDuck } from './duck.ts';
import { columnInParquet, type SnapshotColumn } from './snapshot.ts';
import type { Purpose } from './split.ts';

export interface RowsInput {
  readonly snapshotPath: string;
  readonly splitPath: string;
  readonly purpose: Purpose;
  /** Any columns of the snapshot; those of type `text` and `category` come as texts. */
  readonly columns: readonly SnapshotColumn[];
  /** Splits of other versions: rows that they trained on are left out and counted. */
  readonly excludingTrainedBy?: readonly string[];
  readonly workDir?: string;
  readonly signal?: AbortSignal;
}

export interface LabelledRows {
  readonly count: number;
  /** 1 positive, 0 negative; of rows without a label (purpose `unlabelled`) 0. */
  readonly labels: Uint8Array;
  readonly columns: Columns;
}

export interface Rows extends LabelledRows {
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
      ...(await readColumns(duck, 'chosen anti join trained using (row_id)', input.columns)),
      excludedBecauseTrainedOn: excluded,
      ...times,
    };
  });
}

function trainedBy(splits: readonly string[]): string {
  const each = splits.map((split) => `select row_id from read_parquet(${literal(split)}) where purpose = 'training'`);
  return each.length > 0 ? each.join(' union ') : "select ''::varchar as row_id where false";
}

/** The columns of any relation with the columns of a snapshot, in the order of the rows' ids, which is as good as random. */
export async function readColumns(duck: Duck, relation: string, wanted: readonly SnapshotColumn[]) {
  const count = Number(await duck.value(`select count(*)::integer from ${relation}`));
  const names = wanted.map(({ name, type }) => {
    const column = ident(columnInParquet(name));
    return type === 'time' ? `epoch_ms(${column})::double` : column;
  });
  const labels = new Uint8Array(count);
  const rowIds: string[] = [];
  const entities: string[] = [];
  const columns = wanted.map(({ type }) => emptyColumn(type, count));
  const select = ['row_id', 'entity', 'coalesce(label, 0)', ...names].join(', ');
  let row = 0;
  for await (const [ids, keys, marks, ...values] of duck.chunks(`select ${select} from ${relation} order by row_id`)) {
    for (let index = 0; index < ids!.length; index++, row++) {
      rowIds.push(ids![index] as string);
      entities.push(keys![index] as string);
      labels[row] = Number(marks![index]);
      for (let column = 0; column < columns.length; column++) columns[column]!.set(row, values[column]![index]);
    }
  }
  return { count, rowIds, entities, labels, columns: new Map(wanted.map(({ name }, index) => [name, columns[index]!.column])) };
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
