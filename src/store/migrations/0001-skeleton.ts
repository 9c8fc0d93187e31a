import type { Knex } from 'knex';

/** Rules that must hold across processes are constraints, named as sentences. Immutable facts are guarded by triggers. */
export const skeleton = {
  name: '0001-skeleton',
  async up(db: Knex): Promise<void> {
    await db.raw(SCHEMA);
  },
};

const SCHEMA = /* sql */ `
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% rows are facts and never change', tg_table_name using errcode = 'restrict_violation';
end $$;

create table models (
  name text primary key constraint model_names_are_lower_case check (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
  current_revision int not null,
  champion_id text,
  created_at timestamptz not null default now()
);

create table spec_revisions (
  model text not null references models,
  revision int not null,
  digest text not null,
  yaml text not null,
  spec jsonb not null,
  applied_by text not null,
  applied_at timestamptz not null default now(),
  primary key (model, revision)
);
create trigger spec_revisions_never_change before update or delete on spec_revisions for each row execute function refuse_change();

create table snapshots (
  digest text primary key,
  model text not null references models,
  source jsonb not null,
  artifact_digest text not null,
  rows_in bigint not null,
  rows_kept bigint not null,
  set_aside jsonb not null,
  columns jsonb not null,
  earliest_at timestamptz,
  latest_at timestamptz,
  taken_at timestamptz not null default now()
);

create table quarantined_rows (
  snapshot_digest text not null,
  row_number bigint not null,
  model text not null references models,
  rule text not null,
  reason text not null,
  raw jsonb not null,
  constraint a_row_is_set_aside_once primary key (snapshot_digest, row_number)
);

create table retrainings (
  retraining_id text primary key,
  model text not null references models,
  spec_revision int not null,
  version_number int not null,
  seed bigint not null,
  reasons jsonb not null,
  phase text not null,
  waiting_for jsonb,
  outcome text,
  detail text,
  snapshot_digest text,
  version_id text,
  started_at timestamptz not null default now(),
  phase_since timestamptz not null default now(),
  closed_at timestamptz,
  constraint a_version_number_is_given_once unique (model, version_number),
  constraint closed_retrainings_have_an_outcome check ((closed_at is null) = (outcome is null))
);
create unique index one_open_retraining_per_model on retrainings (model) where closed_at is null;

create table model_versions (
  version_id text primary key,
  model text not null references models,
  number int not null,
  retraining_id text not null constraint a_retraining_registers_one_version unique references retrainings,
  artifact_digest text not null,
  manifest_digest text not null,
  snapshot_digest text not null references snapshots,
  split_digest text not null,
  spec_revision int not null,
  code_commit text not null,
  lockfile_digest text not null,
  trainer jsonb not null,
  seed bigint not null,
  metrics jsonb not null,
  evidence_digest text not null,
  requested_by jsonb not null,
  registered_at timestamptz not null default now(),
  unique (model, number)
);
create trigger model_versions_never_change before update or delete on model_versions for each row execute function refuse_change();

create table evaluations (
  evidence_digest text primary key,
  model text not null references models,
  version_id text not null,
  champion_id text,
  verdict text not null constraint evaluation_verdicts_are_known check (verdict in ('pass', 'fail', 'inconclusive')),
  reasons jsonb not null,
  page_digest text,
  evaluated_at timestamptz not null default now()
);
create trigger evaluations_never_change before update or delete on evaluations for each row execute function refuse_change();

create table decision_contracts (
  digest text primary key,
  body jsonb not null,
  frozen_at timestamptz not null default now()
);
create trigger decision_contracts_never_change before update or delete on decision_contracts for each row execute function refuse_change();

create table rollouts (
  rollout_id text primary key,
  model text not null references models,
  challenger_id text not null references model_versions,
  champion_id text references model_versions,
  spec_revision int not null,
  evidence_digest text not null,
  decision_contract_digest text references decision_contracts,
  salt text not null,
  phase text not null constraint rollout_phases_are_known check (phase in ('awaiting-approval', 'shadowing', 'ramping', 'paused', 'promoted', 'rejected', 'rolled-back', 'withdrawn')),
  step int,
  steps jsonb not null,
  share_bps int not null default 0 constraint shares_are_basis_points check (share_bps between 0 and 10000),
  verdict jsonb,
  next jsonb,
  reason text,
  opened_at timestamptz not null default now(),
  phase_since timestamptz not null default now(),
  stage_since timestamptz,
  phase_number int not null default -1,
  closed_at timestamptz,
  constraint closed_rollouts_have_a_time check ((closed_at is not null) = (phase in ('promoted', 'rejected', 'rolled-back', 'withdrawn')))
);
create unique index one_open_rollout_per_model on rollouts (model) where closed_at is null;

create table waiting_versions (
  model text primary key references models,
  version_id text not null references model_versions,
  waiting_since timestamptz not null default now()
);

create table approvals (
  rollout_id text not null references rollouts,
  approved_by text not null,
  evidence_digest text not null,
  reason text not null constraint approvals_have_a_reason check (reason <> ''),
  via text not null,
  approved_at timestamptz not null default now(),
  constraint a_person_approves_once primary key (rollout_id, approved_by)
);
create trigger approvals_never_change before update or delete on approvals for each row execute function refuse_change();

create table waivers (
  retraining_id text not null references retrainings,
  gate text not null,
  model text not null references models,
  waived_by text not null,
  reason text not null constraint waivers_have_a_reason check (reason <> ''),
  via text not null,
  waived_at timestamptz not null default now(),
  constraint a_gate_is_waived_once primary key (retraining_id, gate)
);
create trigger waivers_never_change before update or delete on waivers for each row execute function refuse_change();

create table verdicts (
  subject text not null,
  gate text not null,
  look int not null,
  model text not null references models,
  kind text not null constraint verdicts_are_known check (kind in ('pass', 'fail', 'inconclusive')),
  reasons jsonb not null,
  details jsonb not null,
  reached_at timestamptz not null default now(),
  constraint a_look_has_one_verdict primary key (subject, gate, look)
);
create trigger verdicts_never_change before update or delete on verdicts for each row execute function refuse_change();

create table champion_changes (
  change_id bigint generated always as identity primary key,
  model text not null references models,
  from_version text references model_versions,
  to_version text not null references model_versions,
  kind text not null constraint champion_change_kinds_are_known check (kind in ('promoted', 'rolled-back')),
  rollout_id text,
  changed_by text not null,
  reason text not null,
  idempotency_key text not null constraint a_champion_change_happens_once unique,
  -- To the millisecond, as it is told to people: asking for the very time that was told must find it.
  changed_at timestamptz not null default date_trunc('milliseconds', clock_timestamp())
);
create trigger champion_changes_never_change before update or delete on champion_changes for each row execute function refuse_change();
create index champion_changes_by_time on champion_changes (model, changed_at);

create sequence route_revisions;
create table routes (
  model text primary key references models,
  champion_id text not null references model_versions,
  challenger_id text references model_versions,
  challenger_share_bps int not null default 0 constraint challengers_have_at_most_half check (challenger_share_bps between 0 and 5000),
  salt text not null,
  hold_back_id text references model_versions,
  hold_back_bps int not null default 0 constraint hold_backs_are_basis_points check (hold_back_bps between 0 and 5000),
  held_by text,
  revision bigint not null,
  epoch bigint not null default 0,
  written_at timestamptz not null default now(),
  constraint a_share_needs_a_challenger check (challenger_share_bps = 0 or challenger_id is not null)
);
create function announce_route() returns trigger language plpgsql as $$
begin
  new.revision := nextval('route_revisions');
  new.written_at := clock_timestamp();
  perform pg_notify('routes', new.model);
  return new;
end $$;
create trigger routes_count_their_revisions before insert or update on routes for each row execute function announce_route();

create table gateways (
  gateway_id text primary key,
  address text not null,
  started_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  stopped_at timestamptz
);
create table gateway_routes (
  gateway_id text not null references gateways on delete cascade,
  model text not null,
  revision bigint not null,
  epoch bigint not null,
  acknowledged_at timestamptz not null default clock_timestamp(),
  primary key (gateway_id, model)
);

-- Partitioned by the time-ordered id, a month a partition; the store makes partitions before it needs them.
create table predictions (
  prediction_id uuid not null,
  model text not null,
  version_id text not null,
  arm text not null constraint arms_are_known check (arm in ('champion', 'control', 'challenger', 'hold-back')),
  fallback_reason text,
  rollout_id text,
  entity_hash text not null,
  bucket smallint not null constraint buckets_are_in_range check (bucket between 0 and 9999),
  request_id text,
  route_revision bigint not null,
  route_epoch bigint not null,
  gateway_id text not null,
  segments jsonb not null,
  features jsonb not null,
  context jsonb,
  score double precision not null constraint scores_are_probabilities check (score >= 0 and score <= 1),
  latency_ms real not null,
  predicted_at timestamptz not null,
  constraint a_prediction_is_logged_once primary key (prediction_id)
) partition by range (prediction_id);
create table predictions_default partition of predictions default;
create index predictions_by_time on predictions using brin (predicted_at);
create index predictions_by_model_and_time on predictions (model, predicted_at);
create index predictions_by_rollout on predictions (rollout_id, arm, predicted_at) include (latency_ms) where rollout_id is not null;
create index predictions_by_entity on predictions (entity_hash);

create table shadow_pairs (
  prediction_id uuid not null constraint a_prediction_has_one_pair primary key,
  model text not null,
  rollout_id text not null,
  arm text not null,
  entity_hash text not null,
  champion_score double precision,
  challenger_score double precision,
  failure text,
  predicted_at timestamptz not null
);
create index shadow_pairs_by_rollout on shadow_pairs (rollout_id, predicted_at);
create index shadow_pairs_by_entity on shadow_pairs (rollout_id, entity_hash, prediction_id);

-- No reference to predictions: an outcome may arrive before its prediction has been shipped.
create table outcomes (
  prediction_id uuid not null,
  kind text not null,
  revision int not null,
  -- Time-ordered; what was received before the newest revision changes nothing, so a repeated delivery is harmless.
  receipt_id uuid not null,
  value double precision not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  source text not null,
  model text,
  constraint an_outcome_revision_is_kept_once primary key (prediction_id, kind, revision)
);
create index outcomes_by_time on outcomes (received_at);

-- For monitoring and people: volume, errors and latency by the minute.
create table traffic_minutes (
  minute timestamptz not null,
  model text not null,
  version_id text not null,
  arm text not null,
  rollout_id text not null,
  predictions bigint not null,
  errors bigint not null,
  score_sum double precision not null,
  latency_ms_sum double precision not null,
  primary key (minute, model, version_id, arm, rollout_id)
);
-- For the judge, kept as predictions arrive. The arms of a rollout have traffic only while it ramps, so the sums need no time.
create table rollout_traffic (
  rollout_id text not null,
  arm text not null,
  bucket_group smallint not null,
  predictions bigint not null,
  errors bigint not null,
  primary key (rollout_id, arm, bucket_group)
) with (fillfactor = 50);
create table rollout_entities (
  rollout_id text not null,
  entity_hash text not null,
  arm text not null,
  first_prediction_id uuid not null,
  first_predicted_at timestamptz not null,
  constraint an_entity_enters_a_rollout_once primary key (rollout_id, entity_hash)
);
create table dropped_copies (
  drop_id uuid primary key,
  gateway_id text not null,
  rollout_id text not null,
  dropped_count bigint not null,
  dropped_at timestamptz not null
);
create index dropped_copies_by_rollout on dropped_copies (rollout_id);
-- What a version should have answered and could not, so that no prediction exists.
create table failed_answers (
  failure_id uuid primary key,
  gateway_id text not null,
  model text not null,
  version_id text not null,
  reason text not null,
  failed_count bigint not null,
  failed_at timestamptz not null
);
create index failed_answers_by_time on failed_answers (model, failed_at);
create table rejected_records (
  record_id uuid not null,
  kind text not null,
  reason text not null,
  raw text not null,
  rejected_at timestamptz not null default now(),
  constraint a_record_is_rejected_once primary key (record_id, kind)
);

create table watch_ticks (
  model text not null references models,
  tick bigint not null,
  figures jsonb not null,
  findings jsonb not null,
  ticked_at timestamptz not null default now(),
  constraint a_tick_is_written_once primary key (model, tick)
);

create table lifecycle_events (
  model text not null references models,
  sequence bigint not null,
  kind text not null,
  by text not null,
  subject text not null,
  summary text not null,
  details jsonb not null,
  idempotency_key text not null,
  canonical text not null,
  previous_digest text not null,
  digest text not null,
  happened_at timestamptz not null,
  primary key (model, sequence),
  constraint an_event_happens_once unique (model, idempotency_key)
);
create trigger lifecycle_events_never_change before update or delete on lifecycle_events for each row execute function refuse_change();
`;
