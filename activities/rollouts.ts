import type { Knex } from 'knex';
import { type ArtifactStore, sha256 } from '../src/artifacts/store.ts';
import { canonical } from '../src/domain/canonical.ts';
import { labelCap } from '../src/data/label-cap.ts';
import type { DecisionContract } from '../src/domain/decision-contract.ts';
import type { Evidence } from '../src/domain/evidence.ts';
import { type Digest, type ModelName, type RolloutId, shareBps, type VersionId } from '../src/domain/ids.ts';
import type { Rollout, RolloutEvent } from '../src/domain/rollout.ts';
import type { Spec } from '../src/domain/spec.ts';
import { evidenceFrom } from '../src/domain/stored-evidence.ts';
import { faultPoint } from '../src/fault-hooks.ts';
import { decisionContract } from '../src/gates/decision-contract.ts';
import { metricWords } from '../src/gates/metric-words.ts';
import { versionOrThrow } from '../src/store/registry.ts';
import { enterPhase, type PhaseWritten } from '../src/store/rollout-phases.ts';
import { openRollout, rolloutIdOf, rolloutOrThrow, waitingVersion } from '../src/store/rollouts.ts';
import { snapshotArtifact } from '../src/store/snapshots.ts';
import { specRevision } from '../src/store/specs.ts';
import type { Figure, RolloutChallengerInput, RolloutStatus } from '../workflows/messages.ts';
import type { EvaluationInput } from './evaluation.ts';
import { mayApprove, type Permission, type Subject } from './retrainings.ts';

export interface OpenRolloutInput extends Subject {
  readonly evidence: Digest;
}

export type OpenedRollout =
  | { readonly kind: 'opened'; readonly input: RolloutChallengerInput }
  | { readonly kind: 'waiting'; readonly supersedes: boolean; readonly said: string };

export interface EnterPhaseInput {
  readonly rolloutId: RolloutId;
  readonly number: number;
  readonly rollout: Rollout;
  readonly status: RolloutStatus;
  readonly events: readonly RolloutEvent[];
}

export interface WaitingChallenger {
  readonly version: VersionId;
  readonly evaluation: EvaluationInput;
  readonly opening: Subject;
}

export function rolloutActivities({ db, artifacts }: { db: Knex; artifacts: ArtifactStore }) {
  return {
    /** Freezes the decision contract and opens the rollout, or queues the version behind an open one. Safe to repeat. */
    async openRollout(input: OpenRolloutInput): Promise<OpenedRollout> {
      const { spec } = await specRevision(db, input.model, input.specRevision);
      const evidence = evidenceFrom(await artifacts.readJson<unknown>(input.evidence));
      const rolloutId = rolloutIdOf(input.retrainingId);
      const champion = evidence.opponent.kind === 'champion' ? evidence.opponent.version : null;
      const contract =
        champion === null
          ? null
          : frozen(
              decisionContract({
                spec,
                evidence,
                rolloutId,
                champion,
                evidenceDigest: input.evidence,
                challenger: input.version,
                labelCap: await labelCapOf(spec, input.version),
              }),
            );
      const steps = champion === null ? [] : spec.rollout.steps;
      const opened = await openRollout(db, {
        rolloutId,
        model: input.model,
        challenger: input.version,
        champion,
        specRevision: input.specRevision,
        evidence: input.evidence,
        contract,
        steps,
      });
      if (opened === 'waiting') {
        return {
          kind: 'waiting',
          supersedes: spec.rollout.whenOpen === 'replace',
          said: `${input.version} waits: another rollout of ${input.model} is open`,
        };
      }
      return { kind: 'opened', input: workflowInput({ spec, evidence, rolloutId, contract: contract?.digest ?? null, input, champion }) };
    },

    async enterPhase({ rolloutId, number, rollout, status, events }: EnterPhaseInput): Promise<PhaseWritten> {
      const stored = await rolloutOrThrow(db, rolloutId);
      const { spec } = await specRevision(db, stored.model, stored.specRevision);
      await faultPoint(`before-${rollout.phase}`);
      const written = await enterPhase(db, {
        rolloutId,
        number,
        rollout,
        share: shareBps(status.share),
        step: status.step,
        lastVerdict: status.lastVerdict,
        next: status.next,
        events,
        holdBackBps: spec.rollout.holdBackBps,
      });
      await faultPoint(`after-${rollout.phase}`);
      return written;
    },

    async checkApprover({ rolloutId, by }: { rolloutId: RolloutId; by: string }): Promise<Permission> {
      const { model, specRevision: revision, challenger } = await rolloutOrThrow(db, rolloutId);
      const [{ spec }, version] = await Promise.all([specRevision(db, model, revision), versionOrThrow(db, challenger)]);
      return mayApprove(db, { spec, retrainingId: version.retrainingId, by });
    },

    /** The newest version that became ready while a rollout was open, with what its evaluation against today's champion needs. */
    async findWaiting({ model }: { model: ModelName }): Promise<WaitingChallenger | null> {
      const waiting = await waitingVersion(db, model);
      if (waiting === null) return null;
      const version = await versionOrThrow(db, waiting);
      const subject: Subject = { retrainingId: version.retrainingId, model, version: waiting, specRevision: version.specRevision };
      const { snapshot, split, artifact, manifest } = version;
      return { version: waiting, evaluation: { ...subject, snapshot, split, artifact, manifest }, opening: subject };
    },
  };

  async function labelCapOf({ task }: Spec, challenger: VersionId): Promise<number | null> {
    if (task !== 'regression') return null;
    const { snapshot, split } = await versionOrThrow(db, challenger);
    const [snapshotPath, splitPath] = await Promise.all([
      artifacts.verifiedPathOf(await snapshotArtifact(db, snapshot)),
      artifacts.verifiedPathOf(split),
    ]);
    return labelCap({ snapshotPath, splitPath });
  }
}

function frozen(body: DecisionContract): { digest: Digest; body: DecisionContract } {
  return { digest: sha256(canonical(body)), body };
}

function workflowInput(given: {
  spec: Spec;
  evidence: Evidence;
  rolloutId: RolloutId;
  contract: Digest | null;
  input: OpenRolloutInput;
  champion: VersionId | null;
}): RolloutChallengerInput {
  const { spec, evidence, rolloutId, contract, input, champion } = given;
  return {
    rolloutId,
    model: input.model,
    challenger: input.version,
    champion,
    evidence: input.evidence,
    evaluation: { verdict: evidence.verdict, figures: figuresOf(evidence) },
    decisionContract: contract,
    plan: { steps: champion === null ? [] : spec.rollout.steps, quorum: spec.approval.quorum },
    timing: {
      lookEveryMs: spec.rollout.lookEveryMs,
      longestStepMs: spec.rollout.longestStepMs,
      patienceMs: spec.rollout.patienceMs,
      approvalExpiresMs: spec.approval.expiresMs,
    },
  };
}

/** The judged figures, which a person asks for first; everything else is in the evidence. */
function figuresOf({ overall }: Evidence): readonly Figure[] {
  return overall.figures
    .filter(({ margin }, _, all) => margin !== null || all.every((other) => other.margin === null))
    .map(({ metric, challenger, opponent, gain }) => ({
      name: metricWords[metric],
      challenger: challenger.estimate,
      opponent: opponent?.estimate ?? null,
      gain: gain && { estimate: gain.estimate, low: gain.interval.low, high: gain.interval.high },
    }));
}
