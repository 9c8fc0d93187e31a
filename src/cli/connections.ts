/** Opens what a verb needs for one call and closes it again, whatever happens; an outage becomes a sentence. */
import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { type Config, readConfig } from '../config.ts';
import { Failure } from '../failures.ts';
import { isDatabaseAway } from '../store/failures.ts';
import type { CliContext } from './context.ts';

export interface Registry {
  readonly db: Knex;
  readonly config: Config;
}

export async function withRegistry<Result>(context: CliContext, work: (registry: Registry) => Promise<Result>): Promise<Result> {
  const config = readConfig(context.env, context.cwd);
  const { openDatabase } = await import('../store/database.ts');
  const db = openDatabase(config.databaseUrl, { poolSize: 2, applicationName: 'understudy cli' });
  try {
    return await work({ db, config });
  } catch (error) {
    throw isDatabaseAway(error) ? databaseAway(config, error) : hasNoSchema(error) ? notMigrated(error) : error;
  } finally {
    // A connection that is just being opened can hold the pool's end up for ever; a command that has its answer doesn't wait for it.
    await Promise.race([db.destroy(), new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
  }
}

export async function withTemporal<Result>(config: Config, work: (client: Client) => Promise<Result>): Promise<Result> {
  const { connectTemporal } = await import('../temporal/connect.ts');
  const { client, close } = await connectTemporal({ address: config.temporalAddress, namespace: config.temporalNamespace });
  try {
    return await work(client);
  } finally {
    await close();
  }
}

function databaseAway({ databaseUrl }: Config, cause: unknown): Failure {
  // The URL carries a password; where it leads is all that helps.
  const { host } = new URL(databaseUrl);
  return new Failure(
    'RegistryUnavailable',
    `Postgres could not be reached at ${host}; is it running? (understudy doctor)`,
    { host },
    { cause },
  );
}

/** 42P01: undefined_table. */
function hasNoSchema(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01';
}

function notMigrated(cause: unknown): Failure {
  return new Failure('RegistryUnavailable', 'the database has no tables of Understudy yet; see: understudy doctor', {}, { cause });
}
