/** The source as a table of texts, each record with its number in the file; records that are no rows lie beside it. */
import { Failure } from '../failures.ts';
import type { CsvShape } from './csv-shape.ts';
import { type Duck, literal } from './duck.ts';

/** Column i of the source is c<i> in the table `raw`. */
export const rawColumn = (index: number): string => `c${index}`;

/**
 * Makes the tables `raw (record, c0, c1, ...)` and `unreadable (record, line, reason)`. Every record of the file is in exactly one of
 * them, or blank: what cannot be accounted for is an error, never a row that quietly isn't there.
 */
export async function loadSource(duck: Duck, shape: CsvShape, separator: string): Promise<void> {
  const columns = shape.header.map((_, index) => `${rawColumn(index)}: 'VARCHAR'`).join(', ');
  // One reader, so that the order of the rows is the file's. The names of the columns are ours, because theirs may differ in case only.
  const options = `auto_detect = false, header = true, delim = ${literal(separator)}, quote = '"', escape = '"', columns = {${columns}}`;
  await readable(shape, () =>
    duck.run(`create temp table loaded as
      select row_number() over () as position, * from read_csv(${literal(shape.path)}, ${options}, store_rejects = true, rejects_limit = 0, parallel = false, strict_mode = true)`),
  );
  await duck.run(`create temp table unreadable as
    select line::bigint as record, first(csv_line order by column_idx) as line, first(error_message order by column_idx) as reason from reject_errors group by line`);
  await insistOnEveryRecord(duck, shape);
  await numberRecords(duck, shape);
}

/** The reader gives up on a file whose quotes make no sense at all. */
async function readable(shape: CsvShape, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (!message.startsWith('Invalid Input Error')) throw cause;
    throw new Failure(
      'SourceUnreadable',
      `${shape.path} cannot be read as CSV: ${message.split('\n')[0]}; export the file again`,
      { path: shape.path },
      { cause },
    );
  }
}

async function insistOnEveryRecord(duck: Duck, shape: CsvShape): Promise<void> {
  const loaded = Number(await duck.value('select count(*) from loaded'));
  const unreadable = Number(await duck.value('select count(*) from unreadable'));
  const expected = shape.records - 1 - shape.blank.length;
  if (expected === 0)
    throw new Failure('SourceUnreadable', `${shape.path} has a header and no rows: expected at least one`, { path: shape.path });
  const cutOff = shape.endsAbruptly && (await duck.value(`select count(*) from unreadable where record = ${shape.records}`)) !== 0n;
  if (cutOff) {
    throw new Failure(
      'SourceUnreadable',
      `${shape.path} is cut off: its last record, number ${shape.records}, lacks columns and a line break; export the file again`,
      {
        path: shape.path,
        record: shape.records,
      },
    );
  }
  if (loaded + unreadable === expected) return;
  throw new Failure(
    'SourceUnreadable',
    `${shape.path} has quotes that don't fit together: expected ${expected} rows, could read ${loaded} and ${unreadable} damaged ones; export the file again with every quote inside a field doubled`,
    { path: shape.path, expected, loaded, unreadable },
  );
}

/** Row k of what was loaded is the k-th record that is neither blank nor unreadable. */
async function numberRecords(duck: Duck, shape: CsvShape): Promise<void> {
  const blank =
    shape.blank.length > 0 ? `select unnest([${shape.blank.join(', ')}])::bigint as record` : 'select 0::bigint as record where false';
  await duck.run(`create temp table skips as
    select record - row_number() over (order by record) as position, row_number() over (order by record) as skipped
    from (select record from unreadable union all (${blank}))`);
  // Several skips in a row share one position; the last of them counts.
  await duck.run(`create temp table raw as
    select loaded.position + 1 + coalesce(skips.skipped, 0) as record, loaded.* exclude (position)
    from loaded asof left join (select position, max(skipped) as skipped from skips group by position) skips on loaded.position >= skips.position`);
  await duck.run('drop table loaded');
}
