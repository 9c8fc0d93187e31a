import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Spec } from '../../src/domain/spec.ts';
import type { Column, FeatureRow } from '../../src/features/columns.ts';
import { newsletterCsv } from '../../src/simulation/newsletter-csv.ts';
import { type NewsletterRow, newsletterRows, newsletterVisits } from '../../src/simulation/newsletter-population.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { auc } from '../../src/statistics/auc.ts';
import { fitHere, fitRows, scorerOf } from '../training/fit-here.ts';

const ROWS = 20_000;
const labelsOf = (rows: readonly NewsletterRow[]) => rows.map(({ converted }) => (converted ? 1 : 0));
const shareOf = (rows: readonly NewsletterRow[], holds: (row: NewsletterRow) => boolean) => rows.filter(holds).length / rows.length;

let before: NewsletterRow[];
let after: NewsletterRow[];
beforeAll(() => {
  before = [...newsletterRows({ seed: 1, rows: ROWS, phase: 'before' })];
  after = [...newsletterRows({ seed: 1, rows: ROWS, phase: 'after' })];
});

describe('the rows', () => {
  test('are the same for the same seed, and others for another', () => {
    expect([...newsletterRows({ seed: 1, rows: ROWS, phase: 'before' })]).toEqual(before);
    expect([...newsletterRows({ seed: 2, rows: 100, phase: 'before' })]).not.toEqual(before.slice(0, 100));
  });

  test('come in the order of their times, those after the shift after those before it', () => {
    const times = [...before, ...after].map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
  });

  test('bring the same people back: most once or twice, nobody for ever', () => {
    const visits = new Map<string, NewsletterRow[]>();
    for (const row of before) visits.set(row.entity, [...(visits.get(row.entity) ?? []), row]);
    const counts = [...visits.values()].map((rows) => rows.length);
    expect(Math.max(...counts)).toBeGreaterThan(5);
    expect(Math.max(...counts)).toBeLessThanOrEqual(20);
    expect(counts.filter((count) => count > 1).length / counts.length).toBeGreaterThan(0.15);
    const [first, second] = [...visits.values()].find((rows) => rows.length > 1)!;
    expect(second!.features).toMatchObject({ device: first!.features.device, channel: first!.features.channel });
  });

  test('convert in a fifth to a quarter of cases, within two days', () => {
    for (const rows of [before, after]) {
      const rate = shareOf(rows, ({ converted }) => converted);
      expect(rate).toBeGreaterThan(0.19);
      expect(rate).toBeLessThan(0.26);
    }
    const delays = before.flatMap(({ convertedAfterMs }) => convertedAfterMs ?? []);
    expect(Math.max(...delays)).toBeLessThan(48 * 3_600_000);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  });
});

test('the tempting column tells nearly everything, no honest feature does', () => {
  expect(
    auc(
      before.map(({ supportMinutes }) => supportMinutes ?? 0),
      labelsOf(before),
    ),
  ).toBeGreaterThan(0.9);
  for (const name of ['tenure_days', 'opens_30d', 'clicks_30d', 'orders_12m', 'average_basket'] as const) {
    const alone = auc(
      before.map(({ features }) => features[name] ?? -1),
      labelsOf(before),
    );
    expect(Math.max(alone, 1 - alone)).toBeLessThan(0.75);
  }
});

describe('the shift', () => {
  test.each([
    ['tenure_days', (row: NewsletterRow) => Math.floor(Math.log2(row.features.tenure_days + 1))],
    ['opens_30d', (row: NewsletterRow) => Math.min(12, row.features.opens_30d)],
    ['channel', (row: NewsletterRow) => row.features.channel],
    ['device', (row: NewsletterRow) => row.features.device],
  ])('is a major one in %s', (_, binOf) => {
    expect(psi(before, after, binOf)).toBeGreaterThan(0.25);
  });

  test('is none without one: another seed, and visits of any day, look like the rows before it', () => {
    const visits = newsletterVisits({ seed: 1, phase: 'before' });
    const live = Array.from({ length: ROWS }, () => visits.next().value as NewsletterRow);
    for (const rows of [live, [...newsletterRows({ seed: 2, rows: ROWS, phase: 'before' })]]) {
      expect(psi(before, rows, (row) => Math.floor(Math.log2(row.features.tenure_days + 1)))).toBeLessThan(0.02);
      expect(psi(before, rows, (row) => row.features.opens_30d)).toBeLessThan(0.02);
      expect(psi(before, rows, (row) => row.features.days_since_payday)).toBeLessThan(0.02);
      expect(psi(before, rows, (row) => row.features.channel)).toBeLessThan(0.02);
    }
  });

  test('comes half-way through mixed rows, and changes nobody who was there before', () => {
    const mixed = [...newsletterRows({ seed: 1, rows: 2_000, phase: 'mixed' })];
    const isSocial = ({ features }: NewsletterRow) => features.channel === 'social';
    expect(shareOf(mixed.slice(0, 1_000), isSocial)).toBe(0);
    expect(shareOf(mixed.slice(1_000), isSocial)).toBeGreaterThan(0.5);
    const old = new Map(before.map((row) => [row.entity, row.features.device]));
    const known = after.filter(({ entity }) => old.has(entity));
    expect(known.length).toBeGreaterThan(1_000);
    expect(known.every(({ entity, features }) => old.get(entity) === features.device)).toBe(true);
  });

  test('makes a retrained model clearly better than the old one', () => {
    const [old, retrained] = [fitted(spec('newsletter'), before), fitted(spec('newsletter'), after)];
    const live = visitsAfter();
    expect(auc(live.map(retrained), labelsOf(live)) - auc(live.map(old), labelsOf(live))).toBeGreaterThan(0.05);
    expect(logLoss(live, retrained) / logLoss(live, old)).toBeLessThan(0.9);
  });
});

test('a model with the tempting column shines on paper and is much worse where the column is empty', () => {
  const [careful, tempting] = [fitted(spec('newsletter'), after), fitted(spec('newsletter-tempting'), after)];
  const live = visitsAfter();
  expect(auc(after.map(tempting), labelsOf(after))).toBeGreaterThan(0.93);
  const empty = live.map((row) => ({ ...row, supportMinutes: null }));
  expect(logLoss(empty, tempting) / logLoss(empty, careful)).toBeGreaterThan(1.2);
});

test('the file holds the same rows, and leaves empty what is not known when it is exported', () => {
  const lines = [...newsletterCsv({ seed: 1, rows: 3_000, phase: 'before' })];
  const [header, first] = lines.map((line) => line.trimEnd().split(','));
  expect(header).toEqual([
    ...['customer_id', 'sent_at', 'tenure_days', 'opens_30d', 'clicks_30d', 'orders_12m', 'days_since_order', 'average_basket'],
    ...['days_since_payday', 'device', 'channel', 'is_member', 'support_minutes', 'converted'],
  ]);
  const rows = [...newsletterRows({ seed: 1, rows: 3_000, phase: 'before' })];
  expect(first!.slice(0, 3)).toEqual([rows[0]!.entity, rows[0]!.at, String(rows[0]!.features.tenure_days)]);
  // 3,000 rows over 300 days: the last two days are 20 rows, the row at exactly 48 hours is known.
  const unknown = lines.filter((line) => line.endsWith(',,\n'));
  expect(unknown).toEqual(lines.slice(-19));
});

function spec(name: string): Spec {
  const file = path.resolve(import.meta.dirname, `../../examples/newsletter/${name}.yaml`);
  return parseSpec(readFileSync(file, 'utf8'), { file }).spec;
}

function visitsAfter(): NewsletterRow[] {
  const visits = newsletterVisits({ seed: 7, phase: 'after' });
  return Array.from({ length: 10_000 }, () => visits.next().value as NewsletterRow);
}

const instanceOf = ({ features, supportMinutes }: NewsletterRow): FeatureRow => ({ ...features, support_minutes: supportMinutes });

/** The project's own trainer, without its thread. */
function fitted({ features }: Spec, rows: readonly NewsletterRow[]): (row: NewsletterRow) => number {
  const columns = new Map<string, Column>();
  for (const { name, type } of features) {
    const values = rows.map((row) => instanceOf(row)[name] ?? null);
    columns.set(
      name,
      type === 'number'
        ? Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)))
        : (values as (string | null)[]),
    );
  }
  const score = scorerOf(fitHere(features, fitRows(columns, labelsOf(rows))));
  return (row) => score(Object.fromEntries(features.map(({ name }) => [name, instanceOf(row)[name] ?? null])));
}

function logLoss(rows: readonly NewsletterRow[], score: (row: NewsletterRow) => number): number {
  const losses = rows.map((row) => -Math.log(row.converted ? score(row) : 1 - score(row)));
  return losses.reduce((sum, loss) => sum + loss, 0) / rows.length;
}

/** Population stability index over given bins; an empty bin counts as half a row. */
function psi(reference: readonly NewsletterRow[], rows: readonly NewsletterRow[], binOf: (row: NewsletterRow) => string | number): number {
  const bins = [...new Set([...reference, ...rows].map(binOf))];
  const shares = (of: readonly NewsletterRow[]) =>
    bins.map((bin) => Math.max(0.5, of.filter((row) => binOf(row) === bin).length) / of.length);
  const [expected, found] = [shares(reference), shares(rows)];
  return bins.reduce<number>((sum, _, index) => sum + (found[index]! - expected[index]!) * Math.log(found[index]! / expected[index]!), 0);
}
