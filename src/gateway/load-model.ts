import type { ArtifactStore } from '../artifacts/store.ts';
import { Failure } from '../failures.ts';
import type { VersionArtifacts } from '../store/routes-reading.ts';
import { goldenToleranceOf, type Manifest } from '../training/manifest.ts';
import { openScorer } from '../training/onnx/scorer.ts';
import { type LoadedModel, loadedModel, scoreRows } from './loaded-model.ts';

/** Reads, verifies, opens and warms a version. It may be routed to only after it has given its golden rows their known scores. */
export async function loadFromArtifacts(artifacts: ArtifactStore, { version, artifact, manifest }: VersionArtifacts): Promise<LoadedModel> {
  const written = await artifacts.readJson<Manifest>(manifest);
  if (written.artifactDigest !== artifact) {
    throw new Failure(
      'ArtifactDigestMismatch',
      `the manifest of ${version} belongs to the artifact ${written.artifactDigest}, not to ${artifact}`,
      {
        expected: artifact,
        found: written.artifactDigest,
      },
    );
  }
  const model = loadedModel(version, written, await openScorer(written, await artifacts.read(artifact)));
  await insistOnGoldenScores(model, written);
  return model;
}

async function insistOnGoldenScores(model: LoadedModel, { golden }: Manifest): Promise<void> {
  const { scores } = await scoreRows(
    model,
    golden.map(({ instance, at }) => ({ row: instance, at: at ?? Number.NaN })),
  );
  const off = golden.findIndex(({ score }, index) => !(Math.abs(score - scores[index]!) <= goldenToleranceOf(score)));
  if (off < 0) return;
  throw new Failure(
    'PackagingFailed',
    `${model.version} answers ${scores[off]} to golden row ${off}, where its trainer said ${golden[off]!.score}; it is not served`,
    { version: model.version, row: off },
  );
}
