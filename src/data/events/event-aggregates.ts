/**
 * Aggregates of events in SQL: one expression each, over the events of an entity joined to a moment. The same expressions make the
 * columns of a snapshot (the moment is when a row was seen) and the online values (the moment is their watermark).
 */
import type { Aggregate } from '../../features/aggregates.ts';
import { ident } from '../duck.ts';

/** What had happened before the moment, and was known by then: a backfill that came later is not seen. */
export function visibleAt(moment: string): string {
  return `event.happened_at < ${moment} and event.known_at <= ${moment}`;
}

/** SQL for the value over the visible events; null where there is none. The last event's time in milliseconds for `days-since`. */
export function aggregateSql({ function: name, column, windowMs }: Aggregate, moment: string): string {
  const within = windowMs === null ? 'true' : `event.happened_at >= ${moment} - to_microseconds(${windowMs * 1_000})`;
  const of = (kind: 'number' | 'exact' | 'text') => `event.${ident(`${kind}:${column ?? ''}`)}`;
  const over = (aggregate: string) => `${aggregate} filter (${within})`;
  switch (name) {
    case 'count':
      return `nullif(${over('count(event.happened_at)')}, 0)::double`;
    case 'sum':
      return `${over(`sum(${of('exact')})`)}::double`;
    case 'mean':
      return `${over(`sum(${of('exact')})`)}::double / ${over(`count(${of('exact')})`)}`;
    case 'min':
      return over(`min(${of('number')})`);
    case 'max':
      return over(`max(${of('number')})`);
    case 'distinct':
      return `nullif(${over(`count(distinct ${of('text')})`)}, 0)::double`;
    case 'days-since':
      return `epoch_ms(${over('max(event.happened_at)')})::double`;
  }
}

/** The longest window of any: events before it need not be joined. Null when one looks back for ever. */
export function longestWindow(aggregates: readonly Aggregate[]): number | null {
  return aggregates.some(({ windowMs }) => windowMs === null) ? null : Math.max(...aggregates.map(({ windowMs }) => windowMs ?? 0));
}
