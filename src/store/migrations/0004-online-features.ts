import type { Knex } from 'knex';

/** Aggregates of events as gateways read them: values by entity, how far they go, and what they looked like each time. */
export const onlineFeatures = {
  name: '0004-online-features',
  up: async (db: Knex) => {
    await db.raw(`
-- How far the values of a table of events go. The fence is counted up by every materialisation, so that an earlier one that
-- still runs can write nothing any more.
create table feature_watermarks (
  model text not null references models,
  event_table text not null,
  fence bigint not null default 0,
  as_of timestamptz,
  -- Definitions that have values: a version may ask for one that has none yet.
  keys jsonb not null default '[]',
  stale_after_ms bigint not null,
  primary key (model, event_table)
);

create table online_features (
  model text not null,
  event_table text not null,
  -- The gateway's own keyed hash, so that nobody without the key can tell whose values these are.
  entity_hash text not null,
  -- By definition; a definition without a value had no event. Of days-since the time of the last event, in milliseconds since 1970.
  online_values jsonb not null,
  as_of timestamptz not null,
  constraint an_entity_has_one_row_a_table primary key (model, event_table, entity_hash)
);

create table materialisations (
  materialisation_id text not null,
  model text not null references models,
  event_table text not null,
  fence bigint not null,
  -- The watermark before; null: every entity is written.
  since timestamptz,
  as_of timestamptz not null,
  -- A range that was asked for: entities with events in it are written, whatever the watermark says.
  range_from timestamptz,
  range_until timestamptz,
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  events bigint,
  entities_written bigint not null default 0,
  newest_event_at timestamptz,
  constraint a_materialisation_has_one_row_a_table primary key (materialisation_id, event_table),
  constraint a_fence_belongs_to_one_materialisation unique (model, event_table, fence)
);
create index materialisations_by_time on materialisations (model, started_at);

create table online_feature_figures (
  materialisation_id text not null,
  event_table text not null,
  key text not null,
  entities bigint not null,
  nulls bigint not null,
  distinct_values bigint not null,
  constraint figures_are_taken_once primary key (materialisation_id, event_table, key),
  foreign key (materialisation_id, event_table) references materialisations
);
`);
  },
};
