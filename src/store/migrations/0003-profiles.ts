import type { Knex } from 'knex';

/** What each snapshot looked like; it stays when the rows are withdrawn. */
export const profiles = {
  name: '0003-profiles',
  async up(db: Knex): Promise<void> {
    await db.raw(SCHEMA);
  },
};

const SCHEMA = /* sql */ `
create table snapshot_profiles (
  snapshot_digest text constraint a_snapshot_has_one_profile primary key references snapshots,
  profile_digest text not null,
  profiled_at timestamptz not null default now()
);
`;
