/**
 * What a version was able to do when it was released: the figures that its later life is held against. Pure; a function of stored
 * evidence and of what the registry and the prediction log knew at its release.
 */
import type { Estimate, Evidence, MetricName } from '../domain/evidence.ts';
import type { Digest, VersionId } from '../domain/ids.ts';
import type { DecisionSpec, Task } from '../domain/spec.ts';
import type { ModelVersion } from '../store/registry.ts';
import type { ReleaseLatency } from '../store/release-latency.ts';

export interface ReleasedFigure {
  readonly metric: MetricName;
  readonly better: 'higher' | 'lower';
  /** 95 %, on the test set. */
  readonly challenger: Estimate;
}

export interface ReleaseBaseline {
  readonly format: 'understudy.release-baseline.v1';
  readonly model: string;
  readonly version: VersionId;
  readonly task: Task;
  readonly evidence: Digest;
  /** The rows it was compared on; the split says which of the snapshot's they are. */
  readonly testSet: {
    readonly snapshot: Digest;
    readonly split: Digest;
    readonly rows: number;
    readonly entities: number;
    readonly positives: number | null;
    readonly meanLabel: number;
    readonly from: string | null;
    readonly until: string | null;
  };
  readonly quality: readonly ReleasedFigure[];
  readonly segments: readonly {
    readonly name: string;
    readonly rows: number;
    readonly tooSmall: boolean;
    readonly quality: readonly ReleasedFigure[];
  }[];
  /** What its decisions are worth; empty while nobody has said what is done with a score. */
  readonly business: { readonly decision: DecisionSpec | null; readonly figures: readonly ReleasedFigure[] };
  readonly latency: {
    /** Of the model alone, in the evaluation. */
    readonly scoringMsPerThousand: number | null;
    /** Of the model alone, one row at a time, when it was packaged; null where that was not measured. */
    readonly oneRow: unknown;
    /** Of whole answers during its rollout; null for a first champion, which had none: `oneRow` is what there is of it. */
    readonly rollout: ReleaseLatency | null;
  };
  /** Of the worker that evaluated it, and of the trainer; null where that was not recorded. */
  readonly machine: unknown;
  readonly trainedOn: unknown;
  readonly versions: {
    readonly codeCommit: string;
    readonly lockfile: string;
    readonly specRevision: number;
    readonly trainer: Readonly<Record<string, unknown>>;
    readonly artifact: Digest;
    readonly manifest: Digest;
  };
}

/** Figures that need a decision: what is done with a score. */
const businessMetrics: ReadonlySet<MetricName> = new Set<MetricName>(['profit', 'lift', 'precision', 'recall', 'f1', 'uplift-at-k']);

export interface BaselineSources {
  readonly version: ModelVersion;
  readonly evidence: Evidence;
  readonly latency: ReleaseLatency | null;
  /** What its trainer answered. */
  readonly trained: Readonly<Record<string, unknown>> | null;
}

export function releaseBaseline({ version, evidence, latency, trained }: BaselineSources): ReleaseBaseline {
  const { overall, segments, comparisonRows: rows, decision, cost } = evidence;
  return {
    format: 'understudy.release-baseline.v1',
    model: version.model,
    version: version.version,
    task: evidence.task,
    evidence: version.evidence,
    testSet: {
      snapshot: evidence.snapshotDigest,
      split: evidence.splitDigest,
      rows: rows.count,
      entities: rows.entities,
      positives: rows.positives,
      meanLabel: rows.meanLabel,
      from: rows.from,
      until: rows.until,
    },
    quality: released(overall).filter(({ metric }) => !businessMetrics.has(metric)),
    segments: segments.map((segment) => ({
      name: segment.name,
      rows: segment.rows,
      tooSmall: segment.tooSmall,
      quality: released(segment),
    })),
    business: { decision, figures: released(overall).filter(({ metric }) => businessMetrics.has(metric)) },
    latency: { scoringMsPerThousand: cost.scoringMsPerThousand, oneRow: trained?.oneRow ?? null, rollout: latency },
    machine: version.metrics.machine ?? null,
    trainedOn: trained?.surroundings ?? null,
    versions: {
      codeCommit: version.codeCommit,
      lockfile: version.lockfile,
      specRevision: version.specRevision,
      trainer: version.trainer,
      artifact: version.artifact,
      manifest: version.manifest,
    },
  };
}

function released({ figures }: Evidence['overall']): readonly ReleasedFigure[] {
  return figures.map(({ metric, better, challenger }) => ({ metric, better, challenger }));
}
