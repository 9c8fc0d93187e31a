/** All parts of a source as one view of texts, each record with its number, through the door. */
import { Failure } from '../../failures.ts';
import type { Door } from './door.ts';
import type { Duck } from '../duck.ts';
import type { OpenedSource } from './opened-source.ts';

/** Column i of the source is c<i> in the view `raw`. */
export const rawColumn = (index: number): string => `c${index}`;

/**
 * Makes the view `raw (record, part, c0, c1, ...)` and the table `unreadable (record, line, reason)`. Answers how many rows had to
 * stay outside. The records of a second file are numbered after those of the first.
 */
export async function loadSource(duck: Duck, source: OpenedSource, door: Door): Promise<{ withoutConsent: number }> {
  await duck.run('create table unreadable (record bigint, line varchar, reason varchar)');
  let after = 0;
  let withoutConsent = 0;
  const parts: string[] = [];
  for (const [index, part] of source.parts.entries()) {
    const table = `part${index}`;
    await part.load(duck, { table, after, header: source.header, door });
    withoutConsent += Number(await duck.value(`select count(*) from ${table} where not allowed`));
    parts.push(`select * exclude (allowed), ${index}::tinyint as part from ${table} where allowed`);
    after += part.records;
  }
  await duck.run(`create view raw as ${parts.join(' union all ')}`);
  return { withoutConsent };
}

/** What DuckDB's reader of CSV means by "The CSV Parser state machine reached an invalid state" (measured). */
const DIFFERENT_ENDS = 'expected its records to end in one way, found both line feeds and carriage returns with a line feed';

/** A reader that gives up on a file says so in words that may quote it: after the first line, and between double quotes. */
export async function reading(what: string, door: Pick<Door, 'keepsRawLines'>, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (!/^(Invalid|Invalid Input|IO|Conversion|Serialization) Error/.test(message)) throw cause;
    const [said = ''] = message.split('\n');
    const words = /reached an invalid state/.test(said) ? DIFFERENT_ENDS : said;
    const told = `${what}: ${door.keepsRawLines ? words : words.replace(/".*"/, '(not told)')}; export the file again`;
    throw new Failure('SourceUnreadable', told, {}, door.keepsRawLines ? { cause } : {});
  }
}

interface Numbering {
  /** With `record` as the place among the rows that could be read; their unreadable fellows are in `<table>_unreadable`. */
  readonly table: string;
  /** What every number is raised by. */
  readonly after: number;
  /** Numbers of blank records, without what is skipped before the first row. */
  readonly blank: readonly number[];
  /** Lines before the first row; numbers of unreadable records count them. */
  readonly skipped: number;
}

/** Row k of what was loaded is the k-th record that is neither blank nor unreadable. */
export async function numberRecords(duck: Duck, { table, after, blank, skipped }: Numbering): Promise<void> {
  const none = 'select 0::bigint as record where false';
  await duck.run(`create temp table ${table}_skips as
    select position, max(skipped) as skipped from (
      select record - row_number() over (order by record) as position, row_number() over (order by record) as skipped
      from (select record - ${skipped} as record from ${table}_unreadable union all (${blank.length > 0 ? `select unnest([${blank.join(', ')}])::bigint as record` : none})))
    group by position`);
  // Several skips in a row share one position; the last of them counts.
  if ((await duck.value(`select count(*) from ${table}_skips`)) === 0n) {
    if (after > 0) await duck.run(`alter table ${table} alter record set data type bigint using record + ${after}`);
    return;
  }
  await duck.run(`create temp table ${table}_blocks as ${blocksOf(table)}`);
  const within = `list_max([skip.skipped for skip in blocks.inside if skip.position < loaded.record])`;
  await duck.run(`create table ${table}_numbered as
    select loaded.record + ${after} + coalesce(${within}, blocks.base) as record, loaded.* exclude (record)
    from ${table} loaded join ${table}_blocks blocks on loaded.record // ${BLOCK} = blocks.block`);
  await duck.run(`drop table ${table}`);
  await duck.run(`alter table ${table}_numbered rename to ${table}`);
}

const BLOCK = 1_000;

/**
 * For each thousand rows how many records were skipped before them, and where among them more were. A join that orders the rows by
 * their place would take all their texts with it; this one lets them pass.
 */
function blocksOf(table: string): string {
  return `select block, inside, coalesce(max(top) over (order by block rows between unbounded preceding and 1 preceding), 0) as base
    from (select unnest(generate_series(0, (select coalesce(max(record), 0) // ${BLOCK} from ${table}))) as block)
    left join (select position // ${BLOCK} as block, list({position: position, skipped: skipped}) as inside, max(skipped) as top from ${table}_skips group by 1) using (block)`;
}
