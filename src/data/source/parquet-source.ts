/** A Parquet file as a part of a source. Its types are turned into texts, so that the same row is the same row in every format. */
import { Failure } from '../../failures.ts';
import { type Duck, ident, literal } from '../duck.ts';
import { rawColumn, reading } from './load-source.ts';
import type { PartTarget, PassingRows, PassTarget, SourcePart } from './opened-source.ts';
import { scanFile } from './source-file.ts';

interface ParquetFile {
  readonly path: string;
  readonly signal?: AbortSignal;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

export async function parquetPart(duck: Duck, { path, signal }: ParquetFile): Promise<SourcePart> {
  let start = Buffer.alloc(0);
  const take = (piece: Buffer) => {
    if (start.length < 4) start = Buffer.concat([start, piece.subarray(0, 4)]);
  };
  if (path.endsWith('.gz')) {
    const message = `${path} is packed: expected a Parquet file as it is, since its columns are packed already; unpack it`;
    throw new Failure('SourceUnreadable', message, { path });
  }
  const file = await scanFile({ path, expected: 'a Parquet file', take, ...(signal && { signal }) });
  if (start.subarray(0, 4).toString('latin1') !== 'PAR1') {
    throw new Failure(
      'SourceUnreadable',
      `${path} is not a Parquet file: expected one to begin with PAR1; set source.format to what it is`,
      {
        path,
      },
    );
  }
  const columns: Column[] = [];
  let rows = 0;
  await reading(`${path} cannot be read as Parquet`, { keepsRawLines: false }, async () => {
    const found = await duck.all(`select column_name, column_type from (describe select * from read_parquet(${literal(path)}))`);
    columns.push(...found.map(({ column_name, column_type }) => ({ name: String(column_name), type: String(column_type) })));
    rows = Number(await duck.value(`select count(*) from read_parquet(${literal(path)})`));
  });
  if (rows === 0) throw new Failure('SourceUnreadable', `${path} has no rows: expected at least one`, { path });
  const header = columns.map(({ name }) => name);
  return {
    file,
    header,
    headerLine: null,
    records: rows,
    rows,
    load: (into, target) => load(into, { path, columns }, target),
    pass: (target) => pass({ path, columns, rows }, target),
  };
}

async function load(
  duck: Duck,
  { path, columns }: { path: string; columns: readonly Column[] },
  { table, after, door }: PartTarget,
): Promise<void> {
  const texts = new Map(columns.map((column) => [column.name, asText(column)]));
  const allowed = door.allowed((column) => texts.get(column)!);
  const kept = columns.map(({ name }, index) => {
    const admitted = door.admitted(name, texts.get(name)!);
    return `${allowed === null ? admitted : `case when ${allowed} then ${admitted} end`} as ${rawColumn(index)}`;
  });
  await reading(`${path} cannot be read as Parquet`, door, () =>
    duck.run(`create table ${table} as select (file_row_number + ${after + 1})::bigint as record, ${allowed ?? 'true'} as allowed, ${kept.join(', ')}
      from read_parquet(${literal(path)}, file_row_number = true)`),
  );
}

function pass({ path, columns, rows }: { path: string; columns: readonly Column[]; rows: number }, target: PassTarget): PassingRows {
  const texts = new Map(columns.map((column) => [column.name, asText(column)]));
  const kept = target.columns.map((name, at) => `${target.door.admitted(name, texts.get(name)!)} as ${rawColumn(at)}`);
  return {
    sql: `select ${kept.join(', ')} from read_parquet(${literal(path)})`,
    trim: columns.flatMap(({ name, type }) => (/^(VARCHAR|BLOB|ENUM|JSON)|[[(]/.test(type) ? [] : [name])),
    unreadable: async (_duck, passed) => rows - passed,
  };
}

/** A whole number is written without decimals, as people and other formats write it. */
function asText({ name, type }: Column): string {
  const text = `${ident(name)}::varchar`;
  return /^(DOUBLE|FLOAT|DECIMAL)/.test(type) ? `regexp_replace(${text}, '\\.0+$', '')` : text;
}
