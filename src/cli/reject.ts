import type { Command } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import { withExamples, withJson, withModel, withReason } from './arguments.ts';
import type { CliContext } from './context.ts';
import { type DecisionOptions, decideOnRollout } from './decisions.ts';
import { withSignal } from './signal-option.ts';

export function registerReject(program: Command, context: CliContext): void {
  const command = program
    .command('reject')
    .summary('turn down the challenger that awaits approval')
    .description('Turns down the challenger that awaits approval. It never gets traffic; the champion stays.');
  withExamples(withSignal(withJson(withReason(withModel(command)))), [
    'reject churn --reason "worse for new customers"',
    'reject churn --reason "worse for new customers" --by ann@team --signal',
  ]).action((model: ModelName, options: DecisionOptions) => decideOnRollout(context, options, { model, name: 'reject' }));
}
