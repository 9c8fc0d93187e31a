import type { Command } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import type { ChampionChange } from '../store/champions.ts';
import type { ModelVersion } from '../store/registry.ts';
import type { ModelStatus } from '../store/status.ts';
import { withExamples, withJson, withModel } from './arguments.ts';
import { withRegistry } from './connections.ts';
import type { CliContext } from './context.ts';
import { statusOf } from './lookup.ts';
import { coloursFor, print, printJson, seconds, short, table } from './output.ts';

export function registerVersions(program: Command, context: CliContext): void {
  const command = program
    .command('versions')
    .summary('the registered versions of a model')
    .description(
      'Lists the registered versions of a model with where they come from and what became of them. --json prints the whole lineage of each.',
    );
  withExamples(withJson(withModel(command)), ['versions churn', 'versions churn --json']).action(
    (model: ModelName, options: { json?: boolean }) => showVersions(context, model, options.json === true),
  );
}

async function showVersions(context: CliContext, model: ModelName, json: boolean): Promise<void> {
  await withRegistry(context, async ({ db }) => {
    const [{ championChanges }, { versionsOf }, { withdrawalsBehind }] = await Promise.all([
      import('../store/champions.ts'),
      import('../store/registry.ts'),
      import('../store/snapshot-records.ts'),
    ]);
    const status = await statusOf(db, model);
    const [versions, changes, withdrawals] = await Promise.all([
      versionsOf(db, model),
      championChanges(db, model),
      withdrawalsBehind(db, model),
    ]);
    const listed = versions.map((version) => ({
      ...version,
      is: whatIs(version, status, changes),
      snapshotWithdrawn: withdrawals.get(version.version) ?? null,
    }));
    if (json) return printJson(context, listed);
    if (listed.length === 0) return print(context, `${model} has no registered version yet: understudy retrain ${model}`);
    const { bold } = coloursFor(context);
    const rows = listed.map((version) => [
      version.version,
      version.is,
      seconds(version.registeredAt),
      `${short(version.snapshot)}${version.snapshotWithdrawn ? ' (withdrawn)' : ''}`,
      short(version.evidence),
      String(version.specRevision),
    ]);
    return print(context, table([['VERSION', 'IS', 'REGISTERED', 'SNAPSHOT', 'EVIDENCE', 'SPEC REVISION'].map(bold), ...rows]));
  });
}

function whatIs(
  { version }: ModelVersion,
  { champion, challenger, holdBack, waiting }: ModelStatus,
  changes: readonly ChampionChange[],
): string {
  if (champion?.version === version) return 'champion';
  if (challenger?.version === version) return `challenger, ${challenger.phase}`;
  if (holdBack?.version === version) return 'earlier champion, holds back';
  if (waiting === version) return 'waiting';
  return changes.some((change) => change.version === version) ? 'earlier champion' : 'never champion';
}
