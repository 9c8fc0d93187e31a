import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import type { Digest } from '../src/domain/ids.ts';
import { Failure } from '../src/failures.ts';
import { setRetrainingPhase, setTrained } from '../src/store/retrainings.ts';
import type { Manifest } from '../src/training/manifest.ts';
import { trainerOutputProblems } from '../src/training/manifest-schema.ts';
import { checkPackage } from '../src/training/package-check.ts';
import type { TrainerOutput } from '../src/training/trainer.ts';
import { withHeartbeats } from './heartbeats.ts';
import type { Subject } from './retrainings.ts';

export interface Packaged {
  readonly artifact: Digest;
  readonly manifest: Digest;
  readonly maxDifference: number;
}

export function packagingActivities({ db, artifacts }: { db: Knex; artifacts: ArtifactStore }) {
  return {
    /** Loads what the trainer wrote in the runtime that will serve it, and holds its golden rows against the trainer's own scores. */
    async packageChallenger({ retrainingId, trained }: Subject & { readonly trained: TrainerOutput }): Promise<Packaged> {
      await setRetrainingPhase(db, retrainingId, 'packaging');
      const malformed = trainerOutputProblems(trained);
      if (malformed.length > 0)
        throw new Failure('PackagingFailed', `the trainer's answer is not as it should be: ${malformed.join('; ')}`);
      const { artifactDigest: artifact, manifestDigest: manifest } = trained;
      const checked = await withHeartbeats(async () =>
        checkPackage({ manifest: await artifacts.readJson<Manifest>(manifest), onnxBytes: await artifacts.read(artifact) }),
      );
      // Measured here once, so that every later evaluation tells the same cost.
      await setTrained(db, retrainingId, { ...trained, scoringMsPerThousand: checked.scoringMsPerThousand, oneRow: checked.oneRow });
      return { artifact, manifest, maxDifference: checked.maxDifference };
    },
  };
}
