import type { Command } from 'commander';
import type { Replayed } from '../evaluating/replay.ts';
import { type ModelName, modelOf, type VersionId } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import type { Replayable } from '../store/replayed-requests.ts';
import type { Manifest } from '../training/manifest.ts';
import { instant, version as versionArgument, withExamples, withJson, withModel } from './arguments.ts';
import { type Registry, withRegistry } from './connections.ts';
import { type CliContext, Misuse, Refused } from './context.ts';
import { coloursFor, print, printJson } from './output.ts';
import { replayPage, replayNotes } from './replay-page.ts';
import { workProgress } from './work-progress.ts';

interface Options {
  readonly version: VersionId;
  readonly from: string;
  readonly until?: string;
  readonly json?: boolean;
}

export function registerReplay(program: Command, context: CliContext): void {
  const command = program
    .command('replay')
    .summary("the champion's logged requests, asked of another version")
    .description(
      'Scores what the champion was asked in a period with another version, and compares both with the outcomes that have matured since: paired figures with 95 % intervals, overall and by segment. It decides nothing; nobody is served. An uplift model cannot be replayed: the log does not say who was treated.',
    );
  withExamples(
    withJson(
      withModel(command)
        .requiredOption('--version <version>', 'the version that is asked, such as churn@15', versionArgument)
        .requiredOption('--from <time>', 'requests from here on: a date or a time in UTC', instant)
        .option('--until <time>', 'requests before this (default: now)', instant),
    ),
    ['replay churn --version churn@15 --from 2026-03-01', 'replay churn --version churn@15 --from 2026-03-01 --until 2026-03-08 --json'],
  ).action((model: ModelName, options: Options) => replayRequests(context, model, options));
}

async function replayRequests(context: CliContext, model: ModelName, { version, from, until: asked, json }: Options): Promise<void> {
  const until = asked ?? new Date().toISOString();
  if (until <= from) throw new Misuse(`--until must be after --from, and ${until} is not after ${from}`);
  await withRegistry(context, async (registry) => {
    const [{ currentSpec }, { insistOnReplayable }] = await Promise.all([import('../store/specs.ts'), import('../evaluating/replay.ts')]);
    const { spec } = await currentSpec(registry.db, model);
    insistOnReplayable(spec.task);
    if (modelOf(version) !== model) throw new Misuse(`--version must be one of ${model}, such as ${model}@2, and ${version} is not`);
    const champion = await championOf(registry, model);
    const { registeredAt, ...files } = await filesOf(registry, version);
    const found = await requestsOf(registry, { spec, champion, from, until });
    const replayed = await replayedBy(context, { spec, found, files });
    const subject = { model, version, champion, from, until, unknown: found.unknown, beyond: found.beyond };
    const notes = replayNotes({ ...subject, registeredAt, dependsOnAction: spec.label.dependsOnAction }, replayed);
    if (json === true) return printJson(context, { ...subject, notes, ...replayed });
    return print(context, replayPage(subject, replayed, { notes, colours: coloursFor(context) }));
  });
}

async function championOf({ db }: Registry, model: ModelName): Promise<VersionId> {
  const { currentChampion } = await import('../store/champions.ts');
  const champion = await currentChampion(db, model);
  if (champion === null) throw new Refused(`${model} has no champion yet, so nobody has answered requests that could be replayed`);
  return champion;
}

async function requestsOf(
  { db }: Registry,
  { spec, champion, from, until }: { spec: Spec; champion: VersionId; from: string; until: string },
): Promise<Replayable> {
  const { replayableRequests } = await import('../store/replayed-requests.ts');
  const { model, task, label } = spec;
  const found = await replayableRequests(db, { model, version: champion, task, label, from, until });
  if (found.requests.length > 0) return found;
  const waiting = found.unknown > 0 ? `; ${found.unknown} requests there have no matured outcome yet` : '';
  throw new Refused(`${champion} answered no request between ${from} and ${until} whose outcome has matured${waiting}`);
}

async function filesOf({ db, config }: Registry, version: VersionId) {
  const [{ openArtifacts }, { versionOrThrow }] = await Promise.all([import('../artifacts/store.ts'), import('../store/registry.ts')]);
  const artifacts = openArtifacts(config.artifactsUrl);
  const { manifest, artifact, registeredAt } = await versionOrThrow(db, version);
  return { manifest: await artifacts.readJson<Manifest>(manifest), modelPath: await artifacts.verifiedPathOf(artifact), registeredAt };
}

async function replayedBy(
  context: CliContext,
  { spec, found, files }: { spec: Spec; found: Replayable; files: Pick<Awaited<ReturnType<typeof filesOf>>, 'manifest' | 'modelPath'> },
): Promise<Replayed> {
  const [{ replay }, { newStopFlag, raise }] = await Promise.all([import('../evaluating/replay.ts'), import('../evaluating/stop-flag.ts')]);
  const stop = newStopFlag();
  const interrupt = () => raise(stop);
  context.signal.addEventListener('abort', interrupt);
  const progress = workProgress(context);
  try {
    return await replay({ spec, requests: found.requests, challenger: files }, { stop, progress: progress.show });
  } finally {
    progress.end();
    context.signal.removeEventListener('abort', interrupt);
  }
}
