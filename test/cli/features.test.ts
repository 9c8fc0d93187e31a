import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { featureActivities } from '../../activities/features.ts';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { type Digest, modelName, retrainingId, versionOf } from '../../src/domain/ids.ts';
import { withDerived } from '../../src/features/derived-values.ts';
import { fitEncoder } from '../../src/features/encoder.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { insertVersion } from '../../src/store/registry.ts';
import { openRetraining } from '../../src/store/retrainings.ts';
import { storeSnapshot } from '../../src/store/snapshots.ts';
import { applySpec } from '../../src/store/specs.ts';
import { TASK_QUEUE } from '../../src/temporal/connect.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { digestOf } from '../support/registry.ts';
import { aBench, type Bench } from '../support/workflow-bench.ts';
import { environment, understudy } from './a-command-line.ts';

const yaml = `model: shop
owners: crm-team
entity: customer
time: seen_at
label: { column: bought, maturity: 7d }
inputs: { spend: number? }
features:
  visits: number
  per_visit: { ratio: [spend, visits], owner: finance, version: 2, description: what a visit brings }
  orders: { count: orders, window: 30d }
events:
  orders: { path: orders.csv, entity: who, time: happened, staleAfter: 1h }
`;
const model = modelName('shop');
let database: TestDatabase;
let folder: string;
let bench: Bench;

beforeAll(async () => {
  database = await aDatabase();
  folder = mkdtempSync(path.join(tmpdir(), 'features-cli-'));
  writeFileSync(
    path.join(folder, 'orders.csv'),
    'who,happened\nann,2026-01-01T00:00:00Z\nann,2026-01-02T00:00:00Z\nbob,2026-01-02T00:00:00Z\n',
  );
  const { spec, digest } = parseSpec(yaml, { file: path.join(folder, 'shop.yaml') });
  await applySpec(database.db, { spec, yaml, digest, by: 'dana' });
  await register(parseSpec(yaml.replace('30d', '60d'), { file: 'shop.yaml' }).spec, 1);
  await register(spec, 2);
  bench = await aBench(
    featureActivities({
      db: database.db,
      artifacts: openArtifacts(path.join(folder, 'artifacts')),
      workDir: path.join(folder, 'work'),
      doorKeys: { personal: null, entity: 'the key of the tests' },
    }),
    { taskQueue: TASK_QUEUE },
  );
});
afterAll(async () => {
  await bench.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** A version whose manifest has the encoder of this spec. */
async function register(spec: ReturnType<typeof parseSpec>['spec'], number: number): Promise<void> {
  const columns = new Map(['visits', 'spend', 'orders'].map((name) => [name, Float64Array.of(1, 2)] as const));
  const rows = { columns, count: 2, seenAt: Float64Array.of(0, 1) };
  const encoder = fitEncoder(spec, withDerived(spec, rows, []));
  const manifest = (await openArtifacts(path.join(folder, 'artifacts')).putJson({ encoder })) as Digest;
  const id = retrainingId(`training-${number}`);
  const opened = await openRetraining(database.db, { retrainingId: id, model, requests: [{ by: 'dana', reason: 'weekly' }] });
  const snapshot = { digest: digestOf('a'), artifact: digestOf('b'), source: {}, rowsIn: 1, rowsKept: 1, setAside: [], columns: [] };
  const times = { earliestAt: null, latestAt: null };
  await storeSnapshot(database.db, { model, retrainingId: id, snapshot: { ...snapshot, ...times } as never, quarantined: [] });
  await insertVersion(database.db, {
    version: versionOf(model, number),
    model,
    number,
    retrainingId: id,
    artifact: digestOf('c'),
    manifest,
    snapshot: digestOf('a'),
    split: digestOf('e'),
    specRevision: opened.specRevision,
    codeCommit: 'abc',
    lockfile: 'def',
    trainer: { name: 'logistic-regression' },
    seed: 7,
    metrics: {},
    evidence: digestOf('f'),
    requestedBy: [{ by: 'dana', reason: 'weekly' }],
  });
}

const ask = (...words: string[]) =>
  understudy(words, { env: environment(database.url, { ARTIFACTS_URL: path.join(folder, 'artifacts') }), cwd: folder });

test('features are listed with what they are made of, whose they are, and which versions use them', async () => {
  const { code, out, err } = await ask('features', 'shop');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.split('\n').slice(0, 4)).toEqual([
    'FEATURE    TYPE    MADE OF                   FROM           OWNER     VERSION  USED BY                             DESCRIPTION',
    'visits     number  the column itself         visits         crm-team  1        shop@1, shop@2',
    'per_visit  number  spend divided by visits   spend, visits  finance   2        shop@1, shop@2                      what a visit brings',
    'orders     number  how many orders over 30d  orders.*       crm-team  1        shop@1 (defined otherwise), shop@2',
  ]);
});

test('materialize --wait writes the online values, and features tells how fresh and how empty they are', async () => {
  const { code, out, err } = await ask('materialize', 'shop', '--until', '2026-01-03', '--wait');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe('online values of shop: orders up to 2026-01-03T00:00:00.000Z\n');
  const shown = await ask('features', 'shop');
  expect(shown.out.split('\n').slice(5)).toEqual([
    'ONLINE                   UP TO                 ENTITIES  WITHOUT A VALUE  DIFFERENT  NEWEST EVENT',
    'orders.count() over 30d  2026-01-03T00:00:00Z  2         0 %              2          2026-01-02T00:00:00Z  stale: older than 1h',
    '',
  ]);
  const { online } = JSON.parse((await ask('features', 'shop', '--json')).out);
  expect(online).toMatchObject([{ key: 'orders.count() over 30d', stale: true, nulls: 0, entities: 2 }]);
});

test('a time that has not come yet is refused: the watermark would stay there', async () => {
  const early = await ask('materialize', 'shop', '--until', '2999-01-01');
  expect(early).toMatchObject({ code: 2, err: expect.stringContaining('--until must not lie in the future') });
});

test('a model that is not there, one without events, and a range that ends before it begins are refused in a sentence', async () => {
  expect(await ask('features', 'shpo')).toMatchObject({ code: 1, err: expect.stringContaining('did you mean shop?') });
  expect(await ask('materialize', 'shop', '--from', '2026-02-01', '--until', '2026-01-01')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--from must lie before --until'),
  });
  const plain = yaml.slice(0, yaml.indexOf('  orders:')).replace('model: shop', 'model: plain');
  const { spec, digest } = parseSpec(plain, { file: 'plain.yaml' });
  await applySpec(database.db, { spec, yaml: plain, digest, by: 'dana' });
  expect(await ask('materialize', 'plain')).toMatchObject({ code: 1, err: expect.stringContaining('there is nothing to materialise') });
});
