/**
 * What a model card says beside the evidence: use, data, training, limits, approvals and history of one version, as of one event of
 * the audit trail. It is stored, so that every figure on the card is found in stored JSON, and the same event gives the same card.
 */
import { formatDuration } from '../domain/duration.ts';
import type { Comparison, Evidence } from '../domain/evidence.ts';
import type { Digest, VersionId } from '../domain/ids.ts';
import type { ReferenceProfile } from '../domain/reference-profile.ts';
import type { SnapshotProfile } from '../domain/snapshot-profile.ts';
import type { Spec } from '../domain/spec.ts';
import { vocabularyOf } from '../features/encoder.ts';
import type { VersionRecord } from '../store/version-record.ts';
import type { Manifest } from '../training/manifest.ts';
import { describeDerivation } from './derivation-words.ts';

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
    readonly weight: string | null;
    readonly seed: number;
    readonly specRevision: number;
    readonly codeCommit: string;
    readonly lockfile: string;
    readonly registeredAt: string;
    readonly requestedBy: readonly { readonly by: string; readonly reason: string }[];
  };
  readonly notValidated: {
    readonly segments: readonly { readonly name: string; readonly rows: number; readonly positives: number | null; readonly why: string }[];
    readonly categories: readonly CategoryLimit[];
    readonly numbers: readonly NumberLimit[];
  };
  readonly files: { readonly artifact: Digest; readonly manifest: Digest; readonly split: Digest };
  readonly approvals: VersionRecord['approvals'];
  readonly waivers: VersionRecord['waivers'];
  readonly history: VersionRecord['history'];
}

/** Values without a place of their own are all the same to the model. */
interface CategoryLimit {
  readonly feature: string;
  readonly known: number;
  /** Rows of training with another value, and with none. */
  readonly otherRows: number;
  readonly missingRows: number;
}

/** Outside `from` and `to` there were few rows to learn from (a tenth on each side), or none (`exact`). */
interface NumberLimit {
  readonly feature: string;
  readonly from: number;
  readonly to: number;
  readonly exact: boolean;
  readonly below: number | null;
  readonly above: number | null;
  readonly missingRows: number;
}

export interface CardSources {
  readonly record: VersionRecord;
  readonly manifest: Manifest;
  readonly evidence: Evidence;
  /** Of the snapshot, where one was stored. */
  readonly profile: Pick<SnapshotProfile, 'columns'> | null;
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
    notValidated: {
      segments: unvalidatedSegments(evidence),
      categories: categoryLimits(manifest),
      numbers: numberLimits(manifest.referenceProfile, profile),
    },
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

function trainingOf({ version, spec }: VersionRecord, manifest: Manifest): ModelCardContext['training'] {
  return {
    trainer: manifest.trainer.name,
    parameters: manifest.trainer.parameters,
    calibration: spec.trainer.calibration,
    search: spec.trainer.search,
    weight: spec.trainer.weight,
    seed: version.seed,
    specRevision: version.specRevision,
    codeCommit: version.codeCommit,
    lockfile: version.lockfile,
    registeredAt: version.registeredAt,
    requestedBy: version.requestedBy,
  };
}

function unvalidatedSegments({ segments }: Evidence): ModelCardContext['notValidated']['segments'] {
  const why = ({ tooSmall, verdict }: Comparison) =>
    tooSmall ? 'too few cases to judge' : verdict.kind === 'fail' ? 'worse than was agreed' : 'nothing certain can be said';
  return segments
    .filter(({ tooSmall, verdict }) => tooSmall || verdict.kind !== 'pass')
    .map((segment) => ({ name: segment.name, rows: segment.rows, positives: segment.positives, why: why(segment) }));
}

function categoryLimits({ encoder, referenceProfile }: Manifest): readonly CategoryLimit[] {
  const vocabulary = vocabularyOf(encoder);
  return referenceProfile.features.flatMap(({ feature, histogram }) => {
    const known = vocabulary.get(feature);
    if (histogram.kind !== 'category' || known === undefined) return [];
    const beyond = histogram.counts.filter(({ value }) => !known.has(value)).reduce((sum, { count }) => sum + count, 0);
    return [{ feature, known: known.size, otherRows: beyond + histogram.other, missingRows: histogram.nulls }];
  });
}

function numberLimits({ features }: ReferenceProfile, profile: CardSources['profile']): readonly NumberLimit[] {
  return features.flatMap(({ feature, histogram }): NumberLimit[] => {
    if (histogram.kind !== 'number') return [];
    const numbers = profile?.columns.find(({ name }) => name === feature)?.numbers;
    if (numbers) {
      return [{ feature, from: numbers.minimum, to: numbers.maximum, exact: true, below: null, above: null, missingRows: histogram.nulls }];
    }
    const [from, to] = [histogram.edges[0], histogram.edges.at(-1)];
    if (from === undefined || to === undefined) return [];
    const [below, above] = [histogram.counts[0] ?? 0, histogram.counts.at(-1) ?? 0];
    return [{ feature, from, to, exact: false, below, above, missingRows: histogram.nulls }];
  });
}
