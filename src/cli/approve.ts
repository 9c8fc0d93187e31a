import { type Command, InvalidArgumentError } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import { withExamples, withJson, withModel, withReason } from './arguments.ts';
import type { CliContext } from './context.ts';
import { type DecisionOptions, decideOnRollout } from './decisions.ts';
import { withSignal } from './signal-option.ts';

export function registerApprove(program: Command, context: CliContext): void {
  const command = program
    .command('approve')
    .summary('let the challenger that awaits approval on stage')
    .description(
      'Lets the challenger that awaits approval begin its rehearsal, on exactly the evidence that was read. Whoever asked for the training may not approve it.',
    )
    .requiredOption(
      '--evidence <digest>',
      'the digest of the evidence that was read, or its first characters (at least eight)',
      evidenceDigest,
    );
  withExamples(withSignal(withJson(withReason(withModel(command)))), [
    'report churn --open                         # read it first; it names its digest',
    'approve churn --evidence 0f3a77c2d1e4 --reason "better in every segment"',
    'approve churn --evidence 0f3a77c2d1e4 --reason "better" --by ann@team --signal',
  ]).action((model: ModelName, options: DecisionOptions & { evidence: string }) =>
    decideOnRollout(context, options, { model, name: 'approve', more: { evidence: options.evidence } }),
  );
}

function evidenceDigest(text: string): string {
  if (/^[0-9a-f]{8,64}$/.test(text.toLowerCase())) return text.toLowerCase();
  throw new InvalidArgumentError(
    'Expected at least the first eight characters of a digest (0-9, a-f), as "understudy evidence" prints it.',
  );
}
