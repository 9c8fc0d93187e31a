/** What people see during an incident, from Postgres alone: it answers while no worker runs. */
import type { Knex } from 'knex';
import type { VerdictKind } from '../domain/verdict.ts';
import { championChanges } from './champions.ts';
import { withdrawalsBehind } from './snapshot-records.ts';
import { currentSpec, modelNames } from './specs.ts';
import { newestTick } from './watch-ticks.ts';

export interface ModelStatus {
  readonly model: string;
  readonly specRevision: number;
  readonly champion: { readonly version: string; readonly since: string } | null;
  readonly holdBack: { readonly version: string; readonly share: number } | null;
  readonly challenger: {
    readonly version: string;
    readonly rolloutId: string;
    readonly phase: string;
    /** Counted from 1; null before the ramp. */
    readonly step: number | null;
    readonly steps: number;
    /** Percent of the traffic. */
    readonly share: number;
    readonly evidence: string;
    readonly since: string;
  } | null;
  readonly verdict: { readonly kind: VerdictKind; readonly reasons: readonly string[] } | null;
  readonly next: { readonly what: string; readonly when: string | null };
  readonly retraining: {
    readonly version: string;
    readonly phase: string;
    readonly since: string;
    readonly waitingFor: { readonly gate: string; readonly reasons: readonly string[]; readonly until: string } | null;
  } | null;
  readonly waiting: string | null;
  readonly lastRollout: {
    readonly version: string;
    readonly phase: string;
    readonly reason: string | null;
    readonly closedAt: string;
  } | null;
  readonly lastRetraining: {
    readonly version: string;
    readonly outcome: string;
    readonly detail: string;
    readonly closedAt: string;
  } | null;
  /** The newest look at the champion; outcomes of its window whose prediction nobody has logged. */
  readonly watch: {
    readonly tick: number;
    readonly at: string;
    readonly verdict: VerdictKind;
    /** Of the verdict: of a doubt, what was too little to see. */
    readonly reasons: readonly string[];
    readonly findings: readonly string[];
    readonly unmatchedOutcomes: number;
  } | null;
  readonly gateways: readonly { readonly id: string; readonly lastSeenAt: string; readonly obeysNewestRoute: boolean }[];
  /** Versions now in use or on their way there whose snapshot was withdrawn. */
  readonly withdrawn: readonly { readonly version: string; readonly by: string; readonly reason: string; readonly at: string }[];
}

export async function modelStatus(db: Knex, model: string): Promise<ModelStatus> {
  const { revision } = await currentSpec(db, model);
  const [changes, route, rollout, lastRollout, retraining, lastRetraining, waiting] = await Promise.all([
    championChanges(db, model),
    db('routes').where({ model }).first(),
    db('rollouts').where({ model }).whereNull('closed_at').first(),
    db('rollouts').where({ model }).whereNotNull('closed_at').orderBy('closed_at', 'desc').first(),
    db('retrainings').where({ model }).whereNull('closed_at').first(),
    db('retrainings').where({ model }).whereNotNull('closed_at').orderBy('closed_at', 'desc').first(),
    db('waiting_versions').where({ model }).first('version_id'),
  ]);
  const champion = changes.at(-1);
  const shown = rollout ?? lastRollout;
  return {
    model,
    specRevision: revision,
    champion: champion ? { version: champion.version, since: champion.since } : null,
    holdBack: route?.hold_back_id ? { version: route.hold_back_id, share: route.hold_back_bps / 100 } : null,
    challenger: rollout ? challengerFrom(rollout) : null,
    verdict: shown?.verdict ? { kind: shown.verdict.kind, reasons: shown.verdict.reasons } : null,
    next: nextFrom(model, rollout, retraining, champion !== undefined),
    retraining: retraining
      ? {
          version: `${model}@${retraining.version_number}`,
          phase: retraining.phase,
          since: retraining.phase_since.toISOString(),
          waitingFor: retraining.waiting_for,
        }
      : null,
    waiting: waiting?.version_id ?? null,
    lastRollout: lastRollout
      ? {
          version: lastRollout.challenger_id,
          phase: lastRollout.phase,
          reason: lastRollout.reason,
          closedAt: lastRollout.closed_at.toISOString(),
        }
      : null,
    lastRetraining: lastRetraining
      ? {
          version: `${model}@${lastRetraining.version_number}`,
          outcome: lastRetraining.outcome,
          detail: lastRetraining.detail,
          closedAt: lastRetraining.closed_at.toISOString(),
        }
      : null,
    watch: await watchOf(db, model),
    gateways: await gatewaysOf(db, model, route),
    withdrawn: await withdrawnOf(db, model, [champion?.version, route?.hold_back_id, rollout?.challenger_id, waiting?.version_id]),
  };
}

export async function allStatuses(db: Knex): Promise<readonly ModelStatus[]> {
  const models = await modelNames(db);
  return Promise.all(models.map((model) => modelStatus(db, model)));
}

async function withdrawnOf(db: Knex, model: string, inUse: readonly (string | null | undefined)[]): Promise<ModelStatus['withdrawn']> {
  const behind = await withdrawalsBehind(db, model);
  return [...behind].filter(([version]) => inUse.includes(version)).map(([version, withdrawal]) => ({ version, ...withdrawal }));
}

interface RolloutRow {
  challenger_id: string;
  rollout_id: string;
  phase: string;
  step: number | null;
  steps: number[];
  share_bps: number;
  evidence_digest: string;
  phase_since: Date;
  next: { what: string; when: string | null } | null;
}

function challengerFrom(rollout: RolloutRow): ModelStatus['challenger'] {
  return {
    version: rollout.challenger_id,
    rolloutId: rollout.rollout_id,
    phase: rollout.phase,
    step: rollout.step,
    steps: rollout.steps.length,
    share: rollout.share_bps / 100,
    evidence: rollout.evidence_digest,
    since: rollout.phase_since.toISOString(),
  };
}

function nextFrom(
  model: string,
  rollout: RolloutRow | undefined,
  retraining: { phase: string; waiting_for: { gate: string; until: string } | null } | undefined,
  hasChampion: boolean,
): ModelStatus['next'] {
  if (retraining?.waiting_for) {
    return {
      what: `a person waives ${retraining.waiting_for.gate} (understudy waive ${model} --gate ${retraining.waiting_for.gate} --reason …), or it expires`,
      when: retraining.waiting_for.until,
    };
  }
  if (rollout?.next) return rollout.next;
  if (rollout) return { what: `a person approves the evidence ${rollout.evidence_digest.slice(0, 12)}`, when: null };
  if (retraining) return { what: `${retraining.phase}, then on to the next stage`, when: null };
  return {
    what: hasChampion
      ? 'the champion is watched; a schedule, a person or drift asks for the next retraining'
      : `train a first version: understudy retrain ${model}`,
    when: null,
  };
}

async function watchOf(db: Knex, model: string): Promise<ModelStatus['watch']> {
  const newest = await newestTick(db, model);
  if (newest === null) return null;
  const { tick, at, verdict, findings, unmatchedOutcomes } = newest;
  const { kind, reasons } = verdict;
  return { tick, at, verdict: kind, reasons, findings: findings.map(({ sentence }) => sentence), unmatchedOutcomes };
}

async function gatewaysOf(
  db: Knex,
  model: string,
  route: { revision: number; epoch: number } | undefined,
): Promise<ModelStatus['gateways']> {
  const rows: { gateway_id: string; last_seen_at: Date; revision: number | null; epoch: number | null }[] = await db('gateways')
    .leftJoin('gateway_routes', (join) =>
      join.on('gateways.gateway_id', 'gateway_routes.gateway_id').andOn('gateway_routes.model', db.raw('?', [model])),
    )
    .whereNull('stopped_at')
    .whereRaw(`last_seen_at > now() - interval '1 minute'`)
    .orderBy('gateways.gateway_id')
    .select('gateways.gateway_id', 'last_seen_at', 'revision', 'epoch');
  return rows.map((row) => ({
    id: row.gateway_id,
    lastSeenAt: row.last_seen_at.toISOString(),
    obeysNewestRoute: route === undefined || (Number(row.epoch) === Number(route.epoch) && Number(row.revision) === Number(route.revision)),
  }));
}
