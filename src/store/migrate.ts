import type { Knex } from 'knex';
import { skeleton } from './migrations/0001-skeleton.ts';
import { sources } from './migrations/0002-sources.ts';
import { profiles } from './migrations/0003-profiles.ts';
import { onlineFeatures } from './migrations/0004-online-features.ts';
import { imports } from './migrations/0005-imports.ts';
import { reports } from './migrations/0007-reports.ts';
import { scoresOfAnyTask } from './migrations/0008-scores-of-any-task.ts';

interface Migration {
  readonly name: string;
  up(db: Knex): Promise<void>;
}

/** Forward only; expand first, contract in a later release. */
const migrations: readonly Migration[] = [skeleton, sources, profiles, onlineFeatures, imports, reports, scoresOfAnyTask];

const source: Knex.MigrationSource<Migration> = {
  getMigrations: async () => [...migrations],
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => ({ up: (db: Knex) => migration.up(db), down: async () => undefined }),
};

/** Brings the schema to the newest migration. Several processes may call it at once: one migrates, the others wait. */
export async function migrate(db: Knex): Promise<void> {
  await db.transaction(async (transaction) => {
    await transaction.raw('select pg_advisory_xact_lock(hashtext(?))', ['understudy migrations']);
    await transaction.migrate.latest({ migrationSource: source, tableName: 'migrations', disableTransactions: true });
  });
}

/** Names of migrations the database lacks. */
export async function pendingMigrations(db: Knex): Promise<readonly string[]> {
  const exists = await db.schema.hasTable('migrations');
  const applied = new Set<string>(exists ? await db('migrations').pluck('name') : []);
  return migrations.map(({ name }) => name).filter((name) => !applied.has(name));
}
