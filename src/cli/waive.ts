import { type Command, Option } from 'commander';
import { type ModelName, retrainWorkflowId } from '../domain/ids.ts';
import type { ModelStatus } from '../store/status.ts';
import { withExamples, withJson, withModel, withReason } from './arguments.ts';
import { type CliContext, Refused } from './context.ts';
import { type DecisionOptions, decide } from './decisions.ts';
import { withSignal } from './signal-option.ts';

/** The gates that end in doubt and may be overruled, as the retraining workflow names them. */
const gates = ['catalogue', 'data-shift', 'leak-check', 'evaluation'] as const;

export function registerWaive(program: Command, context: CliContext): void {
  const command = program
    .command('waive')
    .summary('overrule one doubtful gate of a retraining')
    .description(
      'Overrules one gate that is in doubt, so that the retraining goes on. Who, why and which gate are kept with the version for good.',
    )
    .addOption(new Option('--gate <gate>', 'the gate that waits for a person').choices(gates).makeOptionMandatory());
  withExamples(withSignal(withJson(withReason(withModel(command)))), [
    'status churn                                 # says which gate waits, and why',
    'waive churn --gate leak-check --reason "the column is filled before the prediction, checked with ann"',
    'waive churn --gate evaluation --reason "first champion; rules of thumb are worse" --by ann@team',
  ]).action((model: ModelName, options: DecisionOptions & { gate: string }) =>
    decide(context, options, {
      model,
      name: 'waive',
      more: { gate: options.gate },
      workflowId: retrainWorkflowId(model),
      insist: insistOnRetraining,
    }),
  );
}

function insistOnRetraining({ model, retraining, challenger }: ModelStatus): void {
  if (retraining !== null) return;
  const instead = challenger
    ? `${challenger.version} is ${challenger.phase}; see: understudy status ${model}`
    : `understudy retrain ${model} begins one`;
  throw new Refused(`no retraining of ${model} is under way, so nothing waits for a waiver; ${instead}`);
}
