import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { Phase } from '../simulation/newsletter-population.ts';
import { hasPhases, type Population, populations } from '../simulation/population-names.ts';
import { count, instant, whole, withExamples } from './arguments.ts';
import { type CliContext, Refused } from './context.ts';
import { print } from './output.ts';

interface Options {
  readonly rows: number;
  readonly phase: Phase;
  readonly out: string;
  readonly seed: number;
  readonly from?: string;
  readonly days?: number;
}

const CHUNK = 1 << 20;
const shiftOf = { before: 'before the shift', after: 'after the shift', mixed: 'with the shift half-way' } as const;

export function registerGenerate(program: Command, context: CliContext): void {
  const command = program
    .command('generate')
    .summary('write the rows of a made-up population')
    .description(
      'Writes a CSV file of made-up people: readers of a newsletter who may buy, customers of a shop and what they spend (value), and a campaign that was sent by lot (uplift). The same seed gives the same file.',
    )
    .addArgument(program.createArgument('<population>', 'who').choices(populations))
    .option('--rows <number>', 'how many', count, 60_000)
    .addOption(
      new Option('--phase <phase>', 'readers of the newsletter before their shift, after it, or both with the shift half-way')
        .choices(['before', 'after', 'mixed'])
        .default('before'),
    )
    .requiredOption('--out <path>', 'the file to write')
    .option('--seed <number>', 'other people', whole, 1)
    .option('--from <time>', 'when the first row is made (default: 2025-01-01, after the shift 2025-10-28)', instant)
    .option('--days <number>', 'the rows are spread over these (default: 300; value and uplift 360)', count);
  withExamples(command, [
    'generate newsletter --out examples/newsletter/newsletter.csv',
    'generate value --rows 40000 --out examples/customer-value/customer-value.csv',
    'generate newsletter --rows 200000 --phase after --seed 7 --out after.csv',
  ]).action((population: Population, options: Options) => generate(context, population, options));
}

async function generate(context: CliContext, population: Population, { out, ...options }: Options): Promise<void> {
  if (!hasPhases(population) && options.phase !== 'before')
    throw new Refused(`--phase is about the newsletter: the people of ${population} stay who they are`);
  const { csvOf } = await import('../simulation/populations.ts');
  const file = path.resolve(context.cwd, out);
  mkdirSync(path.dirname(file), { recursive: true });
  // Under another name until it is complete, so that nobody reads half of it.
  const unfinished = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    await writeInChunks(unfinished, csvOf(population, options), context.signal);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  print(context, `${out}: ${options.rows} rows, ${hasPhases(population) ? `${shiftOf[options.phase]}, ` : ''}seed ${options.seed}`);
}

async function writeInChunks(file: string, lines: Iterable<string>, signal: AbortSignal): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    let chunk = '';
    for (const line of lines) {
      chunk += line;
      if (chunk.length < CHUNK) continue;
      signal.throwIfAborted();
      await handle.write(chunk);
      chunk = '';
    }
    await handle.write(chunk);
  } finally {
    await handle.close();
  }
}
