/** Versions in memory. Loading one twice is the same work once; what no route names any more is let go after a while. */
import type { VersionId } from '../domain/ids.ts';
import type { VersionArtifacts } from '../store/routes-reading.ts';
import type { LoadedModel } from './loaded-model.ts';

export interface ModelCache {
  load(artifacts: VersionArtifacts): Promise<LoadedModel>;
  /** Called with every version that some route names. */
  letGoAllBut(named: ReadonlySet<VersionId>): void;
  closeAll(): Promise<void>;
}

/** Requests that began under an older route have long ended by then. */
const UNUSED_MS = 60_000;

interface Entry {
  readonly model: Promise<LoadedModel>;
  unusedSince: number | null;
}

export function modelCache(loadModel: (artifacts: VersionArtifacts) => Promise<LoadedModel>): ModelCache {
  const entries = new Map<VersionId, Entry>();

  const close = async (version: VersionId, entry: Entry): Promise<void> => {
    entries.delete(version);
    await entry.model.then((model) => model.scorer.close()).catch(() => undefined);
  };

  return {
    load(artifacts) {
      const known = entries.get(artifacts.version);
      if (known) return known.model;
      const entry: Entry = { model: loadModel(artifacts), unusedSince: null };
      entries.set(artifacts.version, entry);
      // A failure isn't remembered: the file may be restored.
      entry.model.catch(() => entries.delete(artifacts.version));
      return entry.model;
    },
    letGoAllBut(named) {
      const now = performance.now();
      for (const [version, entry] of entries) {
        if (named.has(version)) entry.unusedSince = null;
        else entry.unusedSince ??= now;
        if (entry.unusedSince !== null && now - entry.unusedSince > UNUSED_MS) void close(version, entry);
      }
    },
    async closeAll() {
      await Promise.all([...entries].map(([version, entry]) => close(version, entry)));
    },
  };
}
