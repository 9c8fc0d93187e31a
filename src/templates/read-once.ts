/** Reads a file as a training would, once, before anybody trains on it: what is kept, and how well each column alone foretells the label. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openArtifacts } from '../artifacts/store.ts';
import { checkDataContract } from '../data/contract/data-contract.ts';
import { ingest } from '../data/ingest.ts';
import type { FeaturePower } from '../domain/data-contract-report.ts';
import type { Spec } from '../domain/spec.ts';

export interface FirstReading {
  readonly rowsKept: number;
  readonly setAside: readonly { readonly rule: string; readonly column: string | null; readonly count: number }[];
  readonly power: readonly FeaturePower[];
}

/** In a folder that is gone afterwards. */
export async function readOnce(spec: Spec, signal?: AbortSignal): Promise<FirstReading> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'understudy-init-'));
  try {
    const artifacts = openArtifacts(path.join(folder, 'artifacts'));
    // Nothing that is hashed here is kept, so any key will do.
    const key = randomBytes(32).toString('hex');
    const keys = { personal: key, entity: key };
    const snapshot = await ingest({ spec, path: spec.source.path, artifacts, workDir: folder, keys, ...(signal && { signal }) });
    const snapshotPath = artifacts.pathOf(snapshot.artifactDigest);
    const { featurePower } = await checkDataContract({ spec, snapshotPath, workDir: folder, ...(signal && { signal }) });
    return { rowsKept: snapshot.rowsKept, setAside: snapshot.setAside, power: featurePower };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
