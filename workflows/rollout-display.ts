/** A rollout in words: its status for programs, its sentence for the person who asked, its page for the Temporal UI. */
import { rolloutWorkflowId, watchWorkflowId } from '../src/domain/ids.ts';
import { challengerShare, type Rollout } from '../src/domain/rollout.ts';
import { bar, clock, detailsOf, percent, show, workflowLink } from './display.ts';
import type { RolloutChallengerInput, RolloutStatus } from './messages.ts';
import type { RolloutState } from './rollout-state.ts';

export function statusOf(input: RolloutChallengerInput, state: RolloutState): RolloutStatus {
  return {
    model: input.model,
    rolloutId: input.rolloutId,
    challenger: input.challenger,
    champion: input.champion,
    rollout: state.rollout,
    share: challengerShare(state.rollout, input.plan),
    step: stepOf(state.rollout),
    steps: input.plan.steps,
    evidence: { digest: input.evidence, ...input.evaluation },
    lastVerdict: state.lastVerdict,
    next: nextOf(input, state),
    approvals: state.approvals,
  };
}

/** Counted from 1 for people: step 2 of 3. */
function stepOf(rollout: Rollout): number | null {
  const stage = rollout.phase === 'paused' ? rollout.at : rollout;
  return stage.phase === 'ramping' ? stage.step + 1 : null;
}

function nextOf(input: RolloutChallengerInput, state: RolloutState): RolloutStatus['next'] {
  const { rollout } = state;
  const { timing } = input;
  switch (rollout.phase) {
    case 'awaiting-approval':
      return {
        what: `a person approves the evidence ${input.evidence.slice(0, 12)}, or it is rejected when the request expires`,
        when: new Date(state.openedAtMs + timing.approvalExpiresMs).toISOString(),
      };
    case 'shadowing':
      return { what: `soak, judge, then ${percent(input.plan.steps[0] ?? 0)}; on harm it is rejected`, when: longest(input, state) };
    case 'ramping': {
      const following = input.plan.steps[rollout.step + 1];
      const then = following === undefined ? 'promotion' : percent(following);
      return { what: `soak, judge, then ${then}; on harm back to 0 %`, when: longest(input, state) };
    }
    case 'paused':
      return {
        what: `a person resumes or rolls back; nobody: withdrawn (paused by ${rollout.by}: ${rollout.reason})`,
        when: new Date(state.stageEnteredMs + timing.patienceMs).toISOString(),
      };
    case 'promoted':
      return {
        what:
          input.champion === null
            ? 'nothing: it is the first champion, and is watched'
            : `probation: ${input.champion} keeps its hold-back`,
        when: null,
      };
    case 'rejected':
    case 'rolled-back':
    case 'withdrawn':
      return { what: `nothing: ${rollout.reason}`, when: null };
  }
}

/** When the plan asks a person at the latest. */
function longest(input: RolloutChallengerInput, state: RolloutState): string {
  return new Date(state.stageEnteredMs + input.timing.longestStepMs).toISOString();
}

/** The answer to whoever spoke. */
export function sentenceOf(input: RolloutChallengerInput, state: RolloutState): string {
  const { rollout } = state;
  const what = `${input.challenger} is ${rollout.phase}`;
  const missing = rollout.phase === 'awaiting-approval' ? `: ${rollout.approvedBy.length} of ${input.plan.quorum} approvals` : '';
  return `${what}${missing}; next: ${nextOf(input, state).what}`;
}

const icons: Record<Rollout['phase'], string> = {
  'awaiting-approval': '✋',
  shadowing: '🎭',
  ramping: '📈',
  paused: '⏸️',
  promoted: '🏆',
  rejected: '🚫',
  'rolled-back': '↩️',
  withdrawn: '🚪',
};

export function showRollout(input: RolloutChallengerInput, state: RolloutState): void {
  const { rollout } = state;
  const share = challengerShare(rollout, input.plan);
  const status = statusOf(input, state);
  show({
    model: input.model,
    version: input.challenger,
    phase: rollout.phase,
    phaseSince: new Date(state.stageEnteredMs),
    share: share / 100,
    verdict: state.lastVerdict ?? input.evaluation.verdict,
    details: detailsOf({
      title: `${icons[rollout.phase]} ${input.challenger}: ${rollout.phase}${status.step === null ? '' : ` (step ${status.step} of ${status.steps.length})`}`,
      lines: [
        `**Share** ${bar(share)} ${percent(share)} to **${input.challenger}**, the rest to ${input.champion ?? 'nobody yet'}`,
        `**Since** ${clock(new Date(state.stageEnteredMs).toISOString())}`,
        `**Approved by** ${state.approvals.map(({ by, at }) => `${by} (${clock(at)})`).join(', ') || 'nobody yet'}`,
        actionsFor(input, state),
      ],
      verdict: state.lastVerdict ?? input.evaluation.verdict,
      verdictAt: state.lastVerdictAt,
      next: `${status.next.what}${status.next.when ? ` (by ${clock(status.next.when)})` : ''}`,
      links: [workflowLink('Champion watch', watchWorkflowId(input.model)), workflowLink('This rollout', rolloutWorkflowId(input.model))],
    }),
  });
}

function actionsFor(input: RolloutChallengerInput, { rollout }: RolloutState): string {
  if (rollout.phase === 'awaiting-approval') {
    return `**You** send the update or signal \`approve\` with \`{"by":"you@team","evidence":"${input.evidence.slice(0, 12)}","reason":"why"}\`, or \`reject\``;
  }
  const request = '`{"by":"you@team","reason":"why"}`';
  if (rollout.phase === 'paused') return `**You** send \`resume\` or \`rollBack\` with ${request}`;
  return rollout.phase === 'shadowing' || rollout.phase === 'ramping' ? `**You** may send \`pause\` or \`rollBack\` with ${request}` : '';
}
