/** What a person says to an open rollout or a waiting retraining: looked up, asked, and answered with a sentence. */
import { type ModelName, rolloutWorkflowId } from '../domain/ids.ts';
import type { ModelStatus } from '../store/status.ts';
import { withRegistry } from './connections.ts';
import { type CliContext, Refused } from './context.ts';
import { statusOf } from './lookup.ts';
import { print, printJson, seconds } from './output.ts';
import { ask, leave, type Message } from './temporal-requests.ts';

export interface DecisionOptions {
  readonly reason: string;
  readonly by?: string;
  readonly json?: boolean;
  readonly signal?: boolean;
}

export interface Decision {
  readonly model: ModelName;
  /** The word of the update and of the signal. */
  readonly name: string;
  readonly workflowId: string;
  /** Beside who asks and why. */
  readonly more?: Readonly<Record<string, string>>;
  /** Refuses what cannot be meant, before anything is sent. */
  readonly insist: (status: ModelStatus) => void;
}

export async function decide(context: CliContext, options: DecisionOptions, decision: Decision): Promise<void> {
  await withRegistry(context, async ({ db, config }) => {
    decision.insist(await statusOf(db, decision.model));
    const payload = { ...decision.more, by: options.by ?? config.actor, reason: options.reason };
    const message: Message = { workflowId: decision.workflowId, name: decision.name, payload };
    if (options.signal) {
      await leave(config, message);
      const sent = { sent: decision.name, to: decision.workflowId, ...payload };
      return options.json
        ? printJson(context, sent)
        : print(context, `${decision.name} is left with ${decision.workflowId}; what comes of it: understudy history ${decision.model}`);
    }
    const answer = await ask(config, message);
    return options.json ? printJson(context, answer) : print(context, answer.said);
  });
}

/** A decision about the open rollout. */
export async function decideOnRollout(
  context: CliContext,
  options: DecisionOptions,
  { model, name, more = {} }: Pick<Decision, 'model' | 'name' | 'more'>,
): Promise<void> {
  await decide(context, options, { model, name, more, workflowId: rolloutWorkflowId(model), insist: insistOnRollout });
}

function insistOnRollout(status: ModelStatus): void {
  if (status.challenger === null) throw new Refused(`no rollout of ${status.model} is open; ${whatIs(status)}`);
}

/** What there is instead of an open rollout, and what opens one. */
function whatIs({ model, retraining, lastRollout }: ModelStatus): string {
  if (retraining?.waitingFor)
    return `${retraining.version} waits for a waiver: understudy waive ${model} --gate ${retraining.waitingFor.gate} --reason TEXT`;
  if (retraining) return `${retraining.version} is still ${retraining.phase}: understudy status ${model} --wait`;
  const next = `understudy retrain ${model} trains another`;
  return lastRollout
    ? `the last one (${lastRollout.version}) was ${lastRollout.phase} at ${seconds(lastRollout.closedAt)}; ${next}`
    : `understudy retrain ${model} trains a first version`;
}
