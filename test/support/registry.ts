/** A model with registered versions, told in the words of the domain; every value that doesn't matter has a default. */
import type { Knex } from 'knex';
import { type Digest, modelName, retrainingId, rolloutId, shareBps, versionNumber, versionOf } from '../../src/domain/ids.ts';
import type { Rollout, RolloutEvent } from '../../src/domain/rollout.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { insertVersion } from '../../src/store/registry.ts';
import { openRetraining } from '../../src/store/retrainings.ts';
import { type EnteredPhase, enterPhase, type PhaseWritten } from '../../src/store/rollout-phases.ts';
import { openRollout } from '../../src/store/rollouts.ts';
import { storeSnapshot } from '../../src/store/snapshots.ts';
import { applySpec } from '../../src/store/specs.ts';

export const churn = modelName('churn');
export const digestOf = (letter: string): Digest => letter.repeat(64) as Digest;
const yaml = 'model: churn\nowners: team\nentity: customer\nlabel: { column: left, maturity: 30d }\nfeatures: { tenure: number }\n';

export async function aModel(db: Knex): Promise<void> {
  const { spec, digest } = parseSpec(yaml, { file: 'churn.yaml' });
  await applySpec(db, { spec, yaml, digest, by: 'dana' });
}

/** Registers churn@<number> by a retraining of its own. */
export async function aVersion(
  db: Knex,
  number: number,
  {
    artifact = digestOf('c'),
    manifest = digestOf('d'),
    evidence = digestOf('f'),
  }: { artifact?: Digest; manifest?: Digest; evidence?: Digest } = {},
): Promise<ReturnType<typeof versionOf>> {
  const id = retrainingId(`training-${number}`);
  const { version, specRevision } = await openRetraining(db, {
    retrainingId: id,
    model: churn,
    requests: [{ by: 'dana', reason: 'weekly' }],
  });
  if (versionNumber(version) !== number) throw new Error(`expected version ${number}, got ${version}`);
  const snapshot = {
    digest: digestOf('a'),
    artifact: digestOf('b'),
    source: {},
    rowsIn: 10,
    rowsKept: 10,
    setAside: [],
    columns: [],
    earliestAt: null,
    latestAt: null,
  };
  await storeSnapshot(db, { model: churn, retrainingId: id, snapshot, quarantined: [] });
  await insertVersion(db, {
    version,
    model: churn,
    number,
    retrainingId: id,
    artifact,
    manifest,
    snapshot: digestOf('a'),
    split: digestOf('e'),
    specRevision,
    codeCommit: 'abc',
    lockfile: 'def',
    trainer: { name: 'logistic-regression' },
    seed: 7,
    metrics: {},
    evidence,
    requestedBy: [{ by: 'dana', reason: 'weekly' }],
  });
  return version;
}

export async function aRollout(db: Knex, number: number, champion: number | null): Promise<'opened' | 'waiting'> {
  return openRollout(db, {
    rolloutId: rolloutId(`rollout-${number}`),
    model: churn,
    challenger: versionOf(churn, number),
    champion: champion === null ? null : versionOf(churn, champion),
    specRevision: 1,
    evidence: digestOf('f'),
    contract: null,
    steps: champion === null ? [] : [500, 2_500, 5_000],
  });
}

interface Entering {
  readonly share?: number;
  readonly events?: readonly RolloutEvent[];
}

export function enters(db: Knex, number: number, phase: { at: number; rollout: Rollout } & Entering): Promise<PhaseWritten> {
  const entered: EnteredPhase = {
    rolloutId: rolloutId(`rollout-${number}`),
    number: phase.at,
    rollout: phase.rollout,
    share: shareBps(phase.share ?? 0),
    step: phase.rollout.phase === 'ramping' ? phase.rollout.step + 1 : null,
    lastVerdict: null,
    next: { what: 'wait', when: null },
    events: phase.events ?? [],
    holdBackBps: shareBps(500),
  };
  return enterPhase(db, entered);
}

export const approvedBy = (by: string): RolloutEvent => ({ kind: 'approved', by, evidence: digestOf('f'), reason: 'read it' });

/** churn@1 is champion, by way of its own rollout. */
export async function aChampion(db: Knex, kept: { manifest?: Digest; evidence?: Digest } = {}): Promise<void> {
  await aModel(db);
  await aVersion(db, 1, kept);
  await aRollout(db, 1, null);
  await enters(db, 1, { at: 0, rollout: { phase: 'promoted' }, share: 10_000, events: [approvedBy('ann')] });
}
