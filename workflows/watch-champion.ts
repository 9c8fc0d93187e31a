/** One tick an interval: are the champion's traffic, data and matured performance what they were at its release? */
import { allHandlersFinished, condition, continueAsNew, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { retrainWorkflowId, rolloutWorkflowId, type VersionId, watchWorkflowId } from '../src/domain/ids.ts';
import { inconclusive, type Verdict } from '../src/domain/verdict.ts';
import { detailsOf, show, workflowLink } from './display.ts';
import type { WatchChampionInput } from './messages.ts';
import * as messages from './messages.ts';
import { judgingly, quickly } from './policies.ts';

const LONGEST_HISTORY = 1_500;

interface WatchState {
  tick: number;
  champion: VersionId | null;
  verdict: Verdict | null;
  findings: readonly string[];
  nextTickAt: string | null;
  wakeUp: boolean;
}

export async function watchChampion(input: WatchChampionInput): Promise<void> {
  const state: WatchState = { tick: input.tick ?? 0, champion: null, verdict: null, findings: [], nextTickAt: null, wakeUp: false };
  setHandler(messages.championChanged, ({ champion }) => {
    state.champion = champion;
    state.wakeUp = true;
  });
  setHandler(messages.watchStatus, () => ({ model: input.model, ...pick(state) }));

  for (;;) {
    const everyMs = await tick(input, state);
    state.nextTickAt = new Date(Date.now() + everyMs).toISOString();
    display(input, state);
    state.wakeUp = false;
    await condition(() => state.wakeUp, everyMs, { summary: `Watch: tick ${state.tick} in ${Math.round(everyMs / 1_000)} s` });
    if (workflowInfo().historyLength < LONGEST_HISTORY && !workflowInfo().continueAsNewSuggested) continue;
    await condition(allHandlersFinished);
    await continueAsNew<typeof watchChampion>({ model: input.model, tick: state.tick });
  }
}

/** How long to wait for the next one. A tick that can't be read is doubt; the watch itself goes on. */
async function tick(input: WatchChampionInput, state: WatchState): Promise<number> {
  state.tick += 1;
  try {
    const seen = await judgingly(`Watch ${input.model}, tick ${state.tick}`).tickWatch({ model: input.model, tick: state.tick });
    Object.assign(state, { champion: seen.champion, verdict: seen.verdict, findings: seen.findings });
    if (seen.retrain !== null) {
      await quickly('Retrain: ask, with the measured reason').requestRetraining({
        model: input.model,
        by: 'watch',
        via: 'watch',
        reason: seen.retrain,
        requestId: `watch:${input.model}:${seen.champion ?? 'none'}:${state.tick}`,
      });
    }
    return seen.everyMs;
  } catch (error) {
    log.warn('a tick could not be read', { tick: state.tick, error: String(error) });
    state.verdict = inconclusive('the figures could not be read');
    state.findings = ['the figures could not be read'];
    return 60_000;
  }
}

function pick({ tick, champion, verdict, findings, nextTickAt }: WatchState) {
  return { tick, champion, verdict, findings, nextTickAt };
}

function display(input: WatchChampionInput, state: WatchState): void {
  show({
    model: input.model,
    version: state.champion,
    phase: 'watching',
    phaseSince: new Date(),
    share: 100,
    verdict: state.verdict,
    details: detailsOf({
      title: `👀 Watching ${state.champion ?? input.model}`,
      lines: ['**Purpose** volume, errors, latency, drift and matured performance against the release baseline', `**Tick** ${state.tick}`],
      verdict: state.verdict,
      verdictAt: null,
      next: `another tick at ${state.nextTickAt ?? 'once there is a champion'}`,
      links: [
        workflowLink('Retraining', retrainWorkflowId(input.model)),
        workflowLink('Rollout', rolloutWorkflowId(input.model)),
        workflowLink('This watch', watchWorkflowId(input.model)),
      ],
    }),
  });
}
