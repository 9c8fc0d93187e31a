import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import type { ModelName, VersionId } from '../src/domain/ids.ts';
import { Failure } from '../src/failures.ts';
import { championChanges, type Returned, returnTarget, rollBackDirect } from '../src/store/champions.ts';
import { versionOrThrow } from '../src/store/registry.ts';
import { openRolloutOf } from '../src/store/rollouts.ts';
import type { Manifest } from '../src/training/manifest.ts';
import { checkPackage } from '../src/training/package-check.ts';
import type { RollBackChampionInput } from '../workflows/messages.ts';

export function championActivities({ db, artifacts }: { db: Knex; artifacts: ArtifactStore }) {
  return {
    /** Where a rollback would go. Refuses while a rollout is open: that one takes the rollBack message itself. */
    async findReturn({ model, to }: { model: ModelName; to: VersionId | null }): Promise<{ from: VersionId; to: VersionId }> {
      const open = await openRolloutOf(db, model);
      if (open)
        throw new Failure('TransitionRefused', `a rollout of ${model} is open (${open.phase}); roll that one back first`, { model });
      const from = (await championChanges(db, model)).at(-1)?.version;
      if (!from) throw new Failure('NothingToReturnTo', `${model} has no champion, so there is nothing to return to`, { model });
      return { from, to: await returnTarget(db, model, to) };
    },

    /** Loads the artifact as a gateway would, digest and golden rows included. What can't serve is not returned to. */
    async checkServes({ version }: { version: VersionId }): Promise<{ maxDifference: number }> {
      const { artifact, manifest } = await versionOrThrow(db, version);
      return checkPackage({ manifest: await artifacts.readJson<Manifest>(manifest), onnxBytes: await artifacts.read(artifact) });
    },

    async returnToChampion(input: RollBackChampionInput & { readonly from: VersionId; readonly to: VersionId }): Promise<Returned> {
      return rollBackDirect(db, { model: input.model, to: input.to, by: input.by, reason: input.reason, key: input.rollbackId });
    },
  };
}
