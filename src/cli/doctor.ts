import type { Command } from 'commander';
import type { Finding } from '../dev/diagnosis.ts';
import { withExamples, withJson } from './arguments.ts';
import { type CliContext, Exit } from './context.ts';
import { type Colours, coloursFor, print, printJson, table } from './output.ts';

export function registerDoctor(program: Command, context: CliContext): void {
  const command = program
    .command('doctor')
    .summary('say what is missing or unreachable, and what to do about it')
    .description(
      'Looks at everything Understudy needs, from Node to the workers, and says what to do. It changes nothing. Exit code 1 when something is missing.',
    );
  withExamples(withJson(command), ['doctor', 'doctor --json']).action((options: { json?: boolean }) =>
    examine(context, options.json === true),
  );
}

async function examine(context: CliContext, json: boolean): Promise<void> {
  const { diagnose } = await import('../dev/diagnosis.ts');
  const findings = await diagnose(context.env, context.cwd);
  if (json) printJson(context, findings);
  else print(context, page(findings, coloursFor(context)));
  if (findings.some(({ state }) => state !== 'ok')) throw new Exit(1);
}

function page(findings: readonly Finding[], colours: Colours): string {
  const colour = { ok: colours.green, missing: colours.red, unreachable: colours.red };
  const rows = findings.map(({ what, state, found, todo }) => [what, colour[state](state), todo === null ? found : `${found} → ${todo}`]);
  return table(rows);
}
