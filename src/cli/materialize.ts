import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { MaterializeFeaturesInput, MaterializeFeaturesResult } from '../../workflows/messages.ts';
import { type ModelName, materializeWorkflowId } from '../domain/ids.ts';
import { instant, withExamples, withJson, withModel } from './arguments.ts';
import { type Registry, withRegistry, withTemporal } from './connections.ts';
import { type CliContext, Misuse, Refused } from './context.ts';
import { insistOnModel } from './lookup.ts';
import { print, printJson } from './output.ts';
import { insistOnWorker, reasonOf } from './temporal-requests.ts';

interface Options {
  readonly from?: string;
  readonly until?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export function registerMaterialize(program: Command, context: CliContext): void {
  const command = program
    .command('materialize')
    .summary('write aggregates of events for online reads')
    .description(
      'Writes the features that are aggregated from tables of events into Postgres, by entity, up to now: gateways read them when a request leaves them out. Only entities whose values may have changed are written; --from writes those with events since then once more, for events that came late.',
    )
    .option('--from <time>', 'write entities with events since then, too: a backfill', instant)
    .option('--until <time>', 'how far the values go (default: now); with --from the end of the range', instant)
    .option('--wait', 'follow it to its end');
  withExamples(withJson(withModel(command)), [
    'materialize churn --wait',
    'materialize churn --from 2026-03-01 --until 2026-03-08 --wait',
  ]).action((model: ModelName, options: Options) => materialize(context, model, options));
}

async function materialize(context: CliContext, model: ModelName, { from, until, wait, json }: Options): Promise<void> {
  if (from !== undefined && until !== undefined && from >= until) throw new Misuse('--from must lie before --until');
  if (until !== undefined && Date.parse(until) > Date.now()) throw new Misuse(`--until must not lie in the future, and ${until} does`);
  await withRegistry(context, async (registry) => {
    await insistOnTables(registry, model);
    const materialisationId = `materialisation-${randomUUID()}`;
    const input = { model, materialisationId, from: from ?? null, until: until ?? null };
    const result = await started(registry, input, wait === true);
    const said = result?.said ?? `${materializeWorkflowId(model)} writes the online values of ${model}; see: understudy features ${model}`;
    if (json) return printJson(context, result ?? { materialisationId, workflowId: materializeWorkflowId(model) });
    print(context, said);
  });
}

/** Null unless it was waited for. */
async function started(
  { config }: Registry,
  input: MaterializeFeaturesInput,
  isAwaited: boolean,
): Promise<MaterializeFeaturesResult | null> {
  const { TASK_QUEUE } = await import('../temporal/connect.ts');
  const { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } = await import('@temporalio/client');
  const { model } = input;
  return withTemporal(config, async (client) => {
    if (isAwaited) await insistOnWorker(client, TASK_QUEUE, 'nobody can materialise now; without --wait it begins when a worker is back');
    const options = {
      workflowId: materializeWorkflowId(model),
      taskQueue: TASK_QUEUE,
      args: [input],
      staticSummary: `Write the online values of ${model}`,
    };
    try {
      const handle = await client.workflow.start('materializeFeatures', options);
      return isAwaited ? ((await handle.result()) as MaterializeFeaturesResult) : null;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError)
        throw new Refused(`a materialisation of ${model} is already under way; see: understudy features ${model}`, { cause: error });
      if (error instanceof WorkflowFailedError) throw new Refused(reasonOf(error), { cause: error });
      throw error;
    }
  });
}

async function insistOnTables({ db }: Registry, model: ModelName): Promise<void> {
  const { currentSpec } = await import('../store/specs.ts');
  await insistOnModel(db, model);
  const { spec } = await currentSpec(db, model);
  if (spec.features.some(({ derive }) => derive?.kind === 'aggregate')) return;
  throw new Refused(`${model} has no feature of a table of events, so there is nothing to materialise`);
}
