import path from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from './context.ts';

export function registerDemo(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('watch a model being trained, approved, rehearsed, promoted, and a bad one being taken off the stage by itself')
    .option('--state <dir>', 'where the demo keeps its servers and data; it is emptied first', path.join('.understudy', 'demo'))
    .option('--keep', 'leave everything up to look at when the story is over, until Ctrl-C')
    .option('--verbose-logs', 'show what the servers and workers say')
    .addHelpText('after', '\nExamples:\n  npm run demo\n  npm run demo -- --keep      then open the Temporal UI it names\n')
    .action(async (options: { state: string; keep?: boolean; verboseLogs?: boolean }) => {
      const { runDemo } = await import('../demo/run.ts');
      await runDemo(context, {
        stateDir: path.resolve(context.cwd, options.state),
        keep: options.keep ?? false,
        logs: options.verboseLogs ?? false,
      });
    });
}
