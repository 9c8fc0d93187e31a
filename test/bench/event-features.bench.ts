import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { literal, withDuck } from '../../src/data/duck.ts';
import { addEventFeatures, aggregateFeatures } from '../../src/data/events/event-features.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const EVENTS = 5_000_000;
const ROWS = 500_000;
const ENTITIES = 200_000;

const yaml = (file: string) => `model: shop
owners: team
entity: customer
time: seen_at
label: { column: bought, maturity: 7d }
features:
  orders_30d: { count: orders, window: 30d }
  spent_30d: { sum: orders.amount, window: 30d }
  basket_90d: { mean: orders.amount, window: 90d }
  dearest: { max: orders.amount }
  shops_30d: { distinct: orders.shop, window: 30d }
  idle: { daysSince: orders }
events:
  orders: { path: ${file}, entity: who, time: happened, knownAt: loaded }
`;

test('a point-in-time join of millions of events, beside a plain ASOF join of the same tables', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'event-bench-'));
  const file = path.join(folder, 'orders.parquet');
  try {
    await withDuck({ workDir: folder }, async (duck) => {
      await duck.run(`copy (select 'c' || (hash(i) % ${ENTITIES}) as who, timestamp '2025-01-01' + to_seconds((hash(i + 1) % 31536000)::bigint) as happened,
        happened + to_seconds((hash(i + 2) % 86400)::bigint) as loaded, (hash(i + 3) % 10000) / 100 as amount, 'shop ' || (hash(i + 4) % 20) as shop
        from range(${EVENTS}) events(i)) to ${literal(file)} (format parquet)`);
      await duck.run(`create table rows as select i::varchar as row_id, 'c' || (hash(i + 5) % ${ENTITIES}) as entity,
        timestamp '2025-03-01' + to_seconds((hash(i + 6) % 26000000)::bigint) as seen_at from range(${ROWS}) rows(i)`);
      const plainBegan = performance.now();
      const matched = await duck.value(
        `select count(happened) from rows asof left join read_parquet(${literal(file)}) on who = entity and happened < seen_at`,
      );
      const plain = performance.now() - plainBegan;
      const { spec } = parseSpec(yaml(file), { file: 'shop.yaml' });
      const began = performance.now();
      await addEventFeatures(duck, spec, { folder, keys: { personal: null, entity: null } });
      const took = performance.now() - began;
      const [found] = await duck.all('select count(*)::integer as rows, count("source:idle")::integer as matched from rows');
      expect(found).toMatchObject({ rows: ROWS });
      expect(Number(found!.matched)).toBeGreaterThan(0.9 * Number(matched));
      const memory = Math.round(process.memoryUsage.rss() / 1024 / 1024);
      console.log(
        `\n${aggregateFeatures(spec.features).length} aggregates of ${EVENTS} events for ${ROWS} rows: ${(took / 1_000).toFixed(1)} s, ${(took / plain).toFixed(1)} × a plain ASOF join of one value without known-at, ${memory} MB resident\n`,
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
