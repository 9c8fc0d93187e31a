/**
 * The parity of training and serving, in the serving path itself: thousands of rows with every kind of feature go through CSV, ingest,
 * snapshot and the training's encoder on one side, and as JSON through a gateway's HTTP route on the other. What reaches the
 * model must be the same to the last bit.
 */
import { createSecretKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { ingest } from '../../src/data/ingest.ts';
import { type Rows, readRows } from '../../src/data/rows.ts';
import { splitSnapshot } from '../../src/data/split.ts';
import { shareBps, versionId } from '../../src/domain/ids.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { type FeatureRow, rowOf } from '../../src/features/columns.ts';
import { withDerived } from '../../src/features/derived-values.ts';
import { encodeColumns } from '../../src/features/encode.ts';
import { type Encoder, type EncodingStyle, encodedValues, fitEncoder } from '../../src/features/encoder.ts';
import { rawInputs } from '../../src/features/raw-inputs.ts';
import { loadedModel } from '../../src/gateway/loaded-model.ts';
import { gatewayMetrics } from '../../src/gateway/metrics.ts';
import { type Prediction, predictor } from '../../src/gateway/predicting.ts';
import { rememberedAnswers } from '../../src/gateway/remembered-answers.ts';
import { gatewayServer } from '../../src/gateway/server.ts';
import { createServing, type Serving } from '../../src/gateway/serving.ts';
import { timeOrderedIds } from '../../src/gateway/time-ordered-id.ts';
import { randomness } from '../../src/simulation/random.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const ROWS = 3_000;
const folder = mkdtempSync(path.join(tmpdir(), 'feature-parity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const yaml = `model: shop
owners: crm-team
entity: customer
time: seen_at
source: { path: shop.csv, missing: [n/a, unknown] }
label: { column: bought, maturity: 7d }
split: { shares: { training: 90%, validation: 1%, comparison: 1% } }
inputs:
  signed_up_at: time
  last_order_at: time?
  income: number?
features:
  age: number?
  basket: { type: number, nullable: true, transform: log }
  visits: { type: number, transform: none }
  device: { type: category, nullable: true, maxCategories: 3 }
  channel: { type: category, maxCategories: 2 }
  is_member: boolean?
  per_visit: { ratio: [basket, visits] }
  log_income: { log: income, transform: none }
  band: { bins: age, edges: [18, 30.5, 65] }
  since_order: { recency: last_order_at }
  visits_a_month: { frequency: visits, since: signed_up_at, per: 30d, transform: log }
  hour: { season: signed_up_at, cycle: day }
  weekday: { season: seen_at, cycle: week, wave: cosine }
  day_of_month: { season: seen_at, cycle: month, transform: none }
  time_of_year: { season: last_order_at, cycle: year }
  where_from: { cross: [device, channel, is_member], maxCategories: 6 }
  band_by_device: { cross: [band, device] }
  income_unknown: { missing: income }
  device_unknown: { missing: device }
  orders: { count: orders }
  paid_10d: { sum: orders.amount, window: 10d }
  basket_mean: { mean: orders.amount, otherwise: -1 }
  dearest: { max: orders.amount, window: 3d }
  shops: { distinct: orders.shop }
  idle: { daysSince: orders }
  paid_per_visit: { ratio: [paid_10d, visits] }
events:
  orders: { path: orders.csv, entity: who, time: happened, knownAt: loaded }
`;

const DAY = 86_400_000;
const start = Date.parse('2025-03-01T00:00:00Z');

/** Values at which encoders go wrong are as frequent as ordinary ones. */
function writeFiles(): void {
  const random = randomness(11);
  let draw = 0;
  const uniform = () => random.uniform(draw++, 1);
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(uniform() * values.length)]!;
  const ordinary = () => new Date(start + Math.floor(uniform() * 400 * DAY)).toISOString();
  // Leap days, the ends of years, both changes of the clocks, before 1970, and as far as a time goes.
  const odd = [
    '2024-02-29T23:59:59.999Z',
    '2025-12-31T23:59:59.999999Z',
    '2026-03-29T01:30:00+01:00',
    '2025-10-26T02:30:00+02:00',
    '2025-10-26T02:30:00+01:00',
    '1969-12-31T23:59:59.999Z',
    '0050-03-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ];
  const time = () => pick(...odd, ...Array.from({ length: 40 }, ordinary));
  const number = () =>
    pick(
      '',
      'n/a',
      '0',
      '-0',
      '1',
      '-1',
      '1e30',
      '-3.4e38',
      '3.4028234e38',
      '5e-324',
      '-1e-310',
      '1e-46',
      '1e-30',
      '0.1',
      '18',
      '30.5',
      '65',
      ...Array.from({ length: 12 }, () => String((uniform() - 0.3) * 10 ** Math.floor(uniform() * 8))),
    );
  const device = () =>
    pick(
      '',
      'unknown',
      ' phone ',
      '\u2003phone',
      '\ufeffphone',
      'phone\u00a0',
      'NaN',
      'null',
      '0',
      'true',
      'a × b',
      '\u200b',
      '😀',
      'é',
      'e\u0301',
      'tablet',
      'desk top',
      '"tv, smart"',
      'ünï✓',
      `rare ${Math.floor(uniform() * 50)}`,
    );
  const lines = Array.from({ length: ROWS }, (_, index) => {
    const visits = pick('0', '1', '2', '7', '1000000', String(Math.floor(uniform() * 100)));
    const times = [time(), pick('', time())];
    const row = [
      `c${index % 500}`,
      time(),
      index % 3 === 0 ? 1 : 0,
      ...times,
      number(),
      number(),
      number(),
      visits,
      device(),
      pick('web', 'mail', 'shop'),
    ];
    return [...row, pick('true', 'false', '', 'yes', 'no')].join(',');
  });
  const header = 'customer,seen_at,bought,signed_up_at,last_order_at,income,age,basket,visits,device,channel,is_member';
  writeFileSync(path.join(folder, 'shop.csv'), `${header}\n${lines.join('\n')}\n`);
  const orders = Array.from({ length: 4_000 }, () => {
    const at = start + Math.floor(uniform() * 400 * DAY);
    const amount = pick('', String(Math.round(uniform() * 10_000) / 100), '-5.05', '1e6');
    return [
      `c${Math.floor(uniform() * 600)}`,
      new Date(at).toISOString(),
      new Date(at + pick(0, 0, 3 * DAY)).toISOString(),
      amount,
      pick('north', 'south', ''),
    ].join(',');
  });
  writeFileSync(path.join(folder, 'orders.csv'), `who,happened,loaded,amount,shop\n${orders.join('\n')}\n`);
}

async function snapshotRows(spec: Spec): Promise<Rows> {
  const artifacts = openArtifacts(path.join(folder, 'artifacts'));
  const workDir = path.join(folder, 'work');
  mkdirSync(workDir, { recursive: true });
  const snapshot = await ingest({ spec, path: null, artifacts, workDir });
  const snapshotPath = artifacts.pathOf(snapshot.artifactDigest);
  const split = await splitSnapshot({ spec, snapshotPath, artifacts, workDir });
  return readRows({ snapshotPath, splitPath: artifacts.pathOf(split.digest), purpose: 'training', columns: rawInputs(spec) });
}

/** What reached the model, encoded row after encoded row. */
interface Capture {
  readonly rows: Float32Array[];
}

function servingOf(encoder: Encoder, capture: Capture): Serving {
  const version = versionId('shop@1');
  const scorer = {
    score: async (rows: Float32Array, count: number) => {
      for (let row = 0; row < count; row++) capture.rows.push(rows.slice(row * encoder.width, (row + 1) * encoder.width));
      return new Float32Array(count).fill(0.5);
    },
    close: () => undefined,
  };
  const route = {
    model: 'shop',
    champion: version,
    challenger: null,
    challengerShareBps: shareBps(0),
    salt: 's',
    holdBack: null,
    holdBackBps: shareBps(0),
    heldBy: null,
    revision: 1,
    epoch: 0,
  };
  const champion = loadedModel(version, { encoder: JSON.parse(JSON.stringify(encoder)) }, scorer);
  return createServing({ route, champion, challenger: null, holdBack: null, specFeatures: [], personal: [] });
}

/** The real HTTP route, predictor and scoring; only the model behind them writes down what it is given. */
function aGateway(serving: Serving) {
  const now = Date.now;
  const silent = async () => undefined;
  const routes = {
    serving: () => serving,
    models: () => ['shop'],
    leaseAlive: () => true,
    offer: () => undefined,
    acknowledge: silent,
    unservedModels: () => [],
    settled: silent,
  };
  const zero = () => 0;
  const metrics = gatewayMetrics({ spoolBytes: zero, spoolLimitBytes: zero, requestsUnderWay: zero, secondsSincePostgres: zero });
  const shared = { gatewayId: 'g', challengerTimeoutMs: 1_000, now, nextId: timeOrderedIds(now), log: silent, routes };
  const shadow = { rehearse: () => undefined, idle: silent, reportDrops: silent };
  const predict = predictor({
    ...shared,
    key: createSecretKey(Buffer.from('the key of the tests')),
    shadow,
    answers: rememberedAnswers<Prediction>(10),
    online: async () => null,
    onPredicted: () => undefined,
  });
  return gatewayServer({ ...shared, metrics, predict, mostUnderWay: 10, notReady: () => [], onTrouble: () => undefined }).app;
}

const styles: readonly (readonly [string, EncodingStyle])[] = [
  ['a linear model', { kind: 'linear' }],
  ['trees', { kind: 'trees', order: () => undefined }],
];

describe.each(styles)('what reaches %s', (_, style) => {
  test('is the same from a snapshot and from a request, for every transformation, to the last bit', async () => {
    writeFiles();
    const { spec } = parseSpec(yaml, { file: path.join(folder, 'shop.yaml') });
    const rows = await snapshotRows(spec);
    expect(rows.count).toBeGreaterThan(2_000);
    const encoder = fitEncoder(spec, withDerived(spec, rows, spec.source.missing), spec.source.missing, style);
    const trained = encodeColumns(encoder, rows.columns, rows.count, rows.seenAt);

    const capture: Capture = { rows: [] };
    const app = aGateway(servingOf(encoder, capture));
    const raw = new Map(rawInputs(spec).map(({ name }) => [name, rows.columns.get(name)!]));
    const instances = Array.from({ length: rows.count }, (_each, index) => instanceOf(rowOf(raw, index), rows.seenAt[index]!, index));
    for (let from = 0; from < instances.length; from += 500) {
      const payload = { instances: instances.slice(from, from + 500) };
      const answer = await app.inject({ method: 'POST', url: '/v1/models/shop/predict', payload });
      expect(answer.statusCode, answer.body.slice(0, 500)).toBe(200);
    }
    await app.close();

    expect(capture.rows).toHaveLength(rows.count);
    const [bits, expected] = [bitsOf(joined(capture.rows, encoder.width)), bitsOf(trained)];
    const first = bits.findIndex((value, index) => value !== expected[index]);
    const place = encoder.columns[first % encoder.width];
    expect(
      first,
      place && `first difference at ${encodedValues(encoder)[place.input]!.name}, row ${Math.floor(first / encoder.width)}`,
    ).toBe(-1);
    // No column of zeros hides a feature that is never computed; but bins have no other, and a count is never missing.
    for (const [at, { kind, input }] of encoder.columns.entries()) {
      if (kind === 'other' || kind === 'missing') continue;
      const values = new Set(Array.from({ length: rows.count }, (_each, row) => trained[row * encoder.width + at]));
      expect(values.size, `${kind} of ${encodedValues(encoder)[input]!.name}`).toBeGreaterThan(1);
    }
  });
});

/** As an application sends it: times now as texts and now as milliseconds. */
function instanceOf(features: FeatureRow, at: number, index: number) {
  const isText = index % 2 === 0;
  const timed = (value: unknown) => (isText && typeof value === 'number' ? new Date(value).toISOString() : value);
  const { signed_up_at, last_order_at, ...rest } = features;
  const sent = { ...rest, signed_up_at: timed(signed_up_at), last_order_at: timed(last_order_at) };
  return { entity: `c${index}`, features: sent, at: isText ? new Date(at).toISOString() : at };
}

function joined(rows: readonly Float32Array[], width: number): Float32Array {
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    all.set(row, index * width);
  });
  return all;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
