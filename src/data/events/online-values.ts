/**
 * The values of aggregates by entity at one moment, for online reads: the same expressions that make the columns of a snapshot, with
 * the watermark in place of the time a row was seen. Entities come in the order of their keyed hashes, so that it can go on anywhere.
 */
import type { EventTableSpec } from '../../domain/feature-spec.ts';
import type { Spec } from '../../domain/spec.ts';
import { type Aggregate, aggregateKey } from '../../features/aggregates.ts';
import { type Duck, ident, literal, withDuck } from '../duck.ts';
import { aggregateSql, visibleAt } from './event-aggregates.ts';
import { type EventOptions, loadEventTable } from './event-table.ts';

export interface OnlineMoment {
  /** How far the values go, in milliseconds since 1970. */
  readonly asOf: number;
  /** How far they went before: only entities whose values may have changed since are needed. Null: all. */
  readonly since: number | null;
  /** Entities with events in this range, too. */
  readonly range: { readonly from: number; readonly until: number } | null;
  /** Go on behind this entity. */
  readonly after: string | null;
  /** Come back after so many entities. */
  readonly atMost: number;
}

export interface OnlineEntity {
  readonly hash: string;
  /** By definition (`aggregateKey`); absent where there was no event. */
  readonly values: Readonly<Record<string, number>>;
}

export interface OnlineProgress {
  /** Null when there is nothing more. */
  readonly after: string | null;
  readonly events: number;
  readonly newestEventAt: number | null;
}

export interface OnlineTable {
  readonly table: EventTableSpec;
  readonly aggregates: readonly Aggregate[];
}

const BATCH = 1_000;
/** What a source says it knew before the watermark may have been written after it: a nightly export holds the whole day before. */
const EXPORT_MS = 2 * 86_400_000;
/** Where nobody says when events became known, those of so long ago are looked at again: they may have come late. */
const LATENESS_MS = 3 * 86_400_000;

export async function eachOnlineEntity(
  spec: Spec,
  { table, aggregates, ...moment }: OnlineTable & OnlineMoment,
  options: EventOptions,
  take: (entities: readonly OnlineEntity[]) => Promise<void>,
): Promise<OnlineProgress> {
  const { file } = await loadEventTable(pseudonymous(spec), { table, aggregates }, options);
  return withDuck({ workDir: options.folder, ...(options.signal && { signal: options.signal }) }, async (duck) => {
    await duck.run(`create view events as select * from read_parquet(${literal(file)})`);
    await duck.run(`create temp table affected as ${affected(table, aggregates, moment)}`);
    const keys = aggregates.map(aggregateKey);
    const values = aggregates.map((aggregate, index) => `${aggregateSql(aggregate, instant(moment.asOf))} as ${ident(`value${index}`)}`);
    const last = await eachBatch(duck, selection(values, moment), async (entities, columns) => {
      await take(entities.map((hash, row) => ({ hash, values: present(keys, columns, row) })));
    });
    const [found] = await duck.all(`select count(*)::integer as events, epoch_ms(max(event.happened_at))::double as newest
      from events event where ${visibleAt(instant(moment.asOf))}`);
    return {
      after: last.count < moment.atMost ? null : last.entity,
      events: Number(found!.events),
      newestEventAt: found!.newest as number | null,
    };
  });
}

/** Online values are always filed under keyed hashes, as the gateway's log is. */
function pseudonymous(spec: Spec): Spec {
  if (spec.entity.kind !== 'column' || spec.personal.includes(spec.entity.column)) return spec;
  return { ...spec, personal: [...spec.personal, spec.entity.column] };
}

function instant(ms: number): string {
  return `(make_timestamp(${Math.floor(ms)}::bigint * 1000))`;
}

/** Entities whose values at `asOf` may differ from those at `since`: events became visible, or left a window. */
function affected({ knownAt }: EventTableSpec, aggregates: readonly Aggregate[], { asOf, since, range }: OnlineMoment): string {
  if (since === null) return 'select distinct entity from events';
  const [now, before] = [instant(asOf), instant(since - EXPORT_MS)];
  const windows = new Set(aggregates.flatMap(({ windowMs }) => (windowMs === null ? [] : [windowMs])));
  const left = [...windows].map((ms) =>
    between(`${instant(since)} - to_microseconds(${ms * 1_000})`, `${now} - to_microseconds(${ms * 1_000})`),
  );
  const changed = [
    `((${visibleAt(now)}) and not (${visibleAt(before)}))`,
    ...left,
    ...(knownAt === null ? [between(instant(since - LATENESS_MS), now)] : []),
    ...(range === null ? [] : [between(instant(range.from), instant(range.until))]),
  ];
  return `select distinct entity from events event where ${changed.join(' or ')}`;
}

function between(from: string, until: string): string {
  return `(event.happened_at >= ${from} and event.happened_at < ${until})`;
}

function selection(values: readonly string[], { asOf, after, atMost }: OnlineMoment): string {
  const from = after === null ? '' : `where entity > ${literal(after)}`;
  return `select chosen.entity, ${values.join(', ')}
    from (select entity from affected ${from} order by entity limit ${atMost}) chosen
    left join events event on event.entity = chosen.entity and ${visibleAt(instant(asOf))}
    group by chosen.entity order by chosen.entity`;
}

type Columns = readonly (readonly unknown[])[];

async function eachBatch(duck: Duck, sql: string, take: (entities: readonly string[], columns: Columns) => Promise<void>) {
  let count = 0;
  let entity: string | null = null;
  for await (const [entities, ...columns] of duck.chunks(sql)) {
    for (let from = 0; from < entities!.length; from += BATCH) {
      const some = entities!.slice(from, from + BATCH) as string[];
      await take(
        some,
        columns.map((column) => column.slice(from, from + BATCH)),
      );
      count += some.length;
      entity = some.at(-1) ?? entity;
    }
  }
  return { count, entity };
}

function present(keys: readonly string[], columns: Columns, row: number): Record<string, number> {
  return Object.fromEntries(keys.flatMap((key, index) => (columns[index]![row] === null ? [] : [[key, Number(columns[index]![row])]])));
}
