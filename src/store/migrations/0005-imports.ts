import type { Knex } from 'knex';

/** Models that were made elsewhere, and what a trainer said of its work. */
export const imports = {
  name: '0005-imports',
  up: async (db: Knex) => {
    await db.raw(`
alter table retrainings add column import_digest text;
alter table retrainings add column trained jsonb;
`);
  },
};
