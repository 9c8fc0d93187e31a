import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import type { VersionId } from '../domain/ids.ts';
import type { ModelVersion } from '../store/registry.ts';
import type { Reproduction } from '../training/reproduction.ts';
import type { TrainerInput, TrainerOutput } from '../training/trainer.ts';
import { version as versionArgument, withExamples, withJson } from './arguments.ts';
import { type Registry, withRegistry, withTemporal } from './connections.ts';
import { type CliContext, Exit } from './context.ts';
import { coloursFor, print, printJson, short } from './output.ts';
import { workProgress } from './work-progress.ts';

export function registerReproduce(program: Command, context: CliContext): void {
  const command = program
    .command('reproduce')
    .summary('train a version again and compare the digests')
    .description(
      'Trains a registered version again, from its stored snapshot, split, spec revision and seed, and compares the digests of model and manifest. Our own trainers run in this process; one that lives on a queue of its own is asked through Temporal. Exit code 1 when the digests differ, with what is not as it was: code, packages, machine.',
    )
    .argument('<version>', 'a version, such as churn@14', versionArgument);
  withExamples(withJson(command), ['reproduce churn@14', 'reproduce churn@14 --json']).action(
    (version: VersionId, options: { json?: boolean }) => reproduce(context, version, options.json === true),
  );
}

async function reproduce(context: CliContext, version: VersionId, json: boolean): Promise<void> {
  await withRegistry(context, async (registry) => {
    const { versionOrThrow } = await import('../store/registry.ts');
    const registered = await versionOrThrow(registry.db, version);
    const { input, queue } = await inputOf(registry, registered);
    const again = await trainAgain(context, registry, { input, queue, version });
    const found = await compared(registry, registered, again);
    if (json) printJson(context, { version, ...found });
    else print(context, page(context, version, found));
    if (!found.isSame) throw new Exit(1);
  });
}

/** What its trainer was told, put together once more from what is stored. */
async function inputOf({ db, config }: Registry, version: ModelVersion): Promise<{ input: TrainerInput; queue: string }> {
  const [{ specRevision }, { trainableArtifact }, { importOf }, { trainerInput }, { TRAINING_QUEUE }] = await Promise.all([
    import('../store/specs.ts'),
    import('../store/snapshots.ts'),
    import('../store/retrainings.ts'),
    import('../training/trainer-input.ts'),
    import('../temporal/connect.ts'),
  ]);
  const { spec } = await specRevision(db, version.model, version.specRevision);
  const imported = await importOf(db, version.retrainingId);
  const input = trainerInput(spec, {
    artifactsUrl: config.artifactsUrl,
    snapshotDigest: version.snapshot,
    snapshotArtifact: await trainableArtifact(db, version.snapshot),
    splitDigest: version.split,
    seed: Number(version.seed),
    imported,
  });
  return { input, queue: imported === null ? spec.trainer.queue : TRAINING_QUEUE };
}

interface Again {
  readonly input: TrainerInput;
  readonly queue: string;
  readonly version: VersionId;
}

async function trainAgain(context: CliContext, registry: Registry, again: Again): Promise<TrainerOutput> {
  const [{ TRAINING_QUEUE }, { isBuiltIn }] = await Promise.all([import('../temporal/connect.ts'), import('../training/trainers.ts')]);
  const isOurs = again.queue === TRAINING_QUEUE && isBuiltIn(again.input.trainer);
  return isOurs ? trainHere(context, again.input) : askTrainer(registry, again);
}

async function trainHere(context: CliContext, input: TrainerInput): Promise<TrainerOutput> {
  const [{ trainerNamed }, { surroundings }] = await Promise.all([
    import('../training/trainers.ts'),
    import('../training/surroundings.ts'),
  ]);
  const workDir = await mkdtemp(path.join(os.tmpdir(), 'understudy-reproduce-'));
  const progress = workProgress(context);
  try {
    const heartbeat = ({ stage, done, total }: { stage: string; done: number; total: number }) => progress.show(stage, done, total);
    const output = await trainerNamed(input.trainer)(input, { signal: context.signal, heartbeat, workDir });
    return { ...output, surroundings: { ...surroundings() } };
  } finally {
    progress.end();
    await rm(workDir, { recursive: true, force: true });
  }
}

/** A workflow that does nothing else, because an activity on another queue needs one to ask for it. */
async function askTrainer({ config }: Registry, { version, queue, input }: Again): Promise<TrainerOutput> {
  const [{ TASK_QUEUE }, { insistOnWorker, reasonOf }, { reproduceWorkflowId }, { Refused }] = await Promise.all([
    import('../temporal/connect.ts'),
    import('./temporal-requests.ts'),
    import('../domain/ids.ts'),
    import('./context.ts'),
  ]);
  return withTemporal(config, async (client) => {
    await insistOnWorker(client, TASK_QUEUE, `the trainer on the queue ${queue} cannot be asked`);
    const asked = { taskQueue: TASK_QUEUE, workflowId: reproduceWorkflowId(version), args: [{ version, trainerQueue: queue, input }] };
    try {
      return (await client.workflow.execute('trainAgain', {
        ...asked,
        workflowExecutionTimeout: '1d',
        staticSummary: `Train ${version} again`,
      })) as TrainerOutput;
    } catch (error) {
      throw new Refused(`${version} could not be trained again: ${reasonOf(error)}`, { cause: error });
    }
  });
}

async function compared({ db, config }: Registry, version: ModelVersion, again: TrainerOutput): Promise<Reproduction> {
  const [{ openArtifacts }, { trainedBy }, { codeCommit, lockfileDigest }, { changesBetween, reproductionOf }] = await Promise.all([
    import('../artifacts/store.ts'),
    import('../store/retrainings.ts'),
    import('../workers/lineage.ts'),
    import('../training/reproduction.ts'),
  ]);
  const artifacts = openArtifacts(config.artifactsUrl);
  const then = (await trainedBy(db, version.retrainingId))?.surroundings ?? {};
  const code = { code: codeCommit(config.codeCommit), 'package-lock.json': lockfileDigest() };
  const changed = [
    ...changesBetween({ code: version.codeCommit, 'package-lock.json': version.lockfile }, code),
    ...changesBetween(then as Record<string, unknown>, again.surroundings ?? {}),
  ];
  const manifests = [await artifacts.readJson(version.manifest), await artifacts.readJson(again.manifestDigest)] as const;
  return reproductionOf(
    { registered: version, again: { artifact: again.artifactDigest, manifest: again.manifestDigest } },
    { manifests, changed },
  );
}

function page(context: CliContext, version: VersionId, { isSame, artifact, manifest, differs, changed }: Reproduction): string {
  const { green, red } = coloursFor(context);
  const line = (what: string, { registered, again }: { registered: string; again: string }) =>
    registered === again
      ? `  ${what}  ${green('the same')}  ${short(again)}`
      : `  ${what}  ${red('differs')}   ${short(registered)} registered, ${short(again)} now`;
  return [
    isSame ? `${version} is reproduced, byte by byte` : `${version} is not reproduced`,
    line('model   ', artifact),
    line('manifest', manifest),
    ...(differs.length > 0 ? [`  differs in ${differs.join(', ')}`] : []),
    ...changed.map(({ what, was, is }) => `  ${what} was ${brief(was)}, is ${brief(is)}`),
    ...(!isSame && changed.length === 0
      ? ['  code, packages and machine are as they were: the trainer does not give the same answer twice']
      : []),
  ].join('\n');
}

function brief(text: string): string {
  return text.replace(/\b[0-9a-f]{40,64}\b/, (digest) => short(digest));
}
