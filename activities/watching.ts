import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import { releasedFigures } from '../src/domain/evidence.ts';
import type { ModelName, VersionId } from '../src/domain/ids.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import { inconclusive } from '../src/domain/verdict.ts';
import type { WatchFigures } from '../src/domain/watch-figures.ts';
import type { FeatureRow } from '../src/features/columns.ts';
import { derivedRow, planDerived } from '../src/features/derived-values.ts';
import { judgeWatch } from '../src/gates/monitoring.ts';
import { keepReleaseBaseline } from '../src/reports/keep-documents.ts';
import { championChanges, releaseHoldBack } from '../src/store/champions.ts';
import { unmatchedOutcomes } from '../src/store/outcomes.ts';
import { versionOrThrow } from '../src/store/registry.ts';
import { currentSpec } from '../src/store/specs.ts';
import { readWatchFigures } from '../src/store/watch-figures-reading.ts';
import { mayAskForRetraining, storeTick } from '../src/store/watch-ticks.ts';
import type { Manifest } from '../src/training/manifest.ts';

export interface Ticked {
  readonly champion: VersionId | null;
  readonly verdict: Verdict;
  readonly findings: readonly string[];
  /** The measured reason to ask for a retraining, or null. */
  readonly retrain: string | null;
  readonly everyMs: number;
}

export function watchingActivities({ db, artifacts }: { db: Knex; artifacts: ArtifactStore }) {
  return {
    /** One look at the champion's newest window against its release. Safe to repeat: a tick is written once. */
    async tickWatch({ model, tick }: { model: ModelName; tick: number }): Promise<Ticked> {
      const { spec } = await currentSpec(db, model);
      const { everyMs } = spec.monitoring;
      const current = (await championChanges(db, model)).at(-1);
      if (!current) return { champion: null, verdict: inconclusive('there is no champion yet'), findings: [], retrain: null, everyMs };
      await releaseHoldBack(db, model, spec.rollout.probationMs);

      const version = await versionOrThrow(db, current.version);
      const manifest = await artifacts.readJson<Manifest>(version.manifest);
      // The first look after a promotion keeps what the version could do at its release; every look is held against that.
      const { baseline } = await keepReleaseBaseline({ db, artifacts }, current.version);
      const plan = planDerived(manifest.encoder, manifest.encoder.missingTexts);
      const figures = await readWatchFigures(db, {
        model,
        version: current.version,
        spec,
        profile: manifest.monitoringProfile ?? manifest.referenceProfile,
        derived: (row, at) => derivedRow(plan, row as FeatureRow, at),
      });
      const judged = judgeWatch(figures, spec.monitoring, releasedFigures({ figures: baseline.quality }));
      const retrain =
        judged.retrain !== null && (await mayAskForRetraining(db, { model, since: current.since, quietMs: spec.monitoring.quietMs }))
          ? judged.retrain
          : null;
      const unmatched = await unmatchedOutcomes(db, {
        withinMs: spec.monitoring.windowMs,
        olderThanMs: Math.min(60_000, spec.monitoring.windowMs / 2),
      });
      await storeTick(db, {
        model,
        tick,
        figures: { ...withoutRows(figures), unmatchedOutcomes: unmatched },
        verdict: judged.verdict,
        findings: judged.findings,
        retrain,
      });
      return {
        champion: current.version,
        verdict: judged.verdict,
        findings: judged.findings.map(({ sentence }) => sentence),
        retrain,
        everyMs,
      };
    },
  };
}

/** The rows behind the figures are in the prediction log; a tick keeps how many there were. */
function withoutRows({ matured, ...figures }: WatchFigures) {
  return { ...figures, matured: matured.labels.length };
}
