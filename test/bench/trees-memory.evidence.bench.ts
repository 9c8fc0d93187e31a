/** The memory that boosted trees on a million rows take, on the whole way from the snapshot to the package, in a process of their own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openArtifacts } from '../../src/artifacts/store.ts';
import { withDuck } from '../../src/data/duck.ts';
import { aFeature, aSpec } from '../data/fixtures.ts';

const WIDTH = 30;
const folder = mkdtempSync(path.join(tmpdir(), 'understudy-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A snapshot and its split, as an ingest would have left them. */
async function aSnapshot(rows: number): Promise<{ snapshot: string; split: string }> {
  const [snapshot, split] = ['snapshot.parquet', 'split.parquet'].map((name) => path.join(folder, name)) as [string, string];
  const columns = Array.from({ length: WIDTH }, (_, place) => `random() * ${place + 1} as "source:f${place}"`).join(', ');
  await withDuck({ workDir: folder }, async (duck) => {
    await duck.run('select setseed(0.5)');
    await duck.run(`copy (select format('{:016x}', hash(i)) as row_id, i as source_row, 'c' || i as entity, null::timestamp as seen_at,
      (random() < 0.2)::tinyint as label, ${columns} from range(${rows}) rows(i)) to '${snapshot}' (format parquet, compression zstd)`);
    await duck.run(`copy (select row_id, case when source_row % 10 = 0 then 'validation' else 'training' end as purpose
      from read_parquet('${snapshot}')) to '${split}' (format parquet)`);
  });
  return { snapshot, split };
}

test('evidence: a million rows of 30 numbers, from the snapshot to the package, in under 2 GB', async () => {
  const files = await aSnapshot(1_000_000);
  const artifacts = openArtifacts(path.join(folder, 'artifacts'));
  const [snapshotArtifact, splitDigest] = [await artifacts.put({ file: files.snapshot }), await artifacts.put({ file: files.split })];
  const { model, label, trainer } = aSpec();
  const input = {
    ...{ task: 'binary-classification', model, trainer: 'gradient-boosted-trees', artifactsUrl: artifacts.url },
    ...{ snapshotDigest: snapshotArtifact, snapshotArtifact, splitDigest, inputs: [], treatment: null, missingTexts: [], seed: 1 },
    features: Array.from({ length: WIDTH }, (_, place) => aFeature(`f${place}`, 'number')),
    ...{ label: { column: label.column, positive: label.positive }, parameters: { trees: 10, earlyStopping: 0 } },
    ...{ calibration: trainer.calibration, search: null, weight: null },
  };
  const script = path.resolve('test/bench/train-and-weigh.ts');
  const text = execFileSync(process.execPath, ['--import', 'tsx', script, folder, JSON.stringify(input)], { encoding: 'utf8' });
  const { peakMb, seconds } = JSON.parse(text) as { peakMb: number; seconds: number };
  console.log(
    `1,000,000 rows x ${WIDTH}: at most ${peakMb} MB resident (limit 2,000); ${seconds} s for 10 trees, reading and writing included`,
  );
  expect(peakMb).toBeLessThan(2_000);
});
