import type { Command } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import { withExamples, withJson, withModel, withReason } from './arguments.ts';
import type { CliContext } from './context.ts';
import { type DecisionOptions, decideOnRollout } from './decisions.ts';
import { withSignal } from './signal-option.ts';

export function registerResume(program: Command, context: CliContext): void {
  const command = program.command('resume').summary('let a paused rollout go on').description('Lets a paused rollout go on where it was.');
  withExamples(withSignal(withJson(withReason(withModel(command)))), [
    'resume churn --reason "campaign is over"',
    'resume churn --reason "campaign is over" --by ann@team --signal',
  ]).action((model: ModelName, options: DecisionOptions) => decideOnRollout(context, options, { model, name: 'resume' }));
}
