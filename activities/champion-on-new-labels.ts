/** The champion's scores against the labels of a new snapshot, beside the rows that it was compared on before its release. */
import type { ArtifactStore } from '../src/artifacts/store.ts';
import { comparisonSample, laterSample, type SampledRows } from '../src/data/contract/labelled-sample.ts';
import type { AgreementFigures, ChampionOnNewLabels } from '../src/domain/data-contract-report.ts';
import { labelAgreement } from '../src/evaluation/label-agreement.ts';
import { encodeColumns } from '../src/features/encode.ts';
import type { ModelVersion } from '../src/store/registry.ts';
import { type Manifest, taskOf } from '../src/training/manifest.ts';
import { openScorer } from '../src/training/onnx/scorer.ts';

interface LabelledAnew {
  readonly snapshotPath: string;
  readonly version: Pick<ModelVersion, 'version' | 'artifact' | 'split'>;
  readonly manifest: Manifest;
  /** The champion's own; null when it was withdrawn. */
  readonly championSnapshot: string | null;
}

interface Surroundings {
  readonly artifacts: ArtifactStore;
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/** Null where it cannot be measured: another task, a snapshot that is gone or lacks a column, too few of either class. */
export async function championOnNewLabels(
  { snapshotPath, version, manifest, championSnapshot }: LabelledAnew,
  { artifacts, workDir, signal }: Surroundings,
): Promise<ChampionOnNewLabels | null> {
  if (championSnapshot === null || taskOf(manifest) !== 'binary-classification') return null;
  const sample = { splitPath: artifacts.pathOf(version.split), columns: manifest.encoder.inputs, workDir, signal };
  const scorer = await openScorer(manifest, await artifacts.read(version.artifact));
  try {
    const figures = async (rows: SampledRows | null): Promise<AgreementFigures | null> => {
      if (rows === null) return null;
      const scores = await scorer.score(encodeColumns(manifest.encoder, rows.columns, rows.count, rows.seenAt), rows.count);
      return labelAgreement(scores, rows.labels);
    };
    const before = await figures(await comparisonSample({ ...sample, snapshotPath: championSnapshot }));
    const now = await figures(await laterSample({ ...sample, snapshotPath }));
    return before && now && { version: version.version, before, now };
  } finally {
    await scorer.close();
  }
}
