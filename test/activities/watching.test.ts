import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchingActivities } from '../../activities/watching.ts';
import { type ArtifactStore, openArtifacts } from '../../src/artifacts/store.ts';
import { digest, versionId } from '../../src/domain/ids.ts';
import { keepReleaseBaseline } from '../../src/reports/keep-documents.ts';
import type { ReleaseBaseline } from '../../src/reports/release-baseline.ts';
import { documentsOf } from '../../src/store/version-documents.ts';
import { aManifest } from '../reports/a-model-card.ts';
import { anEvidence } from '../reports/an-evidence.ts';
import { aDatabase, type TestDatabase } from '../support/database.ts';
import { aChampion, churn } from '../support/registry.ts';

const first = versionId('churn@1');
let database: TestDatabase;
let artifacts: ArtifactStore;
beforeEach(async () => {
  database = await aDatabase();
  artifacts = openArtifacts(await mkdtemp(path.join(os.tmpdir(), 'understudy-watching-')));
  const kept = { manifest: await artifacts.putJson(aManifest()), evidence: await artifacts.putJson(anEvidence({ challenger: first })) };
  await aChampion(database.db, kept);
});
afterEach(() => database.drop());

const tick = (number: number) => watchingActivities({ db: database.db, artifacts }).tickWatch({ model: churn, tick: number });
const baselines = () => documentsOf(database.db, first, 'release-baseline');

test('the first look after a promotion keeps the release baseline, and later looks keep to it', async () => {
  expect(await baselines()).toEqual([]);
  await tick(1);
  const kept = await baselines();
  await tick(2);
  expect(kept).toHaveLength(1);
  expect(await baselines()).toEqual(kept);
  const baseline = await artifacts.readJson<ReleaseBaseline>(kept[0]!.content);
  expect(baseline.quality[0]!.challenger).toEqual(anEvidence().overall.figures[0]!.challenger);
});

test('ten that keep a baseline at once keep the same one', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => keepReleaseBaseline({ db: database.db, artifacts }, first)));
  expect(new Set(all.map((each) => each.digest)).size).toBe(1);
  expect(await baselines()).toHaveLength(1);
});

test('what was kept holds, even where the same figures would be read otherwise today', async () => {
  const { baseline } = await keepReleaseBaseline({ db: database.db, artifacts }, first);
  const older = { ...baseline, machine: { cpu: 'the one it was released on' } };
  const content = await artifacts.putJson(older);
  await database.db('version_documents').insert({
    ...{ version_id: first, kind: 'release-baseline', content_digest: content, as_of_sequence: 0, made_at: '2020-01-01T00:00:00Z' },
  });
  expect((await keepReleaseBaseline({ db: database.db, artifacts }, first)).digest).toBe(digest(content));
});
