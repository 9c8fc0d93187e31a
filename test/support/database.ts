/** A migrated database of a test's own, copied from the run's template: a copy takes some 100 ms, migrating it would take longer. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Knex } from 'knex';
import pg from 'pg';
import { expect, inject } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';

export const TEMPLATE = 'understudy_template';

export interface TestDatabase {
  readonly db: Knex;
  readonly url: string;
  drop(): Promise<void>;
}

/** Named after the test file, so that a stray one in a server's list says where it comes from. */
export async function aDatabase(): Promise<TestDatabase> {
  const server = inject('databaseUrl');
  const file = path.basename(expect.getState().testPath ?? 'test', '.test.ts').replace(/[^a-z0-9]+/gi, '_');
  const name = `${file}_${randomBytes(4).toString('hex')}`.toLowerCase();
  await onServer(server, `create database ${name} template ${TEMPLATE}`);
  const url = urlOf(server, name);
  const db = openDatabase(url);
  return {
    db,
    url,
    drop: async () => {
      await db.destroy();
      await onServer(server, `drop database if exists ${name} with (force)`);
    },
  };
}

/** Names come from this folder alone and need no quoting. */
export async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
