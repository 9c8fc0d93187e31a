import { ApplicationFailure, log, setHandler, uuid4 } from '@temporalio/workflow';
import {
  type Digest,
  type ModelName,
  type RetrainingId,
  retrainingId,
  retrainWorkflowId,
  rolloutWorkflowId,
  type VersionId,
} from '../src/domain/ids.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import { detailsOf, show, workflowLink } from './display.ts';
import type {
  Answer,
  RetrainingOutcome,
  RetrainingPhase,
  RetrainingRequest,
  RetrainingStatus,
  RetrainModelInput,
  WaiveRequest,
} from './messages.ts';
import * as messages from './messages.ts';
import { quickly } from './policies.ts';

export interface RetrainingState {
  readonly model: ModelName;
  readonly retrainingId: RetrainingId;
  version: VersionId | null;
  phase: RetrainingPhase;
  waitingFor: RetrainingStatus['waitingFor'];
  evidence: Digest | null;
  outcome: RetrainingOutcome | null;
  /** Requests nobody has answered yet: the first starts this run, the others are the follow-up. */
  requests: RetrainingRequest[];
  /** Requests that this run answers. */
  taken: RetrainingRequest[];
  readonly seen: Set<string>;
  readonly waived: Set<string>;
}

export function beginRetraining(input: RetrainModelInput): RetrainingState {
  return {
    model: input.model,
    retrainingId: retrainingId(`${input.model}-${uuid4()}`),
    version: null,
    phase: 'waiting-for-a-request',
    waitingFor: null,
    evidence: null,
    outcome: null,
    requests: [...(input.merged ?? [])],
    taken: [],
    seen: new Set([...(input.answered ?? []), ...(input.merged ?? []).map(({ requestId }) => requestId)]),
    waived: new Set(),
  };
}

/**
 * A fresh run answers the first request alone, however many came at once; a follow-up answers all that were merged into it. An import
 * is answered alone: whoever asked for a training must not get somebody's file instead.
 */
export function takeRequests(input: RetrainModelInput, state: RetrainingState): void {
  const merged = input.merged && input.merged.length > 0 ? input.merged.length : 1;
  const firstImport = state.requests.findIndex(({ imported }) => imported !== undefined);
  const count = firstImport < 0 ? merged : Math.min(merged, Math.max(1, firstImport));
  state.taken = state.requests.splice(0, count);
}

export function listenForRequests(state: RetrainingState): void {
  setHandler(
    messages.retrainRequested,
    (request) => {
      if (typeof request?.by !== 'string' || typeof request.reason !== 'string') return log.warn('ignored a request without by and reason');
      const requestId = request.requestId ?? uuid4();
      if (state.seen.has(requestId)) return log.info('ignored a repeated request', { requestId });
      state.seen.add(requestId);
      state.requests.push({ ...request, requestId });
    },
    { description: '{"by":"you@team","via":"signal","reason":"why","requestId":"any-unique-text"}' },
  );

  const refusalOf = (request: WaiveRequest): string | undefined => {
    if (typeof request?.by !== 'string' || typeof request.reason !== 'string' || request.by.trim() === '' || request.reason.trim() === '') {
      return 'a waiver says who and why: {"by":"you@team","gate":"leak-check","reason":"why"}';
    }
    if (state.waitingFor === null) return `nothing waits for a waiver; ${state.model} is ${state.phase}`;
    if (state.waitingFor.gate !== request.gate) return `what waits for a waiver is ${state.waitingFor.gate}, not ${request.gate}`;
    return undefined;
  };
  const hear = async (request: WaiveRequest, via: string): Promise<string | undefined> => {
    const { allowed, why } = await quickly(`Waiver: record ${request.gate}`).recordWaiver({
      ...request,
      via,
      retrainingId: state.retrainingId,
      model: state.model,
    });
    if (!allowed) return why;
    state.waived.add(request.gate);
    return undefined;
  };
  const sample = '{"by":"you@team","gate":"leak-check","reason":"why"}';
  setHandler(
    messages.waive,
    async (request): Promise<Answer> => {
      const refused = refusalOf(request) ?? (await hear(request, 'update'));
      if (refused !== undefined) throw refusal(refused);
      return { said: `${request.gate} is waived by ${request.by}; ${state.version ?? state.model} goes on` };
    },
    {
      validator: (request) => {
        const refused = refusalOf(request);
        if (refused !== undefined) throw refusal(refused);
      },
      description: sample,
    },
  );
  setHandler(
    messages.waiveSignal,
    async (request) => {
      const refused = refusalOf(request) ?? (await hear(request, 'signal'));
      if (refused === undefined) return;
      log.warn(`ignored waive: ${refused}`);
      await quickly('Audit: a message that did not apply').recordIgnored({
        model: state.model,
        subject: state.retrainingId,
        message: 'waive',
        by: String(request?.by ?? 'unknown').slice(0, 200),
        why: refused,
        key: uuid4(),
      });
    },
    { description: sample },
  );
  setHandler(messages.retrainingStatus, () => statusOf(state));
}

function statusOf(state: RetrainingState): RetrainingStatus {
  return {
    model: state.model,
    retrainingId: state.retrainingId,
    version: state.version,
    phase: state.phase,
    waitingFor: state.waitingFor,
    reasons: state.taken.map(({ by, reason }) => ({ by, reason })),
    evidence: state.evidence,
    outcome: state.outcome,
    followUp: state.requests.length,
  };
}

export function nowIn(state: RetrainingState, phase: RetrainingPhase, verdict: Verdict | null = null): void {
  state.phase = phase;
  show({
    model: state.model,
    version: state.version,
    phase: state.outcome?.kind ?? phase,
    phaseSince: new Date(),
    share: 0,
    verdict,
    details: detailsOf({
      title: `🎓 ${state.version ?? state.model}: ${state.outcome?.kind ?? phase}`,
      lines: [
        `**Why** ${state.taken.map(({ by, reason }) => `${reason} (${by})`).join(' · ') || 'not yet known'}`,
        state.requests.length === 0 ? '' : `**Follow-up** ${state.requests.length} more requests, answered by one run after this one`,
        state.outcome === null ? '' : `**Outcome** ${state.outcome.detail}`,
      ],
      verdict,
      verdictAt: verdict === null ? null : new Date().toISOString(),
      next: nextOf(state),
      links: [workflowLink('Rollout', rolloutWorkflowId(state.model)), workflowLink('This retraining', retrainWorkflowId(state.model))],
    }),
  });
}

function nextOf(state: RetrainingState): string {
  if (state.waitingFor !== null) {
    return `a person sends the update or signal \`waive\` with \`{"by":"you@team","gate":"${state.waitingFor.gate}","reason":"why"}\` by ${state.waitingFor.until}`;
  }
  return state.phase === 'closed' ? 'nothing' : `${state.phase}, then on to the next stage`;
}

function refusal(sentence: string): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(sentence, 'TransitionRefused');
  failure.stack = '';
  return failure;
}
