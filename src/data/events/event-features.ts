/**
 * Aggregates of events for the rows of a snapshot, as they would have been known when each row was seen (a point-in-time join): only
 * events that had happened before and were known by then count.
 */
import type { FeatureSpec } from '../../domain/feature-spec.ts';
import type { Spec } from '../../domain/spec.ts';
import type { Aggregate } from '../../features/aggregates.ts';
import { type Duck, ident, literal } from '../duck.ts';
import { aggregateSql, longestWindow, visibleAt } from './event-aggregates.ts';
import { type EventOptions, loadEventTable } from './event-table.ts';
import type { EventCounts, LoadedEvents } from './loaded-events.ts';
import { columnInParquet } from '../snapshot.ts';

export interface EventFeatureOptions extends EventOptions {
  /** The table with `row_id`, `entity` and `seen_at` to which the columns are added. */
  readonly rows?: string;
}

export interface AggregateFeature {
  readonly name: string;
  readonly derive: Aggregate;
}

const DAY_MS = '86400000.0';

export function aggregateFeatures(features: readonly FeatureSpec[]): AggregateFeature[] {
  return features.flatMap(({ name, derive }) => (derive?.kind === 'aggregate' ? [{ name, derive }] : []));
}

/** Adds `source:<feature>` for every aggregate of the spec. */
export async function addEventFeatures(duck: Duck, spec: Spec, options: EventFeatureOptions): Promise<EventCounts> {
  const { rows = 'rows' } = options;
  const features = aggregateFeatures(spec.features);
  const counts: Record<string, Omit<LoadedEvents, 'file'>> = {};
  for (const table of spec.events) {
    const ofTable = features.filter(({ derive }) => derive.table === table.name);
    if (ofTable.length === 0) continue;
    const aggregates = ofTable.map(({ derive }) => derive);
    const { file, ...found } = await loadEventTable(spec, { table, aggregates }, options);
    counts[table.name] = found;
    await addColumns(duck, rows, { file, features: ofTable });
  }
  return counts;
}

async function addColumns(
  duck: Duck,
  rows: string,
  { file, features }: { file: string; features: readonly AggregateFeature[] },
): Promise<void> {
  const window = longestWindow(features.map(({ derive }) => derive));
  const since = window === null ? '' : `and event.happened_at >= seen.seen_at - to_microseconds(${window * 1_000})`;
  await duck.run(`create or replace temp table event_values as
    select seen.row_id, ${features.map((feature) => perRow(feature)).join(', ')}
    from ${rows} seen join read_parquet(${literal(file)}) event on event.entity = seen.entity and ${visibleAt('seen.seen_at')} ${since}
    group by seen.row_id, seen.seen_at`);
  const joined = features.map(({ name, derive }) => `${answer(name, derive)} as ${ident(columnInParquet(name))}`);
  await duck.run(`create table rows_with_events as
    select seen.*, ${joined.join(', ')} from ${rows} seen left join event_values found using (row_id)`);
  await duck.run(`drop table ${rows}`);
  await duck.run(`alter table rows_with_events rename to ${rows}`);
}

function perRow({ name, derive }: AggregateFeature): string {
  return `${aggregateSql(derive, 'seen.seen_at')} as ${ident(columnInParquet(name))}`;
}

/** What the row gets: days instead of the last event's time, and what is said where there was no event. */
function answer(name: string, { function: aggregate, otherwise }: Aggregate): string {
  const value = `found.${ident(columnInParquet(name))}`;
  const found = aggregate === 'days-since' ? `(epoch_ms(seen.seen_at)::double - ${value}) / ${DAY_MS}` : value;
  return otherwise === null ? found : `coalesce(${found}, ${otherwise}::double)`;
}
