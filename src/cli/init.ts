import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { Spec } from '../domain/spec.ts';
import { type Roles, type Said, type Template, templates } from '../templates/guess-roles.ts';
import type { SpecText } from '../templates/write-spec.ts';
import { model as modelArgument, withExamples } from './arguments.ts';
import { type CliContext, Refused } from './context.ts';
import { print } from './output.ts';
import { workProgress } from './work-progress.ts';

interface Options extends Said {
  readonly template: Template;
  readonly data: string;
  readonly out?: string;
  readonly model?: string;
  readonly force?: boolean;
}

export function registerInit(program: Command, context: CliContext): void {
  const command = program
    .command('init')
    .summary('write a commented spec from a data file')
    .description(
      'Looks at a data file (CSV, Parquet, JSON Lines) and writes the spec of a model: label, entity and time are guessed from names and values, types and ranges from the values, and columns that foretell the label too well to have been known before it are set apart. What was guessed is said; what was guessed wrong can be said by an option, or corrected in the file. Needs no server.',
    )
    .addOption(new Option('--template <name>', 'what the model is for').choices([...templates]).makeOptionMandatory())
    .requiredOption('--data <path>', 'the data file')
    .option('-o, --out <path>', 'the spec to write (default: <model>.yaml)')
    .option('--model <name>', 'the name of the model (default: that of the data file)', modelArgument)
    .option('--label <column>', 'the column that is to be foretold')
    .option('--positive <text>', 'the text of a positive label')
    .option('--entity <column>', 'the column that says who a row is about')
    .option('--time <column>', 'the column that says when a row was seen')
    .option('--treatment <column>', 'uplift: the column that says who was treated')
    .option('--treated <text>', 'uplift: the text of a treated row')
    .option('--force', 'write over a spec that is already there');
  withExamples(command, [
    'init --template churn --data customers.csv',
    'init --template conversion --data bank-additional-full.csv --label y -o bank.yaml',
    'init --template uplift --data campaign.parquet --treatment mailed --label bought',
  ]).action((options: Options) => init(context, options));
}

async function init(context: CliContext, options: Options): Promise<void> {
  const [{ lookAtFile }, { guessRoles }] = await Promise.all([
    import('../templates/look-at-file.ts'),
    import('../templates/guess-roles.ts'),
  ]);
  const data = path.resolve(context.cwd, options.data);
  const model = options.model ?? nameFrom(data);
  const out = path.resolve(context.cwd, options.out ?? `${model}.yaml`);
  const progress = workProgress(context);
  try {
    progress.show(`looking at ${options.data}`);
    const file = await lookAtFile(data, context.signal);
    const roles = guessRoles(options.template, file, options);
    const draft: SpecText = { model, file, roles, sourcePath: asSeenFrom(out, data), suspicious: [], power: [] };
    progress.show('reading it as a training would');
    const { text, spec, first } = await withoutLeaks(draft, out, context.signal);
    await write(out, text, options.force === true);
    progress.end();
    print(context, summary({ out: path.relative(context.cwd, out), roles, spec, ...first }));
  } finally {
    progress.end();
  }
}

/** Once with everything as a feature, to see what is too good to be true, then without that. */
async function withoutLeaks(draft: SpecText, out: string, signal: AbortSignal) {
  const [{ specText }, { parseSpec }, { readOnce }] = await Promise.all([
    import('../templates/write-spec.ts'),
    import('../spec/parse.ts'),
    import('../templates/read-once.ts'),
  ]);
  const specOf = (text: string) => parseSpec(text, { file: out, columns: draft.file.columns.map(({ name }) => name) }).spec;
  const spec = specOf(specText(draft));
  const first = await readOnce(spec, signal);
  const power = first.power.map(({ feature, auc }) => ({ column: feature, auc }));
  const suspicious = power.filter(({ auc }) => auc >= spec.dataContract.suspiciousAuc);
  const text = specText({ ...draft, suspicious, power });
  return { text, spec: specOf(text), first: { ...first, suspicious } };
}

async function write(out: string, text: string, isForced: boolean): Promise<void> {
  try {
    await writeFile(out, text, { flag: isForced ? 'w' : 'wx' });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') throw new Refused(`${out} is already there: name another file with -o, or write over it with --force`);
    throw new Refused(`${out} could not be written (${code})`, { cause: error });
  }
}

interface Summary {
  readonly out: string;
  readonly roles: Roles;
  readonly spec: Spec;
  readonly rowsKept: number;
  readonly setAside: readonly { readonly rule: string; readonly column: string | null; readonly count: number }[];
  readonly suspicious: SpecText['suspicious'];
}

function summary({ out, roles, spec, rowsKept, setAside, suspicious }: Summary): string {
  const { label, positive, entity, time, treatment, privacy } = roles;
  const aside = setAside.map(({ rule, column, count }) => `${count} by ${rule}${column ? ` of ${column}` : ''}`).join(', ');
  return [
    `${out} is written; read it, correct what was guessed wrong, then:`,
    `  understudy check ${out}`,
    `  understudy apply ${out}`,
    '',
    `  label     ${label.value}${positive ? ` = ${positive.value}` : ''} (${label.why})`,
    ...(positive ? [`  positive  ${positive.value} (${positive.why})`] : []),
    `  entity    ${entity.value ?? 'row-number'} (${entity.why})`,
    `  time      ${time.value ?? 'none'} (${time.why})`,
    ...(treatment ? [`  treatment ${treatment.value} = ${treatment.treated} (${treatment.why})`] : []),
    ...(privacy.consent
      ? [`  consent   ${privacy.consent.column} = ${privacy.consent.allowed.join(', ')} (guessed; other rows never come in)`]
      : []),
    ...(privacy.personal.length > 0 ? [`  personal  ${privacy.personal.join(', ')} (guessed; only keyed hashes come in)`] : []),
    `  features  ${spec.features.length}; ${rowsKept.toLocaleString('en')} rows can be used${aside === '' ? '' : `, set aside: ${aside}`}`,
    ...suspicious.map(
      ({ column, auc }) => `  suspicious ${column} alone reaches AUC ${auc.toFixed(3)}: set apart as known only after the outcome`,
    ),
  ].join('\n');
}

function asSeenFrom(spec: string, data: string): string {
  const relative = path.relative(path.dirname(spec), data);
  return relative.startsWith('..') ? data : relative;
}

function nameFrom(data: string): string {
  const name = path
    .basename(data)
    .replace(/\.[^.]+(\.gz)?$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'model' : name.slice(0, 60);
}
