import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { processEnvironment } from '../../src/config.ts';
import { checkDataContract } from '../../src/data/contract/data-contract.ts';
import { literal, withDuck } from '../../src/data/duck.ts';
import { descriptionKey, type SnapshotColumn } from '../../src/data/snapshot.ts';
import type { SnapshotProfile } from '../../src/domain/snapshot-profile.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { aDataContract, aFeature, aRule, aSpec } from '../data/fixtures.ts';

/** What the product promises to be measured at; with few rows fixed costs decide, and the ratio is about 2.4 at 300,000. */
const ROWS = Number(processEnvironment().UNDERSTUDY_BENCH_ROWS ?? 5_000_000);
const ROUNDS = ROWS > 1_000_000 ? 2 : 5;
const folder = mkdtempSync(path.join(tmpdir(), 'understudy-profile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  readonly column: SnapshotColumn;
  readonly sql: string;
}

/** Thirty columns: amounts, counts with nulls, skewed numbers, texts of few and of many values, flags. */
const made: readonly Made[] = [
  ...Array.from({ length: 14 }, (_, index) => ({
    column: { name: `amount${index}`, type: 'number' as const },
    sql: `random() * ${100 * (index + 1)}`,
  })),
  ...Array.from({ length: 5 }, (_, index) => ({
    column: { name: `count${index}`, type: 'number' as const },
    sql: `case when random() < 0.1 then null else floor(random() * ${10 ** (index + 1)})::double end`,
  })),
  ...Array.from({ length: 3 }, (_, index) => ({
    column: { name: `wait${index}`, type: 'number' as const },
    sql: `-ln(random() + 1e-12) * ${index + 1}`,
  })),
  { column: { name: 'plan', type: 'category' }, sql: "'plan ' || floor(random() * 5)::integer" },
  { column: { name: 'region', type: 'category' }, sql: "'region ' || floor(random() ** 3 * 40)::integer" },
  { column: { name: 'city', type: 'category' }, sql: "'city ' || floor(random() ** 2 * 1000)::integer" },
  { column: { name: 'member', type: 'boolean' }, sql: 'random() < 0.3' },
];

function spec(): Spec {
  const features = made.map(({ column }) => aFeature(column.name, column.type as 'number', { nullable: true }));
  const rules = [
    aRule('amount0', { minimum: 0, maximum: 1_000, maximumNulls: 0.05 }),
    aRule('city', { distinct: { minimum: 10, maximum: 2_000 }, maximumUnseen: 0.05 }),
  ];
  const expressions = [{ name: 'waits', sql: 'wait0 >= 0 and wait1 >= 0', severity: 'warn' as const }];
  const dataContract = aDataContract({
    rules,
    expressions,
    shift: { psi: 0.25, severity: 'stop' },
    labelShift: { minimum: 0.67, maximum: 1.5, severity: 'stop' },
  });
  return aSpec({ features, dataContract, time: { kind: 'column', column: 'seen', format: null }, split: { ...aSpec().split, by: 'time' } });
}

async function writeSnapshot(file: string): Promise<void> {
  const description = JSON.stringify({
    format: 'understudy.snapshot.v1',
    rowsIn: ROWS,
    setAside: [],
    columns: made.map(({ column }) => column),
  });
  await withDuck({ workDir: folder }, async (duck) => {
    await duck.run(`copy (select substr(sha256(i::varchar), 1, 32) as row_id, i as source_row, 'customer ' || (i % 1000000) as entity,
      timestamp '2025-01-01' + to_seconds((random() * 3e7)::integer) as seen_at, (random() < 0.1)::tinyint as label,
      ${made.map(({ column, sql }) => `${sql} as "source:${column.name}"`).join(', ')} from range(${ROWS}) rows(i) order by row_id)
      to ${literal(file)} (format parquet, compression zstd, kv_metadata {${descriptionKey}: ${literal(description)}})`);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

test('profile and data contract against a plain SUMMARIZE of the same file', async () => {
  const file = path.join(folder, 'snapshot.parquet');
  await writeSnapshot(file);
  let champion: { profile: SnapshotProfile; path: string } | null = null;
  const ratios: number[] = [];
  const seconds = { summarize: [] as number[], check: [] as number[] };
  let peak = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const summarize = await timed(() =>
      withDuck({ workDir: folder }, (duck) => duck.all(`summarize select * from read_parquet(${literal(file)})`)),
    );
    const check = await timed(async () => {
      const report = await checkDataContract({ spec: spec(), snapshotPath: file, champion, workDir: folder });
      expect(report.rows).toBe(ROWS);
      champion = { profile: report.profile, path: file };
    });
    peak = Math.max(peak, process.memoryUsage().rss);
    seconds.summarize.push(summarize / 1_000);
    seconds.check.push(check / 1_000);
    ratios.push(check / summarize);
  }
  const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!.toFixed(2);
  console.log(
    `\n${ROWS.toLocaleString('en-US')} rows of 31 columns (${Math.round(statSync(file).size / 1e6)} MB), ${ROUNDS} interleaved rounds, medians\n` +
      `SUMMARIZE                               ${middle(seconds.summarize)} s\n` +
      `profile, contract, leaks, shift         ${middle(seconds.check)} s\n` +
      `ratio                                   ${middle(ratios)} × (promised: at most 1.3); resident at most ${Math.round(peak / 1e6)} MB\n`,
  );
});
