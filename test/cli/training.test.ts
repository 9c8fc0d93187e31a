import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Digest, versionNumber } from '../../src/domain/ids.ts';
import { fail, inconclusive, pass, type Verdict } from '../../src/domain/verdict.ts';
import { storeEvaluation } from '../../src/store/evaluations.ts';
import { insertVersion } from '../../src/store/registry.ts';
import { askForWaiver, closeRetraining, openRetraining, recordWaiver, setRetrainingPhase } from '../../src/store/retrainings.ts';
import { openRollout, rolloutIdOf } from '../../src/store/rollouts.ts';
import { storeSnapshot } from '../../src/store/snapshots.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aModel, digestOf } from '../support/registry.ts';
import { eventually } from '../support/rollout-bench.ts';
import { aBench, type Bench } from '../support/workflow-bench.ts';
import { environment, NOWHERE, type Spoken, understudy } from './a-command-line.ts';

let database: TestDatabase;
let bench: Bench | undefined;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'understudy-cli-'));
});
beforeEach(async () => {
  database = await aDatabase();
});
afterEach(async () => {
  await bench?.client.workflow
    .getHandle('retrain:churn')
    .terminate('the test is over')
    .catch(() => undefined);
  await bench?.close();
  bench = undefined;
  await database.drop();
});

const ask = (...words: string[]): Promise<Spoken> => understudy(words, { env: environment(database.url), cwd: folder });

interface Script {
  readonly leaks?: Verdict;
  readonly evaluation?: Verdict;
}

const snapshot = {
  digest: digestOf('a'),
  artifact: digestOf('b'),
  source: {},
  rowsIn: 10,
  rowsKept: 10,
  setAside: [],
  columns: [],
  earliestAt: null,
  latestAt: null,
};

/** The real workflow writes into the real registry; what would compute only answers. */
async function aWorker({ leaks = pass('none'), evaluation = pass('better') }: Script = {}): Promise<void> {
  const { db } = database;
  bench = await aBench(
    {
      openRetraining: async (input) => ({
        ...(await openRetraining(db, input)),
        seed: 7,
        trainerQueue: 'lifecycle',
        waiverPatienceMs: 60_000,
        dataPath: null,
      }),
      ingestSource: async ({ retrainingId, model }) => {
        await setRetrainingPhase(db, retrainingId, 'ingesting');
        await storeSnapshot(db, { model, retrainingId, snapshot, quarantined: [] });
        return { digest: snapshot.digest, rowsKept: 10 };
      },
      checkData: async () => ({ contract: pass('clean'), leaks, report: digestOf('9') as Digest }),
      prepareTraining: async () => ({ split: digestOf('e'), input: {} as never }),
      trainChallenger: async () =>
        ({
          artifactDigest: digestOf('c'),
          manifestDigest: digestOf('d'),
          trainedRows: 1,
          baseRate: 0.5,
          validation: null,
          importances: [],
        }) as never,
      packageChallenger: async () => ({ artifact: digestOf('c'), manifest: digestOf('d'), maxDifference: 0 }),
      evaluateChallenger: async ({ model, version }) => {
        await storeEvaluation(db, { model, version, champion: null, evidence: digestOf('f'), page: null, verdict: evaluation });
        return { evidence: digestOf('f'), verdict: evaluation, opponent: null };
      },
      registerVersion: async ({ retrainingId, model, version, specRevision }) => {
        const lineage = {
          artifact: digestOf('c'),
          manifest: digestOf('d'),
          snapshot: snapshot.digest,
          split: digestOf('e'),
          specRevision,
          codeCommit: 'abc',
          lockfile: 'def',
        };
        await insertVersion(db, {
          version,
          model,
          number: versionNumber(version),
          retrainingId,
          ...lineage,
          trainer: {},
          seed: 7,
          metrics: {},
          evidence: digestOf('f'),
          requestedBy: [],
        });
      },
      openRollout: async ({ retrainingId, model, version, specRevision, evidence }) => {
        const rolloutId = rolloutIdOf(retrainingId);
        await openRollout(db, { rolloutId, model, challenger: version, champion: null, specRevision, evidence, contract: null, steps: [] });
        return { kind: 'waiting', supersedes: false, said: `${version} waits` };
      },
      askForWaiver: (input) => askForWaiver(db, input),
      recordWaiver: async (waiver) => {
        await recordWaiver(db, waiver);
        return { allowed: true, why: '' };
      },
      closeRetraining: (input) => closeRetraining(db, input),
      recordIgnored: async () => undefined,
    },
    { taskQueue: 'lifecycle' },
  );
}

test('retrain --wait prints a line a change and ends with how to approve', async () => {
  await aModel(database.db);
  await aWorker();
  const { code, out, err } = await ask('retrain', 'churn', '--reason', 'new price list', '--wait');
  expect(out).toBe(
    [
      'churn@1 awaits approval on the evidence ffffffffffff',
      '  read it:    understudy report churn@1 --open',
      '  approve it: understudy approve churn --evidence ffffffffffff --reason TEXT',
      '',
    ].join('\n'),
  );
  expect(code).toBe(0);
  expect(err).toContain('ann@team asked for a retraining: new price list');
  expect(err).toContain('churn@1 is registered');
  const lines = err
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(22));
  expect(new Set(lines).size).toBe(lines.length);
});

test('a training that ends without a version is exit code 1, with the reason', async () => {
  await aModel(database.db);
  await aWorker({ evaluation: fail('AUC 0.61 against 0.70') });
  const { code, out } = await ask('retrain', 'churn', '--wait');
  expect({ code, out }).toEqual({
    code: 1,
    out: 'churn: the training ended without a new version (rejected): evaluation: AUC 0.61 against 0.70\n',
  });
  expect(await ask('evidence', 'churn')).toMatchObject({
    code: 1,
    err: 'churn has no registered version; churn@1 was evaluated and did not pass: name it to read why\n',
  });
});

test('retrain --wait --json prints the outcome and nothing else on stdout', async () => {
  await aModel(database.db);
  await aWorker();
  const { code, out } = await ask('retrain', 'churn', '--wait', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ model: 'churn', kind: 'registered', version: 'churn@1', evidence: digestOf('f') });
});

test('a doubt ends the waiting with the command that overrules it, and the waiver lets the training go on', async () => {
  await aModel(database.db);
  await aWorker({ leaks: inconclusive('"duration" alone reaches AUC 0.94') });
  const { code, out, err } = await ask('retrain', 'churn', '--wait');
  expect(code).toBe(1);
  expect(out).toBe(
    [
      'churn: leak-check is in doubt, and nothing goes on before a person has waived it:',
      '  "duration" alone reaches AUC 0.94',
      '  waive it: understudy waive churn --gate leak-check --reason TEXT',
      '',
    ].join('\n'),
  );
  expect(err).toContain('to overrule it: understudy waive churn --gate leak-check --reason TEXT');
  expect((await ask('status', 'churn')).out).toContain('in doubt  leak-check: "duration" alone reaches AUC 0.94');
  const [words, oneLook] = [['status', 'churn', '--wait'], { env: environment(database.url), signal: AbortSignal.abort() }];
  expect((await understudy(words, oneLook)).err).toContain('churn@1 waits for a person, and nothing else is trained before it has ended');
  expect(await ask('waive', 'churn', '--gate', 'evaluation', '--reason', 'x')).toEqual({
    code: 1,
    out: '',
    err: 'what waits for a waiver is leak-check, not evaluation\n',
  });
  expect(await ask('waive', 'churn', '--gate', 'leak-check', '--reason', 'it is known before')).toEqual({
    code: 0,
    out: 'leak-check is waived by ann@team; churn@1 goes on\n',
    err: '',
  });
  await eventually(async () => (await ask('status', 'churn', '--json')).out.includes('"phase": "awaiting-approval"'));
});

test('a column that the data file does not have is found when the spec is applied, with its line and the nearest name', async () => {
  const file = path.join(folder, 'typo.yaml');
  await writeFile(path.join(folder, 'customers.csv'), 'customer,tenure_months,left\nc-1,3,0\n');
  await writeFile(
    file,
    'model: typo\nowners: team\nsource: { path: customers.csv }\nentity: customer\nlabel: { column: left, maturity: 30d }\nfeatures:\n  tenure_month: number\n',
  );
  const { code, out, err } = await understudy(['apply', file], { env: environment(database.url), cwd: folder });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/typo\.yaml:7: .*"tenure_month".*did you mean "tenure_months"\?/);
});

test('the data file may come from the environment, and the command line wins', async () => {
  const file = path.join(folder, 'small.yaml');
  await writeFile(
    file,
    'model: small\nowners: team\nentity: customer\nlabel: { column: left, maturity: 30d }\nfeatures: { tenure: number }\n',
  );
  const env = environment(database.url, { UNDERSTUDY_DATA: 'from-environment.csv' });
  const source = async () => (await database.db('spec_revisions').orderBy('revision', 'desc').first('spec')).spec.source.path;
  await understudy(['apply', file], { env, cwd: folder });
  expect(await source()).toBe(path.join(folder, 'from-environment.csv'));
  await understudy(['apply', file, '--data', 'typed.csv'], { env, cwd: folder });
  expect(await source()).toBe(path.join(folder, 'typed.csv'));
});

test('without a worker the request is kept, and says so', async () => {
  await aModel(database.db);
  const { code, out, err } = await ask('retrain', 'churn', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ model: 'churn', by: 'ann@team', via: 'cli', dataPath: null, workflowId: 'retrain:churn' });
  // The server remembers the pollers of an earlier test for some minutes; then nothing is said.
  expect(err === '' || err === 'no lifecycle worker is running; the request is kept and begins when one does\n').toBe(true);
  await aWorker();
  await eventually(async () => JSON.parse((await ask('status', 'churn', '--json')).out).challenger?.version === 'churn@1');
});

test('a model nobody described is not trained', async () => {
  expect(await ask('retrain', 'churn')).toEqual({
    code: 1,
    out: '',
    err: 'there is no model "churn"; no model has been described yet: understudy apply FILE\n',
  });
});

const yaml = 'model: churn\nowners: team\nentity: customer\nlabel: { column: left, maturity: 30d }\nfeatures: { tenure: number }\n';

async function aFile(text: string): Promise<string> {
  await writeFile(path.join(folder, 'churn.yaml'), text);
  return 'churn.yaml';
}

test('a spec is applied as a new revision, and the same one again changes nothing', async () => {
  const file = await aFile(yaml);
  expect(await ask('apply', file)).toEqual({ code: 0, out: 'churn: revision 1 is applied\n', err: '' });
  expect(await ask('apply', file)).toEqual({ code: 0, out: 'churn: revision 1 says exactly this already; nothing changed\n', err: '' });
  const set = await ask('apply', file, '--set', 'rollout.step.duration=10s', '--set', 'approval.quorum=2', '--by', 'bob', '--json');
  expect(set).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(set.out)).toEqual({ model: 'churn', revision: 2, changed: true, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const [row] = await database.db('spec_revisions').where({ model: 'churn', revision: 2 });
  expect(row).toMatchObject({ applied_by: 'bob', spec: { rollout: { step: { durationMs: 10_000 } }, approval: { quorum: 2 } } });
});

test('--data is kept as an absolute path, seen from where the command was typed', async () => {
  const file = await aFile(yaml);
  await ask('apply', file, '--data', 'rows.csv');
  const [row] = await database.db('spec_revisions').where({ model: 'churn' });
  expect(row.spec.source.path).toBe(path.join(folder, 'rows.csv'));
});

test('a mistake in the spec names file and line, and nothing is stored', async () => {
  const file = await aFile(yaml.replace('tenure: number', 'tenure: numbr'));
  const { code, out, err } = await ask('apply', file);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/churn\.yaml:5: expected .*, found .*numbr.*did you mean "number"\?\n$/);
  expect(await database.db('models')).toEqual([]);
});

test('a file that is not there is a sentence', async () => {
  expect(await ask('apply', 'nowhere.yaml')).toEqual({ code: 1, out: '', err: `there is no file ${path.join(folder, 'nowhere.yaml')}\n` });
});

test('while Temporal is away a spec is applied all the same, and its schedule follows later', async () => {
  const file = await aFile(yaml);
  const { code, out, err } = await understudy(['apply', file], {
    env: environment(database.url, { TEMPORAL_ADDRESS: NOWHERE }),
    cwd: folder,
  });
  expect({ code, out }).toEqual({ code: 0, out: 'churn: revision 1 is applied\n' });
  expect(err).toContain('the schedule of retrainings is set when a lifecycle worker starts');
});

afterAll(async () => {
  const { Client, Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address: environment('').TEMPORAL_ADDRESS! });
  await new Client({ connection }).schedule
    .getHandle('retrain:churn:schedule')
    .delete()
    .catch(() => undefined);
  await connection.close();
});
