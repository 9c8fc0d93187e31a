/**
 * The state chart of a rollout, in one pure function. Update validators, signal handlers and the workflow's loop all ask it.
 *
 *   awaiting-approval  -> shadowing | promoted (a first champion has nobody to rehearse against) | rejected | withdrawn
 *   shadowing          -> ramping 0 | paused | rejected
 *   ramping n          -> ramping n+1 | promoted | paused | rolled-back
 *   paused             -> where it was | rejected or rolled-back | withdrawn
 *   promoted, rejected, rolled-back, withdrawn are closed and refuse everything.
 */
import { type ShareBps, shareBps } from './ids.ts';
import type { Verdict } from './verdict.ts';

export interface RampPlan {
  /** Shares of the challenger, in rising order, at most 5,000 (the control arm is as large). Empty for a first champion. */
  readonly steps: readonly ShareBps[];
  /** How many different people must approve. */
  readonly quorum: number;
}

/** The challenger is at work: heard by nobody in the shadow, by its share of the audience on the ramp. */
export type OnStage = { readonly phase: 'shadowing' } | { readonly phase: 'ramping'; readonly step: number };

const openPhases = ['awaiting-approval', 'shadowing', 'ramping', 'paused'] as const;
const closedPhases = ['promoted', 'rejected', 'rolled-back', 'withdrawn'] as const;
export const rolloutPhases = [...openPhases, ...closedPhases] as const;
export type RolloutPhase = (typeof rolloutPhases)[number];

export type Rollout =
  | { readonly phase: 'awaiting-approval'; readonly evidence: string; readonly approvedBy: readonly string[] }
  | OnStage
  | { readonly phase: 'paused'; readonly at: OnStage; readonly by: string; readonly reason: string }
  | { readonly phase: 'promoted' }
  | { readonly phase: 'rejected'; readonly reason: string }
  | { readonly phase: 'rolled-back'; readonly reason: string }
  | { readonly phase: 'withdrawn'; readonly reason: string };

export type RolloutEvent =
  | { readonly kind: 'approved'; readonly by: string; readonly evidence: string; readonly reason: string }
  | { readonly kind: 'rejected'; readonly by: string; readonly reason: string }
  /** `overdue`: the step has already taken its longest time. */
  | { readonly kind: 'judged'; readonly verdict: Verdict; readonly overdue: boolean }
  | { readonly kind: 'paused'; readonly by: string; readonly reason: string }
  | { readonly kind: 'resumed'; readonly by: string; readonly reason: string }
  | { readonly kind: 'rollback-requested'; readonly by: string; readonly reason: string }
  | { readonly kind: 'guardrail-breached'; readonly metric: string }
  | { readonly kind: 'route-lost'; readonly reason: string }
  | { readonly kind: 'superseded'; readonly by: string }
  | { readonly kind: 'nobody-answered' };

export interface Refusal {
  readonly refused: string;
}

export function isRefusal(answer: Rollout | Refusal): answer is Refusal {
  return 'refused' in answer;
}

/** A rollout opens by asking for approval of exactly this evidence. */
export function opened(evidence: string): Rollout {
  return { phase: 'awaiting-approval', evidence, approvedBy: [] };
}

export function isClosed(rollout: Rollout): boolean {
  return (closedPhases as readonly string[]).includes(rollout.phase);
}

export function isOnStage(rollout: Rollout): rollout is OnStage {
  return rollout.phase === 'shadowing' || rollout.phase === 'ramping';
}

/** The share of traffic a state stands for, in basis points: derived from it, never stored beside it. */
export function challengerShare(rollout: Rollout, plan: RampPlan): ShareBps {
  switch (rollout.phase) {
    case 'ramping':
      return plan.steps[rollout.step] ?? shareBps(0);
    case 'paused':
      return challengerShare(rollout.at, plan);
    case 'promoted':
      return shareBps(10_000);
    case 'awaiting-approval':
    case 'shadowing':
    case 'rejected':
    case 'rolled-back':
    case 'withdrawn':
      return shareBps(0);
  }
}

/** Whether the challenger scores copies of requests (or answers some). */
export function isScoring(rollout: Rollout): boolean {
  return isOnStage(rollout) || rollout.phase === 'paused';
}

export function next(rollout: Rollout, event: RolloutEvent, plan: RampPlan): Rollout | Refusal {
  switch (rollout.phase) {
    case 'awaiting-approval':
      if (event.kind === 'approved') return afterApproval(rollout, event, plan);
      if (event.kind === 'rejected') return { phase: 'rejected', reason: `${event.by}: ${event.reason}` };
      if (event.kind === 'rollback-requested') return { phase: 'rejected', reason: `${event.by}: ${event.reason}` };
      if (event.kind === 'nobody-answered') return { phase: 'rejected', reason: 'the request for approval expired' };
      if (event.kind === 'superseded') return { phase: 'withdrawn', reason: `${event.by} is ready and replaces it` };
      break;

    case 'shadowing':
    case 'ramping':
      if (event.kind === 'judged') return afterVerdict(rollout, event, plan);
      if (event.kind === 'paused') return { phase: 'paused', at: rollout, by: event.by, reason: event.reason };
      if (event.kind === 'rollback-requested') return takenOff(rollout, `${event.by}: ${event.reason}`);
      if (event.kind === 'guardrail-breached') return takenOff(rollout, `guardrail ${event.metric}`);
      if (event.kind === 'route-lost') return takenOff(rollout, event.reason);
      break;

    // A paused challenger still serves its share, so a breach still ends it.
    case 'paused':
      if (event.kind === 'resumed') return rollout.at;
      if (event.kind === 'judged' && event.verdict.kind === 'fail') return takenOff(rollout.at, event.verdict.reasons.join('; '));
      if (event.kind === 'rollback-requested') return takenOff(rollout.at, `${event.by}: ${event.reason}`);
      if (event.kind === 'guardrail-breached') return takenOff(rollout.at, `guardrail ${event.metric}`);
      if (event.kind === 'route-lost') return takenOff(rollout.at, event.reason);
      if (event.kind === 'nobody-answered') return { phase: 'withdrawn', reason: `nobody resumed it after: ${rollout.reason}` };
      break;

    case 'promoted':
    case 'rejected':
    case 'rolled-back':
    case 'withdrawn':
      break;
  }
  return { refused: `a rollout that is ${rollout.phase} cannot be ${wordFor(event)}; ${possibleFrom(rollout)}` };
}

/** What a person may ask for now, in words a refusal can end with. */
function possibleFrom(rollout: Rollout): string {
  switch (rollout.phase) {
    case 'awaiting-approval':
      return 'possible now: approve, reject';
    case 'shadowing':
    case 'ramping':
      return 'possible now: pause, rollback';
    case 'paused':
      return 'possible now: resume, rollback';
    case 'promoted':
    case 'rejected':
    case 'rolled-back':
    case 'withdrawn':
      return 'it is closed: retrain to open another';
  }
}

function wordFor(event: RolloutEvent): string {
  switch (event.kind) {
    case 'rollback-requested':
      return 'rolled back';
    case 'guardrail-breached':
      return `breached by ${event.metric}`;
    case 'route-lost':
      return 'taken off its route';
    case 'nobody-answered':
      return 'left unanswered';
    case 'superseded':
    case 'approved':
    case 'rejected':
    case 'judged':
    case 'paused':
    case 'resumed':
      return event.kind;
  }
}

/** People copy the beginning of a digest; eight characters are enough to mean it. */
function isNamedBy(beginning: string, evidence: string): boolean {
  return beginning.length >= 8 && evidence.startsWith(beginning);
}

/** A challenger that had passed everything, but whose route was taken by a person or a newer rollback before the pointer moved. */
export function promotionLost(reason: string): Rollout {
  return { phase: 'rolled-back', reason };
}

type Awaiting = Extract<Rollout, { phase: 'awaiting-approval' }>;
type Approved = Extract<RolloutEvent, { kind: 'approved' }>;
type Judged = Extract<RolloutEvent, { kind: 'judged' }>;

function afterApproval(rollout: Awaiting, event: Approved, plan: RampPlan): Rollout | Refusal {
  if (!isNamedBy(event.evidence, rollout.evidence)) {
    return { refused: `the approval names the evidence ${event.evidence}, but what awaits approval is ${rollout.evidence.slice(0, 12)}` };
  }
  if (rollout.approvedBy.includes(event.by)) return { refused: `${event.by} has already approved; another person must` };
  const approvedBy = [...rollout.approvedBy, event.by];
  if (approvedBy.length < plan.quorum) return { ...rollout, approvedBy };
  return plan.steps.length === 0 ? { phase: 'promoted' } : { phase: 'shadowing' };
}

function takenOff(stage: OnStage, reason: string): Rollout {
  return stage.phase === 'shadowing' ? { phase: 'rejected', reason } : { phase: 'rolled-back', reason };
}

function afterVerdict(stage: OnStage, { verdict, overdue }: Judged, plan: RampPlan): Rollout {
  switch (verdict.kind) {
    case 'pass': {
      const step = stage.phase === 'shadowing' ? 0 : stage.step + 1;
      return step < plan.steps.length ? { phase: 'ramping', step } : { phase: 'promoted' };
    }
    case 'fail':
      return takenOff(stage, verdict.reasons.join('; '));
    // Doubt is not guilt: it neither promotes nor rolls back. It waits, and when it has waited long enough it ends at a person.
    case 'inconclusive':
      return overdue ? { phase: 'paused', at: stage, by: 'the plan', reason: verdict.reasons.join('; ') } : stage;
  }
}
