import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import type { SnapshotRecord } from '../store/snapshot-records.ts';
import { sentence, withActor, withExamples, withJson, withModel } from './arguments.ts';
import { type Registry, withRegistry } from './connections.ts';
import { type CliContext, Misuse, Refused } from './context.ts';
import { insistOnModel } from './lookup.ts';
import { coloursFor, print, printJson, short, table } from './output.ts';

interface Options {
  readonly snapshot?: string;
  readonly export?: string;
  readonly redrive?: boolean;
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly by?: string;
  readonly json?: boolean;
}

/** Enough of each rule to see what is wrong. */
const SAMPLES = 3;

export function registerQuarantine(program: Command, context: CliContext): void {
  const command = program
    .command('quarantine')
    .summary('rows that were set aside: list, export, bring back')
    .description(
      'Lists the rows that the newest snapshot of a model has set aside, by the rule they broke. --export writes all of them, as JSON lines with rule, reason and the raw row (personal columns as keyed hashes). --redrive runs them through the newest spec, after a rule was changed or the rows were mended in an exported file (--from): those that are good now belong to every later snapshot, unless the source delivers them itself.',
    )
    .option('--snapshot <digest>', 'another snapshot than the newest, by the beginning of its digest', sentence)
    .option('--export <file>', 'write all rows into this file')
    .option('--redrive', 'bring back the rows that the newest spec would keep')
    .option('--from <file>', 'with --redrive: an exported file that somebody has mended', file)
    .option('--dry-run', 'with --redrive: only say what would become of them');
  withExamples(withJson(withActor(withModel(command))), [
    'quarantine churn',
    'quarantine churn --export bad-rows.jsonl',
    'quarantine churn --redrive --dry-run',
    'quarantine churn --redrive --from mended-rows.jsonl',
  ]).action((model: ModelName, options: Options) => quarantine(context, model, options));
}

async function quarantine(context: CliContext, model: ModelName, options: Options): Promise<void> {
  const needsRedrive = options.from !== undefined ? '--from' : options.dryRun ? '--dry-run' : null;
  if (needsRedrive && !options.redrive) throw new Misuse(`${needsRedrive} says something about --redrive: ask for that as well`);
  if (options.export !== undefined && options.redrive) throw new Misuse('ask for either --export or --redrive');
  await withRegistry(context, async (registry) => {
    await insistOnModel(registry.db, model);
    const snapshot = await snapshotMeant(registry, model, options.snapshot);
    if (options.export !== undefined) return exportRows(context, registry, { snapshot, out: options.export });
    if (options.redrive) return bringBack(context, registry, { model, snapshot, options });
    return list(context, registry, { model, snapshot, json: options.json === true });
  });
}

async function snapshotMeant({ db }: Registry, model: ModelName, beginning: string | undefined): Promise<SnapshotRecord> {
  const { snapshotNamed, snapshotsOf } = await import('../store/snapshot-records.ts');
  if (beginning !== undefined) return snapshotNamed(db, beginning);
  const [newest] = await snapshotsOf(db, model);
  if (newest) return newest;
  throw new Refused(`${model} has no snapshot yet, so nothing was set aside: understudy retrain ${model}`);
}

async function rowsOf({ config }: Registry, { digest, quarantine: rows }: SnapshotRecord): Promise<string> {
  if (rows === null)
    throw new Refused(`snapshot ${short(digest)} is from before rows that were set aside were kept with it: retrain, and ask again`);
  const { openArtifacts } = await import('../artifacts/store.ts');
  return openArtifacts(config.artifactsUrl).verifiedPathOf(rows);
}

async function exportRows(
  context: CliContext,
  registry: Registry,
  { snapshot, out }: { snapshot: SnapshotRecord; out: string },
): Promise<void> {
  const target = path.resolve(context.cwd, out);
  await copyFile(await rowsOf(registry, snapshot), target);
  print(context, `${total(snapshot)} rows that snapshot ${short(snapshot.digest)} has set aside are in ${target}`);
}

interface Listing {
  readonly model: ModelName;
  readonly snapshot: SnapshotRecord;
  readonly json: boolean;
}

async function list(context: CliContext, { db }: Registry, { model, snapshot, json }: Listing): Promise<void> {
  const { quarantinedRows } = await import('../store/snapshot-records.ts');
  const rules = await Promise.all(
    snapshot.setAside.map(async ({ rule, column, count }) => ({
      rule,
      column,
      count,
      samples: await quarantinedRows(db, snapshot.digest, { rule, column, limit: SAMPLES }),
    })),
  );
  if (json) return printJson(context, { model, snapshot: snapshot.digest, rowsIn: snapshot.rowsIn, setAside: total(snapshot), rules });
  if (rules.length === 0) return print(context, `snapshot ${short(snapshot.digest)} of ${model} has set nothing aside`);
  const { bold, dim } = coloursFor(context);
  const rows = rules.flatMap(({ rule, column, count, samples }) => [
    [String(count), rule, column ?? '', ''],
    ...samples.map(({ rowNumber, reason }) => ['', dim(`row ${rowNumber}`), '', dim(reason)]),
  ]);
  print(context, `snapshot ${short(snapshot.digest)} of ${model}: ${total(snapshot)} of ${snapshot.rowsIn} rows are set aside`);
  print(context, table([['ROWS', 'RULE', 'COLUMN', 'WHY'].map(bold), ...rows]));
}

interface Bringing {
  readonly model: ModelName;
  readonly snapshot: SnapshotRecord;
  readonly options: Options;
}

async function bringBack(context: CliContext, registry: Registry, { model, snapshot, options }: Bringing): Promise<void> {
  const { db, config } = registry;
  if (snapshot.withdrawn)
    throw new Refused(
      `snapshot ${short(snapshot.digest)} was withdrawn by ${snapshot.withdrawn.by} (${snapshot.withdrawn.reason}), so nothing is brought back from it: --snapshot names another`,
    );
  const [{ redrive }, { openArtifacts }, { currentSpec }, { storeRedrive }, { mkdir }] = await Promise.all([
    import('../data/redrive.ts'),
    import('../artifacts/store.ts'),
    import('../store/specs.ts'),
    import('../store/redrives.ts'),
    import('node:fs/promises'),
  ]);
  const { spec } = await currentSpec(db, model);
  const workDir = path.join(config.stateDir, 'work');
  await mkdir(workDir, { recursive: true });
  const file = options.from === undefined ? await rowsOf(registry, snapshot) : path.resolve(context.cwd, options.from);
  const keys = { personal: config.personalKey, entity: config.entityKey };
  const artifacts = openArtifacts(config.artifactsUrl);
  const found = await redrive({ spec, file, hashed: snapshot.manifest.hashed ?? {}, artifacts, workDir, keys, signal: context.signal });
  const { rows, kept: count, hashed } = found;
  const isStored = rows !== null && !options.dryRun;
  const by = options.by ?? config.actor;
  const changed = isStored && (await storeRedrive(db, { model, redrive: { snapshot: snapshot.digest, rows, count, hashed }, by }));
  if (options.json) return printJson(context, { model, snapshot: snapshot.digest, ...found, changed });
  const still = found.still.map(({ rule, column, count: bad }) => `${bad} by ${rule} of ${column}`).join(', ');
  const fate = options.dryRun ? 'would be kept now' : changed ? 'belong to every later snapshot' : 'were brought back before';
  print(
    context,
    [
      `${count} of ${found.tried} rows ${count === 0 ? 'would be kept now' : fate}${still ? `; still bad: ${still}` : ''}`,
      ...more(found),
    ].join('\n'),
  );
}

function more({ notTried }: { notTried: number }): string[] {
  if (notTried === 0) return [];
  return [`  ${notTried} were not tried: duplicates, and records that must be mended in the source`];
}

function total({ setAside }: SnapshotRecord): number {
  return setAside.reduce((sum, { count }) => sum + count, 0);
}

function file(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Expected the path of a file.');
  return text;
}
