import { expect, test } from 'vitest';
import { shopRows } from '../../src/simulation/shop-customer.ts';
import { trueUplift, upliftCsv, visitsOfUplift } from '../../src/simulation/uplift-population.ts';
import { valueCsv, visitsOfValue } from '../../src/simulation/value-population.ts';
import { isTreated } from '../../src/simulation/visit.ts';

const ROWS = 6_000;
const table = (lines: Iterable<string>) => {
  const [header, ...rows] = [...lines].map((line) => line.trimEnd().split(','));
  return rows.map((row) => Object.fromEntries(header!.map((column, index) => [column, row[index]!])));
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const first = <T>(visits: Iterator<T>, count: number) => Array.from({ length: count }, () => visits.next().value as T);

test('the same seed gives the same file, another one another', () => {
  expect([...valueCsv({ seed: 1, rows: 200 })]).toEqual([...valueCsv({ seed: 1, rows: 200 })]);
  expect([...upliftCsv({ seed: 1, rows: 200 })]).not.toEqual([...upliftCsv({ seed: 2, rows: 200 })]);
});

test('half of the customers spend nothing, and whose 90 days are not over has no label yet', () => {
  const rows = table(valueCsv({ seed: 1, rows: ROWS }));
  const labels = rows.map(({ spent_90d }) => spent_90d!);
  expect(labels.indexOf('') / ROWS).toBeCloseTo(0.75, 2);
  const spent = labels.filter((label) => label !== '').map(Number);
  expect(mean(spent.map((value) => Number(value > 0)))).toBeGreaterThan(0.4);
  expect(mean(spent.map((value) => Number(value > 0)))).toBeLessThan(0.6);
  expect(Math.max(...spent)).toBeGreaterThan(5 * mean(spent));
});

test('what was spent before tells something of what will be, and far from everything', () => {
  const rows = table(valueCsv({ seed: 1, rows: ROWS })).filter(({ spent_90d }) => spent_90d !== '');
  const byPast = rows.toSorted((a, b) => Number(a.spent_12m) - Number(b.spent_12m)).map(({ spent_90d }) => Number(spent_90d));
  const [low, high] = [mean(byPast.slice(0, 1_000)), mean(byPast.slice(-1_000))];
  expect(high / low).toBeGreaterThan(2);
  expect(high / low).toBeLessThan(12);
});

test('vouchers go to every second customer whoever they are, and a tenth more of those buy', () => {
  const rows = table(upliftCsv({ seed: 1, rows: 20_000 })).filter(({ bought }) => bought !== '');
  const arm = (voucher: string) => rows.filter((row) => row.voucher === voucher);
  expect(arm('yes').length / rows.length).toBeCloseTo(0.5, 1);
  const rate = (voucher: string) => mean(arm(voucher).map(({ bought }) => Number(bought)));
  expect(rate('yes') - rate('no')).toBeGreaterThan(0.06);
  expect(rate('yes') - rate('no')).toBeLessThan(0.13);
  expect(mean(arm('yes').map(({ is_member }) => Number(is_member === 'true')))).toBeCloseTo(0.35, 1);
});

test('the voucher wins some, leaves most alone and puts a few off', () => {
  const effects = [...shopRows({ seed: 1, rows: ROWS })].map(trueUplift);
  expect(mean(effects.map((effect) => Number(effect > 0.15)))).toBeGreaterThan(0.1);
  expect(mean(effects.map((effect) => Number(effect < 0)))).toBeGreaterThan(0.05);
  expect(mean(effects.map((effect) => Number(effect < 0)))).toBeLessThan(0.4);
});

test('live customers are like those in the file, and what they do with a voucher is theirs to say', () => {
  const visits = first(visitsOfUplift({ seed: 1 }), ROWS);
  const treated = mean(visits.map(({ outcome }) => outcome(true)));
  const untreated = mean(visits.map(({ outcome }) => outcome(false)));
  expect(treated - untreated).toBeGreaterThan(0.06);
  const spent = first(visitsOfValue({ seed: 1 }), ROWS).map(({ outcome }) => outcome(false));
  expect(mean(spent)).toBeGreaterThan(25);
  expect(mean(spent)).toBeLessThan(40);
});

test('an application treats whom an uplift score favours, and nobody on any other score', () => {
  const uplift = { task: 'uplift', decision: null } as const;
  expect([isTreated(0.1, uplift), isTreated(0, uplift), isTreated(-0.1, uplift), isTreated(Number.NaN, uplift)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  const decision = { cutoff: { kind: 'score', from: 0.05 }, profit: null, costPerThousand: null } as const;
  expect([isTreated(0.05, { task: 'uplift', decision }), isTreated(0.04, { task: 'uplift', decision })]).toEqual([true, false]);
  expect(isTreated(0.9, { task: 'binary-classification', decision })).toBe(false);
});
