/**
 * A table of events as one Parquet file: whose it was, when it happened, when it became known, and the columns that are aggregated.
 * It is read like any source, by whatever its format is, in a DuckDB of its own.
 */
import { mkdtemp, rename } from 'node:fs/promises';
import path from 'node:path';
import type { EventTableSpec } from '../../domain/feature-spec.ts';
import type { Spec } from '../../domain/spec.ts';
import { Failure } from '../../failures.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import type { Aggregate } from '../../features/aggregates.ts';
import { fieldsOf, SEPARATORS } from '../source/csv-shape.ts';
import { type DoorKeys, keyIdOf, openDoor } from '../source/door.ts';
import { type Duck, ident, literal, withDuck } from '../duck.ts';
import { instantOf } from '../event-time.ts';
import { foundColumns } from '../source/found-columns.ts';
import { type Keeping, keptEvents } from './kept-events.ts';
import { rawColumn } from '../source/load-source.ts';
import type { LoadedEvents } from './loaded-events.ts';
import type { OpenedSource, PassingRows } from '../source/opened-source.ts';
import { type FetchQuery, openSource } from '../source/source.ts';
import { decimalOf, numberIn } from '../numbers.ts';
import { insistUnchanged } from '../source/source-file.ts';
import { missingMarkers, trimmed } from '../texts.ts';

export interface EventOptions {
  /** For files that are written down in between. */
  readonly folder: string;
  /** A personal entity comes in as the same keyed hash here as in the rows it is joined to. */
  readonly keys: DoorKeys;
  readonly fetchQuery?: FetchQuery | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where tables are kept between two readings; nothing is kept unless it is said. */
  readonly keep?: string | undefined;
}

/** Sums are taken exactly, in billionths, so that they come out the same in whatever order the threads bring the events. */
const LARGEST_ADDEND = '1e15';
/** To be counted up when the same source would be read as another table. */
const FORMAT = 1;

interface Wanted {
  readonly table: EventTableSpec;
  readonly aggregates: readonly Aggregate[];
}

/** `number:<column>` as a double, `exact:<column>` for sums, `text:<column>` for counting different ones. */
export async function loadEventTable(spec: Spec, wanted: Wanted, options: EventOptions): Promise<LoadedEvents> {
  const { table } = wanted;
  const file = path.join(options.folder, `events-${table.name}.parquet`);
  const read = () => readEventTable(spec, wanted, { ...options, file });
  const keeping = keepingOf(spec, wanted, options);
  const loaded = await (keeping === null ? read() : keptEvents(keeping, file, read));
  insistOnMost(spec, table.path ?? `the query on ${table.connection}`, loaded);
  return loaded;
}

/** Null for what cannot be told to be the same as before, or holds entities by name. */
function keepingOf(spec: Spec, { table, aggregates }: Wanted, { keep, keys }: EventOptions): Keeping | null {
  const { personal, source } = sourceLike(spec, table);
  if (keep === undefined || table.path === null || personal.length === 0 || keys.entity === null) return null;
  const columns = [columnsOf(table, aggregates), counted(aggregates), numbered(aggregates)];
  return {
    folder: keep,
    name: `${spec.model}.${table.name}`,
    source: table.path,
    reading: [FORMAT, table, columns, source, keyIdOf(keys.entity)],
  };
}

async function readEventTable(
  spec: Spec,
  { table, aggregates }: Wanted,
  options: EventOptions & { readonly file: string },
): Promise<LoadedEvents> {
  const { file } = options;
  const asSource = sourceLike(spec, table);
  const folder = await mkdtemp(path.join(options.folder, 'events-'));
  return withDuck({ workDir: folder, ...(options.signal && { signal: options.signal }) }, async (duck) => {
    const door = await openDoor(duck, asSource, options.keys);
    const { fetchQuery, signal } = options;
    const source = await openSource(duck, { spec: asSource, path: null, folder, fetchQuery, signal });
    insistOnColumns(spec, source, { table, aggregates });
    const passed = source.parts[0]!.pass({ table: 'events', columns: columnsOf(table, aggregates), door });
    const { read, events } = await writeEvents(duck, typedEvents(asSource, { table, aggregates, passed }), file);
    const unreadable = await passed.unreadable(duck, read);
    for (const part of source.parts) await insistUnchanged(part.file);
    return { file, events, setAside: read - events + unreadable };
  });
}

/** In one go, since the reader's texts are of no use to anybody else; those that belong nowhere are taken out again where there are any. */
async function writeEvents(duck: Duck, typed: string, file: string): Promise<{ read: number; events: number }> {
  const isWhole = 'entity is not null and happened_at is not null and known_at is not null';
  const write = (select: string, target: string) => duck.run(`copy (${select}) to ${literal(target)} (format parquet, compression zstd)`);
  await duck.run('set preserve_insertion_order = false');
  await write(`select * from ${typed}`, file);
  const [found] = await duck.all(`select count(*) as read, count(*) filter (${isWhole}) as events from read_parquet(${literal(file)})`);
  const [read, events] = [Number(found!.read), Number(found!.events)];
  if (events < read) {
    await write(`select * from read_parquet(${literal(file)}) where ${isWhole}`, `${file}.whole`);
    await rename(`${file}.whole`, file);
  }
  return { read, events };
}

/** The table as if it were the source of a model, which is all that a reader wants to know. */
function sourceLike(spec: Spec, { entity, ...table }: EventTableSpec): Spec {
  const { path: file, format, query, connection, separator = spec.source.separator, decimal = spec.source.decimal ?? '.' } = table;
  const isPersonal = spec.entity.kind === 'column' && spec.personal.includes(spec.entity.column);
  const source = {
    ...spec.source,
    path: file,
    format,
    separator,
    decimal,
    query,
    connection,
    header: null,
    skipLines: 0,
    comparisonPath: null,
  };
  return { ...spec, source, consent: null, entity: { kind: 'column', column: entity }, personal: isPersonal ? [entity] : [] };
}

interface Typing extends Wanted {
  /** In the order of `columnsOf`. */
  readonly passed: PassingRows;
}

/** In layers, each column trimmed and read once: SQL that repeats an expression computes it as often. */
function typedEvents(spec: Spec, { table, aggregates, passed }: Typing): string {
  const columns = columnsOf(table, aggregates);
  const missing = missingMarkers(spec.source.missing);
  const name = (column: string) => `t${columns.indexOf(column)}`;
  const textOf = (column: string) => rawColumn(columns.indexOf(column));
  const trim = (column: string) => (passed.trim.includes(column) ? textOf(column) : trimmed(textOf(column)));
  const texts = columns.map((column) => `${trim(column)} as ${name(column)}`);
  // Sums of events may be larger than what a feature may be.
  const asNumber = (text: string) => `try_cast(${decimalOf(spec.source) === ',' ? numberIn(text, ',') : text} as double)`;
  const told = columns.map((column) => `case when ${name(column)} not in (${missing}) then ${name(column)} end as ${name(column)}`);
  const numbers = numbered(aggregates).map((column) => `${asNumber(name(column))} as n${name(column)}`);
  const time = (column: string) => instantOf(name(column), spec.source.timeZone);
  const typed = [
    `${name(table.entity)} as entity`,
    `${time(table.time)} as happened_at`,
    `${time(table.knownAt ?? table.time)} as known_at`,
    ...numbered(aggregates).flatMap((column) => {
      const number = `n${name(column)}`;
      return [
        `case when isfinite(${number}) then ${number} end as ${ident(`number:${column}`)}`,
        `case when abs(${number}) <= ${LARGEST_ADDEND} then ${number}::decimal(38, 9) end as ${ident(`exact:${column}`)}`,
      ];
    }),
    ...counted(aggregates).map((column) => `${name(column)} as ${ident(`text:${column}`)}`),
  ];
  const layers = [texts, told, ['*', ...numbers], typed];
  return layers.reduce((from, layer) => `(select ${layer.join(', ')} from ${from})`, `(${passed.sql})`);
}

function columnsOf({ entity, time, knownAt }: EventTableSpec, aggregates: readonly Aggregate[]): string[] {
  return [...new Set([entity, time, ...(knownAt === null ? [] : [knownAt]), ...aggregatedColumns(aggregates)])];
}

/** Columns of which different texts are counted; the others are numbers. */
function counted(aggregates: readonly Aggregate[]): string[] {
  return aggregatedColumns(aggregates.filter((aggregate) => aggregate.function === 'distinct'));
}

function numbered(aggregates: readonly Aggregate[]): string[] {
  return aggregatedColumns(aggregates.filter((aggregate) => aggregate.function !== 'distinct'));
}

function aggregatedColumns(aggregates: readonly Aggregate[]): string[] {
  return [...new Set(aggregates.flatMap(({ column }) => (column === null ? [] : [column])))];
}

function insistOnColumns(spec: Spec, { header, headerLine, name }: OpenedSource, { table, aggregates }: Wanted): void {
  const expected = columnsOf(table, aggregates);
  const missing = expected.filter((column) => !header.includes(column));
  if (missing.length === 0) return;
  const isCutBy = (separator: string) => expected.every((column) => fieldsOf(headerLine ?? '', separator).includes(column));
  const separator = SEPARATORS.find(isCutBy);
  if (separator !== undefined) {
    const message = `the events ${table.name} (${name}) are separated by ${JSON.stringify(separator)}: set events.${table.name}.separator to it`;
    throw new Failure('SourceUnreadable', message, { table: table.name, found: separator });
  }
  const found = foundColumns(spec, { header, expected });
  const nearest = found === header ? nearestName(missing[0]!, header) : null;
  const hint = nearest === null ? '' : `; did "${missing[0]}" become "${nearest}"?`;
  throw new Failure(
    'TrainingDataRejected',
    `the events ${table.name} (${name}) lack ${missing.map((column) => `"${column}"`).join(', ')}: found ${found.slice(0, 40).join(', ')}${hint}`,
    { table: table.name, missing, found },
  );
}

function insistOnMost({ dataContract: { maximumBadRows } }: Spec, name: string, { events, setAside }: LoadedEvents): void {
  if (setAside <= maximumBadRows * (events + setAside)) return;
  throw new Failure(
    'TrainingDataRejected',
    `${setAside} of ${events + setAside} events of ${name} have no readable entity or time: expected at most ${maximumBadRows * 100} % (dataContract.maximumBadRows); correct them`,
    { events, setAside },
  );
}
