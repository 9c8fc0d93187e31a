import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Duck, ident, withDuck } from '../../../src/data/duck.ts';
import { addEventFeatures, aggregateFeatures } from '../../../src/data/events/event-features.ts';
import type { EventTableSpec } from '../../../src/domain/feature-spec.ts';
import type { Spec } from '../../../src/domain/spec.ts';
import type { Aggregate } from '../../../src/features/aggregates.ts';
import { aFeature, aSpec } from '../fixtures.ts';

const DAY = 86_400_000;
const folder = mkdtempSync(path.join(tmpdir(), 'understudy-events-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keys = { personal: null, entity: 'a key of at least sixteen' };

interface Event {
  readonly entity: string;
  readonly at: number;
  readonly knownAt: number;
  readonly amount: number | null;
  readonly page: string | null;
}

interface Seen {
  readonly entity: string;
  readonly at: number;
}

const anAggregate = (name: Aggregate['function'], column: string | null, more: Partial<Aggregate> = {}): Aggregate => ({
  kind: 'aggregate',
  table: 'visits',
  function: name,
  column,
  windowMs: null,
  otherwise: null,
  ...more,
});

const everyAggregate: Readonly<Record<string, Aggregate>> = {
  times: anAggregate('count', null, { otherwise: 0 }),
  times_3d: anAggregate('count', null, { windowMs: 3 * DAY, otherwise: 0 }),
  paid_3d: anAggregate('sum', 'amount', { windowMs: 3 * DAY, otherwise: 0 }),
  average: anAggregate('mean', 'amount'),
  smallest_2d: anAggregate('min', 'amount', { windowMs: 2 * DAY }),
  largest: anAggregate('max', 'amount'),
  pages: anAggregate('distinct', 'page', { otherwise: 0 }),
  days: anAggregate('days-since', null),
  days_1d: anAggregate('days-since', null, { windowMs: DAY, otherwise: 99 }),
};

const visits = (file: string, more: Partial<EventTableSpec> = {}): EventTableSpec => ({
  name: 'visits',
  path: file,
  format: 'csv',
  query: null,
  connection: null,
  entity: 'who',
  time: 'happened',
  knownAt: 'loaded',
  staleAfterMs: DAY,
  ...more,
});

function specWith(table: EventTableSpec, aggregates: Readonly<Record<string, Aggregate>>, more: Partial<Spec> = {}): Spec {
  const features = Object.entries(aggregates).map(([name, derive]) => aFeature(name, 'number', { derive, nullable: true }));
  return aSpec({ features, events: [table], time: { kind: 'column', column: 'at', format: null }, ...more });
}

const iso = (ms: number) => new Date(ms).toISOString();

function written(events: readonly Event[], name = 'visits'): string {
  const file = path.join(folder, `${name}.csv`);
  const lines = events.map(({ entity, at, knownAt, amount, page }) => [entity, iso(at), iso(knownAt), amount ?? '', page ?? ''].join(','));
  writeFileSync(file, `who,happened,loaded,amount,page\n${lines.join('\n')}\n`);
  return file;
}

async function rowsOf(duck: Duck, rows: readonly Seen[]): Promise<void> {
  const values = rows.map(
    ({ entity, at }, index) => `('row ${String(index).padStart(4, '0')}', '${entity}', '${iso(at)}'::timestamptz at time zone 'UTC')`,
  );
  await duck.run(`create table rows as select * from (values ${values.join(', ')}) rows(row_id, entity, seen_at)`);
}

/** The values by feature, row by row. */
async function joined(spec: Spec, rows: readonly Seen[]): Promise<Record<string, number | null>[]> {
  return withDuck({}, async (duck) => {
    await rowsOf(duck, rows);
    await addEventFeatures(duck, spec, { folder, keys });
    const names = aggregateFeatures(spec.features).map(({ name }) => name);
    const found = await duck.all(
      `select ${names.map((name) => `${ident(`source:${name}`)} as ${ident(name)}`).join(', ')} from rows order by row_id`,
    );
    return found as Record<string, number | null>[];
  });
}

/** The definition, as plainly as it can be said. */
function plainly(
  { function: name, column, windowMs, otherwise }: Aggregate,
  events: readonly Event[],
  { entity, at }: Seen,
): number | null {
  const visible = events.filter(
    (event) => event.entity === entity && event.at < at && event.knownAt <= at && (windowMs === null || event.at >= at - windowMs),
  );
  const amounts = visible.flatMap(({ amount }) => (amount === null ? [] : [amount]));
  const pages = new Set(visible.flatMap(({ page }) => (page === null ? [] : [page])));
  const cents = amounts.reduce((sum, amount) => sum + Math.round(amount * 100), 0);
  const none = column === 'page' ? pages.size === 0 : (column === null ? visible : amounts).length === 0;
  if (none) return otherwise;
  switch (name) {
    case 'count':
      return visible.length;
    case 'sum':
      return cents / 100;
    case 'mean':
      return cents / 100 / amounts.length;
    case 'min':
      return Math.min(...amounts);
    case 'max':
      return Math.max(...amounts);
    case 'distinct':
      return pages.size;
    case 'days-since':
      return (at - Math.max(...visible.map((event) => event.at))) / DAY;
  }
}

// Times fall on hours, so that "exactly at" happens often.
const start = Date.parse('2026-01-01T00:00:00Z');
const hour = fc.integer({ min: 0, max: 24 * 7 }).map((hours) => start + hours * 3_600_000);
const entity = fc.constantFrom('ann', 'bob', 'nobody');
const anEvent: fc.Arbitrary<Event> = fc
  .record({
    entity,
    at: hour,
    late: fc.option(fc.integer({ min: 1, max: 72 }), { freq: 2, nil: 0 }),
    amount: fc.option(fc.integer({ min: -5_000, max: 5_000 }).map((cents) => cents / 100)),
    page: fc.option(fc.constantFrom('home', 'basket', 'help')),
  })
  .map(({ late, ...event }) => ({ ...event, knownAt: event.at + late * 3_600_000 }));

test('every aggregate is what its definition says, for any events and any rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anEvent, { minLength: 1, maxLength: 40 }),
      fc.array(fc.record({ entity, at: hour }), { minLength: 1, maxLength: 12 }),
      async (events, rows) => {
        const found = await joined(specWith(visits(written(events)), everyAggregate), rows);
        const expected = rows.map((row) =>
          Object.fromEntries(Object.entries(everyAggregate).map(([name, aggregate]) => [name, plainly(aggregate, events, row)])),
        );
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 25 },
  );
});

test('a backfill that was loaded later does not leak into rows seen before', async () => {
  const at = start + 5 * DAY;
  const onTime = { entity: 'ann', at: at - DAY, knownAt: at - DAY, amount: 10, page: 'home' };
  const backfilled = { entity: 'ann', at: at - 2 * DAY, knownAt: at + DAY, amount: 90, page: 'help' };
  const spec = specWith(visits(written([onTime, backfilled])), { times: everyAggregate.times!, paid_3d: everyAggregate.paid_3d! });
  const rows = [at, at + DAY - 1, at + DAY].map((each) => ({ entity: 'ann', at: each }));
  expect(await joined(spec, rows)).toEqual([
    { times: 1, paid_3d: 10 },
    { times: 1, paid_3d: 10 },
    { times: 2, paid_3d: 100 },
  ]);
  const careless = { ...spec, events: [{ ...spec.events[0]!, knownAt: null }] };
  expect(await joined(careless, rows)).toMatchObject([{ times: 2 }, { times: 2 }, { times: 2 }]);
});

test('what happens at the very moment of the prediction was not known before it', async () => {
  const events = [{ entity: 'ann', at: start, knownAt: start, amount: 1, page: null }];
  const rows = [start, start + 1].map((at) => ({ entity: 'ann', at }));
  expect(await joined(specWith(visits(written(events)), { times: everyAggregate.times! }), rows)).toEqual([{ times: 0 }, { times: 1 }]);
});

test('a sum is the same on one thread and on two, in whatever order the events lie', async () => {
  const events = Array.from({ length: 5_000 }, (_, index) => ({
    entity: 'ann',
    at: start + index,
    knownAt: start + index,
    amount: ((index * 7919) % 10_007) / 100 + 0.1,
    page: null,
  }));
  const paid = { paid: anAggregate('sum', 'amount'), average: anAggregate('mean', 'amount') };
  const rows = [{ entity: 'ann', at: start + DAY }];
  const forwards = await joined(specWith(visits(written(events, 'forwards')), paid), rows);
  const backwards = await joined(specWith(visits(written([...events].reverse(), 'backwards')), paid), rows);
  expect(backwards).toEqual(forwards);
});

test('events are the same whatever format they come in, and a time without a zone is the source’s', async () => {
  const rows = [{ entity: 'ann', at: start + 10 * DAY }];
  const lines = ['ann,2026-01-02 10:00:00,2026-01-02 12:00:00,12.5,home', 'ann,2026-01-03T10:00:00Z,2026-01-03T10:00:00Z,,help'];
  const csv = path.join(folder, 'same.csv');
  writeFileSync(csv, `who,happened,loaded,amount,page\n${lines.join('\n')}\n`);
  const [parquet, jsonl] = [path.join(folder, 'same.parquet'), path.join(folder, 'same.jsonl')];
  await withDuck({}, async (duck) => {
    const read = `select * from read_csv('${csv}', all_varchar = true)`;
    await duck.run(`copy (${read}) to '${parquet}' (format parquet)`);
    await duck.run(`copy (${read}) to '${jsonl}' (format json)`);
  });
  const source = { ...aSpec().source, timeZone: 'Europe/Berlin' };
  const found = [];
  for (const [file, format] of [
    [csv, 'csv'],
    [parquet, 'parquet'],
    [jsonl, 'jsonl'],
  ] as const)
    found.push(await joined(specWith(visits(file, { format }), everyAggregate, { source }), rows));
  expect(found[1]).toEqual(found[0]);
  expect(found[2]).toEqual(found[0]);
  expect(found[0]).toMatchObject([{ times: 2, paid_3d: 0, average: 12.5, pages: 2 }]);
  // Ten in the morning of Berlin is nine in UTC.
  const atNine = [{ entity: 'ann', at: Date.parse('2026-01-02T11:00:00Z') }];
  expect(await joined(specWith(visits(csv), everyAggregate, { source }), atNine)).toMatchObject([{ times: 1, days: 2 / 24 }]);
});

test('a personal entity meets its events as the same keyed hash', async () => {
  const file = written([{ entity: 'ann', at: start, knownAt: start, amount: 1, page: null }]);
  const spec = specWith(visits(file), { times: everyAggregate.times! }, { personal: ['id'] });
  const { createHmac } = await import('node:crypto');
  const hash = createHmac('sha256', keys.entity).update('ann').digest('hex').slice(0, 32);
  expect(
    await joined(spec, [
      { entity: hash, at: start + 1 },
      { entity: 'ann', at: start + 1 },
    ]),
  ).toEqual([{ times: 1 }, { times: 0 }]);
});

test('a table without a column that the spec names, or full of events without a time, is refused', async () => {
  const file = path.join(folder, 'broken.csv');
  writeFileSync(file, 'who,happened,loaded,amounts\nann,yesterday,2026-01-01,3\nbob,2026-01-01,2026-01-01,4\n');
  const rows = [{ entity: 'ann', at: start }];
  await expect(joined(specWith(visits(file), { largest: everyAggregate.largest! }), rows)).rejects.toThrow(
    /lack "amount": found who, happened, loaded, amounts; did "amount" become "amounts"\?/,
  );
  await expect(joined(specWith(visits(file), { times: everyAggregate.times! }), rows)).rejects.toThrow(
    /1 of 2 events of .* have no readable entity or time/,
  );
});

test('a table of events has a separator of its own, and one that is not said is named', async () => {
  const file = path.join(folder, 'semicolons.csv');
  writeFileSync(file, 'who;happened;loaded;amount;page\nann;2026-01-02;2026-01-02;1.5;a, b\n');
  const rows = [{ entity: 'ann', at: start + 10 * DAY }];
  expect(await joined(specWith(visits(file, { separator: ';' }), everyAggregate), rows)).toMatchObject([
    { times: 1, average: 1.5, pages: 1 },
  ]);
  await expect(joined(specWith(visits(file), everyAggregate), rows)).rejects.toThrow(
    /are separated by ";": set events\.visits\.separator to it/,
  );
});

test('an event on a damaged line is set aside and counted, and damages no other', async () => {
  const file = path.join(folder, 'damaged.csv');
  const good = Array.from({ length: 8 }, (_, index) => `ann,2026-01-0${index + 1},2026-01-0${index + 1},1,"home, sweet"`);
  writeFileSync(
    file,
    ['who,happened,loaded,amount,page', ...good, 'ann,2026-01-09', 'ann,2026-01-09,2026-01-09,1,home,more', ''].join('\n'),
  );
  const counts = await withDuck({}, async (duck) => {
    await rowsOf(duck, [{ entity: 'ann', at: start + 30 * DAY }]);
    const spec = specWith(visits(file), everyAggregate, { dataContract: { ...aSpec().dataContract, maximumBadRows: 0.3 } });
    const found = await addEventFeatures(duck, spec, { folder, keys });
    expect(await duck.all('select "source:times" as times, "source:pages" as pages from rows')).toEqual([{ times: 8, pages: 1 }]);
    return found;
  });
  expect(counts).toEqual({ visits: { events: 8, setAside: 2 } });
});

test('typed columns of Parquet are read as their texts are, to the microsecond', async () => {
  const file = path.join(folder, 'typed.parquet');
  await withDuck({}, (duck) =>
    duck.run(`copy (select 'ann' as who, timestamp '2026-01-02 10:00:00.000001' as happened, timestamptz '2026-01-02 12:00:00+02' as loaded,
      12.5::decimal(9, 2) as amount, 7 as page) to '${file}' (format parquet)`),
  );
  const spec = specWith(visits(file, { format: 'parquet' }), everyAggregate);
  const at = (iso: string) => ({ entity: 'ann', at: Date.parse(iso) });
  const found = await joined(spec, [at('2026-01-02T10:00:00.000Z'), at('2026-01-02T10:00:00.001Z')]);
  expect(found).toMatchObject([{ times: 0 }, { times: 1, paid_3d: 12.5, average: 12.5, pages: 1 }]);
});
