import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { type Override, parseOverride } from '../spec/overrides.ts';
import { withActor, withExamples, withJson } from './arguments.ts';
import { withRegistry, withTemporal } from './connections.ts';
import { type CliContext, Refused } from './context.ts';
import { print, printJson, tell } from './output.ts';

interface Options {
  readonly data?: string;
  readonly set: readonly Override[];
  readonly by?: string;
  readonly json?: boolean;
}

export function registerApply(program: Command, context: CliContext): void {
  const command = program
    .command('apply')
    .summary('describe a model, or change its description')
    .description(
      'Reads the spec of a model and stores it as a new revision. Open rollouts keep the revision they began with. The same spec again changes nothing.',
    )
    .argument('<file>', 'the YAML file that describes the model')
    .option('--data <path>', "the data file, instead of UNDERSTUDY_DATA and the spec's source.path")
    .option('--set <path=value>', 'change one setting of the spec; may be repeated', override, []);
  withExamples(withJson(withActor(command)), [
    'apply examples/newsletter/newsletter.yaml',
    'apply telco-churn.yaml --data ~/data/telco.csv',
    'apply churn.yaml --set rollout.step.duration=10m --set rollout.lookEvery=5s',
  ]).action((file: string, options: Options) => apply(context, file, options));
}

async function apply(context: CliContext, file: string, options: Options): Promise<void> {
  const { parseSpec } = await import('../spec/parse.ts');
  const data = options.data ?? context.env.UNDERSTUDY_DATA;
  const dataPath = data ? { dataPath: path.resolve(context.cwd, data) } : {};
  const named = asSeenFromHere(path.resolve(context.cwd, file));
  const text = await textOf(named);
  const read = (columns: readonly string[] | null) =>
    parseSpec(text, { file: named, overrides: options.set, ...dataPath, ...(columns ? { columns } : {}) });
  const header = await headerOf(read(null).spec);
  const { spec, digest, yaml } = read(header);
  await insistThatExpressionsFit(spec, header ?? []);
  await withRegistry(context, async ({ db, config }) => {
    const { applySpec } = await import('../store/specs.ts');
    const applied = await applySpec(db, { spec, yaml, digest, by: options.by ?? config.actor });
    await tellSchedule(context, config, spec);
    if (options.json) return printJson(context, { model: spec.model, ...applied, digest });
    const what = applied.changed
      ? `revision ${applied.revision} is applied`
      : `revision ${applied.revision} says exactly this already; nothing changed`;
    return print(context, `${spec.model}: ${what}`);
  });
}

/** A data file that is already there lets a misspelled column be found now instead of at the first training. */
async function headerOf({ source }: Spec): Promise<readonly string[] | null> {
  const { sourceHeader } = await import('../data/source/source-header.ts');
  return sourceHeader(source);
}

async function insistThatExpressionsFit(spec: Spec, header: readonly string[]): Promise<void> {
  if (spec.dataContract.expressions.length === 0) return;
  const [{ insistOnExpressions }, { snapshotColumns }] = await Promise.all([
    import('../data/contract/snapshot-expressions.ts'),
    import('../data/source/source-columns.ts'),
  ]);
  await insistOnExpressions(spec.dataContract.expressions, snapshotColumns(spec, header));
}

/** The schedule of retrainings follows the spec at once when Temporal is there, and else when the next worker starts. */
async function tellSchedule(context: CliContext, config: Config, spec: Spec): Promise<void> {
  const { syncSchedule } = await import('../temporal/schedules.ts');
  try {
    await withTemporal(config, (client) => syncSchedule(client, spec.model, spec));
  } catch (error) {
    if (!(error instanceof Failure) || error.type !== 'TemporalUnavailable') throw error;
    tell(context, `${error.message}; the schedule of retrainings is set when a lifecycle worker starts`);
  }
}

/** Errors name the file: short where it lies below. */
function asSeenFromHere(file: string): string {
  const relative = path.relative('', file);
  return relative.startsWith('..') ? file : relative;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Refused(code === 'ENOENT' ? `there is no file ${file}` : `${file} could not be read (${code})`, { cause: error });
  }
}

function override(text: string, before: readonly Override[]): readonly Override[] {
  const parsed = parseOverride(text);
  if (!parsed) throw new InvalidArgumentError('Expected path=value, such as rollout.step.duration=10m.');
  return [...before, parsed];
}
