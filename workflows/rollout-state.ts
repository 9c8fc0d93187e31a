import { opened, type Rollout, type RolloutEvent } from '../src/domain/rollout.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import type { CarriedRollout, RolloutChallengerInput } from './messages.ts';

/** What a rollout remembers. Everything but the unwritten events survives continue-as-new, which waits until those are written. */
export interface RolloutState {
  rollout: Rollout;
  /** Counts phases entered: with the rollout's id it is the key under which each is written once. */
  number: number;
  look: number;
  openedAtMs: number;
  /** Database time at which the present stage began; the judge's windows start there. */
  stageSince: string;
  stageEnteredMs: number;
  lastVerdict: Verdict | null;
  lastVerdictAt: string | null;
  approvals: { by: string; at: string }[];
  /** What happened since the last phase was entered, to be written with the next one in one transaction. */
  unwritten: RolloutEvent[];
}

export function begin(input: RolloutChallengerInput): RolloutState {
  const { carried } = input;
  if (carried) return { ...carried, approvals: [...carried.approvals], unwritten: [] };
  const now = Date.now();
  return {
    rollout: opened(input.evidence),
    number: 0,
    look: 0,
    openedAtMs: now,
    stageSince: '',
    stageEnteredMs: now,
    lastVerdict: null,
    lastVerdictAt: null,
    approvals: [],
    unwritten: [],
  };
}

export function carriedFrom({ unwritten: _, ...carried }: RolloutState): CarriedRollout {
  return carried;
}
