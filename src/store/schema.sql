-- Made from the migrated catalogue by test/store/constraints.test.ts (UPDATE_SCHEMA=1). Do not edit.

CREATE OR REPLACE FUNCTION public.announce_route()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.revision := nextval('route_revisions');
  new.written_at := clock_timestamp();
  perform pg_notify('routes', new.model);
  return new;
end $function$

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% rows are facts and never change', tg_table_name using errcode = 'restrict_violation';
end $function$

table approvals
  rollout_id text not null
  approved_by text not null
  evidence_digest text not null
  reason text not null
  via text not null
  approved_at timestamp with time zone not null default now()
  constraint a_person_approves_once PRIMARY KEY (rollout_id, approved_by)
  constraint approvals_have_a_reason CHECK ((reason <> ''::text))
  constraint approvals_rollout_id_fkey FOREIGN KEY (rollout_id) REFERENCES rollouts(rollout_id)
  CREATE TRIGGER approvals_never_change BEFORE DELETE OR UPDATE ON public.approvals FOR EACH ROW EXECUTE FUNCTION refuse_change()

table champion_changes
  change_id bigint not null identity
  model text not null
  from_version text
  to_version text not null
  kind text not null
  rollout_id text
  changed_by text not null
  reason text not null
  idempotency_key text not null
  changed_at timestamp with time zone not null default date_trunc('milliseconds'::text, clock_timestamp())
  constraint a_champion_change_happens_once UNIQUE (idempotency_key)
  constraint champion_change_kinds_are_known CHECK ((kind = ANY (ARRAY['promoted'::text, 'rolled-back'::text])))
  constraint champion_changes_from_version_fkey FOREIGN KEY (from_version) REFERENCES model_versions(version_id)
  constraint champion_changes_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint champion_changes_pkey PRIMARY KEY (change_id)
  constraint champion_changes_to_version_fkey FOREIGN KEY (to_version) REFERENCES model_versions(version_id)
  CREATE INDEX champion_changes_by_time ON public.champion_changes USING btree (model, changed_at)
  CREATE TRIGGER champion_changes_never_change BEFORE DELETE OR UPDATE ON public.champion_changes FOR EACH ROW EXECUTE FUNCTION refuse_change()

table decision_contracts
  digest text not null
  body jsonb not null
  frozen_at timestamp with time zone not null default now()
  constraint decision_contracts_pkey PRIMARY KEY (digest)
  CREATE TRIGGER decision_contracts_never_change BEFORE DELETE OR UPDATE ON public.decision_contracts FOR EACH ROW EXECUTE FUNCTION refuse_change()

table dropped_copies
  drop_id uuid not null
  gateway_id text not null
  rollout_id text not null
  dropped_count bigint not null
  dropped_at timestamp with time zone not null
  constraint dropped_copies_pkey PRIMARY KEY (drop_id)
  CREATE INDEX dropped_copies_by_rollout ON public.dropped_copies USING btree (rollout_id)

table evaluations
  evidence_digest text not null
  model text not null
  version_id text not null
  champion_id text
  verdict text not null
  reasons jsonb not null
  page_digest text
  evaluated_at timestamp with time zone not null default now()
  constraint evaluation_verdicts_are_known CHECK ((verdict = ANY (ARRAY['pass'::text, 'fail'::text, 'inconclusive'::text])))
  constraint evaluations_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint evaluations_pkey PRIMARY KEY (evidence_digest)
  CREATE TRIGGER evaluations_never_change BEFORE DELETE OR UPDATE ON public.evaluations FOR EACH ROW EXECUTE FUNCTION refuse_change()

table failed_answers
  failure_id uuid not null
  gateway_id text not null
  model text not null
  version_id text not null
  reason text not null
  failed_count bigint not null
  failed_at timestamp with time zone not null
  constraint failed_answers_pkey PRIMARY KEY (failure_id)
  CREATE INDEX failed_answers_by_time ON public.failed_answers USING btree (model, failed_at)

table feature_watermarks
  model text not null
  event_table text not null
  fence bigint not null default 0
  as_of timestamp with time zone
  keys jsonb not null default '[]'::jsonb
  stale_after_ms bigint not null
  constraint feature_watermarks_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint feature_watermarks_pkey PRIMARY KEY (model, event_table)

table gateway_routes
  gateway_id text not null
  model text not null
  revision bigint not null
  epoch bigint not null
  acknowledged_at timestamp with time zone not null default clock_timestamp()
  constraint gateway_routes_gateway_id_fkey FOREIGN KEY (gateway_id) REFERENCES gateways(gateway_id) ON DELETE CASCADE
  constraint gateway_routes_pkey PRIMARY KEY (gateway_id, model)

table gateways
  gateway_id text not null
  address text not null
  started_at timestamp with time zone not null default now()
  last_seen_at timestamp with time zone not null default now()
  stopped_at timestamp with time zone
  constraint gateways_pkey PRIMARY KEY (gateway_id)

table lifecycle_events
  model text not null
  sequence bigint not null
  kind text not null
  by text not null
  subject text not null
  summary text not null
  details jsonb not null
  idempotency_key text not null
  canonical text not null
  previous_digest text not null
  digest text not null
  happened_at timestamp with time zone not null
  constraint an_event_happens_once UNIQUE (model, idempotency_key)
  constraint lifecycle_events_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint lifecycle_events_pkey PRIMARY KEY (model, sequence)
  CREATE TRIGGER lifecycle_events_never_change BEFORE DELETE OR UPDATE ON public.lifecycle_events FOR EACH ROW EXECUTE FUNCTION refuse_change()

table materialisations
  materialisation_id text not null
  model text not null
  event_table text not null
  fence bigint not null
  since timestamp with time zone
  as_of timestamp with time zone not null
  range_from timestamp with time zone
  range_until timestamp with time zone
  started_at timestamp with time zone not null default now()
  completed_at timestamp with time zone
  events bigint
  entities_written bigint not null default 0
  newest_event_at timestamp with time zone
  constraint a_fence_belongs_to_one_materialisation UNIQUE (model, event_table, fence)
  constraint a_materialisation_has_one_row_a_table PRIMARY KEY (materialisation_id, event_table)
  constraint materialisations_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  CREATE INDEX materialisations_by_time ON public.materialisations USING btree (model, started_at)

table model_versions
  version_id text not null
  model text not null
  number integer not null
  retraining_id text not null
  artifact_digest text not null
  manifest_digest text not null
  snapshot_digest text not null
  split_digest text not null
  spec_revision integer not null
  code_commit text not null
  lockfile_digest text not null
  trainer jsonb not null
  seed bigint not null
  metrics jsonb not null
  evidence_digest text not null
  requested_by jsonb not null
  registered_at timestamp with time zone not null default now()
  constraint a_retraining_registers_one_version UNIQUE (retraining_id)
  constraint model_versions_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint model_versions_model_number_key UNIQUE (model, number)
  constraint model_versions_pkey PRIMARY KEY (version_id)
  constraint model_versions_retraining_id_fkey FOREIGN KEY (retraining_id) REFERENCES retrainings(retraining_id)
  constraint model_versions_snapshot_digest_fkey FOREIGN KEY (snapshot_digest) REFERENCES snapshots(digest)
  CREATE TRIGGER model_versions_never_change BEFORE DELETE OR UPDATE ON public.model_versions FOR EACH ROW EXECUTE FUNCTION refuse_change()

table models
  name text not null
  current_revision integer not null
  champion_id text
  created_at timestamp with time zone not null default now()
  constraint model_names_are_lower_case CHECK ((name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'::text))
  constraint models_pkey PRIMARY KEY (name)

table online_feature_figures
  materialisation_id text not null
  event_table text not null
  key text not null
  entities bigint not null
  nulls bigint not null
  distinct_values bigint not null
  constraint figures_are_taken_once PRIMARY KEY (materialisation_id, event_table, key)
  constraint online_feature_figures_materialisation_id_event_table_fkey FOREIGN KEY (materialisation_id, event_table) REFERENCES materialisations(materialisation_id, event_table)

table online_features
  model text not null
  event_table text not null
  entity_hash text not null
  online_values jsonb not null
  as_of timestamp with time zone not null
  constraint an_entity_has_one_row_a_table PRIMARY KEY (model, event_table, entity_hash)

table outcomes
  prediction_id uuid not null
  kind text not null
  revision integer not null
  receipt_id uuid not null
  value double precision not null
  occurred_at timestamp with time zone not null
  received_at timestamp with time zone not null
  source text not null
  model text
  constraint an_outcome_revision_is_kept_once PRIMARY KEY (prediction_id, kind, revision)
  CREATE INDEX outcomes_by_time ON public.outcomes USING btree (received_at)

partitioned table predictions
  prediction_id uuid not null
  model text not null
  version_id text not null
  arm text not null
  fallback_reason text
  rollout_id text
  entity_hash text not null
  bucket smallint not null
  request_id text
  route_revision bigint not null
  route_epoch bigint not null
  gateway_id text not null
  segments jsonb not null
  features jsonb not null
  context jsonb
  score double precision not null
  latency_ms real not null
  predicted_at timestamp with time zone not null
  constraint a_prediction_is_logged_once PRIMARY KEY (prediction_id)
  constraint arms_are_known CHECK ((arm = ANY (ARRAY['champion'::text, 'control'::text, 'challenger'::text, 'hold-back'::text])))
  constraint buckets_are_in_range CHECK (((bucket >= 0) AND (bucket <= 9999)))
  constraint scores_are_finite_numbers CHECK (((score > '-Infinity'::double precision) AND (score < 'Infinity'::double precision)))
  CREATE INDEX predictions_by_entity ON ONLY public.predictions USING btree (entity_hash)
  CREATE INDEX predictions_by_model_and_time ON ONLY public.predictions USING btree (model, predicted_at)
  CREATE INDEX predictions_by_rollout ON ONLY public.predictions USING btree (rollout_id, arm, predicted_at) INCLUDE (latency_ms) WHERE (rollout_id IS NOT NULL)
  CREATE INDEX predictions_by_time ON ONLY public.predictions USING brin (predicted_at)

partition predictions_default
  prediction_id uuid not null
  model text not null
  version_id text not null
  arm text not null
  fallback_reason text
  rollout_id text
  entity_hash text not null
  bucket smallint not null
  request_id text
  route_revision bigint not null
  route_epoch bigint not null
  gateway_id text not null
  segments jsonb not null
  features jsonb not null
  context jsonb
  score double precision not null
  latency_ms real not null
  predicted_at timestamp with time zone not null
  constraint arms_are_known CHECK ((arm = ANY (ARRAY['champion'::text, 'control'::text, 'challenger'::text, 'hold-back'::text])))
  constraint buckets_are_in_range CHECK (((bucket >= 0) AND (bucket <= 9999)))
  constraint predictions_default_pkey PRIMARY KEY (prediction_id)
  constraint scores_are_finite_numbers CHECK (((score > '-Infinity'::double precision) AND (score < 'Infinity'::double precision)))
  CREATE INDEX predictions_default_entity_hash_idx ON public.predictions_default USING btree (entity_hash)
  CREATE INDEX predictions_default_model_predicted_at_idx ON public.predictions_default USING btree (model, predicted_at)
  CREATE INDEX predictions_default_predicted_at_idx ON public.predictions_default USING brin (predicted_at)
  CREATE INDEX predictions_default_rollout_id_arm_predicted_at_latency_ms_idx ON public.predictions_default USING btree (rollout_id, arm, predicted_at) INCLUDE (latency_ms) WHERE (rollout_id IS NOT NULL)

table quarantined_rows
  snapshot_digest text not null
  row_number bigint not null
  model text not null
  rule text not null
  reason text not null
  raw jsonb not null
  constraint a_row_is_set_aside_once PRIMARY KEY (snapshot_digest, row_number)
  constraint quarantined_rows_model_fkey FOREIGN KEY (model) REFERENCES models(name)

table redrives
  redrive_id text not null
  model text not null
  snapshot_digest text not null
  rows_digest text not null
  row_count bigint not null
  hashed jsonb not null
  asked_by text not null
  asked_at timestamp with time zone not null default now()
  constraint redrives_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint redrives_pkey PRIMARY KEY (redrive_id)
  constraint redrives_snapshot_digest_fkey FOREIGN KEY (snapshot_digest) REFERENCES snapshots(digest)
  constraint the_same_rows_are_brought_back_once UNIQUE (model, rows_digest)
  CREATE TRIGGER redrives_never_change BEFORE DELETE OR UPDATE ON public.redrives FOR EACH ROW EXECUTE FUNCTION refuse_change()

table rejected_records
  record_id uuid not null
  kind text not null
  reason text not null
  raw text not null
  rejected_at timestamp with time zone not null default now()
  constraint a_record_is_rejected_once PRIMARY KEY (record_id, kind)

table retrainings
  retraining_id text not null
  model text not null
  spec_revision integer not null
  version_number integer not null
  seed bigint not null
  reasons jsonb not null
  phase text not null
  waiting_for jsonb
  outcome text
  detail text
  snapshot_digest text
  version_id text
  started_at timestamp with time zone not null default now()
  phase_since timestamp with time zone not null default now()
  closed_at timestamp with time zone
  import_digest text
  trained jsonb
  constraint a_version_number_is_given_once UNIQUE (model, version_number)
  constraint closed_retrainings_have_an_outcome CHECK (((closed_at IS NULL) = (outcome IS NULL)))
  constraint retrainings_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint retrainings_pkey PRIMARY KEY (retraining_id)
  CREATE UNIQUE INDEX one_open_retraining_per_model ON public.retrainings USING btree (model) WHERE (closed_at IS NULL)

table rollout_entities
  rollout_id text not null
  entity_hash text not null
  arm text not null
  first_prediction_id uuid not null
  first_predicted_at timestamp with time zone not null
  constraint an_entity_enters_a_rollout_once PRIMARY KEY (rollout_id, entity_hash)

table rollout_traffic
  rollout_id text not null
  arm text not null
  bucket_group smallint not null
  predictions bigint not null
  errors bigint not null
  constraint rollout_traffic_pkey PRIMARY KEY (rollout_id, arm, bucket_group)

table rollouts
  rollout_id text not null
  model text not null
  challenger_id text not null
  champion_id text
  spec_revision integer not null
  evidence_digest text not null
  decision_contract_digest text
  salt text not null
  phase text not null
  step integer
  steps jsonb not null
  share_bps integer not null default 0
  verdict jsonb
  next jsonb
  reason text
  opened_at timestamp with time zone not null default now()
  phase_since timestamp with time zone not null default now()
  stage_since timestamp with time zone
  phase_number integer not null default '-1'::integer
  closed_at timestamp with time zone
  constraint closed_rollouts_have_a_time CHECK (((closed_at IS NOT NULL) = (phase = ANY (ARRAY['promoted'::text, 'rejected'::text, 'rolled-back'::text, 'withdrawn'::text]))))
  constraint rollout_phases_are_known CHECK ((phase = ANY (ARRAY['awaiting-approval'::text, 'shadowing'::text, 'ramping'::text, 'paused'::text, 'promoted'::text, 'rejected'::text, 'rolled-back'::text, 'withdrawn'::text])))
  constraint rollouts_challenger_id_fkey FOREIGN KEY (challenger_id) REFERENCES model_versions(version_id)
  constraint rollouts_champion_id_fkey FOREIGN KEY (champion_id) REFERENCES model_versions(version_id)
  constraint rollouts_decision_contract_digest_fkey FOREIGN KEY (decision_contract_digest) REFERENCES decision_contracts(digest)
  constraint rollouts_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint rollouts_pkey PRIMARY KEY (rollout_id)
  constraint shares_are_basis_points CHECK (((share_bps >= 0) AND (share_bps <= 10000)))
  CREATE UNIQUE INDEX one_open_rollout_per_model ON public.rollouts USING btree (model) WHERE (closed_at IS NULL)

table routes
  model text not null
  champion_id text not null
  challenger_id text
  challenger_share_bps integer not null default 0
  salt text not null
  hold_back_id text
  hold_back_bps integer not null default 0
  held_by text
  revision bigint not null
  epoch bigint not null default 0
  written_at timestamp with time zone not null default now()
  constraint a_share_needs_a_challenger CHECK (((challenger_share_bps = 0) OR (challenger_id IS NOT NULL)))
  constraint challengers_have_at_most_half CHECK (((challenger_share_bps >= 0) AND (challenger_share_bps <= 5000)))
  constraint hold_backs_are_basis_points CHECK (((hold_back_bps >= 0) AND (hold_back_bps <= 5000)))
  constraint routes_challenger_id_fkey FOREIGN KEY (challenger_id) REFERENCES model_versions(version_id)
  constraint routes_champion_id_fkey FOREIGN KEY (champion_id) REFERENCES model_versions(version_id)
  constraint routes_hold_back_id_fkey FOREIGN KEY (hold_back_id) REFERENCES model_versions(version_id)
  constraint routes_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint routes_pkey PRIMARY KEY (model)
  CREATE TRIGGER routes_count_their_revisions BEFORE INSERT OR UPDATE ON public.routes FOR EACH ROW EXECUTE FUNCTION announce_route()

table shadow_pairs
  prediction_id uuid not null
  model text not null
  rollout_id text not null
  arm text not null
  entity_hash text not null
  champion_score double precision
  challenger_score double precision
  failure text
  predicted_at timestamp with time zone not null
  constraint a_prediction_has_one_pair PRIMARY KEY (prediction_id)
  CREATE INDEX shadow_pairs_by_entity ON public.shadow_pairs USING btree (rollout_id, entity_hash, prediction_id)
  CREATE INDEX shadow_pairs_by_rollout ON public.shadow_pairs USING btree (rollout_id, predicted_at)

table snapshot_profiles
  snapshot_digest text not null
  profile_digest text not null
  profiled_at timestamp with time zone not null default now()
  constraint a_snapshot_has_one_profile PRIMARY KEY (snapshot_digest)
  constraint snapshot_profiles_snapshot_digest_fkey FOREIGN KEY (snapshot_digest) REFERENCES snapshots(digest)

table snapshots
  digest text not null
  model text not null
  source jsonb not null
  artifact_digest text not null
  rows_in bigint not null
  rows_kept bigint not null
  set_aside jsonb not null
  columns jsonb not null
  earliest_at timestamp with time zone
  latest_at timestamp with time zone
  taken_at timestamp with time zone not null default now()
  quarantine_digest text
  left_out jsonb not null default '[]'::jsonb
  manifest jsonb not null default '{}'::jsonb
  withdrawn_at timestamp with time zone
  withdrawn_by text
  withdrawn_reason text
  constraint a_withdrawal_says_who_and_why CHECK ((num_nulls(withdrawn_at, withdrawn_by, withdrawn_reason) = ANY (ARRAY[0, 3])))
  constraint snapshots_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint snapshots_pkey PRIMARY KEY (digest)

table spec_revisions
  model text not null
  revision integer not null
  digest text not null
  yaml text not null
  spec jsonb not null
  applied_by text not null
  applied_at timestamp with time zone not null default now()
  constraint spec_revisions_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint spec_revisions_pkey PRIMARY KEY (model, revision)
  CREATE TRIGGER spec_revisions_never_change BEFORE DELETE OR UPDATE ON public.spec_revisions FOR EACH ROW EXECUTE FUNCTION refuse_change()

table traffic_minutes
  minute timestamp with time zone not null
  model text not null
  version_id text not null
  arm text not null
  rollout_id text not null
  predictions bigint not null
  errors bigint not null
  score_sum double precision not null
  latency_ms_sum double precision not null
  constraint traffic_minutes_pkey PRIMARY KEY (minute, model, version_id, arm, rollout_id)

table verdicts
  subject text not null
  gate text not null
  look integer not null
  model text not null
  kind text not null
  reasons jsonb not null
  details jsonb not null
  reached_at timestamp with time zone not null default now()
  constraint a_look_has_one_verdict PRIMARY KEY (subject, gate, look)
  constraint verdicts_are_known CHECK ((kind = ANY (ARRAY['pass'::text, 'fail'::text, 'inconclusive'::text])))
  constraint verdicts_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  CREATE TRIGGER verdicts_never_change BEFORE DELETE OR UPDATE ON public.verdicts FOR EACH ROW EXECUTE FUNCTION refuse_change()

table version_documents
  version_id text not null
  kind text not null
  content_digest text not null
  page_digest text
  as_of_sequence bigint not null
  made_at timestamp with time zone not null default clock_timestamp()
  constraint a_document_is_kept_once PRIMARY KEY (version_id, kind, content_digest)
  constraint document_kinds_are_known CHECK ((kind = ANY (ARRAY['model-card'::text, 'release-baseline'::text])))
  constraint model_cards_have_a_page CHECK (((kind = 'model-card'::text) = (page_digest IS NOT NULL)))
  constraint version_documents_version_id_fkey FOREIGN KEY (version_id) REFERENCES model_versions(version_id)
  CREATE TRIGGER version_documents_never_change BEFORE DELETE OR UPDATE ON public.version_documents FOR EACH ROW EXECUTE FUNCTION refuse_change()

table waiting_versions
  model text not null
  version_id text not null
  waiting_since timestamp with time zone not null default now()
  constraint waiting_versions_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint waiting_versions_pkey PRIMARY KEY (model)
  constraint waiting_versions_version_id_fkey FOREIGN KEY (version_id) REFERENCES model_versions(version_id)

table waivers
  retraining_id text not null
  gate text not null
  model text not null
  waived_by text not null
  reason text not null
  via text not null
  waived_at timestamp with time zone not null default now()
  constraint a_gate_is_waived_once PRIMARY KEY (retraining_id, gate)
  constraint waivers_have_a_reason CHECK ((reason <> ''::text))
  constraint waivers_model_fkey FOREIGN KEY (model) REFERENCES models(name)
  constraint waivers_retraining_id_fkey FOREIGN KEY (retraining_id) REFERENCES retrainings(retraining_id)
  CREATE TRIGGER waivers_never_change BEFORE DELETE OR UPDATE ON public.waivers FOR EACH ROW EXECUTE FUNCTION refuse_change()

table watch_ticks
  model text not null
  tick bigint not null
  figures jsonb not null
  findings jsonb not null
  ticked_at timestamp with time zone not null default now()
  constraint a_tick_is_written_once PRIMARY KEY (model, tick)
  constraint watch_ticks_model_fkey FOREIGN KEY (model) REFERENCES models(name)
