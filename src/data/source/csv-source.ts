/** A CSV file as a part of a source: each record with its number in the file, those that are no rows beside it. */
import { Failure } from '../../failures.ts';
import { type CsvLayout, type CsvShape, csvShape } from './csv-shape.ts';
import { type Duck, literal } from '../duck.ts';
import { numberRecords, rawColumn, reading } from './load-source.ts';
import type { PartTarget, PassingRows, PassTarget, SourcePart } from './opened-source.ts';

interface CsvFile {
  readonly path: string;
  readonly layout: CsvLayout;
  /** For sentences. */
  readonly name: string;
  readonly signal?: AbortSignal;
}

export async function csvPart(_duck: Duck, { path, layout, name, signal }: CsvFile): Promise<SourcePart> {
  const shape = await csvShape(path, layout, signal);
  insistOnHeader(shape, name);
  const rows = shape.records - shape.preface - shape.blank.length;
  if (rows <= 0) throw new Failure('SourceUnreadable', `${name} has a header and no rows: expected at least one`, { path: name });
  const { header, headerLine, records } = shape;
  const shaped = { shape, rows, name };
  return {
    file: shape,
    header,
    headerLine,
    records,
    rows,
    load: (duck, target) => load(duck, shaped, target),
    pass: (target) => pass(shaped, target),
  };
}

function insistOnHeader({ layout, headerLine, records }: CsvShape, name: string): void {
  if (layout.header !== null || headerLine.trim() !== '') return;
  const found =
    records === 0 ? 'is empty' : `begins with a blank line where its header should be (source.skipLines: ${layout.skipLines + 1} skips it)`;
  throw new Failure('SourceUnreadable', `${name} ${found}: expected a header line and rows`, { path: name });
}

interface Shaped {
  readonly shape: CsvShape;
  readonly rows: number;
  readonly name: string;
}

/** Every record of the file ends up as a row, as unreadable, or was blank: what cannot be accounted for is an error. */
async function load(duck: Duck, { shape, rows, name }: Shaped, { table, after, header, door }: PartTarget): Promise<void> {
  const texts = header.map((_, index) => rawColumn(index));
  const allowed = door.allowed((column) => rawColumn(header.indexOf(column)));
  const admitted = header.map((column, index) => door.admitted(column, rawColumn(index)));
  const kept = admitted.map((text, index) => `${allowed === null ? text : `case when ${allowed} then ${text} end`} as ${texts[index]}`);
  const rejects = `${table}_rejects`;
  await reading(`${name} cannot be read as CSV`, door, () =>
    duck.run(`create table ${table} as select row_number() over () as record, ${allowed ?? 'true'} as allowed, ${kept.join(', ')}
      from read_csv(${literal(shape.path)}, ${options(shape, rejects)})`),
  );
  await writeUnreadable(duck, table, door);
  await insistOnEveryRecord(duck, { shape, rows, name }, { table, loaded: Number(await duck.value(`select count(*) from ${table}`)) });
  await numberRecords(duck, {
    table,
    after: after + shape.preface,
    blank: shape.blank.map((record) => record - shape.preface),
    skipped: shape.preface,
  });
  await duck.run(`insert into unreadable select record + ${after}, line, reason from ${table}_unreadable`);
}

function pass({ shape, rows, name }: Shaped, { table, columns, door }: PassTarget): PassingRows {
  const kept = columns.map((column, at) => `${door.admitted(column, rawColumn(shape.header.indexOf(column)))} as ${rawColumn(at)}`);
  return {
    sql: `select ${kept.join(', ')} from read_csv(${literal(shape.path)}, ${options(shape, `${table}_rejects`)})`,
    trim: [],
    unreadable: async (duck, passed) => {
      await writeUnreadable(duck, table, door);
      await insistOnEveryRecord(duck, { shape, rows, name }, { table, loaded: passed });
      return rows - passed;
    },
  };
}

async function writeUnreadable(duck: Duck, table: string, { keepsRawLines }: PassTarget['door']): Promise<void> {
  const reason = 'first(error_message order by column_idx)';
  const line = keepsRawLines ? 'first(csv_line order by column_idx)' : 'null::varchar';
  await duck.run(
    `create temp table ${table}_unreadable as select line::bigint as record, ${line} as line, ${reason} as reason from ${table}_rejects group by line`,
  );
}

/** One reader, so that the order of the rows is the file's. The names of the columns are ours, because theirs may differ in case only. */
function options({ layout, header }: CsvShape, rejects: string): string {
  const columns = header.map((_, index) => `${rawColumn(index)}: 'VARCHAR'`).join(', ');
  return `auto_detect = false, header = ${layout.header === null}, skip = ${layout.skipLines}, delim = ${literal(layout.separator)}, quote = '"', escape = '"',
    columns = {${columns}}, rejects_table = '${rejects}', rejects_scan = '${rejects}_scan', store_rejects = true, rejects_limit = 0, parallel = false, strict_mode = true`;
}

interface Loaded {
  readonly table: string;
  readonly loaded: number;
}

async function insistOnEveryRecord(duck: Duck, { shape, rows, name }: Shaped, { table, loaded }: Loaded): Promise<void> {
  const unreadable = Number(await duck.value(`select count(*) from ${table}_unreadable`));
  const cutOff =
    shape.endsAbruptly && (await duck.value(`select count(*) from ${table}_unreadable where record = ${shape.records}`)) !== 0n;
  if (cutOff) {
    throw new Failure(
      'SourceUnreadable',
      `${name} is cut off: its last record, number ${shape.records}, lacks columns and a line break; export the file again`,
      { path: name, record: shape.records },
    );
  }
  if (loaded + unreadable === rows) return;
  throw new Failure(
    'SourceUnreadable',
    `${name} has quotes that don't fit together: expected ${rows} rows, could read ${loaded} and ${unreadable} damaged ones; export the file again with every quote inside a field doubled`,
    { path: name, expected: rows, loaded, unreadable },
  );
}
