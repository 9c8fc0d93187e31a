import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import type { SnapshotProfile } from '../domain/snapshot-profile.ts';
import type { Spec } from '../domain/spec.ts';
import { model, sentence, withExamples, withJson, withModel } from './arguments.ts';
import { type Registry, withRegistry } from './connections.ts';
import { type CliContext, Misuse, Refused } from './context.ts';
import { insistOnModel } from './lookup.ts';
import { print, printJson } from './output.ts';

interface SuggestOptions {
  readonly data?: string;
  readonly snapshot?: string;
  readonly json?: boolean;
}

export function registerContract(program: Command, context: CliContext): void {
  const command = program
    .command('contract')
    .summary('propose a data contract, or hand one to other tools')
    .description('The data contract of a model: what a batch must keep before anything is trained on it.');
  withExamples(command, [
    'contract suggest churn',
    'contract suggest --data customers.csv',
    'contract export churn --format odcs --out churn.odcs.yaml',
  ]);
  registerSuggest(command, context);
  registerExport(command, context);
}

function registerSuggest(parent: Command, context: CliContext): void {
  const command = parent
    .command('suggest')
    .summary('propose a data contract from what a snapshot holds')
    .description(
      'Prints the section dataContract of a spec, commented, from the newest snapshot of a model, from another one (--snapshot), or from a file that nobody has described yet (--data). With a model, --data is read as its next batch would be.',
    )
    .argument('[model]', 'the name of the model, such as churn', model)
    .option('--data <file>', 'look into this file instead of a snapshot')
    .option('--snapshot <digest>', 'another snapshot than the newest, by the beginning of its digest', sentence);
  withExamples(withJson(command), [
    'contract suggest churn',
    'contract suggest churn --snapshot 3fa9c1',
    'contract suggest churn --data next-month.csv',
    'contract suggest --data customers.csv',
  ]).action((named: ModelName | undefined, options: SuggestOptions) => suggest(context, named, options));
}

async function suggest(context: CliContext, named: ModelName | undefined, options: SuggestOptions): Promise<void> {
  if (named === undefined && options.data === undefined)
    throw new Misuse('expected a model or --data FILE: understudy contract suggest churn');
  if (options.data !== undefined && options.snapshot !== undefined) throw new Misuse('expected either --data or --snapshot');
  const { suggestionInYaml, suggestRules } = await import('../data/contract/contract-suggestion.ts');
  const tell = (profile: SnapshotProfile, spec: Spec | null) => {
    const rules = suggestRules(profile, spec);
    return options.json ? printJson(context, rules) : print(context, suggestionInYaml(rules, profile).trimEnd());
  };
  if (named === undefined) {
    const { profilePlainFile } = await import('../data/plain-file-profile.ts');
    return tell(await profilePlainFile(path.resolve(context.cwd, options.data!), context.signal), null);
  }
  await withRegistry(context, async (registry) => {
    await insistOnModel(registry.db, named);
    const { currentSpec } = await import('../store/specs.ts');
    const { spec } = await currentSpec(registry.db, named);
    return tell(await profileMeant(context, registry, { spec, model: named, options }), spec);
  });
}

async function profileMeant(
  context: CliContext,
  registry: Registry,
  { spec, model: named, options }: { spec: Spec; model: ModelName; options: SuggestOptions },
): Promise<SnapshotProfile> {
  const [{ openArtifacts }, { profileFile }] = await Promise.all([
    import('../artifacts/store.ts'),
    import('../data/profile-difference.ts'),
  ]);
  const artifacts = openArtifacts(registry.config.artifactsUrl);
  if (options.data !== undefined) {
    const { ingest } = await import('../data/ingest.ts');
    const workDir = path.join(registry.config.stateDir, 'work');
    await mkdir(workDir, { recursive: true });
    const keys = { personal: registry.config.personalKey, entity: registry.config.entityKey };
    const file = path.resolve(context.cwd, options.data);
    const snapshot = await ingest({ spec, path: file, artifacts, workDir, keys, signal: context.signal });
    return profileFile(artifacts.pathOf(snapshot.artifactDigest), context.signal);
  }
  const { snapshotNamed, snapshotsOf } = await import('../store/snapshot-records.ts');
  const snapshot =
    options.snapshot === undefined ? (await snapshotsOf(registry.db, named))[0] : await snapshotNamed(registry.db, options.snapshot);
  if (!snapshot) throw new Refused(`${named} has no snapshot yet: say --data FILE, or understudy retrain ${named}`);
  if (snapshot.withdrawn) throw new Refused(`snapshot ${snapshot.digest.slice(0, 12)} was withdrawn: ${snapshot.withdrawn.reason}`);
  return profileFile(await artifacts.verifiedPathOf(snapshot.artifact), context.signal);
}

function registerExport(parent: Command, context: CliContext): void {
  const command = parent
    .command('export')
    .summary("a model's data contract for other tools")
    .description('Prints the data contract of a model in the Open Data Contract Standard (v3.1.0), as YAML or with --json as JSON.')
    .addOption(new Option('--format <format>', 'the standard').choices(['odcs']).default('odcs'))
    .option('--out <file>', 'write it into this file');
  withExamples(withJson(withModel(command)), ['contract export churn', 'contract export churn --format odcs --out churn.odcs.yaml']).action(
    (named: ModelName, options: { out?: string; json?: boolean }) => exportContract(context, named, options),
  );
}

async function exportContract(context: CliContext, named: ModelName, { out, json }: { out?: string; json?: boolean }): Promise<void> {
  await withRegistry(context, async ({ db }) => {
    await insistOnModel(db, named);
    const [{ currentSpec }, { openDataContract }, { stringify }] = await Promise.all([
      import('../store/specs.ts'),
      import('../data/contract/open-data-contract.ts'),
      import('yaml'),
    ]);
    const { spec, revision } = await currentSpec(db, named);
    const contract = openDataContract(spec, { revision });
    const text = json ? `${JSON.stringify(contract, null, 2)}\n` : stringify(contract, { lineWidth: 0 });
    if (out === undefined) return print(context, text.trimEnd());
    const file = path.resolve(context.cwd, out);
    await writeFile(file, text);
    return print(context, `the data contract of ${named} (revision ${revision}) is in ${file}`);
  });
}
