import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { CheckInput } from '../check/check-model.ts';
import { type Check, type CheckName, checks } from '../check/checks.ts';
import type { Spec } from '../domain/spec.ts';
import { count, model as modelArgument, withExamples, withJson } from './arguments.ts';
import { withRegistry } from './connections.ts';
import { type CliContext, Exit, Refused } from './context.ts';
import { type Colours, coloursFor, print, printJson, table } from './output.ts';
import { workProgress } from './work-progress.ts';

interface Options {
  readonly data?: string;
  readonly sample: number;
  readonly without: readonly CheckName[];
  readonly json?: boolean;
}

export function registerCheck(program: Command, context: CliContext): void {
  const command = program
    .command('check')
    .summary("try a model's spec and data out, for a team's CI")
    .description(
      'Reads the rows of a model, holds them against its data contract and for leaks, trains on a sample, and tries the package out as a gateway would: encoding in training against serving, golden rows, an evaluation. A spec file needs no servers. Exit code 0 when everything passes; a doubt, or what could not be checked, is no pass.',
    )
    .argument('<model|file>', 'a YAML file, or the name of a model that has been applied')
    .option('--data <path>', "the data file, instead of UNDERSTUDY_DATA and the spec's source.path")
    .option('--sample <rows>', 'most rows of each purpose to train and evaluate on', count, 5_000)
    .addOption(
      new Option('--without <check...>', 'leave checks out, with those that build on them').choices([...checks]).default([], 'none'),
    );
  withExamples(withJson(command), [
    'check churn.yaml --data customers.csv',
    'check churn --json',
    'check churn.yaml --without training       # the trainer lives on another queue',
  ]).action((subject: string, options: Options) => check(context, subject, options));
}

async function check(context: CliContext, subject: string, options: Options): Promise<void> {
  const data = options.data ?? context.env.UNDERSTUDY_DATA;
  const given = data === undefined || data === '' ? null : path.resolve(context.cwd, data);
  const isFile = /\.ya?ml$/i.test(subject);
  const read = isFile ? await fromFile(context, subject, given) : await fromRegistry(context, subject);
  const { spec } = read;
  const { checkModel } = await import('../check/check-model.ts');
  const progress = workProgress(context);
  const found = await checkModel({
    ...read,
    path: given ?? spec.source.path,
    sample: options.sample,
    without: options.without,
    signal: context.signal,
    onProgress: (name, done, total) => progress.show(name, done, total),
  }).finally(() => progress.end());
  if (options.json) printJson(context, { model: spec.model, passes: passes(found), checks: found });
  else print(context, page(spec, found, coloursFor(context)));
  if (!passes(found)) throw new Exit(1);
}

type Subject = Pick<CheckInput, 'spec' | 'keys' | 'fetchQuery'>;

async function fromFile(context: CliContext, file: string, dataPath: string | null): Promise<Subject> {
  const { parseSpec } = await import('../spec/parse.ts');
  const whole = path.resolve(context.cwd, file);
  const text = await readFile(whole, 'utf8').catch((cause: unknown) => {
    throw new Refused(`there is no file ${whole}`, { cause });
  });
  const { spec } = parseSpec(text, { file: whole, ...(dataPath !== null && { dataPath }) });
  // Nothing that is hashed here is kept, so any key will do.
  const key = randomBytes(32).toString('hex');
  return { spec, keys: { personal: key, entity: key }, fetchQuery: await queriesOf(context) };
}

async function fromRegistry(context: CliContext, name: string): Promise<Subject> {
  const model = modelArgument(name);
  return withRegistry(context, async ({ db, config }) => {
    const [{ currentSpec }, { insistOnModel }] = await Promise.all([import('../store/specs.ts'), import('./lookup.ts')]);
    await insistOnModel(db, model);
    const { spec } = await currentSpec(db, model);
    return { spec, keys: { personal: config.personalKey, entity: config.entityKey }, fetchQuery: await queriesOf(context) };
  });
}

async function queriesOf({ env }: CliContext): Promise<NonNullable<CheckInput['fetchQuery']>> {
  const [{ sourceQueries }, { readSourceUrls }] = await Promise.all([import('../../activities/source-queries.ts'), import('../config.ts')]);
  return sourceQueries(readSourceUrls(env));
}

function passes(found: readonly Check[]): boolean {
  return found.every(({ state }) => state === 'pass' || state === 'left-out');
}

function page({ model }: Spec, found: readonly Check[], colours: Colours): string {
  const inColour: Readonly<Record<Check['state'], (text: string) => string>> = {
    pass: colours.green,
    fail: colours.red,
    doubt: colours.yellow,
    'not-checked': colours.yellow,
    'left-out': colours.dim,
  };
  const rows = found.flatMap(({ check, state, sentences }) => {
    const [first = '', ...more] = sentences;
    return [[check, inColour[state](state), first], ...more.map((sentence) => ['', '', sentence])];
  });
  const wrong = found.filter(({ state }) => state !== 'pass' && state !== 'left-out').map(({ check }) => check);
  const verdict = wrong.length === 0 ? colours.green('passes') : colours.red(`does not pass: ${wrong.join(', ')}`);
  return `${table(rows)}\n\n${model} ${verdict}`;
}
