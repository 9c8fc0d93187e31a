import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { DemoOptions } from '../demo/run.ts';
import { type CliContext, Refused } from './context.ts';

const stories = ['newsletter', 'bank-marketing'] as const;
type Story = (typeof stories)[number];

const BANK_FILE = 'examples/bank-marketing/bank-marketing.csv';

interface Options {
  readonly data?: string;
  readonly state: string;
  readonly keep?: boolean;
  readonly verboseLogs?: boolean;
}

export function registerDemo(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('watch a model being trained, approved, rehearsed, promoted, and a bad one being taken off the stage by itself')
    .addArgument(
      program
        .createArgument('[story]', 'made-up readers of a newsletter, or the calls of a bank from a real file')
        .choices(stories)
        .default('newsletter'),
    )
    .option('--data <file>', `the file of bank-marketing: bank-additional-full.csv of UCI (default: ${BANK_FILE})`)
    .option('--state <dir>', 'where the demo keeps its servers and data; it is emptied first', path.join('.understudy', 'demo'))
    .option('--keep', 'leave everything up to look at when the story is over, until Ctrl-C')
    .option('--verbose-logs', 'show what the servers and workers say')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run demo\n  npm run demo -- --keep      then open the Temporal UI it names\n  npm run demo -- bank-marketing --data ~/Downloads/bank-additional-full.csv\n',
    )
    .action(async (story: Story, options: Options) => {
      const told = storyOf(context, story, options);
      const { runDemo } = await import('../demo/run.ts');
      await runDemo(context, {
        stateDir: path.resolve(context.cwd, options.state),
        keep: options.keep ?? false,
        logs: options.verboseLogs ?? false,
        story: told,
      });
    });
}

function storyOf({ cwd }: CliContext, story: Story, { data }: Options): DemoOptions['story'] {
  if (story === 'newsletter') {
    if (data !== undefined) throw new Refused('the newsletter makes its own data: --data goes with the story bank-marketing');
    return { kind: 'newsletter' };
  }
  const file = path.resolve(cwd, data ?? BANK_FILE);
  if (!existsSync(file))
    throw new Refused(`there is no file ${file}; examples/bank-marketing/README.md says where to get it: then --data FILE`);
  return { kind: 'bank-marketing', file };
}
