import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareBps } from '../../src/domain/ids.ts';
import {
  challengerShare,
  isClosed,
  isRefusal,
  next,
  opened,
  type RampPlan,
  type Rollout,
  type RolloutEvent,
} from '../../src/domain/rollout.ts';
import { fail, inconclusive, pass as passed } from '../../src/domain/verdict.ts';

const evidence = '0f3a77c2'.repeat(8);
const plan: RampPlan = { steps: [shareBps(500), shareBps(2_500), shareBps(5_000)], quorum: 1 };
const firstChampion: RampPlan = { steps: [], quorum: 1 };
const by = 'ann';
const reason = 'because';
const pass: RolloutEvent = { kind: 'judged', verdict: passed('all well'), overdue: false };
const doubt: RolloutEvent = { kind: 'judged', verdict: inconclusive('too little'), overdue: false };
const overdueDoubt: RolloutEvent = { kind: 'judged', verdict: inconclusive('still too little'), overdue: true };
const harm: RolloutEvent = { kind: 'judged', verdict: fail('worse'), overdue: false };
const approval: RolloutEvent = { kind: 'approved', by, evidence: evidence.slice(0, 8), reason };
const everyEvent: readonly RolloutEvent[] = [
  approval,
  { kind: 'approved', by, evidence: 'feedfeed', reason },
  { kind: 'rejected', by, reason },
  { kind: 'paused', by, reason },
  { kind: 'resumed', by, reason },
  { kind: 'rollback-requested', by, reason },
  { kind: 'guardrail-breached', metric: 'latency' },
  { kind: 'route-lost', reason },
  { kind: 'superseded', by: 'churn@3' },
  { kind: 'nobody-answered' },
  pass,
  doubt,
  overdueDoubt,
  harm,
];
const anyEvents = fc.array(fc.constantFrom(...everyEvent), { maxLength: 60 });
const aPlan = fc.constantFrom(plan, firstChampion, { ...plan, quorum: 2 });

function* play(events: readonly RolloutEvent[], by: RampPlan) {
  let rollout: Rollout = opened(evidence);
  for (const event of events) {
    const after = next(rollout, event, by);
    yield { before: rollout, event, after };
    if (!isRefusal(after)) rollout = after;
  }
}
const holds = (property: (events: RolloutEvent[], plan: RampPlan) => void) =>
  fc.assert(fc.property(anyEvents, aPlan, property), { numRuns: 3_000 });

test('the share of traffic rises only on a pass, or on the approval of a first champion', () => {
  holds((events, plan) => {
    for (const { before, event, after } of play(events, plan)) {
      if (isRefusal(after) || challengerShare(after, plan) <= challengerShare(before, plan)) continue;
      if (plan.steps.length === 0) expect(event).toEqual(approval);
      else expect(event).toEqual(pass);
    }
  });
});

test('nothing happens to a challenger before its own evidence was approved', () => {
  holds((events, plan) => {
    for (const { before, event, after } of play(events, plan)) {
      if (before.phase !== 'awaiting-approval' || isRefusal(after)) continue;
      if (after.phase === 'rejected' || after.phase === 'withdrawn') continue;
      expect(event).toEqual(approval);
    }
  });
});

test('a closed rollout refuses every event', () => {
  holds((events, plan) => {
    for (const { before, after } of play(events, plan)) if (isClosed(before)) expect(isRefusal(after)).toBe(true);
  });
});

test('a breach, a lost route and a person take the traffic away from any open rollout that has some', () => {
  const takers: RolloutEvent[] = [
    { kind: 'guardrail-breached', metric: 'errors' },
    { kind: 'route-lost', reason },
    { kind: 'rollback-requested', by, reason },
    harm,
  ];
  holds((events, plan) => {
    for (const { before } of play(events, plan)) {
      if (isClosed(before) || challengerShare(before, plan) === 0) continue;
      for (const taker of takers) expect(next(before, taker, plan)).toMatchObject({ phase: 'rolled-back' });
    }
  });
});

test('a share is never above half before promotion, because the control arm is as large', () => {
  holds((events, plan) => {
    for (const { after } of play(events, plan)) {
      if (isRefusal(after) || after.phase === 'promoted') continue;
      expect(challengerShare(after, plan)).toBeLessThanOrEqual(5_000);
    }
  });
});

test('doubt changes nothing until the step has taken its longest time, and then it ends at a person', () => {
  holds((events, plan) => {
    for (const { before } of play(events, plan)) {
      if (before.phase !== 'shadowing' && before.phase !== 'ramping') continue;
      expect(next(before, doubt, plan)).toBe(before);
      expect(next(before, overdueDoubt, plan)).toMatchObject({ phase: 'paused', by: 'the plan', at: before });
    }
  });
});

test('a pause holds the share, and resuming goes back to exactly where it was', () => {
  holds((events, plan) => {
    for (const { before } of play(events, plan)) {
      const paused = next(before, { kind: 'paused', by, reason }, plan);
      if (isRefusal(paused)) continue;
      expect(challengerShare(paused, plan)).toBe(challengerShare(before, plan));
      expect(next(paused, { kind: 'resumed', by, reason }, plan)).toEqual(before);
    }
  });
});

test('passes alone lead from approval through every step to promotion, in order', () => {
  const phases = [...play([approval, pass, pass, pass, pass], plan)].map(({ after }) => after);
  expect(phases).toEqual([
    { phase: 'shadowing' },
    { phase: 'ramping', step: 0 },
    { phase: 'ramping', step: 1 },
    { phase: 'ramping', step: 2 },
    { phase: 'promoted' },
  ]);
});

test('with a quorum of two the same person cannot approve twice', () => {
  const two = { ...plan, quorum: 2 };
  const once = next(opened(evidence), approval, two);
  expect(once).toMatchObject({ phase: 'awaiting-approval', approvedBy: ['ann'] });
  if (isRefusal(once)) throw new Error('refused');
  expect(next(once, approval, two)).toMatchObject({ refused: expect.stringContaining('already approved') });
  expect(next(once, { ...approval, by: 'bob' } as RolloutEvent, two)).toEqual({ phase: 'shadowing' });
});

test('seven characters of a digest do not name it, eight do, and the wrong eight do not', () => {
  const named = (beginning: string) => next(opened(evidence), { kind: 'approved', by, evidence: beginning, reason }, plan);
  expect(named(evidence.slice(0, 7))).toHaveProperty('refused');
  expect(named(evidence.slice(0, 8))).toEqual({ phase: 'shadowing' });
  expect(named('ffffffff')).toHaveProperty('refused');
});

test('a refusal says what is possible instead', () => {
  expect(next({ phase: 'promoted' }, { kind: 'paused', by, reason }, plan)).toEqual({
    refused: 'a rollout that is promoted cannot be paused; it is closed: retrain to open another',
  });
});
