/** The profile of a file that nobody has described yet, with the types that DuckDB guesses: to begin a description with. */
import { stat } from 'node:fs/promises';
import { Failure } from '../failures.ts';
import type { SnapshotProfile } from '../domain/snapshot-profile.ts';
import { type Duck, ident, literal, withDuck } from './duck.ts';
import { profileSnapshot } from './profile.ts';
import { columnInParquet, type SnapshotColumn } from './snapshot.ts';

export async function profilePlainFile(file: string, signal?: AbortSignal): Promise<SnapshotProfile> {
  await insistOnFile(file);
  return withDuck({ ...(signal && { signal }) }, async (duck) => {
    const columns = await readable(file, describe(duck, file));
    const values = columns.map(({ name }) => `${ident(name)}${castOf(columns, name)} as ${ident(columnInParquet(name))}`);
    await duck.run(`create temp table snapshot as select sha256(row_number() over ()::varchar) as row_id, null::double as label,
      null::timestamp as seen_at, ${values.join(', ')} from ${reader(file)}`);
    const rows = Number(await duck.value('select count(*)::integer from snapshot'));
    if (rows === 0) throw new Failure('SourceUnreadable', `${file} has no rows: expected at least one below its header line`, { file });
    return profileSnapshot(duck, { format: 'understudy.snapshot.v1', rowsIn: rows, setAside: [], columns }, { rows });
  });
}

async function insistOnFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile())
    throw new Failure('SourceUnreadable', `expected a data file at ${file}, found ${found ? 'a folder' : 'nothing'}: correct the path`, {
      file,
    });
  if (found.size === 0) throw new Failure('SourceUnreadable', `${file} is empty: expected a header line and rows`, { file });
}

function reader(file: string): string {
  if (/\.parquet$/i.test(file)) return `read_parquet(${literal(file)})`;
  return /\.(jsonl|ndjson|json)$/i.test(file) ? `read_json(${literal(file)})` : `read_csv(${literal(file)}, sample_size = -1)`;
}

async function describe(duck: Duck, file: string): Promise<SnapshotColumn[]> {
  const found = await duck.all(`select column_name, column_type from (describe select * from ${reader(file)})`);
  return found.map(({ column_name, column_type }) => ({ name: String(column_name), type: typeOf(String(column_type)) }));
}

function typeOf(sql: string): SnapshotColumn['type'] {
  if (/INT|DOUBLE|FLOAT|DECIMAL/.test(sql)) return 'number';
  if (sql === 'BOOLEAN') return 'boolean';
  return /^(TIMESTAMP|DATE)/.test(sql) ? 'time' : 'category';
}

const casts = { number: '::double', time: '::timestamp', boolean: '', category: '::varchar', text: '::varchar' } as const;
const castOf = (columns: readonly SnapshotColumn[], name: string) => casts[columns.find((column) => column.name === name)!.type];

async function readable<Result>(file: string, reading: Promise<Result>): Promise<Result> {
  try {
    return await reading;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new Failure('SourceUnreadable', `${file} cannot be read as CSV, Parquet or JSON Lines: ${message}`, { file }, { cause });
  }
}
