/** Makes the documents about a version from what is stored, and keeps them under the digests of their bytes. Needs no Temporal. */
import type { Knex } from 'knex';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Digest, VersionId } from '../domain/ids.ts';
import type { SnapshotProfile } from '../domain/snapshot-profile.ts';
import { evidenceFrom } from '../domain/stored-evidence.ts';
import { championChanges } from '../store/champions.ts';
import { profileOf } from '../store/profiles.ts';
import { type ModelVersion, versionOrThrow } from '../store/registry.ts';
import { releaseLatency } from '../store/release-latency.ts';
import { trainedBy } from '../store/retrainings.ts';
import { documentsOf, storeDocument } from '../store/version-documents.ts';
import { versionRecord } from '../store/version-record.ts';
import type { Manifest } from '../training/manifest.ts';
import { contextText, modelCard } from './model-card.ts';
import { type ModelCardContext, modelCardContext } from './model-card-context.ts';
import { type ReleaseBaseline, releaseBaseline } from './release-baseline.ts';

export interface Shelf {
  readonly db: Knex;
  readonly artifacts: ArtifactStore;
}

export interface KeptCard {
  readonly context: ModelCardContext;
  readonly contextDigest: Digest;
  readonly page: string;
  readonly pageDigest: Digest;
}

/** As of the newest event of the audit trail. Safe to repeat: as long as nothing happens it is the same card. */
export async function keepModelCard({ db, artifacts }: Shelf, id: VersionId): Promise<KeptCard> {
  const record = await versionRecord(db, id);
  const { version, asOf } = record;
  const evidence = await evidenceOf(artifacts, version);
  const manifest = await artifacts.readJson<Manifest>(version.manifest);
  const context = modelCardContext({ record, manifest, evidence, profile: await snapshotProfile({ db, artifacts }, version) });
  const contextDigest = await artifacts.put(Buffer.from(contextText(context)));
  const page = modelCard(evidence, context, { contextDigest });
  const pageDigest = await artifacts.put(Buffer.from(page));
  const document = { content: contextDigest, page: pageDigest, asOfSequence: asOf?.sequence ?? 0 };
  await storeDocument(db, { version: id, kind: 'model-card', document });
  return { context, contextDigest, page, pageDigest };
}

export interface KeptBaseline {
  readonly baseline: ReleaseBaseline;
  readonly digest: Digest;
  /** Null: it was never released, so this is what would be kept if it were now. */
  readonly keptAt: string | null;
}

/** The baseline as it was kept at the release, or made now and kept. Of a version that was never champion it is only shown. */
export async function keepReleaseBaseline({ db, artifacts }: Shelf, id: VersionId): Promise<KeptBaseline> {
  const kept = await firstBaseline(db, artifacts, id);
  if (kept) return kept;
  const version = await versionOrThrow(db, id);
  const [evidence, latency, trained, changes] = await Promise.all([
    evidenceOf(artifacts, version),
    releaseLatency(db, id),
    trainedBy(db, version.retrainingId),
    championChanges(db, version.model),
  ]);
  const baseline = releaseBaseline({ version, evidence, latency, trained });
  const digest = await artifacts.putJson(baseline);
  if (!changes.some((change) => change.version === id)) return { baseline, digest, keptAt: null };
  await storeDocument(db, { version: id, kind: 'release-baseline', document: { content: digest, page: null, asOfSequence: 0 } });
  // Whoever else kept one at the same time may have been first, and the first one holds.
  return (await firstBaseline(db, artifacts, id)) ?? { baseline, digest, keptAt: null };
}

async function firstBaseline(db: Knex, artifacts: ArtifactStore, id: VersionId): Promise<KeptBaseline | null> {
  const [kept] = await documentsOf(db, id, 'release-baseline');
  if (!kept) return null;
  return { baseline: await artifacts.readJson<ReleaseBaseline>(kept.content), digest: kept.content, keptAt: kept.madeAt };
}

async function snapshotProfile({ db, artifacts }: Shelf, { snapshot }: ModelVersion): Promise<SnapshotProfile | null> {
  const digest = await profileOf(db, snapshot);
  return digest === null ? null : artifacts.readJson<SnapshotProfile>(digest);
}

async function evidenceOf(artifacts: ArtifactStore, { evidence }: ModelVersion): Promise<Evidence> {
  return evidenceFrom(await artifacts.readJson<unknown>(evidence));
}
