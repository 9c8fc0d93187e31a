import { expect, test } from 'vitest';
import { Failure } from '../../src/failures.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const aSpec = (features: string, more = '') => `model: shop
owners: crm-team
entity: customer
time: seen_at
label: { column: bought, maturity: 7d }
inputs:
  signed_up_at: time
  last_order_at: time?
  income: number?
features:
  age: number
  device: category
  channel: category
  is_member: boolean
  orders: number
${features}
events:
  visits: { path: visits.csv, entity: customer_id, time: visited_at, knownAt: loaded_at }
  payments: { query: select * from payments, connection: shop, entity: customer, time: paid_at }
${more}`;

const read = (features: string, more = '') => parseSpec(aSpec(features, more), { file: '/models/shop.yaml' }).spec;

function problemsIn(features: string, more = ''): string[] {
  try {
    read(features, more);
  } catch (failure) {
    if (failure instanceof Failure && failure.type === 'SpecInvalid') return failure.message.split('\n');
    throw failure;
  }
  return [];
}

const derived = (text: string) => read(`  it: ${text}`).features.at(-1)!;

test.each([
  ['{ ratio: [income, orders] }', 'number', { kind: 'ratio', of: 'income', to: 'orders' }],
  ['{ log: income }', 'number', { kind: 'log', of: 'income' }],
  ['{ bins: age, edges: [18, 30, 65] }', 'category', { kind: 'bins', of: 'age', edges: [18, 30, 65] }],
  ['{ recency: last_order_at }', 'number', { kind: 'recency', of: 'last_order_at' }],
  ['{ frequency: orders, since: signed_up_at }', 'number', { kind: 'frequency', of: 'orders', since: 'signed_up_at', days: 30 }],
  ['{ frequency: orders, since: signed_up_at, per: 7d }', 'number', { kind: 'frequency', days: 7 }],
  ['{ season: signed_up_at, cycle: year, wave: cosine }', 'number', { kind: 'season', of: 'signed_up_at', cycle: 'year', wave: 'cosine' }],
  ['{ season: seen_at, cycle: week }', 'number', { kind: 'season', of: null, cycle: 'week', wave: 'sine' }],
  ['{ cross: [device, channel, is_member] }', 'category', { kind: 'cross', of: ['device', 'channel', 'is_member'] }],
  ['{ missing: income }', 'boolean', { kind: 'missing', of: 'income' }],
  ['{ count: visits, window: 30d }', 'number', { kind: 'aggregate', table: 'visits', function: 'count', column: null, otherwise: 0 }],
  ['{ mean: payments.amount }', 'number', { function: 'mean', column: 'amount', windowMs: null, otherwise: null }],
  ['{ sum: payments.amount, window: 7d, otherwise: 1 }', 'number', { function: 'sum', windowMs: 604_800_000, otherwise: 1 }],
  ['{ daysSince: visits }', 'number', { kind: 'aggregate', function: 'days-since', column: null, otherwise: null }],
])('%s is a %s, which follows from how it is made', (text, type, derivation) => {
  expect(derived(text)).toMatchObject({ type, derive: derivation });
});

test('a derived value may be missing, except for whether something is', () => {
  expect([derived('{ log: income }').nullable, derived('{ missing: income }').nullable]).toEqual([true, false]);
  expect(derived('{ log: income, nullable: false, owner: finance, version: 3, description: net }')).toMatchObject({
    nullable: false,
    owner: 'finance',
    version: 3,
    description: 'net',
  });
});

test('a derived feature may be made of one that stands above it, and of aggregates anywhere', () => {
  const spec = read(
    '  band: { bins: age, edges: [40] }\n  band_by_device: { cross: [band, device] }\n  spend: { ratio: [paid, orders] }\n  paid: { sum: payments.amount }',
  );
  expect(spec.features.at(-3)).toMatchObject({ derive: { kind: 'cross', of: ['band', 'device'] } });
});

test('tables of events lie beside the spec, are read by their ending, and are stale after a day and an hour', () => {
  const [visits, payments] = read('').events;
  expect(visits).toMatchObject({
    name: 'visits',
    path: '/models/visits.csv',
    format: 'csv',
    knownAt: 'loaded_at',
    staleAfterMs: 90_000_000,
  });
  expect(payments).toMatchObject({ path: null, format: 'postgres', connection: 'shop', knownAt: null });
});

test.each([
  ['  it: {}', 'expected a type (number, category, boolean), or one of ratio, log, bins'],
  ['  it: { type: number, log: income }', 'expected no type beside log, from which it follows'],
  ['  it: { log: income, missing: income }', 'expected one derivation, and there is log already'],
  ['  it: { type: number, window: 30d }', 'expected window only beside count, sum, mean, min, max, distinct, daysSince'],
  ['  it: { log: income, edges: [1] }', 'expected edges only beside bins'],
  ['  it: { log: income, minimum: 1 }', 'expected limits on what a feature is made of'],
  ['  it: { log: incom }', 'found "incom"; did you mean "income"?'],
  ['  it: { log: device }', 'expected a number among the inputs and the features above, found "device", a category'],
  ['  it: { recency: age }', 'expected a time among the inputs'],
  ['  it: { recency: seen_at }', 'expected a time among the inputs'],
  ['  one: { log: two }\n  two: { log: income }', 'found "two"'],
  ['  it: { ratio: [income] }', 'expected two columns'],
  ['  it: { bins: age }', 'expected edges beside bins'],
  ['  it: { bins: age, edges: [30, 30] }', 'expected rising edges'],
  ['  it: { frequency: orders }', 'expected since beside frequency'],
  ['  it: { season: signed_up_at }', 'expected cycle beside season'],
  ['  it: { cross: [device] }', 'expected at least two columns'],
  ['  it: { count: visit }', 'expected a table among the events, found "visit"; did you mean "visits"?'],
  ['  it: { sum: visits }', 'expected a column of the table, such as visits.amount'],
  ['  it: { count: visits.page }', 'expected a table of events and no column of it: visits'],
  ['  it: { log: bought }', 'found "bought"'],
  ['  income: number', 'expected inputs without what is a feature itself'],
])('%s is refused with its reason', (features, sentence) => {
  expect(problemsIn(features).join('\n')).toContain(sentence);
});

test('events need an entity and a time to be joined to', () => {
  const yaml = aSpec('  it: { count: visits }').replace('time: seen_at\n', '');
  expect(() => parseSpec(yaml, { file: 'shop.yaml' })).toThrow(/expected a model with an entity and a time/);
});

test('with the header at hand, inputs must be in it and derived features need not', () => {
  const columns = ['customer', 'seen_at', 'bought', 'signed_up_at', 'last_order_at', 'age', 'device', 'channel', 'is_member', 'orders'];
  const yaml = aSpec('  it: { log: income }');
  expect(() => parseSpec(yaml, { file: 'shop.yaml', columns })).toThrow(/^shop.yaml:9: expected a column of the source, found "income"$/);
  expect(() => parseSpec(yaml, { file: 'shop.yaml', columns: [...columns, 'income'] })).not.toThrow();
});
