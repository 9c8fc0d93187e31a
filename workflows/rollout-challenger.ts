/**
 * One attempt to make a challenger champion. The story is the loop: enter a phase, then wait for a person or for the next look,
 * until the rollout is closed. Every decision is `next` in src/domain/rollout.ts; every effect is an activity.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  ContinueAsNew,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { isClosed, isOnStage, isRefusal, isScoring, next, promotionLost, type Rollout } from '../src/domain/rollout.ts';
import { inconclusive, type Verdict } from '../src/domain/verdict.ts';
import type { RolloutChallengerInput } from './messages.ts';
import { atLength, judgingly, quickly, untilObeyed } from './policies.ts';
import { showRollout, statusOf } from './rollout-display.ts';
import { type Accept, listenForPeople } from './rollout-messages.ts';
import { begin, carriedFrom, type RolloutState } from './rollout-state.ts';
import { unless } from './unless.ts';

/** Looks are cheap, but a step can last for days: histories stay small by continuing as new well before the engine asks for it. */
const LONGEST_HISTORY = 1_500;

export async function rolloutChallenger(input: RolloutChallengerInput): Promise<Rollout> {
  const state = begin(input);
  const accept: Accept = (event) => {
    const after = next(state.rollout, event, input.plan);
    if (isRefusal(after)) throw ApplicationFailure.nonRetryable(after.refused, 'TransitionRefused');
    if (after !== state.rollout) state.unwritten.push(event);
    state.rollout = after;
  };
  listenForPeople(input, state, accept);

  try {
    while (!isClosed(state.rollout)) await playPhase(input, state, accept);
    await close(input, state);
  } catch (error) {
    // A cancelled or broken rollout must not leave its challenger on stage.
    if (error instanceof ContinueAsNew) throw error;
    await CancellationScope.nonCancellable(() => takeOff(input, state, error));
    throw error;
  }
  await condition(allHandlersFinished);
  await playNextWaiting(input);
  return state.rollout;
}

async function playPhase(input: RolloutChallengerInput, state: RolloutState, accept: Accept): Promise<void> {
  const entered = state.rollout;
  const changed = () => state.rollout !== entered;

  const lost = await enter(input, state);
  if (lost !== null && !changed()) accept({ kind: 'route-lost', reason: lost });
  if (changed()) return;
  showRollout(input, state);

  if (!isScoring(entered)) {
    const left = state.openedAtMs + input.timing.approvalExpiresMs - Date.now();
    if (!(await waitFor(changed, left, `Approval: expires in ${Math.round(left / 3_600_000)} h`))) accept({ kind: 'nobody-answered' });
    return;
  }
  await watchStage(input, state, accept);
}

/** Looks again and again until somebody or the judge has changed the rollout. A paused challenger is still watched for harm. */
async function watchStage(input: RolloutChallengerInput, state: RolloutState, accept: Accept): Promise<void> {
  const entered = state.rollout;
  const changed = () => state.rollout !== entered;
  const { lookEveryMs, longestStepMs, patienceMs } = input.timing;

  while (!changed()) {
    await continueIfLong(input, state);
    if (await waitFor(changed, lookEveryMs, `Soak: looks again in ${Math.round(lookEveryMs / 1_000)} s`)) return;
    const inPhaseMs = Date.now() - state.stageEnteredMs;
    if (entered.phase === 'paused' && inPhaseMs >= patienceMs) return accept({ kind: 'nobody-answered' });

    const verdict = await unless(changed, () => judge(input, state));
    if (verdict === undefined || changed()) return;
    if ('lost' in verdict) return accept({ kind: 'route-lost', reason: verdict.lost });
    hearVerdict(state, verdict);
    if (entered.phase === 'paused' && verdict.kind !== 'fail') continue;
    accept({ kind: 'judged', verdict, overdue: inPhaseMs >= longestStepMs });
    if (!changed()) showRollout(input, state);
  }
}

function hearVerdict(state: RolloutState, verdict: Verdict): void {
  state.lastVerdict = verdict;
  state.lastVerdictAt = new Date().toISOString();
}

/** The route is no longer this rollout's to write: a fact about the stage, not a verdict about the challenger. */
interface Lost {
  readonly lost: string;
}

async function judge(input: RolloutChallengerInput, state: RolloutState): Promise<Verdict | Lost> {
  const stage = state.rollout.phase === 'paused' ? state.rollout.at : state.rollout;
  if (!isOnStage(stage)) return inconclusive('there is nothing to judge');
  state.look += 1;
  const kind =
    stage.phase === 'shadowing'
      ? ({ kind: 'shadow', since: state.stageSince } as const)
      : ({ kind: 'step', step: stage.step, since: state.stageSince } as const);
  try {
    return await judgingly(`Judge ${input.challenger}, look ${state.look}`).judgeStep({
      rolloutId: input.rolloutId,
      stage: kind,
      look: state.look,
    });
  } catch (error) {
    // An outage of the evidence is doubt about it: never a fail, never a pass.
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return inconclusive(`the live evidence could not be read: ${error.cause?.message ?? error.message}`);
  }
}

/**
 * Writes the phase, the route that belongs to it and what led to it in one transaction; then waits for the gateways. Answers
 * why when the route is no longer this rollout's to write.
 */
async function enter(input: RolloutChallengerInput, state: RolloutState): Promise<string | null> {
  const entering = state.rollout;
  const events = state.unwritten.splice(0);
  const isNewStage = isOnStage(entering) && !events.some((event) => event.kind === 'resumed');
  const written = await quickly(`Enter ${entering.phase}`).enterPhase({
    rolloutId: input.rolloutId,
    number: state.number,
    rollout: entering,
    status: statusOf(input, state),
    events,
  });
  state.number += 1;
  state.stageEnteredMs = Date.now();
  if ('lost' in written) return written.lost;
  if (isNewStage || state.stageSince === '') state.stageSince = written.enteredAt;
  if (written.route !== null) {
    await untilObeyed('Gateways: wait for the new route').awaitGateways({ model: input.model, subject: input.rolloutId, ...written.route });
  }
  return null;
}

async function close(input: RolloutChallengerInput, state: RolloutState): Promise<void> {
  const lost = await enter(input, state);
  if (lost !== null && state.rollout.phase === 'promoted') {
    state.rollout = promotionLost(lost);
    await enter(input, state);
  }
  showRollout(input, state);
  if (state.rollout.phase === 'promoted') await quickly('Watch: start').startWatch({ model: input.model, champion: input.challenger });
}

async function takeOff(input: RolloutChallengerInput, state: RolloutState, error: unknown): Promise<void> {
  if (!isClosed(state.rollout)) {
    const reason = isCancellation(error)
      ? 'the workflow was cancelled'
      : `the workflow failed: ${error instanceof Error ? error.message : String(error)}`;
    const after = next(state.rollout, { kind: 'rollback-requested', by: 'understudy', reason }, input.plan);
    if (isRefusal(after)) return;
    state.unwritten.push({ kind: 'rollback-requested', by: 'understudy', reason });
    state.rollout = after;
  }
  await close(input, state);
}

/** The newest version that became ready meanwhile goes on, under this workflow's id. */
async function playNextWaiting(input: RolloutChallengerInput): Promise<void> {
  const waiting = await quickly('Waiting: is another version ready?').findWaiting({ model: input.model });
  if (waiting === null) return;
  const evaluated = await atLength(`Evaluate ${waiting.version} against today's champion`).evaluateChallenger(waiting.evaluation);
  const following = await quickly(`Open the rollout of ${waiting.version}`).openRollout({
    ...waiting.opening,
    evidence: evaluated.evidence,
  });
  if (following.kind === 'opened') await continueAsNew<typeof rolloutChallenger>(following.input);
}

async function continueIfLong(input: RolloutChallengerInput, state: RolloutState): Promise<void> {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  if (historyLength < LONGEST_HISTORY && !continueAsNewSuggested) return;
  if (state.unwritten.length > 0) return;
  await condition(allHandlersFinished);
  if (state.unwritten.length > 0) return;
  await continueAsNew<typeof rolloutChallenger>({ ...input, carried: carriedFrom(state) });
}

/** True when it happened, false when the time ran out. A time that has already run out is not waited for. */
async function waitFor(happened: () => boolean, ms: number, summary: string): Promise<boolean> {
  if (happened()) return true;
  return ms <= 0 ? false : condition(happened, ms, { summary });
}
