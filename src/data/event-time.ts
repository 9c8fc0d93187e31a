/** Texts that tell a time, in SQL: a time stamp in UTC, or null. */
import type { Spec, TimeSpec } from '../domain/spec.ts';
import { literal } from './duck.ts';

/** In words, for rows that are set aside. */
export const anInstant = 'a time in ISO 8601, such as 2026-01-31 or 2026-01-31T09:30:00Z';

/** A time of day with an offset after it, which a cast to a time stamp would read over; a date alone ends in something that looks like one. */
const WITH_OFFSET = "':[0-9.]+\\s*[+-][0-9]'";
const WITH_ZONE = "':[0-9.]+\\s*([zZ]|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$'";
const ZONE = "'\\s*([zZ]|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$'";

/**
 * A time in ISO 8601. One that names no zone is local time in `zone`; an hour that a change of the clocks repeats is taken as the
 * second, one that it skips as an hour later. Such a text never meets the cast that knows zones: that takes a zone named in one row
 * for the one of the rows after it (DuckDB 1.5).
 */
export function instantOf(text: string, zone: string): string {
  const told = `timezone('UTC', try_cast(${text} as timestamptz))`;
  const local = fromZone(`try_cast(${text} as timestamp)`, zone);
  const found = `case when regexp_matches(${text}, ${zone === 'UTC' ? WITH_OFFSET : WITH_ZONE}) then ${told} else coalesce(${local}, ${told}) end`;
  // A cast takes "epoch" and "infinity" for times as well.
  return `(case when ${text} >= '0' and ${text} < ':' then coalesce(${found}, ${unusual(text)}) end)`;
}

/** What no cast reads: minutes with a zone behind them, blanks before it, a small z. */
function unusual(text: string): string {
  const timestamp = `try_cast(regexp_replace(${text}, ${ZONE}, '') as timestamp)::varchar`;
  const spelt = `${timestamp} || replace(upper(regexp_extract(${text}, ${ZONE}, 1)), 'UTC', 'Z')`;
  return `case when regexp_matches(${text}, ${WITH_ZONE}) then timezone('UTC', try_cast(${spelt} as timestamptz)) end`;
}

function fromZone(timestamp: string, zone: string): string {
  return zone === 'UTC' ? timestamp : `timezone('UTC', timezone(${literal(zone)}, ${timestamp}))`;
}

export function eventTimeOf({ source }: Spec, time: TimeSpec, text: string): string {
  if (time.kind === 'month-names')
    return `make_timestamp(${time.startYear} + (select count(*) from falls where falls.record <= raw.record)::bigint, ${monthOf(text)}, 1, 0, 0, 0)`;
  if (time.format === null) return instantOf(text, source.timeZone);
  const parsed = `try_strptime(${text}, ${literal(time.format)})`;
  return /%z/i.test(time.format) ? `timezone('UTC', ${parsed})` : fromZone(`${parsed}::timestamp`, source.timeZone);
}

/** 1 to 12, or null. */
function monthOf(text: string): string {
  const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
  return `nullif(list_position([${months.map(literal).join(', ')}], lower(left(${text}, 3))), 0)`;
}

/** SQL for the table `falls (record)`: the records at which the month is smaller than in the row before, so that a new year begins. */
export function yearFalls(text: string): string {
  const month = monthOf(text);
  return `select record from (select record, month < lag(month) over (order by record) as falls from (select record, ${month} as month from raw) where month is not null) where falls`;
}

/** SQL that is true for a row of a day that is not over at `now`: its labels and sums are not complete either. */
export function isPartialDay({ source }: Spec, now: string): string {
  const day = (instant: string) => `date_trunc('day', timezone(${literal(source.timeZone)}, timezone('UTC', ${instant})))`;
  return `${day('seen_at')} >= ${day(`timezone('UTC', ${literal(now)}::timestamptz)`)}`;
}
