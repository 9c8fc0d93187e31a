import type { Command } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import type { ChampionChange } from '../store/champions.ts';
import { instant, withExamples, withJson, withModel } from './arguments.ts';
import { withRegistry } from './connections.ts';
import { type CliContext, Refused } from './context.ts';
import { insistOnModel } from './lookup.ts';
import { print, printJson, seconds } from './output.ts';

interface Options {
  readonly at?: string;
  readonly json?: boolean;
}

export function registerChampion(program: Command, context: CliContext): void {
  const command = program
    .command('champion')
    .summary('who is champion, or was at a moment')
    .description('Says which version is champion, since when and why; with --at, which one was at that moment.')
    .option('--at <time>', 'a moment, in UTC unless it says otherwise', instant);
  withExamples(withJson(withModel(command)), [
    'champion churn',
    'champion churn --at 2026-03-01T12:00:00Z',
    'champion churn --at 2026-03-01 --json',
  ]).action((model: ModelName, options: Options) => showChampion(context, model, options));
}

async function showChampion(context: CliContext, model: ModelName, { at, json }: Options): Promise<void> {
  await withRegistry(context, async ({ db }) => {
    const { championAt, championChanges } = await import('../store/champions.ts');
    await insistOnModel(db, model);
    const changes = await championChanges(db, model);
    const champion = at === undefined ? changes.at(-1) : await championAt(db, model, at);
    if (!champion) throw new Refused(noChampion(model, at, changes[0]));
    if (json) return printJson(context, champion);
    const was = at === undefined ? 'has been champion since' : `was champion at ${seconds(at)}, since`;
    return print(
      context,
      `${champion.version} ${was} ${seconds(champion.since)}: ${champion.kind} by ${champion.changedBy} (${champion.reason})`,
    );
  });
}

function noChampion(model: ModelName, at: string | undefined, first: ChampionChange | undefined): string {
  if (!first) return `${model} has no champion yet; see: understudy status ${model}`;
  return `${model} had no champion at ${seconds(at ?? first.since)}; the first one, ${first.version}, came at ${seconds(first.since)}`;
}
