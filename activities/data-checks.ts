import { readFile } from 'node:fs/promises';
import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import { type ChampionSnapshot, checkDataContract } from '../src/data/contract/data-contract.ts';
import { profileFile } from '../src/data/profile-difference.ts';
import type { Catalogue } from '../src/domain/catalogue.ts';
import type { Digest } from '../src/domain/ids.ts';
import type { SnapshotProfile } from '../src/domain/snapshot-profile.ts';
import type { Spec } from '../src/domain/spec.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import { Failure } from '../src/failures.ts';
import { vocabularyOf } from '../src/features/encoder.ts';
import { judgeCatalogue } from '../src/gates/catalogue.ts';
import { judgeDataContract } from '../src/gates/data-contract.ts';
import { judgeDataShift } from '../src/gates/data-shift.ts';
import { judgeLeaks } from '../src/gates/leak-check.ts';
import { parseCatalogue } from '../src/spec/catalogue.ts';
import { currentChampion } from '../src/store/champions.ts';
import { storeVerdict } from '../src/store/evaluations.ts';
import { recordEventOnce } from '../src/store/events.ts';
import { earlierRowCounts, profileOf, sourceOfSnapshot, storeProfile } from '../src/store/profiles.ts';
import { type ModelVersion, versionOrThrow } from '../src/store/registry.ts';
import { setRetrainingPhase } from '../src/store/retrainings.ts';
import { servedFeatures } from '../src/store/served-features.ts';
import { snapshotNamed } from '../src/store/snapshot-records.ts';
import { snapshotArtifact } from '../src/store/snapshots.ts';
import { specRevision } from '../src/store/specs.ts';
import type { Manifest } from '../src/training/manifest.ts';
import { championOnNewLabels } from './champion-on-new-labels.ts';
import { withHeartbeats, workFolder } from './heartbeats.ts';
import type { Subject } from './retrainings.ts';

export interface CheckedData {
  readonly contract: Verdict;
  readonly leaks: Verdict;
  /** The whole report, with sample rows. */
  readonly report: Digest;
  /** Absent in runs that began before these were judged. */
  readonly shift?: Verdict;
  readonly catalogue?: Verdict;
  readonly profile?: Digest;
}

export interface DataCheckDependencies {
  readonly db: Knex;
  readonly artifacts: ArtifactStore;
  readonly workDir: string;
  /** The file of approved sources, features and trainers; null: everything is. */
  readonly cataloguePath?: string | null;
}

interface Champion {
  readonly version: ModelVersion;
  readonly manifest: Manifest;
}

export function dataCheckActivities({ db, artifacts, workDir, cataloguePath = null }: DataCheckDependencies) {
  return {
    /**
     * The data contract, what has moved since the champion, leaks, and the catalogue. Report and profile are kept whole; what stops is
     * decided by gates. Safe to repeat: a verdict once reached stands, whatever the clock and the traffic say by then.
     */
    async checkData(input: Subject & { readonly snapshot: Digest }): Promise<CheckedData> {
      await setRetrainingPhase(db, input.retrainingId, 'validating');
      const { spec } = await specRevision(db, input.model, input.specRevision);
      const catalogue = await approved(cataloguePath);
      const { profile, ...report } = await withHeartbeats(({ signal }) => reportOn(input, spec, signal));
      const profileDigest = await artifacts.putJson({ ...profile, snapshot: input.snapshot });
      await storeProfile(db, input.snapshot, profileDigest);
      const reportDigest = await artifacts.putJson(report);
      const look = (gate: string, verdict: Verdict) =>
        storeVerdict(db, { model: input.model, subject: input.retrainingId, gate, look: 1, verdict, details: { report: reportDigest } });
      const contract = await look('data-contract', judgeDataContract(report, spec.dataContract));
      const shift = await look('data-shift', judgeDataShift(report, spec));
      const leaks = await look('leak-check', judgeLeaks(report.featurePower, spec.dataContract.suspiciousAuc, report));
      const source = await sourceOfSnapshot(db, input);
      const approval = await look('catalogue', judgeCatalogue(catalogue, spec, source));
      await recordEventOnce(db, input.model, {
        kind: 'data-contract-checked',
        by: 'understudy',
        subject: input.snapshot,
        summary: `data contract: ${contract.kind}; since the champion: ${shift.kind}; leak check: ${leaks.kind}; catalogue: ${approval.kind}${worthKnowing(contract, shift, leaks)}`,
        details: { contract, shift, leaks, catalogue: approval, report: reportDigest, profile: profileDigest },
        idempotencyKey: `checked:${input.retrainingId}`,
      });
      return { contract, shift, leaks, catalogue: approval, report: reportDigest, profile: profileDigest };
    },
  };

  async function reportOn(input: Subject & { readonly snapshot: Digest }, spec: Spec, signal: AbortSignal) {
    const snapshotPath = await artifacts.verifiedPathOf(await snapshotArtifact(db, input.snapshot));
    const champion = await championOf(input);
    const championSnapshot = champion && (await snapshotOf(champion.version));
    const folder = await workFolder(workDir);
    const { servingSkew } = spec.dataContract;
    const checked = await checkDataContract({
      spec,
      snapshotPath,
      seenCategories: champion && vocabularyOf(champion.manifest.encoder),
      champion: championSnapshot,
      earlierRows: await earlierRowCounts(db, { model: input.model, except: input.snapshot }),
      now: new Date().toISOString(),
      served: async (profile) =>
        champion === null || servingSkew === null
          ? null
          : servedFeatures(db, {
              model: input.model,
              profile,
              missing: spec.source.missing,
              minimumPredictions: servingSkew.minimumPredictions,
            }),
      workDir: folder,
      signal,
    });
    const agreement = champion && { snapshotPath, ...champion, championSnapshot: championSnapshot?.path ?? null };
    return { ...checked, champion: agreement && (await championOnNewLabels(agreement, { artifacts, workDir: folder, signal })) };
  }

  async function championOf({ model }: Subject): Promise<Champion | null> {
    const champion = await currentChampion(db, model);
    if (champion === null) return null;
    const version = await versionOrThrow(db, champion);
    return { version, manifest: await artifacts.readJson<Manifest>(version.manifest) };
  }

  /** What was withdrawn is not read again, but its profile stays; snapshots of an earlier day have none yet. */
  async function snapshotOf({ snapshot }: ModelVersion): Promise<ChampionSnapshot> {
    const stored = await profileOf(db, snapshot);
    const { artifact, withdrawn } = await snapshotNamed(db, snapshot);
    const path = withdrawn ? null : await orGone(artifacts.verifiedPathOf(artifact));
    if (stored !== null) return { profile: await artifacts.readJson<SnapshotProfile>(stored), path };
    return { profile: path === null ? null : await profileFile(path), path };
  }
}

/** A history with every warning would hide the rest; all of them are in the verdicts. */
const MOST_WARNINGS = 6;

/** A warning that nobody reads warns nobody: what passed in spite of something is told with the passing. */
function worthKnowing(...verdicts: readonly Verdict[]): string {
  const warnings = verdicts.filter(({ kind }) => kind === 'pass').flatMap(({ reasons }) => reasons.slice(1));
  if (warnings.length === 0) return '';
  const more = warnings.length > MOST_WARNINGS ? [`and ${warnings.length - MOST_WARNINGS} more`] : [];
  return `; worth knowing: ${[...warnings.slice(0, MOST_WARNINGS), ...more].join('; ')}`;
}

async function orGone(path: Promise<string>): Promise<string | null> {
  try {
    return await path;
  } catch (error) {
    if (error instanceof Failure && error.type === 'ArtifactMissing') return null;
    throw error;
  }
}

/** Read anew at every check, so that an approval counts from the moment it is written. */
async function approved(file: string | null): Promise<Catalogue | null> {
  if (file === null) return null;
  try {
    return parseCatalogue(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(
      'SpecInvalid',
      `the catalogue ${file} could not be read: correct UNDERSTUDY_CATALOGUE, or bring the file back`,
      { file },
      { cause },
    );
  }
}
