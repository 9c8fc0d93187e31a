import type { RolloutId, ShareBps, VersionId } from './ids.ts';

/**
 * What a gateway obeys, one per model. The newest (epoch, revision) wins: revisions are counted by Postgres, an epoch is raised
 * by a rollback, so that a late retry of an older write can never put a challenger back on stage.
 */
export interface Route {
  readonly model: string;
  readonly champion: VersionId;
  /** Scores copies of requests (shadow) and, when its share is above zero, answers its arm. */
  readonly challenger: VersionId | null;
  readonly challengerShareBps: ShareBps;
  readonly salt: string;
  /** The previous champion, kept loaded; it answers the hold-back arm through probation. */
  readonly holdBack: VersionId | null;
  readonly holdBackBps: ShareBps;
  /** The rollout that may write this route. */
  readonly heldBy: RolloutId | null;
  readonly revision: number;
  readonly epoch: number;
}

export function isNewer(one: Pick<Route, 'epoch' | 'revision'>, other: Pick<Route, 'epoch' | 'revision'>): boolean {
  return one.epoch !== other.epoch ? one.epoch > other.epoch : one.revision > other.revision;
}
