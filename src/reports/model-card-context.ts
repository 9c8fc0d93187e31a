/**
 * What a model card says beside the evidence: use, data, training, limits, approvals and history of one version, as of one event of
 * the audit trail. It is stored, so that every figure on the card is found in stored JSON, and the same event gives the same card.
 */
import { formatDuration } from '../domain/duration.ts';
import type { Digest, VersionId } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import type { Withdrawal } from '../store/snapshot-records.ts';
import type { VersionRecord } from '../store/version-record.ts';
import type { Manifest } from '../training/manifest.ts';
import type { Searched } from '../training/search.ts';
import { describeDerivation } from './derivation-words.ts';
import { type NotValidated, notValidated, type ValidationSources } from './not-validated.ts';

export interface ModelCardContext {
  readonly format: 'understudy.model-card.v1';
  readonly model: string;
  readonly version: VersionId;
  readonly evidence: Digest;
  /** The newest event of the audit trail when the card was made. */
  readonly asOf: { readonly sequence: number; readonly at: string; readonly digest: string } | null;
  readonly standing: string;
  readonly use: {
    readonly objective: string;
    readonly audience: string;
    readonly owners: Spec['owners'];
    readonly task: Spec['task'];
    readonly entity: string;
    readonly outcome: { readonly name: string; readonly maturity: string; readonly absent: string; readonly better: 'higher' | 'lower' };
    readonly treatment: string | null;
    readonly actionsMayChangeOutcomes: boolean;
    readonly decision: Spec['decision'];
  };
  readonly data: {
    readonly snapshot: Digest;
    readonly source: string;
    readonly takenAt: string;
    /** Who has withdrawn the snapshot since, if anybody. */
    readonly withdrawn?: Withdrawal;
    readonly rowsIn: number;
    readonly rowsKept: number;
    readonly setAside: readonly { readonly rule: string; readonly count: number }[];
    readonly from: string | null;
    readonly until: string | null;
    readonly trainedRows: number;
    readonly baseRate: number;
    readonly split: string;
    readonly consent: Spec['consent'];
    readonly personal: readonly string[];
    readonly fairnessColumns: readonly string[];
    readonly withheld: readonly string[];
  };
  readonly features: readonly {
    readonly name: string;
    readonly type: string;
    readonly from: string;
    readonly owner: string;
    readonly version: number;
    readonly description: string;
  }[];
  readonly training: {
    readonly trainer: string;
    readonly parameters: Readonly<Record<string, number>>;
    readonly calibration: string;
    readonly search: Spec['trainer']['search'];
    /** What was tried, as the trainer wrote it down, without the parameters that are the same in all; null without a search. */
    readonly searched: Searched | null;
    readonly weight: string | null;
    readonly seed: number;
    readonly specRevision: number;
    readonly codeCommit: string;
    readonly lockfile: string;
    readonly registeredAt: string;
    readonly requestedBy: readonly { readonly by: string; readonly reason: string }[];
  };
  readonly notValidated: NotValidated;
  readonly files: { readonly artifact: Digest; readonly manifest: Digest; readonly split: Digest };
  readonly approvals: VersionRecord['approvals'];
  readonly waivers: VersionRecord['waivers'];
  readonly history: VersionRecord['history'];
}

export interface CardSources extends ValidationSources {
  readonly record: VersionRecord;
}

export function modelCardContext({ record, manifest, evidence, profile }: CardSources): ModelCardContext {
  const { version, spec } = record;
  return {
    format: 'understudy.model-card.v1',
    model: version.model,
    version: version.version,
    evidence: version.evidence,
    asOf: record.asOf,
    standing: standingOf(record),
    use: useOf(spec),
    data: dataOf(record, manifest),
    features: featuresOf(spec),
    training: trainingOf(record, manifest),
    notValidated: notValidated({ manifest, evidence, profile }),
    files: { artifact: version.artifact, manifest: version.manifest, split: version.split },
    approvals: record.approvals,
    waivers: record.waivers,
    history: record.history,
  };
}

function standingOf({ isChampion, rollout }: VersionRecord): string {
  if (isChampion) return 'the champion and answers now';
  if (rollout === null) return 'registered; no rollout was opened';
  if (rollout.phase === 'promoted') return 'an earlier champion';
  const words: Readonly<Record<string, string>> = {
    'awaiting-approval': 'the challenger, awaiting approval',
    shadowing: 'the challenger, rehearsing in the shadow',
    ramping: 'the challenger, answering a part of the traffic',
    paused: 'the challenger, paused',
  };
  return words[rollout.phase] ?? rollout.phase;
}

function useOf(spec: Spec): ModelCardContext['use'] {
  const { label } = spec;
  return {
    objective: spec.objective,
    audience: spec.audience,
    owners: spec.owners,
    task: spec.task,
    entity: spec.entity.kind === 'column' ? spec.entity.column : 'each row by itself',
    outcome: { name: label.outcome, maturity: inWords(label.maturityMs), absent: label.absent, better: label.better },
    treatment: spec.treatment?.column ?? null,
    actionsMayChangeOutcomes: label.dependsOnAction === 'possible',
    decision: spec.decision,
  };
}

const units = { d: 'days', h: 'hours', m: 'minutes', s: 'seconds', ms: 'milliseconds' } as const;

/** `2d` is `2 days`. */
function inWords(ms: number): string {
  return formatDuration(ms).replace(/(ms|[dhms])$/, (unit) => ` ${units[unit as keyof typeof units]}`);
}

function dataOf({ version, spec, snapshot }: VersionRecord, manifest: Manifest): ModelCardContext['data'] {
  return {
    snapshot: version.snapshot,
    source: sourceOf(snapshot.source),
    takenAt: snapshot.takenAt,
    ...(snapshot.withdrawn && { withdrawn: snapshot.withdrawn }),
    rowsIn: snapshot.rowsIn,
    rowsKept: snapshot.rowsKept,
    setAside: snapshot.setAside,
    from: snapshot.earliestAt,
    until: snapshot.latestAt,
    trainedRows: manifest.trainedRows,
    baseRate: manifest.baseRate,
    split: spec.split.by,
    consent: spec.consent,
    personal: spec.personal,
    fairnessColumns: [...new Set(spec.fairness.map(({ column }) => column))],
    withheld: spec.knownAfterOutcome,
  };
}

/** Never a whole path or address: a card is handed around. */
function sourceOf(source: Readonly<Record<string, unknown>>): string {
  if (typeof source.query === 'string') return 'a Postgres query';
  const path = source.path;
  return typeof path === 'string' && path !== '' ? (path.split(/[/\\]/).at(-1) ?? path) : 'unknown';
}

function featuresOf(spec: Spec): ModelCardContext['features'] {
  return spec.features.map(({ name, type, derive, owner, version, description }) => ({
    name,
    type,
    from: derive === null ? `column ${name}` : describeDerivation(derive),
    owner,
    version,
    description,
  }));
}

function varied({ tried, ...found }: Searched, names: readonly string[]): Searched {
  const only = (parameters: Searched['tried'][number]['parameters']) =>
    Object.fromEntries(Object.entries(parameters).filter(([name]) => names.includes(name)));
  return { ...found, tried: tried.map(({ parameters, loss }) => ({ parameters: only(parameters), loss })) };
}

function trainingOf({ version, spec }: VersionRecord, manifest: Manifest): ModelCardContext['training'] {
  // Of a file that was made elsewhere, the spec's trainer tells nothing.
  const { calibration, search, weight } = manifest.trainer.imported
    ? ({ calibration: 'none', search: null, weight: null } as const)
    : spec.trainer;
  return {
    trainer: manifest.trainer.name,
    parameters: manifest.trainer.parameters,
    calibration,
    search,
    searched: search && manifest.searched ? varied(manifest.searched, Object.keys(search.ranges)) : null,
    weight,
    seed: version.seed,
    specRevision: version.specRevision,
    codeCommit: version.codeCommit,
    lockfile: version.lockfile,
    registeredAt: version.registeredAt,
    requestedBy: version.requestedBy,
  };
}
