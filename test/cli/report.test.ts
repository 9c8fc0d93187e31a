import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ArtifactStore, openArtifacts, sha256 } from '../../src/artifacts/store.ts';
import { canonical } from '../../src/domain/canonical.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import { type Digest, versionId, versionNumber } from '../../src/domain/ids.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { storeEvaluation } from '../../src/store/evaluations.ts';
import { eventsOf } from '../../src/store/events.ts';
import { aManifest } from '../reports/a-model-card.ts';
import { anEvidence } from '../reports/an-evidence.ts';
import { figuresNotIn, textOf } from '../reports/figures-of.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aChampion, approvedBy, aRollout, aVersion, churn, enters } from '../support/registry.ts';
import { environment, NOWHERE, type Spoken, understudy } from './a-command-line.ts';

let database: TestDatabase;
let artifacts: ArtifactStore;
let folder: string;

/** churn@1 was promoted, churn@2 answers 25 %; both have evidence, and only that of churn@2 was kept with its page. */
beforeAll(async () => {
  database = await aDatabase();
  folder = await mkdtemp(path.join(os.tmpdir(), 'understudy-report-'));
  artifacts = openArtifacts(folder);
  const manifest = await artifacts.putJson(aManifest());
  const [first, second] = [evidenceOf(1), evidenceOf(2)];
  const kept = { manifest, first: await artifacts.putJson(first), second: await artifacts.putJson(second) };
  await aChampion(database.db, { manifest, evidence: kept.first });
  await aVersion(database.db, 2, { manifest, evidence: kept.second });
  await aRollout(database.db, 2, 1);
  await enters(database.db, 2, { at: 0, rollout: { phase: 'shadowing' }, events: [approvedBy('ann')] });
  await enters(database.db, 2, { at: 1, rollout: { phase: 'ramping', step: 1 }, share: 2_500 });
  await keepEvaluation(first, kept.first, null);
  const page = await evidencePage(second, { evidenceDigest: kept.second });
  await keepEvaluation(second, kept.second, await artifacts.put(Buffer.from(page)));
});
afterAll(() => database.drop());

function evidenceOf(number: number): Evidence {
  const challenger = versionId(`churn@${number}`);
  const opponent = number === 1 ? anEvidence().opponent : { kind: 'champion' as const, version: versionId('churn@1') };
  return anEvidence({ model: 'churn', challenger, opponent });
}

function keepEvaluation({ challenger, verdict }: Evidence, evidence: Digest, page: Digest | null): Promise<void> {
  const champion = versionNumber(challenger) === 1 ? null : versionId('churn@1');
  return storeEvaluation(database.db, { model: churn, version: challenger, champion, evidence, page, verdict });
}

const ask = (...words: string[]): Promise<Spoken> =>
  understudy(words, { env: environment(database.url, { ARTIFACTS_URL: folder, TEMPORAL_ADDRESS: NOWHERE }), cwd: folder });
const written = (name: string) => readFile(path.join(folder, name), 'utf8');

test('the report is made again from its evidence, byte by byte as it was kept, without Temporal', async () => {
  const { code, out, err } = await ask('report', 'churn');
  const page = await written('churn-2-report.html');
  expect({ code, err }).toEqual({ code: 0, err: 'it has the very bytes of the page that was kept when it was evaluated\n' });
  expect(out).toBe(`the report of churn@2 is in ${path.join(folder, 'churn-2-report.html')}; its SHA-256 is ${sha256(page)}\n`);
  expect(page).toContain('churn@2 is no worse than the champion churn@1');
});

test('bytes that differ from the kept page are said to differ, and the kept ones can be had', async () => {
  const old = await artifacts.put(Buffer.from('<!doctype html><p>as it was made then</p>'));
  const evidence = evidenceOf(2);
  const later = { ...evidence, specRevision: evidence.specRevision + 1 };
  await keepEvaluation(later, await artifacts.putJson(later), old);
  const { code, err } = await ask('report', 'churn@2', '--out', 'today.html');
  expect(code).toBe(0);
  expect(err).toContain(`has other bytes (${old})`);
  await ask('report', 'churn@2', '--kept', '--out', 'then.html');
  expect(await written('then.html')).toContain('as it was made then');
  expect(JSON.parse((await ask('report', 'churn@2', '--json')).out)).toMatchObject({ keptDigest: old, sameAsKept: false });
});

test('a page that was never kept is made all the same, and --kept says that there is none', async () => {
  expect((await ask('report', 'churn@1', '--out', 'first.html')).err).toContain('no page was kept');
  expect(await ask('report', 'churn@1', '--kept')).toMatchObject({ code: 1, out: '' });
});

test('a model card is kept with its context, and is the same card until something happens', async () => {
  const first = JSON.parse((await ask('report', 'churn@2', '--card', '--json')).out);
  const again = JSON.parse((await ask('report', 'churn@2', '--card', '--json')).out);
  expect(again).toEqual(first);
  const newest = (await eventsOf(database.db, churn)).at(-1)!;
  expect(first.context).toMatchObject({ format: 'understudy.model-card.v1', asOf: { sequence: newest.sequence, digest: newest.digest } });
  expect(await artifacts.readJson(first.contextDigest)).toEqual(first.context);
  const text = textOf((await artifacts.read(first.digest)).toString('utf8'));
  expect(figuresNotIn(text, [evidenceOf(2), first])).toEqual([]);
  expect(text).toContain('ann');

  await enters(database.db, 2, { at: 2, rollout: { phase: 'ramping', step: 2 }, share: 5_000 });
  const later = JSON.parse((await ask('report', 'churn@2', '--card', '--json')).out);
  expect(later.digest).not.toBe(first.digest);
  expect(later.context.history.at(-1).summary).toBe('churn@2 answers 50 % of the traffic');
});

test('a release baseline is kept once: what was kept first is what monitoring and everybody else reads', async () => {
  const first = await ask('report', 'churn@1', '--baseline', '--json');
  const { baseline, digest, keptAt } = JSON.parse(first.out);
  expect(baseline).toMatchObject({ format: 'understudy.release-baseline.v1', version: 'churn@1', latency: { rollout: null } });
  expect(baseline.quality[0]).toEqual({ metric: 'auc', better: 'higher', challenger: evidenceOf(1).overall.figures[0]!.challenger });
  expect(sha256(canonical(baseline))).toBe(digest);
  expect(keptAt).toMatch(/^\d{4}-/);
  expect((await ask('report', 'churn@1', '--baseline', '--json')).out).toBe(first.out);
  expect(JSON.parse((await ask('report', 'churn@1', '--baseline')).out)).toEqual(baseline);
});

test('of a version that was never champion the baseline is shown and not kept', async () => {
  const { code, err } = await ask('report', 'churn@2', '--baseline');
  expect(code).toBe(0);
  expect(err).toBe('churn@2 was never champion: this is shown, and not kept as a release baseline\n');
});

test('two documents at once are a misuse', async () => {
  expect(await ask('report', 'churn', '--card', '--baseline')).toMatchObject({ code: 2, out: '' });
  expect(await ask('report', 'churn', '--baseline', '--open')).toMatchObject({ code: 2, out: '' });
});

test('of a version that did not pass there is a report, and why there is no card is said', async () => {
  const third = evidenceOf(3);
  await keepEvaluation(third, await artifacts.putJson(third), null);
  expect((await ask('report', 'churn@3')).code).toBe(0);
  const { code, err } = await ask('report', 'churn@3', '--card');
  expect([code, err]).toEqual([1, expect.stringContaining('churn@3 was evaluated and is not registered')]);
});
