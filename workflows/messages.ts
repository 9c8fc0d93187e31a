/**
 * The public contract of the workflows: inputs, results, updates, signals and the query. Fields are added, never repurposed.
 * A person asks by an update (and learns the answer) or by a signal of the same name and payload (and doesn't).
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { MaterialisationPlan } from '../activities/features.ts';
import type { Digest, ModelName, RetrainingId, RolloutId, VersionId } from '../src/domain/ids.ts';
import type { RampPlan, Rollout } from '../src/domain/rollout.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import type { TrainerInput } from '../src/training/trainer.ts';

// --- retrainModel, id retrain:<model> ---------------------------------------------------------------------------------

export interface RetrainingRequest {
  /** Who asks: a person's name, or `schedule`, or `watch`. */
  readonly by: string;
  readonly via: 'cli' | 'client' | 'schedule' | 'watch' | 'signal';
  readonly reason: string;
  /** Another data file than the spec's; null or absent for the spec's own. */
  readonly dataPath?: string | null;
  /** Digest of the declaration of an ONNX file that is to be adopted instead of trained; absent for a training. */
  readonly imported?: Digest;
  /** Makes a repeated request the same request. */
  readonly requestId: string;
}

export interface RetrainModelInput {
  readonly model: ModelName;
  /** Requests that came while an earlier run was at work: all of them are answered by this one run. */
  readonly merged?: readonly RetrainingRequest[];
  /** Ids of requests already answered, so that a late repeat starts nothing. */
  readonly answered?: readonly string[];
}

export type RetrainingPhase =
  | 'waiting-for-a-request'
  | 'starting'
  | 'ingesting'
  | 'validating'
  | 'awaiting-waiver'
  | 'training'
  | 'packaging'
  | 'evaluating'
  | 'registering'
  | 'opening-rollout'
  | 'closed';

export type RetrainingOutcome =
  | { readonly kind: 'registered'; readonly version: VersionId; readonly rollout: 'opened' | 'waiting'; readonly detail: string }
  | { readonly kind: 'rejected' | 'failed' | 'expired' | 'cancelled'; readonly detail: string };

export interface RetrainingStatus {
  readonly model: ModelName;
  readonly retrainingId: RetrainingId | null;
  readonly version: VersionId | null;
  readonly phase: RetrainingPhase;
  readonly waitingFor: { readonly gate: string; readonly reasons: readonly string[]; readonly until: string } | null;
  readonly reasons: readonly { readonly by: string; readonly reason: string }[];
  readonly evidence: Digest | null;
  readonly outcome: RetrainingOutcome | null;
  /** Requests that the follow-up run will answer. */
  readonly followUp: number;
}

export interface WaiveRequest {
  readonly by: string;
  /** `leak-check` or `evaluation`. */
  readonly gate: string;
  readonly reason: string;
}

export const retrainRequested = defineSignal<[RetrainingRequest]>('retrainRequested');
export const waive = defineUpdate<Answer, [WaiveRequest]>('waive');
export const waiveSignal = defineSignal<[WaiveRequest]>('waive');
export const retrainingStatus = defineQuery<RetrainingStatus>('status');

// --- rolloutChallenger, id rollout:<model> -----------------------------------------------------------------------------

export interface RolloutTiming {
  readonly lookEveryMs: number;
  /** A stage that has taken this long without an answer asks a person. */
  readonly longestStepMs: number;
  readonly patienceMs: number;
  readonly approvalExpiresMs: number;
}

export interface Figure {
  readonly name: string;
  readonly challenger: number | null;
  readonly opponent: number | null;
  /** Positive means the challenger is better; 95 % interval. */
  readonly gain: { readonly estimate: number; readonly low: number; readonly high: number } | null;
}

export interface RolloutChallengerInput {
  readonly rolloutId: RolloutId;
  readonly model: ModelName;
  readonly challenger: VersionId;
  readonly champion: VersionId | null;
  /** Digest of everything an approver is asked to stand for. */
  readonly evidence: Digest;
  readonly evaluation: { readonly verdict: Verdict; readonly figures: readonly Figure[] };
  readonly decisionContract: Digest | null;
  readonly plan: RampPlan;
  readonly timing: RolloutTiming;
  /** Set by continue-as-new only. */
  readonly carried?: CarriedRollout;
}

export interface CarriedRollout {
  readonly rollout: Rollout;
  readonly number: number;
  readonly look: number;
  readonly openedAtMs: number;
  readonly stageSince: string;
  readonly stageEnteredMs: number;
  readonly lastVerdict: Verdict | null;
  readonly lastVerdictAt: string | null;
  readonly approvals: readonly { readonly by: string; readonly at: string }[];
}

export interface RolloutStatus {
  readonly model: ModelName;
  readonly rolloutId: RolloutId;
  readonly challenger: VersionId;
  readonly champion: VersionId | null;
  readonly rollout: Rollout;
  /** Basis points of the traffic. */
  readonly share: number;
  readonly step: number | null;
  readonly steps: readonly number[];
  readonly evidence: { readonly digest: Digest; readonly verdict: Verdict; readonly figures: readonly Figure[] };
  readonly lastVerdict: Verdict | null;
  readonly next: { readonly what: string; readonly when: string | null };
  readonly approvals: readonly { readonly by: string; readonly at: string }[];
}

export interface Approval {
  readonly by: string;
  /** The digest that was read, or an unambiguous beginning of it (at least eight characters). */
  readonly evidence: string;
  readonly reason: string;
}

export interface Request {
  readonly by: string;
  readonly reason: string;
}

/** What the caller of an update learns: a sentence. */
export interface Answer {
  readonly said: string;
}

export const approve = defineUpdate<Answer, [Approval]>('approve');
export const reject = defineUpdate<Answer, [Request]>('reject');
export const pause = defineUpdate<Answer, [Request]>('pause');
export const resume = defineUpdate<Answer, [Request]>('resume');
export const rollBack = defineUpdate<Answer, [Request]>('rollBack');
export const approveSignal = defineSignal<[Approval]>('approve');
export const rejectSignal = defineSignal<[Request]>('reject');
export const pauseSignal = defineSignal<[Request]>('pause');
export const resumeSignal = defineSignal<[Request]>('resume');
export const rollBackSignal = defineSignal<[Request]>('rollBack');
export const guardrailBreached = defineSignal<[{ readonly metric: string }]>('guardrailBreached');
/** A newer version is ready and the spec says that it replaces one still awaiting approval. */
export const superseded = defineSignal<[{ readonly by: VersionId }]>('superseded');
export const rolloutStatus = defineQuery<RolloutStatus>('status');

// --- watchChampion, id watch:<model> ------------------------------------------------------------------------------------

export interface WatchChampionInput {
  readonly model: ModelName;
  readonly tick?: number;
}

export interface WatchStatus {
  readonly model: ModelName;
  readonly tick: number;
  readonly champion: VersionId | null;
  readonly verdict: Verdict | null;
  readonly findings: readonly string[];
  readonly nextTickAt: string | null;
}

export const championChanged = defineSignal<[{ readonly champion: VersionId }]>('championChanged');
export const watchStatus = defineQuery<WatchStatus>('status');

// --- rollBackChampion, id rollback:<model> ------------------------------------------------------------------------------

export interface RollBackChampionInput {
  readonly model: ModelName;
  /** Null: the champion before the present one. */
  readonly to: VersionId | null;
  readonly by: string;
  readonly reason: string;
  /** Makes a repeated call the same rollback. */
  readonly rollbackId: string;
}

export interface RollBackChampionResult {
  readonly from: VersionId;
  readonly to: VersionId;
  readonly acknowledged: readonly { readonly gateway: string; readonly afterMs: number }[];
  readonly missing: readonly string[];
  readonly said: string;
}

// --- materializeFeatures, id materialize:<model> -------------------------------------------------------------------------

export interface MaterializeFeaturesInput {
  readonly model: ModelName;
  /** ISO. Entities with events from here on (until `until`) are written even if nothing changed since the watermark: a backfill. */
  readonly from?: string | null;
  /** ISO; how far the values go. Now, unless said otherwise. */
  readonly until?: string | null;
  /** Makes a repeated call the same materialisation. Absent where a schedule starts it. */
  readonly materialisationId?: string;
  /** Set by continue-as-new only. */
  readonly carried?: {
    readonly materialisationId: string;
    readonly plan: MaterialisationPlan;
    readonly done: readonly MaterialisedUpTo[];
    readonly after: string | null;
  };
}

export interface MaterialisedUpTo {
  readonly table: string;
  readonly asOf: string;
  /** The watermark before; null: every entity was written. */
  readonly since: string | null;
  /** That had happened, and were known, by then. */
  readonly events: number;
}

export interface MaterializeFeaturesResult {
  readonly materialisationId: string;
  readonly tables: readonly MaterialisedUpTo[];
  readonly said: string;
}

export interface MaterialisationStatus {
  readonly model: ModelName;
  readonly materialisationId: string;
  /** The table at work. */
  readonly at: string | null;
  readonly done: readonly MaterialisedUpTo[];
}

export const materialisationStatus = defineQuery<MaterialisationStatus>('status');

// --- trainAgain, id reproduce:<version> ---------------------------------------------------------------------------------

export interface TrainAgainInput {
  readonly version: VersionId;
  readonly trainerQueue: string;
  readonly input: TrainerInput;
}

// --- requestRetraining: what a schedule starts --------------------------------------------------------------------------

export interface RequestRetrainingInput {
  readonly model: ModelName;
  readonly reason: string;
}
