import { Argument, type Command } from 'commander';
import { readConfig } from '../config.ts';
import { withExamples } from './arguments.ts';
import type { CliContext } from './context.ts';
import { tell } from './output.ts';

export function registerWorker(program: Command, context: CliContext): void {
  const command = program
    .command('worker')
    .summary('run a worker: lifecycle (decides and moves) or training (computes)')
    .description(
      'Runs a worker until it is told to stop (Ctrl-C, SIGTERM). Any number of each may run; what one leaves unfinished another goes on with.',
    )
    .addArgument(
      new Argument('<kind>', 'lifecycle: workflows and their effects; training: what needs the processor').choices([
        'lifecycle',
        'training',
      ]),
    );
  withExamples(command, ['worker lifecycle', 'worker training']).action((kind: 'lifecycle' | 'training') => work(context, kind));
}

async function work(context: CliContext, kind: 'lifecycle' | 'training'): Promise<void> {
  const config = readConfig(context.env, context.cwd);
  const say = (message: string) => tell(context, message);
  const start =
    kind === 'lifecycle'
      ? (await import('../workers/lifecycle.ts')).startLifecycleWorker
      : (await import('../workers/training.ts')).startTrainingWorker;
  const worker = await start(config, say);
  const stop = () => worker.stop();
  if (context.signal.aborted) stop();
  context.signal.addEventListener('abort', stop, { once: true });
  await worker.run;
  say(`${kind} worker has stopped`);
}
