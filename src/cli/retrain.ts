import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Command } from 'commander';
import type { RetrainingRequest } from '../../workflows/messages.ts';
import { type Digest, type ModelName, retrainWorkflowId } from '../domain/ids.ts';
import type { RecordedEvent } from '../store/events.ts';
import { sentence, withActor, withExamples, withJson, withModel } from './arguments.ts';
import { type Registry, withRegistry, withTemporal } from './connections.ts';
import { type CliContext, Exit } from './context.ts';
import { follow, type Look, newestEvent } from './follow.ts';
import { insistOnModel } from './lookup.ts';
import { print, printJson, short, tell } from './output.ts';

export interface RetrainOptions {
  readonly reason: string;
  readonly by?: string;
  readonly data?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export function registerRetrain(program: Command, context: CliContext): void {
  const command = program
    .command('retrain')
    .summary('train a new version and ask for its approval')
    .description(
      'Asks for a new version: snapshot, data contract, training, evaluation, request for approval. While one is being trained, further requests are merged into one follow-up.',
    )
    .option('--reason <text>', 'why; it is kept with the version', sentence, 'asked for on the command line')
    .option('--data <path>', 'another data file than the spec names, for this training only')
    .option('--wait', 'follow until a person must decide (approve or waive), or it has ended without a new version');
  withExamples(withJson(withActor(withModel(command))), [
    'retrain churn',
    'retrain churn --reason "new price list" --wait',
    'retrain churn --data march.csv --by ann@team --json',
  ]).action((model: ModelName, options: RetrainOptions) =>
    withRegistry(context, async (registry) => {
      await insistOnModel(registry.db, model);
      await askForRetraining(context, registry, { model, options });
    }),
  );
}

/** An import is a retraining, too: of a file instead of a trainer. */
export async function askForRetraining(
  context: CliContext,
  registry: Registry,
  { model, options, imported }: { model: ModelName; options: RetrainOptions; imported?: Digest },
): Promise<void> {
  const since = await newestEvent(registry.db, model);
  const request: RetrainingRequest = {
    by: options.by ?? registry.config.actor,
    via: 'cli',
    reason: options.reason,
    dataPath: options.data === undefined ? null : path.resolve(context.cwd, options.data),
    requestId: randomUUID(),
    ...(imported && { imported }),
  };
  const isHeard = await send(registry, model, request);
  if (!isHeard) tell(context, 'no lifecycle worker is running; the request is kept and begins when one does');
  if (options.wait) return wait(context, registry, { model, request, since, json: options.json === true });
  if (options.json) return printJson(context, { model, ...request, workflowId: retrainWorkflowId(model) });
  const what = imported ? 'an import' : 'a retraining';
  return print(context, `${model}: ${what} is asked for; to follow it: understudy status ${model} --wait`);
}

/** Answers whether a worker is there to begin. */
async function send({ db, config }: Registry, model: ModelName, request: RetrainingRequest): Promise<boolean> {
  const [{ requestActivities }, { hasWorker }, { TASK_QUEUE }] = await Promise.all([
    import('../../activities/requests.ts'),
    import('./temporal-requests.ts'),
    import('../temporal/connect.ts'),
  ]);
  return withTemporal(config, async (client) => {
    await requestActivities({ db, client, taskQueue: TASK_QUEUE }).requestRetraining({ model, ...request });
    return hasWorker(client, TASK_QUEUE);
  });
}

interface Wait {
  readonly model: ModelName;
  readonly request: RetrainingRequest;
  readonly since: number;
  readonly json: boolean;
}

async function wait(context: CliContext, { db }: Registry, { model, request, since, json }: Wait): Promise<void> {
  const isOurs = ours(request);
  const { closed, status } = await follow(context, { db, model, since }, ({ events, status }: Look) => {
    const closed = events.find(isOurs);
    return closed && { closed, status };
  });
  if (closed.kind === 'waiver-requested') return askForWaiver(context, { model, doubt: closed, json });
  const outcome = closed.details as {
    readonly kind: string;
    readonly detail: string;
    readonly version?: string;
    readonly rollout?: string;
  };
  const asks = status.challenger !== null && status.challenger.version === outcome.version;
  if (json) printJson(context, { model, retrainingId: closed.subject, ...outcome, evidence: asks ? status.challenger.evidence : null });
  else if (outcome.kind !== 'registered')
    print(context, `${model}: the training ended without a new version (${outcome.kind}): ${outcome.detail}`);
  else if (asks) print(context, approvalRequest(model, status.challenger));
  else print(context, `${outcome.version} is registered: ${outcome.detail}`);
  if (outcome.kind !== 'registered') throw new Exit(1);
}

/** The request's own training is the first to begin after it that names who asked and why; its end, or a doubt that only a person can settle, is what is waited for. */
function ours({ by, reason }: RetrainingRequest): (event: RecordedEvent) => boolean {
  let retrainingId: string | undefined;
  return (event) => {
    const reasons = event.kind === 'retraining-started' && Array.isArray(event.details.reasons) ? event.details.reasons : [];
    const isAnswer = reasons.some((each: { by?: unknown; reason?: unknown }) => each.by === by && each.reason === reason);
    if (retrainingId === undefined && isAnswer) retrainingId = event.subject;
    return (event.kind === 'retraining-closed' || event.kind === 'waiver-requested') && event.subject === retrainingId;
  };
}

/** Doubt can wait for days: whoever waits at a terminal is told what only a person can do now. */
function askForWaiver(context: CliContext, { model, doubt, json }: { model: ModelName; doubt: RecordedEvent; json: boolean }): never {
  const { gate, reasons } = doubt.details as { readonly gate: string; readonly reasons: readonly string[] };
  if (json) printJson(context, { model, retrainingId: doubt.subject, kind: 'awaiting-waiver', gate, reasons });
  else {
    const lines = [
      `${model}: ${gate} is in doubt, and nothing goes on before a person has waived it:`,
      ...reasons.map((reason) => `  ${reason}`),
    ];
    print(context, [...lines, `  waive it: understudy waive ${model} --gate ${gate} --reason TEXT`].join('\n'));
  }
  throw new Exit(1);
}

function approvalRequest(model: ModelName, { version, evidence, phase }: { version: string; evidence: string; phase: string }): string {
  if (phase !== 'awaiting-approval') return `${version} is ${phase}`;
  return [
    `${version} awaits approval on the evidence ${short(evidence)}`,
    `  read it:    understudy report ${version} --open`,
    `  approve it: understudy approve ${model} --evidence ${short(evidence)} --reason TEXT`,
  ].join('\n');
}
