/**
 * One whole rollout on a clock of numbers: requests at the demo's rate, sticky arms, outcomes that mature, and the state chart moved by
 * the real judge at every look. Left out is what takes time on a machine: reading the evidence, and waiting until gateways know a route.
 */
import type { JudgedStage } from '../../src/domain/decision-contract.ts';
import {
  challengerShare,
  isOnStage,
  isRefusal,
  next,
  type OnStage,
  opened,
  type RampPlan,
  type Rollout,
  type RolloutEvent,
} from '../../src/domain/rollout.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { judgeLive } from '../../src/gates/live-judge.ts';
import { type Played, PlayedEvidence } from './played-evidence.ts';

/** As `src/demo/story.ts` has its application ask. */
const RATE = 2_500;
const REQUEST = 250;
const REQUEST_EVERY_MS = (1_000 * REQUEST) / RATE;

export interface Ending {
  readonly rollout: Rollout;
  readonly seconds: number;
  /** One a stage that was entered: the shadow, then the steps. */
  readonly stages: readonly { readonly name: string; readonly seconds: number }[];
}

export function playRollout(spec: Spec, played: Played): Ending {
  const plan: RampPlan = { steps: spec.rollout.steps, quorum: spec.approval.quorum };
  const evidence = new PlayedEvidence(played);
  let rollout = after(opened('0'.repeat(64)), { kind: 'approved', by: 'alex', evidence: '00000000', reason: 'read' }, plan);
  let nowMs = 0;
  let sinceMs = 0;
  let visit = 0;
  const stages: { name: string; seconds: number }[] = [];

  while (isOnStage(rollout)) {
    for (const lookAtMs = nowMs + spec.rollout.lookEveryMs; nowMs < lookAtMs; nowMs += REQUEST_EVERY_MS) {
      evidence.request(nowMs, { from: visit, count: REQUEST }, challengerShare(rollout, plan));
      visit += REQUEST;
    }
    const stage = judgedStage(rollout, sinceMs);
    const { verdict } = judgeLive(played.contract, evidence.asOf(nowMs, stage), stage);
    const moved = after(rollout, { kind: 'judged', verdict, overdue: nowMs - sinceMs >= spec.rollout.longestStepMs }, plan);
    if (moved === rollout) continue;
    stages.push({ name: nameOf(rollout, plan), seconds: (nowMs - sinceMs) / 1_000 });
    rollout = moved;
    sinceMs = nowMs;
    evidence.enterStage();
  }
  return { rollout, seconds: nowMs / 1_000, stages };
}

function after(rollout: Rollout, event: RolloutEvent, plan: RampPlan): Rollout {
  const moved = next(rollout, event, plan);
  if (isRefusal(moved)) throw new Error(moved.refused);
  return moved;
}

function judgedStage(rollout: OnStage, sinceMs: number): JudgedStage {
  const since = new Date(sinceMs).toISOString();
  return rollout.phase === 'shadowing' ? { kind: 'shadow', since } : { kind: 'step', step: rollout.step, since };
}

function nameOf(rollout: OnStage, plan: RampPlan): string {
  return rollout.phase === 'shadowing' ? 'shadow' : `${challengerShare(rollout, plan) / 100} %`;
}
