import type { Command } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import { withExamples, withJson, withModel, withReason } from './arguments.ts';
import type { CliContext } from './context.ts';
import { type DecisionOptions, decideOnRollout } from './decisions.ts';
import { withSignal } from './signal-option.ts';

export function registerPause(program: Command, context: CliContext): void {
  const command = program
    .command('pause')
    .summary('keep a rollout where it is')
    .description(
      'Keeps a rollout where it is: the challenger keeps its share, is still watched for harm, and goes no further until someone resumes.',
    );
  withExamples(withSignal(withJson(withReason(withModel(command)))), [
    'pause churn --reason "campaign starts today"',
    'pause churn --reason "campaign starts today" --by ann@team --signal',
  ]).action((model: ModelName, options: DecisionOptions) => decideOnRollout(context, options, { model, name: 'pause' }));
}
