import type { Knex } from 'knex';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import type { DoorKeys } from '../src/data/source/door.ts';
import { ingest } from '../src/data/ingest.ts';
import { readQuarantine } from '../src/data/quarantine.ts';
import type { FetchQuery } from '../src/data/source/source.ts';
import { splitSnapshot } from '../src/data/split.ts';
import type { Digest } from '../src/domain/ids.ts';
import { faultPoint } from '../src/fault-hooks.ts';
import { redrivesUntil } from '../src/store/redrives.ts';
import { importOf, retrainingBegun, setRetrainingPhase, setSnapshot } from '../src/store/retrainings.ts';
import { snapshotNamed } from '../src/store/snapshot-records.ts';
import { type QuarantinedRow, storeSnapshot, trainableArtifact } from '../src/store/snapshots.ts';
import { specRevision } from '../src/store/specs.ts';
import type { TrainerInput } from '../src/training/trainer.ts';
import { trainerInput } from '../src/training/trainer-input.ts';
import { withHeartbeats, workFolder } from './heartbeats.ts';
import type { Subject } from './retrainings.ts';

export interface PreparedTraining {
  readonly split: Digest;
  readonly input: TrainerInput;
}

/** The database keeps this many rows that were set aside; the artifact keeps all of them. */
const MOST_QUARANTINED = 10_000;

export interface DataDependencies {
  readonly db: Knex;
  readonly artifacts: ArtifactStore;
  readonly artifactsUrl: string;
  readonly workDir: string;
  /** What personal columns are hashed with. */
  readonly doorKeys: DoorKeys;
  readonly fetchQuery?: FetchQuery;
}

export function dataActivities({ db, artifacts, artifactsUrl, workDir, doorKeys, fetchQuery }: DataDependencies) {
  return {
    /** Safe to repeat: the same rows are the same snapshot. */
    async ingestSource(input: Subject & { readonly dataPath: string | null }): Promise<{ digest: Digest; rowsKept: number }> {
      await setRetrainingPhase(db, input.retrainingId, 'ingesting');
      const { spec } = await specRevision(db, input.model, input.specRevision);
      const { startedAt, snapshot: taken } = await retrainingBegun(db, input.retrainingId);
      // A database that is asked twice may answer otherwise; whoever has an answer keeps it.
      if (taken !== null) return { digest: taken, rowsKept: (await snapshotNamed(db, taken)).rowsKept };
      const redriven = await redrivesUntil(db, input.model, startedAt);
      const folder = await workFolder(workDir);
      const options = { spec, path: input.dataPath, artifacts, workDir: folder, keys: doorKeys, redriven, now: startedAt.toISOString() };
      const snapshot = await withHeartbeats(({ signal, progress }) => ingest({ ...options, fetchQuery, signal, onProgress: progress }));
      await faultPoint('ingested');
      const quarantined = await firstRows(readQuarantine(artifacts, snapshot.quarantineDigest));
      const { artifactDigest: artifact, quarantineDigest: quarantine, takenAt, duplicates, redriven: brought, events, hashed } = snapshot;
      const manifest = { takenAt, duplicates, redriven: brought, events, hashed };
      await storeSnapshot(db, {
        model: input.model,
        retrainingId: input.retrainingId,
        snapshot: { ...snapshot, artifact, quarantine, manifest },
        quarantined,
      });
      await setSnapshot(db, input.retrainingId, snapshot.digest);
      return { digest: snapshot.digest, rowsKept: snapshot.rowsKept };
    },

    /** Writes down which row serves which purpose, and says to the trainer what it may know. */
    async prepareTraining(input: Subject & { readonly snapshot: Digest; readonly seed: number }): Promise<PreparedTraining> {
      await setRetrainingPhase(db, input.retrainingId, 'training');
      const { spec } = await specRevision(db, input.model, input.specRevision);
      const artifact = await trainableArtifact(db, input.snapshot);
      const snapshotPath = await artifacts.verifiedPathOf(artifact);
      const folder = await workFolder(workDir);
      const split = await withHeartbeats(({ signal }) => splitSnapshot({ spec, snapshotPath, artifacts, workDir: folder, signal }));
      return {
        split: split.digest,
        input: trainerInput(spec, {
          artifactsUrl,
          snapshotDigest: input.snapshot,
          snapshotArtifact: artifact,
          splitDigest: split.digest,
          seed: input.seed,
          imported: await importOf(db, input.retrainingId),
        }),
      };
    },
  };
}

async function firstRows(rows: AsyncIterable<QuarantinedRow>): Promise<readonly QuarantinedRow[]> {
  const first: QuarantinedRow[] = [];
  for await (const row of rows) {
    first.push(row);
    if (first.length >= MOST_QUARANTINED) break;
  }
  return first;
}
