import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArtifacts, sha256 } from '../../src/artifacts/store.ts';
import type { Digest } from '../../src/domain/ids.ts';
import { versionId } from '../../src/domain/ids.ts';
import { inconclusive } from '../../src/domain/verdict.ts';
import { storeEvaluation } from '../../src/store/evaluations.ts';
import { eventsOf } from '../../src/store/events.ts';
import { storeTick } from '../../src/store/watch-ticks.ts';
import { anEvidence } from '../reports/an-evidence.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aChampion, approvedBy, aRollout, aVersion, churn, digestOf, enters } from '../support/registry.ts';
import { environment, NOWHERE, type Spoken, understudy } from './a-command-line.ts';

let database: TestDatabase;
let folder: string;
let evidence: Digest;
const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z/g;

/** churn@1 is champion; churn@2 answers 25 %. */
beforeAll(async () => {
  database = await aDatabase();
  folder = await mkdtemp(path.join(os.tmpdir(), 'understudy-cli-'));
  await aChampion(database.db);
  await aVersion(database.db, 2);
  await aRollout(database.db, 2, 1);
  await enters(database.db, 2, { at: 0, rollout: { phase: 'shadowing' }, events: [approvedBy('ann')] });
  await enters(database.db, 2, { at: 1, rollout: { phase: 'ramping', step: 1 }, share: 2_500 });
  const stored = anEvidence({
    model: 'churn',
    challenger: versionId('churn@2'),
    opponent: { kind: 'champion', version: versionId('churn@1') },
  });
  evidence = await openArtifacts(folder).putJson(stored);
  await storeEvaluation(database.db, {
    model: churn,
    version: versionId('churn@2'),
    champion: versionId('churn@1'),
    evidence,
    page: null,
    verdict: stored.verdict,
  });
});
afterAll(() => database.drop());

const ask = (...words: string[]): Promise<Spoken> =>
  understudy(words, { env: environment(database.url, { ARTIFACTS_URL: folder }), cwd: folder });

test('status says champion, challenger, share and what happens next, and nothing on stderr', async () => {
  const { code, out, err } = await ask('status', 'churn');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.replace(TIME, 'TIME')).toBe(
    [
      'churn  spec revision 1',
      '  champion    churn@1 since TIME',
      '  challenger  churn@2: ramping, step 2 of 3, 25 % of the traffic, since TIME',
      '  evidence    ffffffffffff',
      // The registry's rows were written without the workflow that would close its training.
      '  training    churn@2: starting since TIME',
      '  next        wait',
      '  gateways    none is running',
      '',
    ].join('\n'),
  );
});

test('a watch in doubt says what it has seen too little of, not that nothing has moved', async () => {
  const { db } = database;
  const verdict = inconclusive('12 of 1,000 predictions that drift is judged on');
  await storeTick(db, { model: churn, tick: 1, figures: {}, verdict, findings: [], retrain: null });
  expect((await ask('status', 'churn')).out).toMatch(/watch +inconclusive at .*: 12 of 1,000 predictions that drift is judged on\n/);
});

test('status --json is the whole object and nothing else', async () => {
  const { code, out, err } = await ask('status', 'churn', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({
    model: 'churn',
    champion: { version: 'churn@1', since: expect.stringMatching(TIME) },
    challenger: { version: 'churn@2', phase: 'ramping', step: 2, steps: 3, share: 25, evidence: digestOf('f') },
    verdict: null,
    next: { what: 'wait', when: null },
  });
});

test('status answers from Postgres while Temporal is away, and says so', async () => {
  const env = environment(database.url, { TEMPORAL_ADDRESS: NOWHERE });
  const { code, out, err } = await understudy(['status', 'churn'], { env });
  expect(code).toBe(0);
  expect(out).toContain('churn@2: ramping');
  expect(err).toMatch(/^Temporal does not answer at 127\.0\.0\.1:9: .*\n$/);
  expect(await understudy(['status', 'churn', '--json'], { env })).toMatchObject({ code: 0, err: '' });
});

test('status without a model is a line for each', async () => {
  const { code, out, err } = await ask('status');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s{2,}/)),
  ).toEqual([
    ['MODEL', 'CHAMPION', 'CHALLENGER', 'PHASE', 'SHARE', 'VERDICT', 'NEXT'],
    ['churn', 'churn@1', 'churn@2', 'ramping', '25 %', '-', 'wait'],
  ]);
});

test('an unknown model is answered with the nearest known one', async () => {
  expect(await ask('status', 'chrun')).toEqual({ code: 1, out: '', err: 'there is no model "chrun"; did you mean churn?\n' });
  expect(await ask('history', 'newsletter')).toEqual({ code: 1, out: '', err: 'there is no model "newsletter"; known models: churn\n' });
});

test('champion says who, since when and why, also for a moment in the past', async () => {
  const { code, out, err } = await ask('champion', 'churn');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.replace(TIME, 'TIME')).toBe('churn@1 has been champion since TIME: promoted by ann (first champion, approved)\n');

  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  expect((await ask('champion', 'churn', '--at', tomorrow)).out).toContain('churn@1 was champion at');
  expect(JSON.parse((await ask('champion', 'churn', '--at', tomorrow, '--json')).out)).toMatchObject({
    version: 'churn@1',
    from: null,
    kind: 'promoted',
  });
  const before = await ask('champion', 'churn', '--at', '2020-01-01');
  expect(before).toMatchObject({ code: 1, out: '' });
  expect(before.err.replace(TIME, 'TIME')).toBe('churn had no champion at TIME; the first one, churn@1, came at TIME\n');
});

test('versions says what became of each', async () => {
  const { code, out, err } = await ask('versions', 'churn');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(
    out
      .replace(TIME, 'TIME')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s{2,}/).slice(0, 5)),
  ).toEqual([
    ['VERSION', 'IS', 'REGISTERED', 'SNAPSHOT', 'EVIDENCE'],
    ['churn@1', 'champion', 'TIME', 'aaaaaaaaaaaa', 'ffffffffffff'],
    ['churn@2', 'challenger, ramping', 'TIME', 'aaaaaaaaaaaa', 'ffffffffffff'],
  ]);
  expect(JSON.parse((await ask('versions', 'churn', '--json')).out)).toMatchObject([
    { version: 'churn@1', artifact: digestOf('c') },
    { version: 'churn@2', codeCommit: 'abc' },
  ]);
});

test('history tells the story in order, from a moment or a number on, and proves that its chain holds', async () => {
  const events = await eventsOf(database.db, churn);
  const all = JSON.parse((await ask('history', 'churn', '--json')).out);
  expect(all).toEqual(events);
  expect(JSON.parse((await ask('history', 'churn', '--since', '3', '--json')).out)).toEqual(events.slice(3));
  expect(JSON.parse((await ask('history', 'churn', '--since', events[4]!.at, '--json')).out)).toEqual(events.slice(5));
  expect(JSON.parse((await ask('history', 'churn', '--since', '2099-01-01', '--json')).out)).toEqual([]);

  const { code, out, err } = await ask('history', 'churn', '--limit', '2', '--verify');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe(`the chain of ${events.length} events holds`);
  expect(lines[2]).toContain(events.at(-1)!.summary);
  expect(lines[3]).toBe(`${events.length - 2} earlier ones are not shown; --limit ${events.length} shows all`);
});

test('a chain that somebody changed past the guards of the table is found', async () => {
  const changed = await aDatabase();
  await aChampion(changed.db);
  await changed.db.transaction(async (transaction) => {
    await transaction.raw('set local session_replication_role = replica');
    await transaction('lifecycle_events').where({ model: 'churn', sequence: 2 }).update({ canonical: '{}' });
  });
  expect(await understudy(['history', 'churn', '--verify'], { env: environment(changed.url) })).toEqual({
    code: 1,
    out: '',
    err: 'the audit trail of churn is broken at event 2: it or the one before was changed or taken out\n',
  });
  await changed.drop();
});

test('evidence of a model is that of its challenger: verdict, reasons, figures, digest', async () => {
  const { code, out, err } = await ask('evidence', 'churn');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe(
    [
      'pass: churn@2 is no worse than the champion churn@1, within the margins that were agreed.',
      '  AUC gains +0.0183 (95 %: +0.0148 to +0.0219), may lose 0.0103',
      '  log loss gains +0.0175 (95 %: +0.0152 to +0.0198), may lose 0.0138',
      '',
      '                   churn@2  churn@1  GAIN     95 % INTERVAL       MARGIN',
      'AUC                0.7461   0.7278   +0.0183  +0.0146 to +0.0221  0.0103  passes',
      'log loss           0.4412   0.4587   +0.0175  +0.0152 to +0.0199  0.0138  passes',
      'Brier score        0.1423   0.1479   +0.0056  +0.0047 to +0.0066  0.0044  passes',
      'average precision  0.4817   0.4526   +0.0291  +0.0266 to +0.0317  -       reported',
      'calibration error  0.0094   0.0127   +0.0033  +0.0030 to +0.0036  -       reported',
      'precision          0.4093   0.3964   +0.0129  +0.0107 to +0.0151  -       reported',
      'recall             0.6218   0.6032   +0.0186  +0.0154 to +0.0218  -       reported',
      'F1                 0.4937   0.4784   +0.0153  +0.0127 to +0.0179  -       reported',
      'profit             18,432   17,266   +1,165   +1,080 to +1,252    -       reported',
      'lift               1.8776   1.8185   +0.0591  +0.0501 to +0.0682  -       reported',
      'KS                 0.3641   0.3352   +0.0289  +0.0269 to +0.0309  -       reported',
      '',
      'Where a decision is needed, scores from 0.3140 on are acted upon. churn@2 acts on 11,873 (28.3 %). churn@1 acts on 12,041 (28.8 %).',
      '41,873 cases, 9,127 with the outcome; 5 segments, 3 of them not passed',
      '  plan = premium × device = mobile: fail, AUC loses -0.0418',
      '  device = tablet: inconclusive, AUC loses -0.0121 (95 %: -0.0378 to +0.0136), may lose 0.0206',
      '  plan = <old & "free">: inconclusive, 12 with the outcome, 50 are needed',
      `evidence ${evidence}`,
      `the whole page: understudy report churn@2 --open; to approve: understudy approve churn --evidence ${evidence.slice(0, 12)} --reason TEXT`,
      '',
    ].join('\n'),
  );
  expect(JSON.parse((await ask('evidence', 'churn@2', '--json')).out)).toMatchObject({
    version: 'churn@2',
    digest: evidence,
    evidence: { model: 'churn' },
  });
});

test('evidence can be written as the page, or as the file whose hash is its digest', async () => {
  expect(await ask('evidence', 'churn@2', '--page')).toEqual({
    code: 0,
    out: `the page is in ${folder}/churn-2-evidence.html; it shows the evidence ${evidence}\n`,
    err: '',
  });
  expect(await readFile(path.join(folder, 'churn-2-evidence.html'), 'utf8')).toContain('<h1>churn@2 is no worse than the champion churn@1');

  expect((await ask('evidence', 'churn@2', '--out', 'evidence.json')).code).toBe(0);
  expect(sha256(await readFile(path.join(folder, 'evidence.json')))).toBe(evidence);
});

test('evidence that is nowhere, or was changed, is a failure and never a page', async () => {
  expect(await ask('evidence', 'churn@9')).toEqual({
    code: 1,
    out: '',
    err: 'there is no version "churn@9"; see: understudy versions MODEL\n',
  });
  const { code, out, err } = await ask('evidence', 'churn@1', '--page');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^no artifact f{64} in /);
});
