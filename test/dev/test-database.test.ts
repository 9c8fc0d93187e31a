import { expect, test } from 'vitest';
import { pendingMigrations } from '../../src/store/migrate.ts';
import { aDatabase } from '../support/database.ts';

test('every test gets a migrated database of its own', async () => {
  const [one, other] = [await aDatabase(), await aDatabase()];
  expect(await pendingMigrations(one.db)).toEqual([]);
  await one.db.schema.createTable('only_here', (table) => table.integer('n'));
  expect(await other.db.schema.hasTable('only_here')).toBe(false);
  await Promise.all([one.drop(), other.drop()]);
});
