/** A file of JSON Lines as a part of a source: an object a line, whose keys are the columns. */
import { Failure } from '../../failures.ts';
import { insistOnText } from './csv-shape.ts';
import { type Duck, literal, itemsOf } from '../duck.ts';
import { numberRecords, rawColumn, reading } from './load-source.ts';
import type { PartTarget, PassingRows, PassTarget, SourcePart } from './opened-source.ts';
import { scanFile } from './source-file.ts';

interface JsonLinesFile {
  readonly path: string;
  readonly signal?: AbortSignal;
}

const LF = 0x0a;

export async function jsonLinesPart(duck: Duck, { path, signal }: JsonLinesFile): Promise<SourcePart> {
  const scan = new LineScan(path);
  const file = await scanFile({ path, expected: 'a file of JSON Lines', take: (piece) => scan.take(piece), ...(signal && { signal }) });
  const { header, blank } = await lookThrough(duck, path);
  if (header.length === 0) {
    const message = `${path} has no rows: expected a JSON object with a key for each column on every line, found none`;
    throw new Failure('SourceUnreadable', message, { path });
  }
  const records = scan.lines();
  insistOnLastLine(path, { record: records, end: scan.end() });
  const rows = records - blank;
  return {
    file,
    header,
    headerLine: null,
    records,
    rows,
    load: (into, target) => load(into, { path, records }, target),
    pass: (target) => pass({ path, rows }, target),
  };
}

const isBlank = "coalesce(trim(line), '') = ''";
/** CASE, because what is no JSON must not be asked what it is. */
const isObject = "coalesce(case when json_valid(line) then json_type(line) = 'OBJECT' end, false)";

/** Lines as they stand: the separator is a character that JSON does not allow. */
function lines(path: string, faulty: string): string {
  return `read_csv(${literal(path)}, auto_detect = false, header = false, delim = '\\x1e', quote = '', escape = '', columns = {line: 'VARCHAR'}, parallel = false, strict_mode = true, ${faulty})`;
}

/** The keys of all objects, in the order in which they turn up, and how many lines are blank. */
async function lookThrough(duck: Duck, path: string): Promise<{ header: readonly string[]; blank: number }> {
  let shapes: Awaited<ReturnType<Duck['all']>> = [];
  await reading(`${path} cannot be read as JSON Lines`, { keepsRawLines: false }, async () => {
    shapes = await duck.all(`select is_blank, keys, min(position) as first, count(*)::integer as count
      from (select row_number() over () as position, ${isBlank} as is_blank, case when ${isObject} then json_keys(line) end as keys from ${lines(path, 'ignore_errors = true')})
      group by all order by first`);
  });
  const header = shapes.flatMap(({ keys }) => itemsOf(keys).map(String));
  const blank = shapes.filter(({ is_blank }) => is_blank === true).reduce((sum, { count }) => sum + Number(count), 0);
  return { header: [...new Set(header)], blank };
}

async function load(duck: Duck, { path, records }: { path: string; records: number }, target: PartTarget): Promise<void> {
  const { table, after, header, door } = target;
  const pointers = header.map(pointerTo);
  const textOf = (column: string) => `texts[${header.indexOf(column) + 1}]`;
  const allowed = door.allowed(textOf);
  const kept = header.map((column, index) => {
    const admitted = door.admitted(column, textOf(column));
    return `${allowed === null ? admitted : `case when ${allowed} then ${admitted} end`} as ${rawColumn(index)}`;
  });
  const rejects = `${table}_rejects`;
  const other = `case when texts is null and not (${isBlank}) then ${door.keepsRawLines ? 'line' : "''"} end`;
  await reading(`${path} cannot be read as JSON Lines`, door, () =>
    duck.run(`create table ${table} as select record, ${isBlank} as is_blank, ${other} as other, ${allowed ?? 'true'} as allowed, ${kept.join(', ')}
      from (select row_number() over () as record, line, case when ${isObject} then json_extract_string(line, [${pointers.join(', ')}]) end as texts
        from ${lines(path, storing(rejects))})`),
  );
  await duck.run(`create temp table ${table}_unreadable as
    select line::bigint as record, null::varchar as line, first(error_message order by column_idx) as reason from ${rejects} group by line`);
  const loaded =
    Number(await duck.value(`select count(*) from ${table}`)) + Number(await duck.value(`select count(*) from ${table}_unreadable`));
  insistOnEveryLine(path, { expected: records, loaded });
  await numberRecords(duck, { table, after, blank: [], skipped: 0 });
  await duck.run(`insert into unreadable select record + ${after}, line, reason from ${table}_unreadable`);
  await duck.run(`insert into unreadable select record, nullif(other, ''), 'not a JSON object' from ${table} where other is not null`);
  await duck.run(`delete from ${table} where is_blank or other is not null`);
  await duck.run(`alter table ${table} drop column is_blank`);
  await duck.run(`alter table ${table} drop column other`);
}

/** What is no object has no values: whoever reads the rows finds nothing in them. */
function pass({ path, rows }: { path: string; rows: number }, { table, columns, door }: PassTarget): PassingRows {
  const kept = columns.map((column, at) => `${door.admitted(column, `texts[${at + 1}]`)} as ${rawColumn(at)}`);
  const pointers = columns.map(pointerTo).join(', ');
  return {
    sql: `select ${kept.join(', ')} from (select case when ${isObject} then json_extract_string(line, [${pointers}]) end as texts
      from ${lines(path, storing(`${table}_rejects`))} where not (${isBlank}))`,
    trim: [],
    unreadable: async (duck, passed) => {
      const rejected = Number(await duck.value(`select count(distinct line) from ${table}_rejects`));
      insistOnEveryLine(path, { expected: rows, loaded: passed + rejected });
      return rejected;
    },
  };
}

const pointerTo = (column: string): string => literal(`/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`);

function storing(rejects: string): string {
  return `store_rejects = true, rejects_limit = 0, rejects_table = '${rejects}', rejects_scan = '${rejects}_scan'`;
}

function insistOnEveryLine(path: string, { expected, loaded }: { readonly expected: number; readonly loaded: number }): void {
  if (loaded === expected) return;
  throw new Failure(
    'SourceUnreadable',
    `${path} has lines that cannot be told apart: expected ${expected}, could read ${loaded}; write one JSON object on each line, ended by a line feed`,
    { path, expected, loaded },
  );
}

/** Whatever was to follow it is lost as well: one row set aside would say too little. */
function insistOnLastLine(path: string, { record, end }: { readonly record: number; readonly end: string }): void {
  if (end.trim() === '' || isJson(end)) return;
  const message = `${path} is cut off: its last line, number ${record}, lacks a line break and is no whole JSON object; export the file again`;
  throw new Failure('SourceUnreadable', message, { path, record });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

class LineScan {
  readonly #path: string;
  #seen = 0;
  #lines = 0;
  /** What follows the last line feed. */
  #end: Buffer[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  take(piece: Buffer): void {
    if (this.#seen === 0) insistOnText(this.#path, piece, 'JSON Lines');
    this.#seen += piece.length;
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, at + 1)) this.#lines += 1;
    const last = piece.lastIndexOf(LF);
    this.#end = last < 0 ? [...this.#end, piece] : [piece.subarray(last + 1)];
  }

  lines(): number {
    return this.#lines + (this.#end.some(({ length }) => length > 0) ? 1 : 0);
  }

  end(): string {
    return Buffer.concat(this.#end)
      .toString('utf8')
      .replace(/^\ufeff/, '');
  }
}
