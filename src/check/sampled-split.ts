/** A split with fewer rows of each purpose, for trying things out: the first by row id, which are as good as random. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactStore } from '../artifacts/store.ts';
import { literal, withDuck } from '../data/duck.ts';
import type { Digest } from '../domain/ids.ts';

interface Sampling {
  readonly artifacts: ArtifactStore;
  readonly workDir: string;
  readonly split: Digest;
  readonly most: number;
}

export async function sampledSplit({ artifacts, workDir, split, most }: Sampling): Promise<Digest> {
  const file = path.join(workDir, 'sampled-split.parquet');
  try {
    await withDuck({ workDir }, async (duck) => {
      await duck.run(`copy (select row_id, purpose from (select *, row_number() over (partition by purpose order by row_id) as place
        from read_parquet(${literal(artifacts.pathOf(split))})) where place <= ${most} order by row_id) to ${literal(file)} (format parquet)`);
    });
    return await artifacts.put({ file });
  } finally {
    await rm(file, { force: true });
  }
}
