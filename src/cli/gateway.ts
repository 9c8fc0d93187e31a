import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { GatewayEvent } from '../gateway/start.ts';
import { withExamples } from './arguments.ts';
import { type CliContext, Misuse } from './context.ts';

interface GatewayFlags {
  readonly host?: string;
  readonly port?: string;
  readonly id?: string;
}

export function registerGateway(program: Command, context: CliContext): void {
  const gateway = program
    .command('gateway')
    .description('answer predictions over HTTP and take outcomes; goes on serving while Postgres or Temporal is away')
    .option('--host <address>', 'address to listen on (default: UNDERSTUDY_GATEWAY_HOST, or 127.0.0.1)')
    .option('--port <port>', 'port to listen on, 0 for a free one (default: UNDERSTUDY_GATEWAY_PORT, or 0)')
    .option('--id <name>', 'name of this gateway; each needs its own (default: UNDERSTUDY_GATEWAY_ID, or its host)')
    .action((flags: GatewayFlags) => serve(flags, context));
  withExamples(gateway, ['gateway --port 8080', 'gateway --port 8081 --id gateway-b']);
}

async function serve(flags: GatewayFlags, context: CliContext): Promise<void> {
  const { readConfig } = await import('../config.ts');
  const { armFaultHooks } = await import('../fault-hooks.ts');
  const { startGateway } = await import('../gateway/start.ts');
  // A gateway never talks to Temporal, so it needn't be told where it is.
  const config = readConfig({ TEMPORAL_ADDRESS: 'nowhere:0', ...context.env, ...environmentOf(flags) }, context.cwd);
  if (config.entityKey === null) {
    throw new Misuse(
      'a gateway needs UNDERSTUDY_ENTITY_KEY, the secret under which entities are stored: the same one for all gateways, and for good',
    );
  }
  armFaultHooks(config.hooksDir);
  const gateway = await startGateway({
    ...config.gateway,
    databaseUrl: config.databaseUrl,
    artifactsUrl: config.artifactsUrl,
    entityKey: config.entityKey,
    onEvent: (event) => context.stdout.write(lineOf(event, config.log)),
  });
  await aborted(context.signal);
  await gateway.stop();
}

function environmentOf({ host, port, id }: GatewayFlags): Record<string, string> {
  return {
    ...(host === undefined ? {} : { UNDERSTUDY_GATEWAY_HOST: host }),
    ...(port === undefined ? {} : { UNDERSTUDY_GATEWAY_PORT: port }),
    ...(id === undefined ? {} : { UNDERSTUDY_GATEWAY_ID: id }),
  };
}

function lineOf({ level, sentence }: GatewayEvent, log: Config['log']): string {
  const at = new Date().toISOString();
  if (log === 'json') return `${JSON.stringify({ at, level, sentence })}\n`;
  return `${at} ${level === 'warning' ? 'WARNING ' : ''}${sentence}\n`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
