import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Stack } from '../dev/stack.ts';
import { withExamples } from './arguments.ts';
import type { CliContext } from './context.ts';
import { type Colours, coloursFor, print, table, tell } from './output.ts';

interface Options {
  readonly state?: string;
  readonly fresh?: boolean;
  readonly follow: boolean;
  readonly postgresPort?: number;
  readonly temporalPort?: number;
  readonly uiPort?: number;
  readonly gatewayPort?: number;
}

export function registerDev(program: Command, context: CliContext): void {
  const command = program
    .command('dev')
    .summary('start everything for development: Postgres, Temporal with its UI, two workers, a gateway')
    .description(
      'Starts everything and stays until Ctrl-C or SIGTERM, then stops all of it. A second start goes on from the state folder. What DATABASE_URL or TEMPORAL_ADDRESS name is used instead of being started.',
    )
    .option('--state <dir>', 'folder for databases, artifacts and logs (default: UNDERSTUDY_STATE, or .understudy)')
    .option('--fresh', 'forget what earlier runs left in the state folder')
    .option('--postgres-port <port>', 'port of Postgres (default: the last one, or a free one)', port)
    .option('--temporal-port <port>', 'port of Temporal (likewise)', port)
    .option('--ui-port <port>', 'port of the Temporal UI (likewise)', port)
    .option('--gateway-port <port>', 'port of the gateway (likewise)', port)
    .option('--no-follow', 'do not show what the servers and workers say');
  withExamples(command, ['dev', 'dev --gateway-port 8080 --ui-port 8233', 'dev --state /tmp/try --fresh']).action((options: Options) =>
    run(context, options),
  );
}

async function run(context: CliContext, options: Options): Promise<void> {
  const { stateDirOf } = await import('../config.ts');
  const { startStack } = await import('../dev/stack.ts');
  const stateDir = options.state ? path.resolve(context.cwd, options.state) : stateDirOf(context.env, context.cwd);
  const colours = coloursFor(context);
  let isUp = false;
  // How the start goes is always shown: it may have to build a server.
  const onLog = (who: string, line: string) => {
    if (options.follow || !isUp) tell(context, `${colours.dim(who.padEnd(9))} ${line}`);
  };
  const { postgresPort: postgres, temporalPort: temporal, uiPort: ui, gatewayPort: gateway } = options;
  const { signal } = context;
  const started = startStack({
    stateDir,
    fresh: options.fresh === true,
    ports: { postgres, temporal, ui, gateway },
    env: context.env,
    onLog,
    signal,
  });
  const stack = await started.catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (stack === null) return tell(context, 'stopped before everything was up');
  isUp = true;
  print(context, page(stack, { stateDir, colours }));
  await aborted(signal);
  tell(context, 'stopping …');
  await stack.stop();
  tell(context, 'stopped');
}

function page({ endpoints, temporalProgram }: Stack, { stateDir, colours }: { stateDir: string; colours: Colours }): string {
  const database = new URL(endpoints.databaseUrl);
  const rows = [
    ['Temporal UI', endpoints.temporalUiUrl ?? 'that of your server'],
    ['Gateway', endpoints.gatewayUrl],
    ['Temporal', `${endpoints.temporalAddress}${temporalProgram ? `, ${temporalProgram}` : ', yours'}`],
    ['Postgres', `${database.host}${database.pathname}`],
    ['State', stateDir],
  ];
  const words = ['Understudy is up.', table(rows.map(([name, value]) => [`  ${name}`, value ?? ''])), ''];
  return [
    ...words,
    `${colours.dim('Next: understudy apply examples/newsletter/newsletter.yaml, in another terminal. Ctrl-C stops everything.')}`,
  ].join('\n');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > 65_535) throw new InvalidArgumentError('Expected a port from 1 to 65535.');
  return value;
}
