/** The official split of a file without a header, an entity or a time. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { literal, withDuck } from '../../src/data/duck.ts';
import { ingest } from '../../src/data/ingest.ts';
import { splitSnapshot } from '../../src/data/split.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { aWorkshop } from './fixtures.ts';

const data = path.resolve('../shared/data');
const { artifacts, folder: workDir } = aWorkshop();

describe.skipIf(!existsSync(data))(`with the files in ${path.relative('.', data)} (skipped where they are absent)`, () => {
  test('adult comes in with its official split', async () => {
    const file = 'examples/adult/adult.yaml';
    const { spec } = parseSpec(readFileSync(file, 'utf8'), { file, dataPath: path.join(data, 'adult.data') });
    const snapshot = await ingest({ spec, path: spec.source.path, artifacts, workDir });
    expect(snapshot).toMatchObject({ rowsIn: 48_842, rowsKept: 48_813, duplicates: { dropped: 29, equal: 29 } });
    expect(snapshot.setAside).toMatchObject([{ rule: 'duplicate', count: 29 }]);
    const snapshotPath = artifacts.pathOf(snapshot.artifactDigest);
    const { counts, digest } = await splitSnapshot({ spec, snapshotPath, artifacts, workDir });
    expect(counts.comparison).toMatchObject({ rows: 16_276, positives: 3_846 });
    expect(counts.training.rows + counts.validation.rows + counts.calibration.rows).toBe(32_537);
    expect(counts.training.rows / 32_537).toBeCloseTo(0.85, 1);
    expect(counts.reference.rows).toBe(0);
    const strays = await withDuck({}, (duck) =>
      duck.value(`select count(*) from read_parquet(${literal(snapshotPath)}) snapshot join read_parquet(${literal(artifacts.pathOf(digest))}) split using (row_id)
        where (source_row > 32562) <> (split.purpose = 'comparison')`),
    );
    expect(Number(strays)).toBe(0);
  });
});
