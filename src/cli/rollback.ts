import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { RollBackChampionResult } from '../../workflows/messages.ts';
import { type ModelName, rollbackWorkflowId, rolloutWorkflowId, type VersionId } from '../domain/ids.ts';
import type { ModelStatus } from '../store/status.ts';
import { version, withExamples, withJson, withModel, withReason } from './arguments.ts';
import { type Registry, withRegistry, withTemporal } from './connections.ts';
import { type CliContext, Exit, Misuse, Refused } from './context.ts';
import { awaitGateways, type Gateways } from './gateway-acknowledgements.ts';
import { statusOf } from './lookup.ts';
import { print, printJson, tell } from './output.ts';
import { withSignal } from './signal-option.ts';
import { ask, insistOnWorker, leave, reasonOf } from './temporal-requests.ts';

interface Options {
  readonly reason: string;
  readonly by?: string;
  readonly to?: VersionId;
  readonly direct?: boolean;
  readonly signal?: boolean;
  readonly json?: boolean;
}

interface Asked {
  readonly model: ModelName;
  readonly to: VersionId | null;
  readonly by: string;
  readonly reason: string;
}

/** What the command did, in a sentence; the gateways are waited for afterwards. */
interface Done {
  readonly said: string;
  readonly from: string;
  readonly to: string | null;
}

export function registerRollback(program: Command, context: CliContext): void {
  const command = program
    .command('rollback')
    .summary('take the challenger off, or bring the earlier champion back')
    .description(
      'Takes the challenger of an open rollout off the stage; when none is open, brings the champion before the present one back. Waits until every gateway obeys, and names those that do not.',
    )
    .option('--to <version>', 'an earlier champion to return to, instead of the one before', version)
    .option('--direct', 'write the new route into Postgres without Temporal, for when that is down');
  withExamples(withSignal(withJson(withReason(withModel(command)))), [
    'rollback churn --reason "complaints about offers"',
    'rollback churn --to churn@12 --reason "the last one before the new features"',
    'rollback churn --direct --reason "Temporal is down"',
  ]).action((model: ModelName, options: Options) => rollBack(context, model, options));
}

async function rollBack(context: CliContext, model: ModelName, options: Options): Promise<void> {
  const startedAt = performance.now();
  if (options.direct && options.signal) throw new Misuse('--direct goes past Temporal, so there is nobody to leave a --signal with');
  await withRegistry(context, async (registry) => {
    const status = await statusOf(registry.db, model);
    const asked: Asked = { model, to: options.to ?? null, by: options.by ?? registry.config.actor, reason: options.reason };
    if (options.signal) return leaveSignal(context, registry, { asked, status, json: options.json === true });
    const done = options.direct ? await directly(registry, asked) : await throughTemporal(registry, asked, status);
    const gateways = await awaitGateways(registry.db, { model, startedAt, gone: status.challenger !== null && !options.direct });
    report(context, { model, done, gateways, json: options.json === true });
    if (!gateways.isWritten)
      throw new Refused('the rollout has accepted this, but no worker has written the route yet; add --direct to write it at once');
    if (gateways.missing.length > 0) throw new Exit(1);
  });
}

async function directly({ db }: Registry, { model, to, by, reason }: Asked): Promise<Done> {
  const { rollBackDirect } = await import('../store/champions.ts');
  const moved = await rollBackDirect(db, { model, to, by, reason, key: `direct-${randomUUID()}` });
  return {
    from: moved.from,
    to: moved.to,
    said: `${moved.to} answers alone (before: ${moved.from}); written without Temporal, whose workflows will find out`,
  };
}

async function throughTemporal({ config }: Registry, asked: Asked, status: ModelStatus): Promise<Done> {
  if (isOnStage(status)) {
    if (asked.to !== null)
      throw new Refused(
        `${status.challenger.version} is ${status.challenger.phase}: roll that back first (without --to), or add --direct to do both at once`,
      );
    const { by, reason } = asked;
    const { said } = await ask(config, { workflowId: rolloutWorkflowId(asked.model), name: 'rollBack', payload: { by, reason } });
    return { from: status.challenger.version, to: status.champion?.version ?? null, said };
  }
  insistThatNothingWaits(status);
  return returnToEarlier(config, asked);
}

type OnStage = ModelStatus & { readonly challenger: NonNullable<ModelStatus['challenger']> };

function isOnStage(status: ModelStatus): status is OnStage {
  return status.challenger !== null && status.challenger.phase !== 'awaiting-approval';
}

/** A challenger that only awaits approval has no traffic. Rolling back means the champion then, and that would pull the rug from under the approval. */
function insistThatNothingWaits({ model, challenger }: ModelStatus): void {
  if (challenger === null) return;
  throw new Refused(
    `${challenger.version} awaits approval and has no traffic yet: understudy reject ${model} turns it down; to bring the earlier champion back, reject it first, or add --direct`,
  );
}

async function returnToEarlier(config: Registry['config'], { model, to, by, reason }: Asked): Promise<Done> {
  const { TASK_QUEUE } = await import('../temporal/connect.ts');
  const { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } = await import('@temporalio/client');
  return withTemporal(config, async (client) => {
    await insistOnWorker(client, TASK_QUEUE, 'nobody can roll back through Temporal now; add --direct to write the route without it');
    const running = client.workflow.execute('rollBackChampion', {
      workflowId: rollbackWorkflowId(model),
      taskQueue: TASK_QUEUE,
      args: [{ model, to, by, reason, rollbackId: `rollback-${randomUUID()}` }],
      staticSummary: `Roll back ${model}: ${reason}`.slice(0, 200),
    }) as Promise<RollBackChampionResult>;
    const returned = await running.catch((error: unknown) => {
      if (error instanceof WorkflowExecutionAlreadyStartedError)
        throw new Refused(`a rollback of ${model} is already under way; see: understudy history ${model}`, { cause: error });
      if (error instanceof WorkflowFailedError) throw new Refused(reasonOf(error), { cause: error });
      throw error;
    });
    return { from: returned.from, to: returned.to, said: `${returned.to} is champion of ${model} again (before: ${returned.from})` };
  });
}

async function leaveSignal(
  context: CliContext,
  { config }: Registry,
  { asked, status, json }: { asked: Asked; status: ModelStatus; json: boolean },
): Promise<void> {
  if (!isOnStage(status))
    throw new Refused(
      `no challenger of ${asked.model} is on stage, so nobody can hear a signal; without --signal the earlier champion is brought back`,
    );
  const message = { workflowId: rolloutWorkflowId(asked.model), name: 'rollBack', payload: { by: asked.by, reason: asked.reason } };
  await leave(config, message);
  if (json) printJson(context, { sent: message.name, to: message.workflowId, ...message.payload });
  else print(context, `rollBack is left with ${message.workflowId}; what comes of it: understudy history ${asked.model}`);
}

function report(
  context: CliContext,
  { model, done, gateways, json }: { model: ModelName; done: Done; gateways: Gateways; json: boolean },
): void {
  const { obeying, missing, afterMs } = gateways;
  if (json) printJson(context, { model, ...done, gateways: { obeying, missing, afterMs } });
  else print(context, `${done.said}\n${sentenceOf(gateways)}`);
  if (missing.length === 0) return;
  tell(
    context,
    `not yet heard from ${missing.join(', ')}: a gateway without Postgres answers with the champion alone once its lease is over; look at it, or stop it`,
  );
  throw new Exit(1);
}

function sentenceOf({ obeying, missing, afterMs }: Gateways): string {
  if (obeying.length === 0 && missing.length === 0) return 'no gateway is running';
  if (missing.length > 0) return `${obeying.length} of ${obeying.length + missing.length} gateways obey`;
  const who = obeying.length === 1 ? 'the gateway obeys' : `all ${obeying.length} gateways obey, the last one`;
  return `${who} ${(afterMs / 1_000).toFixed(2)} s after the command`;
}
