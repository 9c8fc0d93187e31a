import { createHmac } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sourceQueries } from '../../activities/source-queries.ts';
import { featureActivities, type TableToMaterialise, type Written } from '../../activities/features.ts';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { withDuck } from '../../src/data/duck.ts';
import { addEventFeatures, aggregateFeatures } from '../../src/data/events/event-features.ts';
import { modelName } from '../../src/domain/ids.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { aggregateKey, daysSince } from '../../src/features/aggregates.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { eventsOf } from '../../src/store/events.ts';
import { onlineFigures } from '../../src/store/materialisations.ts';
import { readOnlineValues } from '../../src/store/online-features.ts';
import { applySpec } from '../../src/store/specs.ts';
import type { MaterializeFeaturesInput, MaterializeFeaturesResult } from '../../workflows/messages.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aBench, type Bench, type FakeActivities } from '../support/workflow-bench.ts';

const model = modelName('shop');
const keys = { personal: null, entity: 'the key of the tests' };
const hashOf = (entity: string) => createHmac('sha256', keys.entity).update(entity).digest('hex').slice(0, 32);
const [HOUR, DAY] = [3_600_000, 86_400_000];
const start = Date.parse('2026-01-01T00:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();

let database: TestDatabase;
let folder: string;
let bench: Bench | undefined;
beforeEach(async () => {
  database = await aDatabase();
  folder = mkdtempSync(path.join(tmpdir(), 'materialise-'));
});
afterEach(async () => {
  await bench?.close();
  bench = undefined;
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const yaml = (features: string, knownAt = 'knownAt: loaded') => `model: shop
owners: crm-team
entity: customer
time: seen_at
label: { column: bought, maturity: 7d }
features:
  age: number
${features}
events:
  orders: { path: orders.csv, entity: who, time: happened, ${knownAt}, staleAfter: 2h }
`;
const everyFeature = `  orders: { count: orders }
  orders_3d: { count: orders, window: 3d }
  spent_3d: { sum: orders.amount, window: 3d }
  basket: { mean: orders.amount, otherwise: -1 }
  smallest: { min: orders.amount, window: 5d }
  largest: { max: orders.amount }
  shops: { distinct: orders.shop, window: 4d }
  days: { daysSince: orders }
  days_1d: { daysSince: orders, window: 1d, otherwise: 99 }`;

interface Event {
  readonly entity: string;
  readonly at: number;
  readonly knownAt: number;
  readonly amount: number | null;
  readonly shop: string | null;
}

const lineOf = ({ entity, at, knownAt, amount, shop }: Event) => `${entity},${iso(at)},${iso(knownAt)},${amount ?? ''},${shop ?? ''}\n`;
const eventsFile = () => path.join(folder, 'orders.csv');
const writeEvents = (events: readonly Event[]) =>
  writeFileSync(eventsFile(), `who,happened,loaded,amount,shop\n${events.map(lineOf).join('')}`);

async function applied(text: string): Promise<Spec> {
  const { spec, digest } = parseSpec(text, { file: path.join(folder, 'shop.yaml') });
  await applySpec(database.db, { spec, yaml: text, digest, by: 'dana' });
  return spec;
}

const real = () =>
  featureActivities({
    db: database.db,
    artifacts: openArtifacts(path.join(folder, 'artifacts')),
    workDir: path.join(folder, 'work'),
    doorKeys: keys,
  });

async function materialise(
  input: Partial<MaterializeFeaturesInput> = {},
  activities: FakeActivities = real(),
): Promise<MaterializeFeaturesResult> {
  bench ??= await aBench(activities);
  const handle = await bench.start('materializeFeatures', [{ model, ...input }]);
  return (await handle.result()) as MaterializeFeaturesResult;
}

/** What a gateway would make of the online values for an entity, by feature. */
async function online(spec: Spec, entities: readonly string[], at: number) {
  const found = await readOnlineValues(database.db, model, entities.map(hashOf));
  return entities.map((entity) => {
    const [row] = found.get(hashOf(entity)) ?? [];
    const values = aggregateFeatures(spec.features).map(({ name, derive }) => {
      const value = row?.values?.[aggregateKey(derive)] ?? null;
      const answer = derive.function === 'days-since' && value !== null ? daysSince(value, at) : value;
      return [name, answer ?? derive.otherwise];
    });
    return Object.fromEntries(values);
  });
}

/** The same by the point-in-time join of a training, for rows seen at that moment. */
async function offline(spec: Spec, entities: readonly string[], at: number) {
  return withDuck({}, async (duck) => {
    const rows = entities.map((entity, index) => `(${index}, '${entity}', timestamp '${iso(at).slice(0, -1)}')`);
    await duck.run(`create table rows as select * from (values ${rows.join(', ')}) rows(row_id, entity, seen_at)`);
    await addEventFeatures(duck, spec, { folder, keys });
    const names = aggregateFeatures(spec.features).map(({ name }) => `"source:${name}" as "${name}"`);
    return duck.all(`select ${names.join(', ')} from rows order by row_id`);
  });
}

const entities = ['ann', 'bob', 'cid', 'dora', 'nobody'];
const anEvent: fc.Arbitrary<Event> = fc
  .record({
    entity: fc.constantFrom(...entities.slice(0, -1)),
    at: fc.integer({ min: 0, max: 24 * 8 }).map((hours) => start + hours * HOUR),
    late: fc.option(fc.integer({ min: 1, max: 72 }), { nil: 0 }),
    amount: fc.option(fc.integer({ min: -9_999, max: 9_999 }).map((cents) => cents / 100)),
    shop: fc.option(fc.constantFrom('north', 'south', 'web')),
  })
  .map(({ late, ...event }) => ({ ...event, knownAt: event.at + late * HOUR }));

test('online values at their watermark are the offline ones of a row seen then, after every step of the watermark', async () => {
  const spec = await applied(yaml(everyFeature));
  const events = fc.sample(fc.array(anEvent, { minLength: 60, maxLength: 60 }), { numRuns: 1, seed: 7 })[0]!;
  writeEvents(events);
  for (const hours of [30, 31, 60, 100, 101, 180, 260, 400]) {
    const at = start + hours * HOUR;
    await materialise({ until: iso(at) });
    expect(await online(spec, entities, at), `after ${hours} h`).toEqual(await offline(spec, entities, at));
  }
});

test('a run writes only entities whose values may have changed: by an event, or by one that left a window', async () => {
  await applied(yaml('  orders_3d: { count: orders, window: 3d }'));
  const event = (entity: string, at: number) => ({ entity, at, knownAt: at, amount: 1, shop: null });
  writeEvents([event('quiet', start - 30 * DAY), event('leaving', start - 2 * DAY), event('new', start + 5 * HOUR)]);
  await materialise({ until: iso(start) });
  const second = await materialise({ until: iso(start + 2 * DAY) });
  expect(second.tables).toEqual([{ table: 'orders', asOf: iso(start + 2 * DAY), since: iso(start), events: 3 }]);
  const written = await database
    .db('online_features')
    .where('as_of', iso(start + 2 * DAY))
    .pluck('entity_hash');
  expect(written.sort()).toEqual([hashOf('leaving'), hashOf('new')].sort());
});

test('a backfill that was loaded later is in the next run, not in values that go less far', async () => {
  const spec = await applied(yaml('  orders: { count: orders }'));
  const [monday, tuesday] = [start + DAY, start + 2 * DAY];
  writeEvents([{ entity: 'ann', at: start, knownAt: start, amount: 1, shop: null }]);
  await materialise({ until: iso(monday) });
  appendFileSync(eventsFile(), lineOf({ entity: 'ann', at: start + HOUR, knownAt: monday + HOUR, amount: 1, shop: null }));
  expect(await online(spec, ['ann'], monday)).toEqual([{ orders: 1 }]);
  await materialise({ until: iso(tuesday) });
  expect(await online(spec, ['ann'], tuesday)).toEqual([{ orders: 2 }]);
});

test('an export that is written a day after what it says was known leaves nothing out', async () => {
  const spec = await applied(yaml('  orders: { count: orders }'));
  const at = start + 10 * DAY;
  writeEvents([{ entity: 'ann', at: start, knownAt: start, amount: 1, shop: null }]);
  await materialise({ until: iso(at) });
  appendFileSync(eventsFile(), lineOf({ entity: 'ann', at: at - DAY, knownAt: at - 20 * HOUR, amount: 1, shop: null }));
  await materialise({ until: iso(at + 4 * HOUR) });
  expect(await online(spec, ['ann'], at + 4 * HOUR)).toEqual([{ orders: 2 }]);
});

test('values cannot go further than now: the watermark would stay there', async () => {
  await applied(yaml('  orders: { count: orders }'));
  const next = iso(Date.now() + DAY);
  await expect(real().planMaterialisation({ model, until: next })).rejects.toThrow('which has not come yet: expected a time until now');
  expect(await database.db('feature_watermarks')).toEqual([]);
});

test('where nobody says when events became known, a range repairs what came too late', async () => {
  const spec = await applied(yaml('  orders: { count: orders }', 'knownAt: null'));
  const at = start + 20 * DAY;
  writeEvents([{ entity: 'ann', at: start, knownAt: start, amount: 1, shop: null }]);
  await materialise({ until: iso(at) });
  appendFileSync(eventsFile(), lineOf({ entity: 'ann', at: start + HOUR, knownAt: start, amount: 1, shop: null }));
  await materialise({ until: iso(at + HOUR) });
  expect(await online(spec, ['ann'], at)).toEqual([{ orders: 1 }]);
  await materialise({ from: iso(start), until: iso(start + DAY) });
  expect(await online(spec, ['ann'], at)).toEqual([{ orders: 2 }]);
  const [watermark] = await database.db('feature_watermarks');
  expect(watermark.as_of.toISOString()).toBe(iso(at + HOUR));
});

test('a definition that is new is written for everybody', async () => {
  await applied(yaml('  orders: { count: orders }'));
  writeEvents([{ entity: 'ann', at: start, knownAt: start, amount: 5, shop: null }]);
  await materialise({ until: iso(start + DAY) });
  const spec = await applied(yaml('  orders: { count: orders }\n  spent: { sum: orders.amount }'));
  const { tables } = await materialise({ until: iso(start + 2 * DAY) });
  expect(tables[0]!.since).toBeNull();
  expect(await online(spec, ['ann'], start + 2 * DAY)).toEqual([{ orders: 1, spent: 5 }]);
});

test('an attempt goes on where the heartbeat of the one before it says', async () => {
  const spec = await applied(yaml('  orders: { count: orders }'));
  const many = Array.from({ length: 2_500 }, (_, index) => `c${index}`);
  writeEvents(many.map((entity) => ({ entity, at: start, knownAt: start, amount: 1, shop: null })));
  const hashes = many.map(hashOf).sort();
  const activities = real();
  const dying = async (input: Parameters<typeof activities.writeOnlineFeatures>[0]): Promise<Written> => {
    if (Context.current().info.attempt > 1) return activities.writeOnlineFeatures(input);
    Context.current().heartbeat({ after: hashes[1_999] });
    throw ApplicationFailure.retryable('the worker is gone', 'WorkerGone');
  };
  await materialise({ until: iso(start + DAY) }, { ...activities, writeOnlineFeatures: dying });
  expect((await database.db('online_features').orderBy('entity_hash').pluck('entity_hash')) as string[]).toEqual(hashes.slice(2_000));
  expect(await online(spec, ['nobody'], start + DAY)).toEqual([{ orders: 0 }]);
});

test('the same materialisation again changes nothing, and a later one shuts an earlier one out', async () => {
  await applied(yaml('  orders: { count: orders }'));
  writeEvents([{ entity: 'ann', at: start, knownAt: start, amount: 1, shop: null }]);
  const once = await materialise({ materialisationId: 'm-1', until: iso(start + DAY) });
  expect(await materialise({ materialisationId: 'm-1', until: iso(start + DAY) })).toEqual(once);
  expect((await eventsOf(database.db, model)).filter(({ kind }) => kind === 'features-materialised')).toHaveLength(1);

  const activities = real();
  const plan = await activities.planMaterialisation({ model, until: iso(start + 2 * DAY) });
  const table: TableToMaterialise = { ...plan.tables[0]!, ...plan, materialisationId: 'm-2', model, range: null };
  const earlier = await activities.openMaterialisation(table);
  await activities.openMaterialisation({ ...table, materialisationId: 'm-3' });
  await expect(activities.completeMaterialisation({ ...table, ...earlier, events: 1, newestEventAt: null })).rejects.toThrow(
    /a later materialisation of orders for shop has begun/,
  );
});

test('figures of the online values are taken each time: entities, nulls, distinct values, the newest event', async () => {
  await applied(yaml('  orders: { count: orders }\n  largest: { max: orders.amount }'));
  const event = (entity: string, amount: number | null) => ({ entity, at: start, knownAt: start, amount, shop: null });
  writeEvents([event('ann', 5), event('bob', 5), event('bob', 3), event('cid', null)]);
  await materialise({ until: iso(start + DAY) });
  expect(await onlineFigures(database.db, model)).toMatchObject([
    { key: 'orders.count()', entities: 3, nulls: 0, distinctValues: 2, newestEventAt: iso(start), asOf: iso(start + DAY) },
    { key: 'orders.max(amount)', entities: 3, nulls: 1 / 3, distinctValues: 1, staleAfterMs: 2 * HOUR },
  ]);
});

test('events may come out of a query', async () => {
  const { db } = database;
  await db.raw('create table shop_orders (who text, happened timestamptz, amount numeric)');
  await db('shop_orders').insert([1, 2, 3].map((hours) => ({ who: 'ann', happened: iso(start + hours * HOUR), amount: 1.5 })));
  const text = yaml('  spent: { sum: orders.amount }').replace(
    'path: orders.csv, entity: who, time: happened, knownAt: loaded',
    'query: select * from shop_orders, connection: shop, entity: who, time: happened',
  );
  const spec = await applied(text);
  const fetchQuery = sourceQueries({ shop: database.url });
  const dependencies = { db: database.db, artifacts: openArtifacts(path.join(folder, 'artifacts')), workDir: path.join(folder, 'work') };
  await materialise({ until: iso(start + DAY) }, featureActivities({ ...dependencies, doorKeys: keys, fetchQuery }));
  expect(await online(spec, ['ann'], start + DAY)).toEqual([{ spent: 4.5 }]);
});

test('a model without tables of events is told that there is nothing to do', async () => {
  await applied(yaml(''));
  await expect(real().planMaterialisation({ model, until: null })).rejects.toThrow('shop has no feature of a table of events');
});

test('a very long run continues as new and goes on where it was', async () => {
  let calls = 0;
  const opened = { fence: 1, asOfMs: start, sinceMs: null };
  const table = { table: 'orders', aggregates: [] };
  const written: (string | null)[] = [];
  bench = await aBench({
    planMaterialisation: async () => ({ specRevision: 1, asOf: iso(start), tables: [table] }),
    openMaterialisation: async () => opened,
    writeOnlineFeatures: async ({ after }) => {
      written.push(after);
      calls += 1;
      return { after: calls < 90 ? String(calls) : null, events: 9, newestEventAt: null };
    },
    completeMaterialisation: async () => undefined,
  });
  const handle = await bench.start('materializeFeatures', [{ model }]);
  expect(await handle.result()).toMatchObject({ tables: [{ table: 'orders', events: 9 }] });
  expect(written).toEqual([null, ...Array.from({ length: 89 }, (_, index) => String(index + 1))]);
  expect((await bench!.client.workflow.getHandle(handle.workflowId).describe()).historyLength).toBeLessThan(450);
});
