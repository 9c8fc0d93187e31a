/** What an ingest costs in time and memory. The goal is 5 million rows under 1 GB: `UNDERSTUDY_BENCH_ROWS=5000000 npm run bench -- evidence`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { literal, withDuck } from '../../src/data/duck.ts';

const ROWS = Number(process.env.UNDERSTUDY_BENCH_ROWS ?? 300_000);
const NUMBERS = 22;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ingest-bench-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const specFile = () => path.join(folder, 'bench.yaml');

/** Thirty columns: id, time, label, 22 numbers of which some are missing, four categories, a flag. Some ids come twice, some rows are bad. */
async function generate(name: string, format: string): Promise<string> {
  const file = path.join(folder, name);
  await withDuck({ workDir: folder }, async (duck) => {
    await duck.run('select setseed(0.5)');
    await duck.run('set threads = 1');
    const numbers = Array.from({ length: NUMBERS }, (_, index) =>
      index % 5 === 0
        ? `case when random() > 0.1 then (random() * 1000)::integer end as n${index}`
        : `round(random() * 100, 4) as n${index}`,
    );
    const categories = [0, 1, 2, 3].map((index) => `'value ' || (random() * ${10 ** (index + 1)})::integer as c${index}`);
    await duck.run(`copy (select 'customer-' || (case when i % 1000 = 7 then i - 1 else i end) as id,
      (timestamp '2025-01-01' + to_seconds((i / 1000)::bigint * 60))::varchar as seen, case when random() < 0.1 then 'yes' else 'no' end as bought,
      ${numbers.join(', ')}, ${categories.join(', ')}, case when i % 5000 = 11 then 'perhaps' when random() < 0.5 then 'true' else 'false' end as flag
      from range(${ROWS}) t(i)) to ${literal(file)} (${format})`);
  });
  return file;
}

function writeSpec(): void {
  const numbers = Array.from({ length: NUMBERS }, (_, index) => `  n${index}: number?`);
  const categories = [0, 1, 2, 3].map((index) => `  c${index}: category`);
  const features = [...numbers, ...categories, '  flag: boolean'].join('\n');
  writeFileSync(
    specFile(),
    `model: bench\nowners: team\nentity: id\ntime: seen\nlabel: { column: bought, positive: yes, maturity: 1d }\nfeatures:\n${features}\n`,
  );
}

interface Told {
  readonly ms: number;
  readonly peakMb: number;
  readonly digest: string;
}

function ingestOnce(source: string): Told {
  const args = ['--import', 'tsx', path.resolve('test/bench/ingest-once.ts'), specFile(), source, folder];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 24 })) as Told;
}

test(`an ingest of ${ROWS.toLocaleString('en-US')} rows by 30 columns`, { timeout: 1_800_000 }, async () => {
  writeSpec();
  const digests: string[] = [];
  for (const [name, format] of [
    ['rows.csv', 'format csv, header'],
    ['rows.parquet', 'format parquet, compression zstd'],
    ['rows.jsonl', 'format json'],
    ['rows.csv.gz', 'format csv, header, compression gzip'],
  ] as const) {
    const source = await generate(name, format);
    const told = ingestOnce(source);
    digests.push(told.digest);
    const mb = Math.round(statSync(source).size / 2 ** 20);
    process.stdout.write(`${name} (${mb} MB): ${(told.ms / 1_000).toFixed(1)} s, peak ${told.peakMb} MB; ${JSON.stringify(told)}\n`);
    rmSync(source);
  }
  expect(new Set(digests).size).toBe(1);
});
