import { Command, CommanderError } from 'commander';
import { type CliContext, Exit, type ExitCode, Misuse } from './context.ts';
import { processContext } from './process-context.ts';
import { verbs } from './verbs.ts';

/** Runs one command line and answers its exit code. 0: done; 1: refused or failed; 2: misuse. */
export async function main(argv: readonly string[], context: CliContext = processContext()): Promise<ExitCode> {
  const program = programFor(context);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    return codeFor(error, { context, verbose: program.opts().verbose === true });
  }
}

export function programFor(context: CliContext): Command {
  const program = new Command('understudy')
    .description('Runs the whole life of a production machine-learning model: train, approve, rehearse, ramp up, promote, roll back.')
    .option('--verbose', 'on a failure, print where it came from')
    .helpOption('-h, --help', 'show this help, or that of a verb')
    .helpCommand('help [verb]', 'show the help of a verb')
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => 110,
      getErrHelpWidth: () => 110,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(understudy --help lists what there is)');
  for (const { heading, registers } of verbs) {
    program.commandsGroup(heading);
    for (const register of registers) register(program, context);
  }
  return program;
}

function codeFor(error: unknown, { context, verbose }: { context: CliContext; verbose: boolean }): ExitCode {
  if (error instanceof Exit) return error.code;
  // Commander has already written its sentence, and help that was asked for is no misuse.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  context.stderr.write(`${sentenceOf(error)}\n`);
  if (verbose && error instanceof Error) context.stderr.write(`${stacks(error)}\n`);
  return error instanceof Misuse ? 2 : 1;
}

/** Connection errors of several addresses arrive as an aggregate whose own message is empty. */
function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(sentenceOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}

function stacks(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stacks(error.cause)}` : own;
}
