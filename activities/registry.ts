import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import { type Digest, versionNumber } from '../src/domain/ids.ts';
import { evidenceFrom } from '../src/domain/stored-evidence.ts';
import { faultPoint } from '../src/fault-hooks.ts';
import { insertVersion } from '../src/store/registry.ts';
import { setRetrainingPhase } from '../src/store/retrainings.ts';
import type { Manifest } from '../src/training/manifest.ts';
import type { RetrainingRequest } from '../workflows/messages.ts';
import type { EvaluationInput } from './evaluation.ts';

export interface Lineage {
  readonly codeCommit: string;
  readonly lockfile: string;
  /** What the worker runs on: its times are no better than its machine. */
  readonly machine?: Readonly<Record<string, unknown>>;
}

export interface RegisterVersionInput extends EvaluationInput {
  readonly seed: number;
  readonly evidence: Digest;
  readonly requests: readonly RetrainingRequest[];
}

export function registryActivities({ db, artifacts, lineage }: { db: Knex; artifacts: ArtifactStore; lineage: Lineage }) {
  return {
    /** The version's immutable row with its whole lineage. Safe to repeat: a retraining registers one version. */
    async registerVersion(input: RegisterVersionInput): Promise<void> {
      await setRetrainingPhase(db, input.retrainingId, 'registering');
      const [manifest, stored] = await Promise.all([
        artifacts.readJson<Manifest>(input.manifest),
        artifacts.readJson<unknown>(input.evidence),
      ]);
      const { overall, comparisonRows, cost } = evidenceFrom(stored);
      const comparison = Object.fromEntries(overall.figures.map(({ metric, challenger }) => [metric, challenger]));
      await insertVersion(db, {
        version: input.version,
        model: input.model,
        number: versionNumber(input.version),
        retrainingId: input.retrainingId,
        artifact: input.artifact,
        manifest: input.manifest,
        snapshot: input.snapshot,
        split: input.split,
        specRevision: input.specRevision,
        codeCommit: lineage.codeCommit,
        lockfile: lineage.lockfile,
        trainer: { ...manifest.trainer },
        seed: input.seed,
        metrics: { comparison, rows: comparisonRows, cost, machine: lineage.machine ?? null },
        evidence: input.evidence,
        requestedBy: input.requests.map(({ by, reason }) => ({ by, reason })),
      });
      await faultPoint('registered');
    },
  };
}
