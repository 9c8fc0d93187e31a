/** A rollout on the bench, told in the words of the domain. Fake activities write down what was asked of them. */
import { CancelledFailure, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { JudgeStepInput } from '../../activities/judging.ts';
import type { EnterPhaseInput } from '../../activities/rollouts.ts';
import { type Digest, modelName, rolloutId, shareBps, versionId } from '../../src/domain/ids.ts';
import type { Rollout } from '../../src/domain/rollout.ts';
import { inconclusive, pass, type Verdict } from '../../src/domain/verdict.ts';
import type { Answer, RolloutChallengerInput, RolloutStatus } from '../../workflows/messages.ts';
import { aBench, type FakeActivities } from './workflow-bench.ts';

export const evidence = '0f3a77c2'.repeat(8) as Digest;

export function aRolloutInput(changes: Partial<RolloutChallengerInput> = {}): RolloutChallengerInput {
  return {
    rolloutId: rolloutId('rollout-1'),
    model: modelName('churn'),
    challenger: versionId('churn@2'),
    champion: versionId('churn@1'),
    evidence,
    evaluation: { verdict: pass('better'), figures: [] },
    decisionContract: null,
    plan: { steps: [shareBps(500), shareBps(2_500), shareBps(5_000)], quorum: 1 },
    timing: { lookEveryMs: 50, longestStepMs: 60_000, patienceMs: 60_000, approvalExpiresMs: 60_000 },
    ...changes,
  };
}

export interface RolloutBench {
  readonly handle: WorkflowHandle;
  readonly entered: EnterPhaseInput[];
  readonly judged: JudgeStepInput[];
  readonly calls: string[];
  readonly ignored: { message: string; why: string }[];
  /** Shares routed, in order, one an entered phase. */
  shares(): number[];
  phases(): string[];
  ask(update: string, args?: object): Promise<string>;
  status(): Promise<RolloutStatus>;
  until(phase: Rollout['phase']): Promise<void>;
  result(): Promise<Rollout>;
  close(): Promise<void>;
}

export interface RolloutScript {
  readonly input?: Partial<RolloutChallengerInput>;
  /** What the judge says at each look; `hang`: it never answers until it is cancelled. */
  readonly judge?: (input: JudgeStepInput) => Verdict | { readonly lost: string } | 'hang';
  readonly activities?: FakeActivities;
  readonly cached?: number;
}

export async function aRolloutBench({
  input,
  judge = () => inconclusive('too little yet'),
  activities = {},
  cached = 100,
}: RolloutScript = {}): Promise<RolloutBench> {
  const entered: EnterPhaseInput[] = [];
  const judged: JudgeStepInput[] = [];
  const calls: string[] = [];
  const ignored: { message: string; why: string }[] = [];
  const fakes: FakeActivities = {
    async enterPhase(phase) {
      calls.push(`enter ${phase.rollout.phase}`);
      entered.push(phase);
      return {
        enteredAt: new Date().toISOString(),
        route: phase.rollout.phase === 'awaiting-approval' ? null : { revision: entered.length, epoch: 0 },
      };
    },
    async awaitGateways() {
      calls.push('gateways');
      return { acknowledged: [], missing: [] };
    },
    async judgeStep(look) {
      calls.push('judge');
      judged.push(look);
      const verdict = judge(look);
      if (verdict !== 'hang') return verdict;
      await Context.current().cancelled.catch((error: unknown) => {
        calls.push('judge cancelled');
        throw error;
      });
      throw new CancelledFailure('cancelled');
    },
    checkApprover: async ({ by }) =>
      by === 'trainer' ? { allowed: false, why: 'trainer triggered this training' } : { allowed: true, why: '' },
    async recordIgnored({ message, why }) {
      ignored.push({ message, why });
    },
    findWaiting: async () => null,
    async startWatch() {
      calls.push('watch');
    },
    ...activities,
  };
  const bench = await aBench(fakes, { cached });
  const handle = await bench.start('rolloutChallenger', [aRolloutInput(input)]);
  const status = () => handle.query<RolloutStatus>('status');
  return {
    handle,
    entered,
    judged,
    calls,
    ignored,
    shares: () => entered.map((phase) => phase.status.share),
    phases: () => entered.map((phase) => phase.rollout.phase),
    ask: async (update, args = { by: 'ann', evidence: evidence.slice(0, 8), reason: 'read it' }) =>
      (await handle.executeUpdate<Answer, [object]>(update, { args: [args] })).said,
    status,
    until: (phase) => eventually(async () => (await status()).rollout.phase === phase),
    result: () => handle.result() as Promise<Rollout>,
    close: () => bench.close(),
  };
}

/** Waits for something that must come true, and says when it doesn't. */
export async function eventually(isTrue: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`did not come true within ${withinMs} ms: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
