/**
 * Rows that were set aside and are brought back: as JSON lines with `raw`, already through the door. A later ingest reads them beside
 * its source. What the source itself delivers is the source's: the same record is not read twice, and of the same row the source's is kept.
 */
import { type Duck, literal } from './duck.ts';
import { rawColumn } from './source/load-source.ts';

interface Bringing {
  readonly files: readonly string[];
  readonly header: readonly string[];
  /** The last number of the source's own records. */
  readonly after: number;
}

/** Adds them to the view `raw` as part 2. Answers how many are left of them. */
export async function bringBack(duck: Duck, { files, header, after }: Bringing): Promise<number> {
  if (files.length === 0) return 0;
  const texts = header.map((_, index) => rawColumn(index)).join(', ');
  await duck.run(`create table redriven as select distinct ${rawTexts(header)} from ${quarantinedLines(files)}`);
  await duck.run(`delete from redriven where hash(${texts}) in (select hash(${texts}) from raw)`);
  await duck.run('alter view raw rename to delivered');
  await duck.run(
    `create table redriven_numbered as select ${after} + row_number() over (order by ${texts}) as record, ${texts}, 2::tinyint as part from redriven`,
  );
  await duck.run('create view raw as select * from delivered union all select * from redriven_numbered');
  return Number(await duck.value('select count(*) from redriven_numbered'));
}

/** Of rows that the source delivers as well, and well enough to be kept, the source's stays. Answers how many went. */
export async function yieldToSource(duck: Duck, after: number): Promise<number> {
  const twice = `record > ${after} and row_id in (select row_id from rows where record <= ${after} and fault is null)`;
  const count = Number(await duck.value(`select count(*) from rows where ${twice}`));
  if (count > 0) await duck.run(`delete from rows where ${twice}`);
  return count;
}

/** A row that was mended by hand is still as bad in the source as it was: the mended one takes its place, and is not set aside beside it. Answers how many. */
export async function takePlaces(duck: Duck, after: number): Promise<number> {
  const mended = `select row_id from rows mended where mended.record > ${after} and mended.fault is null and mended.row_id = rows.row_id and mended.seen_at is not distinct from rows.seen_at`;
  const replaced = `record <= ${after} and fault is not null and exists (${mended})`;
  const count = Number(await duck.value(`select count(*) from rows where ${replaced}`));
  if (count > 0) await duck.run(`delete from rows where ${replaced}`);
  return count;
}

/** Consent is taken back in the source, which redriven rows do not hear of: only who agrees there today comes with them. Answers how many stay outside. */
export async function insistOnConsentToday(duck: Duck, after: number): Promise<number> {
  const strangers = `record > ${after} and coalesce(entity, '') not in (select entity from rows where record <= ${after} and entity is not null)`;
  const count = Number(await duck.value(`select count(*) from rows where ${strangers}`));
  if (count > 0) await duck.run(`delete from rows where ${strangers}`);
  return count;
}

export function quarantinedLines(files: readonly string[]): string {
  return `read_csv([${files.map(literal).join(', ')}], auto_detect = false, header = false, delim = '\\x1e', quote = '', escape = '', columns = {line: 'VARCHAR'}, strict_mode = true)`;
}

/** The texts of `raw`, named as columns of a source are. */
export function rawTexts(header: readonly string[]): string {
  return header
    .map((column, index) => {
      const pointer = literal(`/raw/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`);
      return `json_extract_string(line, ${pointer}) as ${rawColumn(index)}`;
    })
    .join(', ');
}
