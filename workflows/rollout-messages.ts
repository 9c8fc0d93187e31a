/**
 * How people speak to a rollout. An update's validator is synchronous and checks shape, phase and digest; its handler asks an
 * activity whether this person may approve and looks at the phase again. A signal has nobody to refuse: what doesn't apply is
 * kept for the audit trail and changes nothing.
 */
import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, log, setHandler, uuid4 } from '@temporalio/workflow';
import { isRefusal, next, type RolloutEvent } from '../src/domain/rollout.ts';
import type { Answer, Approval, Request, RolloutChallengerInput } from './messages.ts';
import * as messages from './messages.ts';
import { quickly } from './policies.ts';
import { sentenceOf, statusOf } from './rollout-display.ts';
import type { RolloutState } from './rollout-state.ts';

export type Accept = (event: RolloutEvent) => void;

export function listenForPeople(input: RolloutChallengerInput, state: RolloutState, accept: Accept): void {
  const refusalOf = (event: RolloutEvent): string | undefined => {
    const after = next(state.rollout, event, input.plan);
    return isRefusal(after) ? after.refused : undefined;
  };
  const answer = (): Answer => ({ said: sentenceOf(input, state) });

  /** Asks whether this person may, then looks again: somebody may have spoken meanwhile. */
  const hear = async (event: RolloutEvent, via: string): Promise<string | undefined> => {
    if (event.kind === 'approved') {
      const { allowed, why } = await quickly('Approval: may this person approve?').checkApprover({
        rolloutId: input.rolloutId,
        by: event.by,
      });
      if (!allowed) return why;
    }
    const refused = refusalOf(event);
    if (refused !== undefined) return refused;
    accept(event);
    if (event.kind === 'approved') state.approvals.push({ by: event.by, at: new Date().toISOString() });
    log.info('a person spoke', { event: event.kind, by: 'by' in event ? event.by : 'plan', via });
    return undefined;
  };

  const onRequest = <Args extends Request>(
    update: UpdateDefinition<Answer, [Args]>,
    eventFrom: (args: Args) => RolloutEvent,
    sample: string,
  ): void => {
    const validator = (args: Args): void => {
      const problem = problemWith(args, sample) ?? refusalOf(eventFrom(args));
      if (problem !== undefined) throw refusal(problem);
    };
    const handler = async (args: Args): Promise<Answer> => {
      const refused = await hear(eventFrom(args), 'update');
      if (refused !== undefined) throw refusal(refused);
      return answer();
    };
    setHandler(update, handler, { validator, description: sample });
  };

  const onSignal = <Args extends Request>(
    signal: SignalDefinition<[Args]>,
    eventFrom: (args: Args) => RolloutEvent,
    sample: string,
  ): void => {
    setHandler(
      signal,
      async (args: Args) => {
        const refused = problemWith(args, sample) ?? (await hear(eventFrom(args), 'signal'));
        if (refused !== undefined) await ignore(input, { message: signal.name, args, why: refused });
      },
      { description: sample },
    );
  };

  const approved = ({ by, evidence, reason }: Approval): RolloutEvent => ({ kind: 'approved', by, evidence: evidence ?? '', reason });
  const rejected = ({ by, reason }: Request): RolloutEvent => ({ kind: 'rejected', by, reason });
  const paused = ({ by, reason }: Request): RolloutEvent => ({ kind: 'paused', by, reason });
  const resumed = ({ by, reason }: Request): RolloutEvent => ({ kind: 'resumed', by, reason });
  const rolledBack = ({ by, reason }: Request): RolloutEvent => ({ kind: 'rollback-requested', by, reason });
  const approval = `{"by":"you@team","evidence":"${input.evidence.slice(0, 12)}","reason":"why"}`;
  const request = '{"by":"you@team","reason":"why"}';

  onRequest(messages.approve, approved, approval);
  onRequest(messages.reject, rejected, request);
  onRequest(messages.pause, paused, request);
  onRequest(messages.resume, resumed, request);
  onRequest(messages.rollBack, rolledBack, request);
  onSignal(messages.approveSignal, approved, approval);
  onSignal(messages.rejectSignal, rejected, request);
  onSignal(messages.pauseSignal, paused, request);
  onSignal(messages.resumeSignal, resumed, request);
  onSignal(messages.rollBackSignal, rolledBack, request);
  setHandler(messages.guardrailBreached, (fact) => report({ kind: 'guardrail-breached', metric: String(fact?.metric) }));
  setHandler(messages.superseded, (fact) => report({ kind: 'superseded', by: String(fact?.by) }));
  setHandler(messages.rolloutStatus, () => statusOf(input, state));

  async function report(event: RolloutEvent): Promise<void> {
    const refused = refusalOf(event);
    if (refused === undefined) return accept(event);
    await ignore(input, { message: event.kind, args: undefined, why: refused });
  }
}

async function ignore(
  input: RolloutChallengerInput,
  { message, args, why }: { message: string; args: unknown; why: string },
): Promise<void> {
  const by = typeof args === 'object' && args !== null && 'by' in args ? String(args.by).slice(0, 200) : 'unknown';
  log.warn(`ignored ${message}: ${why}`, { by });
  await quickly('Audit: a message that did not apply').recordIgnored({
    model: input.model,
    subject: input.rolloutId,
    message,
    by,
    why,
    key: uuid4(),
  });
}

function problemWith(args: unknown, sample: string): string | undefined {
  if (typeof args !== 'object' || args === null)
    return `expected a message such as ${sample}, found ${args === undefined ? 'nothing' : JSON.stringify(args)}`;
  for (const field of ['by', 'reason'] as const) {
    const value = (args as Record<string, unknown>)[field];
    if (typeof value !== 'string' || value.trim() === '')
      return `"${field}" must say ${field === 'by' ? 'who asks' : 'why'}; expected a message such as ${sample}`;
  }
  return undefined;
}

/** Without a stack, which the Temporal UI would show to the person who clicked. */
function refusal(sentence: string): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(sentence, 'TransitionRefused');
  failure.stack = '';
  return failure;
}
