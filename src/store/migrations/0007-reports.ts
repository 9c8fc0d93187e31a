import type { Knex } from 'knex';

/** Documents about a version that are made when somebody asks, or when it is released: which were made, and what they rest on. */
export const reports = {
  name: '0007-reports',
  async up(db: Knex): Promise<void> {
    await db.raw(SCHEMA);
  },
};

const SCHEMA = /* sql */ `
create table version_documents (
  version_id text not null references model_versions,
  kind text not null constraint document_kinds_are_known check (kind in ('model-card', 'release-baseline')),
  content_digest text not null,
  page_digest text,
  as_of_sequence bigint not null,
  made_at timestamptz not null default clock_timestamp(),
  constraint a_document_is_kept_once primary key (version_id, kind, content_digest),
  constraint model_cards_have_a_page check ((kind = 'model-card') = (page_digest is not null))
);
create trigger version_documents_never_change before update or delete on version_documents for each row execute function refuse_change();
`;
