import type { Command } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import type { ModelStatus } from '../store/status.ts';
import { model as modelArgument, withExamples, withJson } from './arguments.ts';
import { type Registry, withRegistry } from './connections.ts';
import { type CliContext, Exit, Misuse } from './context.ts';
import { follow, newestEvent } from './follow.ts';
import { statusOf } from './lookup.ts';
import { coloursFor, print, printJson, tell } from './output.ts';
import { statusPage, statusTable } from './status-page.ts';

interface Options {
  readonly json?: boolean;
  readonly wait?: boolean;
}

export function registerStatus(program: Command, context: CliContext): void {
  const command = program
    .command('status')
    .summary('champion, challenger, verdict, and what happens next')
    .description(
      'Says who is champion, which challenger is where on its way, what the last verdict was and why, and what happens next. It answers from Postgres, also while no worker runs.',
    )
    .argument('[model]', 'the name of the model; without one, a line for each', modelArgument)
    .option('--wait', 'follow until the open training or rollout is over; exit code 0 only when it was promoted');
  withExamples(withJson(command), ['status', 'status churn', 'status churn --json', 'status churn --wait']).action(
    (model: ModelName | undefined, options: Options) => status(context, model, options),
  );
}

async function status(context: CliContext, model: ModelName | undefined, { json = false, wait = false }: Options): Promise<void> {
  if (model === undefined && wait) throw new Misuse('--wait needs the name of a model');
  await withRegistry(context, async (registry) => {
    if (model === undefined) return showAll(context, registry, json);
    const asked = wait ? await end(context, registry, model) : await statusOf(registry.db, model);
    if (json) printJson(context, asked);
    else print(context, statusPage(asked, coloursFor(context)));
    if (!json && !wait) await tellWhetherTemporalIsAway(context, registry);
    if (wait && asked.lastRollout?.phase !== 'promoted') throw new Exit(1);
  });
}

async function showAll(context: CliContext, { db }: Registry, json: boolean): Promise<void> {
  const { allStatuses } = await import('../store/status.ts');
  const statuses = await allStatuses(db);
  if (json) return printJson(context, statuses);
  if (statuses.length === 0) return print(context, 'no model has been described yet: understudy apply FILE');
  return print(context, statusTable(statuses, coloursFor(context)));
}

/** The status when nothing is under way any more. A training that registers a version leads to a rollout, which is waited for too. */
async function end(context: CliContext, { db }: Registry, model: ModelName): Promise<ModelStatus> {
  const since = await newestEvent(db, model);
  const begin = await statusOf(db, model);
  if (isIdle(begin)) return begin;
  return follow(context, { db, model, since }, ({ status: now }) => (isIdle(now) ? now : undefined));
}

function isIdle({ challenger, retraining, waiting }: ModelStatus): boolean {
  return challenger === null && retraining === null && waiting === null;
}

/** A look at the port is enough: the whole client would take longer to load than the status takes to print. */
async function tellWhetherTemporalIsAway(context: CliContext, { config }: Registry): Promise<void> {
  const { answers } = await import('./port-probe.ts');
  if (await answers(config.temporalAddress)) return;
  tell(
    context,
    `Temporal does not answer at ${config.temporalAddress}: what is above is what Postgres knows, and nothing moves until it is back (understudy doctor)`,
  );
}
