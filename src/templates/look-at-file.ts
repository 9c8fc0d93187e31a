/** What a data file looks like to somebody who has never seen it: its columns, as texts, with what their values could be. */
import { formatByEnding } from '../domain/source-format.ts';
import { Failure } from '../failures.ts';
import { type Duck, ident, literal, withDuck } from '../data/duck.ts';
import { type FoundLayout, layoutOf } from './csv-layout.ts';
import { mendDecimalCommas } from './decimal-comma.ts';
import { type Readings, readingsOf } from './readings.ts';

export interface FileLook {
  readonly path: string;
  readonly format: 'csv' | 'parquet' | 'jsonl';
  readonly separator: string;
  /** Of its numbers; columns are shown with points all the same. */
  readonly decimal: '.' | ',';
  readonly skipLines: number;
  /** Names that were made up for a file without a line of names. */
  readonly header: readonly string[] | null;
  /** Rows looked at: the first ones, if there are very many. */
  readonly rows: number;
  /** Words that stand for a missing value in some column. */
  readonly missing: readonly string[];
  readonly columns: readonly ColumnLook[];
}

export interface ColumnLook extends Readings {
  readonly name: string;
  /** Of the rows looked at, those with a value. */
  readonly present: number;
  readonly distinct: number;
  /** Share of the present values that are numbers, or times. */
  readonly numbers: number;
  readonly times: number;
  /** Of the numbers; null when there are none. */
  readonly range: { readonly lowest: number; readonly highest: number; readonly median: number } | null;
  /** The most frequent values, up to twenty. */
  readonly top: readonly { readonly value: string; readonly rows: number }[];
}

const MOST_ROWS = 200_000;
/** Of fewer nobody can say what their columns hold. */
const FEWEST_ROWS = 20;
/** Words that are hardly ever a category of their own. */
const MISSING_WORDS = ['?', 'unknown', 'n/a', 'na', 'nan', 'null', '#n/a'];

export async function lookAtFile(path: string, signal?: AbortSignal): Promise<FileLook> {
  const format = formatByEnding(path) ?? 'csv';
  if (format === 'postgres') throw new Failure('SourceUnreadable', `${path} is no file of rows`);
  const csv = format === 'csv' ? await layoutOf(path) : null;
  const { separator, skipLines, header } = csv ?? { separator: ',', skipLines: 0, header: null };
  return withDuck({ ...(signal && { signal }) }, async (duck) => {
    const columns = await load(duck, { path, format, csv });
    const rows = Number(await duck.value('select count(*)::integer from texts'));
    if (rows < FEWEST_ROWS) {
      const found = rows === 1 ? 'one row' : rows === 0 ? 'no rows' : `${rows} rows`;
      throw new Failure('SourceUnreadable', `${path} has ${found}: expected at least ${FEWEST_ROWS} to see what its columns hold`, {
        path,
      });
    }
    const decimal = format === 'csv' && (await mendDecimalCommas(duck, columns.length)) ? ',' : '.';
    const missing = await missingWords(duck, columns);
    const looks: ColumnLook[] = [];
    for (const [at, name] of columns.entries()) looks.push(await lookAtColumn(duck, { at, name, missing }));
    return { path, format, separator, skipLines, header, decimal, rows, missing, columns: looks };
  });
}

/** Every value as a text, trimmed, and null where there is nothing; columns are called c0, c1, ... */
async function load(
  duck: Duck,
  { path, format, csv }: Pick<FileLook, 'path' | 'format'> & { readonly csv: FoundLayout | null },
): Promise<readonly string[]> {
  const readers = {
    csv: csv && csvReader(path, csv),
    parquet: `read_parquet(${literal(path)})`,
    jsonl: `read_json(${literal(path)}, format = 'newline_delimited')`,
  };
  try {
    await duck.run(`create view source as select * from ${readers[format]} limit ${MOST_ROWS}`);
    const found = (await duck.all('select column_name from (describe source)')).map((row) => String(row['column_name']));
    const texts = found.map((name, at) => `nullif(trim(${ident(name)}::varchar), '') as c${at}`);
    await duck.run(`create table texts as select ${texts.join(', ')} from source`);
    return csv?.names ?? found;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new Failure('SourceUnreadable', `${path} could not be read as ${format}: ${reason}`, { path }, { cause });
  }
}

/** Nothing is left to be guessed by the reader, which gives up on a file where some rows are longer than others. Columns are called r0, r1, ... */
function csvReader(path: string, { separator, skipLines, header, names }: FoundLayout): string {
  const columns = names.map((_, at) => `r${at}: 'VARCHAR'`).join(', ');
  return `read_csv(${literal(path)}, auto_detect = false, delim = ${literal(separator)}, quote = '"', escape = '"', header = ${header === null}, skip = ${skipLines},
    columns = {${columns}}, ignore_errors = true, null_padding = true)`;
}

async function missingWords(duck: Duck, columns: readonly string[]): Promise<string[]> {
  const words = MISSING_WORDS.map(literal).join(', ');
  const each = columns.map((_, at) => `select distinct c${at} as word from texts where lower(c${at}) in (${words})`);
  return (await duck.all(`select distinct word from (${each.join(' union all ')}) order by word`)).map(({ word }) => String(word));
}

async function lookAtColumn(
  duck: Duck,
  { at, name, missing }: { at: number; name: string; missing: readonly string[] },
): Promise<ColumnLook> {
  const value = missing.length > 0 ? `case when c${at} in (${missing.map(literal).join(', ')}) then null else c${at} end` : `c${at}`;
  await duck.run(`create or replace temp view one as select ${value} as value from texts`);
  const [row] = await duck.all(`select count(value)::integer as present, count(distinct value)::integer as different,
    (count(try_cast(value as double)) / greatest(count(value), 1))::double as numbers,
    (count(try_cast(value as timestamp)) filter (try_cast(value as double) is null) / greatest(count(value), 1))::double as times,
    min(try_cast(value as double)) as lowest, max(try_cast(value as double)) as highest, median(try_cast(value as double)) as middle from one`);
  const top = await duck.all(
    'select value, count(*)::integer as found from one where value is not null group by value order by found desc, value limit 20',
  );
  const { present, different, numbers, times, lowest, highest, middle } = row!;
  const isRead = Number(numbers) >= 0.99 || Number(times) >= 0.99;
  const readings = isRead ? { timeFormats: [], isUnreadNumber: false } : await readingsOf(duck);
  return {
    name,
    present: Number(present),
    distinct: Number(different),
    numbers: Number(numbers),
    times: Number(times),
    ...readings,
    range: lowest === null ? null : { lowest: Number(lowest), highest: Number(highest), median: Number(middle) },
    top: top.map((each) => ({ value: String(each['value']), rows: Number(each['found']) })),
  };
}
