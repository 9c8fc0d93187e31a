import type { Knex } from 'knex';
import type { ModelName, RetrainingId, VersionId } from '../src/domain/ids.ts';
import type { Spec } from '../src/domain/spec.ts';
import {
  askForWaiver,
  closeRetraining,
  openRetraining,
  recordWaiver,
  requestersOf,
  specOfRetraining,
  type WaitingForWaiver,
  type Waiver,
} from '../src/store/retrainings.ts';
import { specRevision } from '../src/store/specs.ts';
import { TRAINING_QUEUE } from '../src/temporal/connect.ts';
import type { RetrainingOutcome, RetrainingRequest } from '../workflows/messages.ts';

/** What every stage of one training run is about. */
export interface Subject {
  readonly retrainingId: RetrainingId;
  readonly model: ModelName;
  readonly version: VersionId;
  readonly specRevision: number;
}

export interface OpenedAttempt {
  readonly version: VersionId;
  readonly specRevision: number;
  readonly seed: number;
  readonly trainerQueue: string;
  readonly waiverPatienceMs: number;
  readonly dataPath: string | null;
}

export interface Permission {
  readonly allowed: boolean;
  readonly why: string;
}

export function retrainingActivities({ db }: { db: Knex }) {
  return {
    async openRetraining(input: {
      retrainingId: RetrainingId;
      model: ModelName;
      requests: readonly RetrainingRequest[];
    }): Promise<OpenedAttempt> {
      const imported = input.requests.find((request) => request.imported !== undefined)?.imported ?? null;
      const opened = await openRetraining(db, { ...input, imported });
      const { spec } = await specRevision(db, input.model, opened.specRevision);
      return {
        ...opened,
        seed: spec.trainer.seed,
        // Adopting a file is work for our own training worker, whoever trains otherwise.
        trainerQueue: imported === null ? spec.trainer.queue : TRAINING_QUEUE,
        waiverPatienceMs: spec.approval.expiresMs,
        dataPath: input.requests.findLast(({ dataPath }) => typeof dataPath === 'string')?.dataPath ?? null,
      };
    },

    async askForWaiver(input: { retrainingId: RetrainingId; model: ModelName; waitingFor: WaitingForWaiver }): Promise<void> {
      await askForWaiver(db, input);
    },

    /** The same people who may approve may waive; a waiver is an act of its own and says why. */
    async recordWaiver(waiver: Waiver): Promise<Permission> {
      const { spec } = await specOfRetraining(db, waiver.retrainingId);
      const permission = mayDecide(spec, waiver.by);
      if (permission.allowed) await recordWaiver(db, waiver);
      return permission;
    },

    async closeRetraining(input: { retrainingId: RetrainingId; model: ModelName; outcome: RetrainingOutcome }): Promise<void> {
      await closeRetraining(db, input);
    },
  };
}

function mayDecide(spec: Spec, by: string): Permission {
  const { approvers } = spec.approval;
  if (approvers.length === 0 || approvers.includes(by)) return { allowed: true, why: '' };
  return { allowed: false, why: `${by} is not among the approvers of ${spec.model}: ${approvers.join(', ')}` };
}

/** Whoever triggered or trained may not approve, and the spec may name who may. */
export async function mayApprove(
  db: Knex,
  { spec, retrainingId, by }: { spec: Spec; retrainingId: string; by: string },
): Promise<Permission> {
  const requesters = await requestersOf(db, retrainingId);
  if (requesters.some((requester) => requester.by === by)) {
    return { allowed: false, why: `${by} triggered this training and may not approve it; another person must` };
  }
  return mayDecide(spec, by);
}
