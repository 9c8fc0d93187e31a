import type { Knex } from 'knex';

/** Where a snapshot came from, whom it was withdrawn by, and rows that were set aside and brought back. */
export const sources = {
  name: '0002-sources',
  up: async (db: Knex) => {
    await db.raw(`
alter table snapshots add column quarantine_digest text;
alter table snapshots add column left_out jsonb not null default '[]';
alter table snapshots add column manifest jsonb not null default '{}';
alter table snapshots add column withdrawn_at timestamptz;
alter table snapshots add column withdrawn_by text;
alter table snapshots add column withdrawn_reason text;
alter table snapshots add constraint a_withdrawal_says_who_and_why
  check (num_nulls(withdrawn_at, withdrawn_by, withdrawn_reason) in (0, 3));

create table redrives (
  redrive_id text primary key,
  model text not null references models,
  snapshot_digest text not null references snapshots,
  rows_digest text not null,
  row_count bigint not null,
  hashed jsonb not null,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  constraint the_same_rows_are_brought_back_once unique (model, rows_digest)
);
create trigger redrives_never_change before update or delete on redrives for each row execute function refuse_change();
`);
  },
};
