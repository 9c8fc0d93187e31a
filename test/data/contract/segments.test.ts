import { expect, test } from 'vitest';
import { checkDataContract } from '../../../src/data/contract/data-contract.ts';
import { cramersV } from '../../../src/statistics/cramers-v.ts';
import { aWeek, csvOf } from '../customers.ts';
import { customersSpec } from '../customers-model.ts';
import { aWorkshop } from '../fixtures.ts';

const workshop = aWorkshop();

async function checked(segments: string[][], change: (row: Record<string, string>) => Record<string, string> = () => ({})) {
  const spec = { ...customersSpec(), segments: segments.map((columns) => ({ columns, critical: false })) };
  const rows = aWeek(5).map((row) => ({ ...row, ...change(row) }) as Record<string, string>);
  const snapshot = await workshop.ingest(csvOf(rows), spec);
  return checkDataContract({ spec, snapshotPath: workshop.artifacts.pathOf(snapshot.artifactDigest) });
}

test('each segment is measured: its values, its smallest, what is missing, and its power; crosses as well', async () => {
  const { segments, findings } = await checked([['plan'], ['region'], ['plan', 'member']]);
  expect(segments!.map(({ name, servedAs, values }) => [name, servedAs, values])).toEqual([
    ['plan', 'feature', 3],
    ['region', 'feature', 5],
    ['plan × member', 'feature', 6],
  ]);
  expect(segments![1]!.missing).toBeCloseTo(0.03, 1);
  expect(segments![0]!.overlaps).toEqual([{ with: 'region', cramersV: expect.closeTo(0, 1) }]);
  expect(segments!.every(({ auc }) => auc! < 0.8)).toBe(true);
  expect(findings.filter(({ rule }) => rule === 'segment')).toEqual([]);
});

test('a segment that no request brings, one with rare values and two that say the same are told of; one made from the label is a leak', async () => {
  const shadow = (row: Record<string, string>) => ({
    outcome: row.bought === 'yes' ? 'buyer' : 'other',
    tariff: `tariff ${row.plan}`,
    rare: row.id!.endsWith('-77') ? 'unusual' : 'usual',
  });
  const { segments, findings } = await checked([['outcome'], ['plan'], ['tariff'], ['rare']], shadow);
  const told = findings.filter(({ rule }) => rule === 'segment').map(({ sentence }) => sentence.replace(/: name it.*/, ''));
  expect(told).toEqual([
    'the segment "outcome" is neither a feature nor an input, so no request brings it',
    'the segment "plan" says nearly the same as the segment "tariff" (Cramér\'s V 1.00)',
    'the segment "tariff" is neither a feature nor an input, so no request brings it',
    'the segment "rare" is neither a feature nor an input, so no request brings it',
    'the segment "rare" has values of few rows, such as "unusual" (1), that cannot be judged by themselves',
  ]);
  expect(segments![0]!.auc).toBeGreaterThan(0.95);
});

test("Cramér's V is nothing for what is independent, all for what is the same, and knows no order", () => {
  const letters = Array.from({ length: 600 }, (_, index) => 'abc'[index % 3]!);
  const halves = Array.from({ length: 600 }, (_, index) => (index % 2 ? 'x' : 'y'));
  expect(cramersV(letters, letters)).toBeCloseTo(1, 2);
  expect(cramersV(letters, halves)).toBe(0);
  expect(
    cramersV(
      letters,
      halves.map((value, index) => (index % 3 ? value : 'z')),
    ),
  ).toBeCloseTo(
    cramersV(
      halves.map((value, index) => (index % 3 ? value : 'z')),
      letters,
    ),
    9,
  );
  expect(cramersV(['a', null, 'b'], ['a', 'b', null])).toBe(0);
  expect(cramersV([], [])).toBe(0);
});
