import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { ingest } from '../../src/data/ingest.ts';
import { readQuarantine } from '../../src/data/quarantine.ts';
import { retrainingId } from '../../src/domain/ids.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { redrivesUntil } from '../../src/store/redrives.ts';
import { openRetraining, setSnapshot } from '../../src/store/retrainings.ts';
import { storeSnapshot } from '../../src/store/snapshots.ts';
import { applySpec } from '../../src/store/specs.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aRollout, aVersion, churn, digestOf } from '../support/registry.ts';
import { environment, understudy } from './a-command-line.ts';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'snapshots-'));
  database = await aDatabase();
  await apply('10');
});
afterEach(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (...words: string[]) =>
  understudy(words, {
    env: environment(database.url, { UNDERSTUDY_STATE: folder, ARTIFACTS_URL: path.join(folder, 'artifacts') }),
    cwd: folder,
  });

async function apply(maximum: string) {
  const yaml = `model: churn\nowners: team\nentity: customer\nlabel: { column: left, positive: yes, maturity: 30d }\nfeatures: { tenure: { type: number, maximum: ${maximum} } }\n`;
  const { spec, digest } = parseSpec(yaml, { file: 'churn.yaml' });
  await applySpec(database.db, { spec, yaml, digest, by: 'dana' });
  return spec;
}

/** What the worker does with a source, without the worker. */
async function taken(maximum: string, csv: string) {
  const spec = await apply(maximum);
  const id = retrainingId(`training-of-${maximum}`);
  const { db } = database;
  await openRetraining(db, { retrainingId: id, model: churn, requests: [{ by: 'dana', reason: 'weekly' }] });
  const file = path.join(folder, 'churn.csv');
  writeFileSync(file, csv);
  const artifacts = openArtifacts(path.join(folder, 'artifacts'));
  const redriven = await redrivesUntil(db, churn, new Date(Date.now() + 1_000));
  const snapshot = await ingest({ spec, path: file, artifacts, workDir: folder, redriven });
  const quarantined = [];
  for await (const row of readQuarantine(artifacts, snapshot.quarantineDigest)) quarantined.push(row);
  const { artifactDigest: artifact, quarantineDigest: quarantine, duplicates } = snapshot;
  await storeSnapshot(db, {
    model: churn,
    retrainingId: id,
    snapshot: { ...snapshot, artifact, quarantine, manifest: { duplicates, redriven: snapshot.redriven } },
    quarantined,
  });
  await setSnapshot(db, id, snapshot.digest);
  return snapshot;
}

const csv = 'customer,tenure,left\n1,5,yes\n2,15,no\n3,long,no\n4,25,yes\n';

test('what was set aside is listed by rule with samples, and exported whole', async () => {
  const { digest } = await taken('10', csv);
  const listed = await ask('quarantine', 'churn');
  expect(listed).toMatchObject({ code: 0, err: '' });
  expect(listed.out).toContain(`snapshot ${digest.slice(0, 12)} of churn: 3 of 4 rows are set aside`);
  expect(listed.out).toMatch(/2 +maximum +tenure/);
  expect(listed.out).toContain('tenure: expected a number of at most 10, found "15"');
  expect(await ask('quarantine', 'churn', '--export', 'bad.jsonl')).toMatchObject({ code: 0 });
  const rows = readFileSync(path.join(folder, 'bad.jsonl'), 'utf8').trim().split('\n');
  expect(rows.map((row) => JSON.parse(row).raw.customer)).toEqual(['2', '3', '4']);
});

test('after a rule was changed, its rows are brought back: first said, then done, once', async () => {
  await taken('10', csv);
  await apply('20');
  const tried = await ask('quarantine', 'churn', '--redrive', '--dry-run');
  expect(tried.out).toBe('1 of 3 rows would be kept now; still bad: 1 by type of tenure, 1 by maximum of tenure\n');
  expect((await ask('quarantine', 'churn', '--redrive', '--json')).out).toContain('"changed": true');
  expect((await ask('quarantine', 'churn', '--redrive')).out).toContain('1 of 3 rows were brought back before');
  const next = await taken('20', 'customer,tenure,left\n9,1,no\n');
  expect(next).toMatchObject({ rowsIn: 2, rowsKept: 2, redriven: 1 });
  expect((await ask('snapshot', 'show', next.digest.slice(0, 12))).out).toMatch(/brought back +1/);
});

test('snapshots are listed, shown and withdrawn; versions trained on them are flagged', async () => {
  const version = await aVersion(database.db, 1);
  expect((await ask('snapshot', 'list', 'churn')).out).toContain('churn@1');
  const words = ['snapshot', 'withdraw', digestOf('a').slice(0, 12), '--reason', 'it held test customers'];
  const first = await ask(...words);
  expect(first.out).toBe(
    `snapshot aaaaaaaaaaaa is withdrawn: no later training reads it\n  trained on it: ${version}; they go on until somebody retrains or rolls back\n`,
  );
  expect((await ask(...words)).out).toContain('was withdrawn already, by ann@team');
  expect((await ask('snapshot', 'list', 'churn')).out).toContain('withdrawn by ann@team');
  await aRollout(database.db, 1, null);
  expect((await ask('status', 'churn')).out).toContain('the snapshot of churn@1, by ann@team: it held test customers');
  expect((await ask('versions', 'churn')).out).toContain('aaaaaaaaaaaa (withdrawn)');
  expect((await ask('history', 'churn')).out).toContain('it held test customers');
  expect(await ask('reproduce', version)).toMatchObject({ code: 1, err: expect.stringContaining('was withdrawn by ann@team') });
});

test('what cannot be answered is said in a sentence', async () => {
  expect(await ask('quarantine', 'churn')).toMatchObject({
    code: 1,
    err: 'churn has no snapshot yet, so nothing was set aside: understudy retrain churn\n',
  });
  expect(await ask('snapshot', 'show', 'ffff')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no snapshot that begins with "ffff"'),
  });
  expect(await ask('quarantine', 'churn', '--from', 'x')).toMatchObject({ code: 2 });
});
