import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import type { Evidence } from '../src/domain/evidence.ts';
import type { Digest, VersionId } from '../src/domain/ids.ts';
import type { Spec } from '../src/domain/spec.ts';
import { evidenceFrom } from '../src/domain/stored-evidence.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import { evaluateInThread } from '../src/evaluating/evaluate-in-thread.ts';
import { pageInThread } from '../src/evaluating/page-in-thread.ts';
import { Failure } from '../src/failures.ts';
import { faultPoint } from '../src/fault-hooks.ts';
import { currentChampion } from '../src/store/champions.ts';
import { storeEvaluation } from '../src/store/evaluations.ts';
import { versionOrThrow } from '../src/store/registry.ts';
import { setRetrainingPhase, trainedBy, waiversOf } from '../src/store/retrainings.ts';
import { snapshotArtifact } from '../src/store/snapshots.ts';
import { specRevision } from '../src/store/specs.ts';
import { type Manifest, taskOf } from '../src/training/manifest.ts';
import { type Working, withHeartbeats, workFolder } from './heartbeats.ts';
import type { Subject } from './retrainings.ts';

export interface EvaluationInput extends Subject {
  readonly snapshot: Digest;
  readonly split: Digest;
  readonly artifact: Digest;
  readonly manifest: Digest;
}

export interface Evaluated {
  readonly evidence: Digest;
  readonly verdict: Verdict;
  readonly opponent: VersionId | null;
}

export interface EvaluationDependencies {
  readonly db: Knex;
  readonly artifacts: ArtifactStore;
  readonly workDir: string;
}

export function evaluationActivities({ db, artifacts, workDir }: EvaluationDependencies) {
  return {
    /** Both versions on the same frozen rows that neither has trained on. The evidence is content-addressed, so a repeat is the same. */
    async evaluateChallenger(input: EvaluationInput): Promise<Evaluated> {
      await setRetrainingPhase(db, input.retrainingId, 'evaluating');
      const { spec } = await specRevision(db, input.model, input.specRevision);
      const opponent = await currentChampion(db, input.model);
      const evidence = await withHeartbeats((working) => evidenceOf(input, { spec, opponent, working }));
      await faultPoint('evaluated');
      const digest = await artifacts.putJson(evidence);
      const page = await artifacts.put(Buffer.from(await withHeartbeats(() => pageInThread({ evidence, evidenceDigest: digest }))));
      await storeEvaluation(db, {
        model: input.model,
        version: input.version,
        champion: opponent,
        evidence: digest,
        page,
        verdict: evidence.verdict,
      });
      return { evidence: digest, verdict: evidence.verdict, opponent };
    },
  };

  async function evidenceOf(
    input: EvaluationInput,
    { spec, opponent, working }: { spec: Spec; opponent: VersionId | null; working: Working },
  ): Promise<Evidence> {
    const champion = opponent === null ? null : await championOf(opponent);
    // Specs are guarded against it; a registry may be older than its guards.
    if (champion && taskOf(champion.manifest) !== spec.task)
      throw new Failure(
        'SpecInvalid',
        `the champion ${opponent} is for ${taskOf(champion.manifest)}: expected ${spec.task}, as ${input.version} is`,
      );
    const findings = await evaluateInThread(
      {
        spec,
        snapshotPath: await artifacts.verifiedPathOf(await snapshotArtifact(db, input.snapshot)),
        splitPath: artifacts.pathOf(input.split),
        workDir: await workFolder(workDir),
        challenger: await filesOf(input),
        champion,
        // Measured once and passed on: a repeated evaluation must give the same bytes.
        cost: await costOf(db, input.retrainingId),
      },
      working,
    );
    return {
      format: 'understudy.evidence.v2',
      model: input.model,
      challenger: input.version,
      opponent:
        opponent === null
          ? { kind: 'simple-baseline', description: findings.simpleBaseline.description }
          : { kind: 'champion', version: opponent },
      artifactDigest: input.artifact,
      manifestDigest: input.manifest,
      snapshotDigest: input.snapshot,
      splitDigest: input.split,
      specRevision: input.specRevision,
      ...findings,
      waivers: await waiversOf(db, input.retrainingId),
    };
  }

  async function championOf(champion: VersionId) {
    const version = await versionOrThrow(db, champion);
    const { overall } = evidenceFrom(await artifacts.readJson<unknown>(version.evidence));
    return { ...(await filesOf(version)), splitPath: artifacts.pathOf(version.split), released: overall };
  }

  async function filesOf({ manifest, artifact }: { readonly manifest: Digest; readonly artifact: Digest }) {
    return { manifest: await artifacts.readJson<Manifest>(manifest), modelPath: await artifacts.verifiedPathOf(artifact) };
  }
}

/** Null where it was not measured, as with versions that were made elsewhere. */
async function costOf(db: Knex, retrainingId: string): Promise<Pick<Evidence['cost'], 'trainingMs' | 'scoringMsPerThousand'>> {
  const trained = await trainedBy(db, retrainingId);
  const measured = (value: unknown) => (typeof value === 'number' ? value : null);
  return { trainingMs: measured(trained?.trainedMs), scoringMsPerThousand: measured(trained?.scoringMsPerThousand) };
}
