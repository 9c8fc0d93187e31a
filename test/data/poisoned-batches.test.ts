/**
 * Every kind of broken batch, against a champion that was trained on good data: each must be stopped with a reason that names it, and
 * good data must never be. Only the contract that any team would write (types and ranges), and the defaults of every comparison.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { aWeek, type Customer, columns, csvOf, withFlippedLabels } from './customers.ts';
import { aChampion, type Champion, customersSpec, nextBatch, type Outcome, trueAuc } from './customers-model.ts';
import { aWorkshop } from './fixtures.ts';

const workshop = aWorkshop();
const good = aWeek(7);
let champion: Champion;
beforeAll(async () => {
  champion = await aChampion(workshop, csvOf(aWeek(1, 8_000)));
}, 120_000);

const changed = (change: (row: Customer, index: number) => Partial<Customer>): string =>
  csvOf(good.map((row, index) => ({ ...row, ...change(row, index) }) as Customer));
const next = (csv: string, spec = champion.spec): Promise<Outcome> => nextBatch(workshop, champion, csv, spec);

test('clean data passes a hundred times of a hundred', async () => {
  const stopped: string[] = [];
  for (let week = 2; week < 102; week++) {
    const { stoppedBy, reasons } = await next(csvOf(aWeek(week, 1_000)));
    if (stoppedBy !== 'none') stopped.push(`week ${week}: ${reasons.join('; ')}`);
  }
  expect(stopped).toEqual([]);
}, 400_000);

describe('stopped while it is read', () => {
  test.each<[string, string | (() => string), RegExp]>([
    ['an empty file', '', /SourceUnreadable.*empty|no header|expected/],
    ['a header without rows', () => csvOf([]), /has a header and no rows/],
    [
      'a renamed column',
      () => csvOf(good, { header: columns.map((name) => (name === 'visits' ? 'visit_count' : name)) }),
      /lacks a column.*"visits" \(a feature.*visit_count/,
    ],
    ['another separator', () => csvOf(good, { separator: ';' }), /is not separated by ","/],
    [
      'another format of dates',
      () => changed(({ seen_at }) => ({ seen_at: `${seen_at!.slice(8, 10)}.${seen_at!.slice(5, 7)}.${seen_at!.slice(0, 4)}` })),
      /no row.*could be kept.*"time" about "seen_at"/,
    ],
    [
      'a decimal comma in every number',
      () => changed(({ basket }) => ({ basket: basket!.replace('.', ',') })),
      /no row.*could be kept.*"type" about "basket".*source.decimal/,
    ],
  ])('%s', async (_, csv, named) => {
    const { stoppedBy, reasons } = await next(typeof csv === 'string' ? csv : csv());
    expect(stoppedBy).toBe('ingest');
    expect(reasons.join('\n')).toMatch(named);
  });
});

describe('stopped by the data contract', () => {
  test.each<[string, () => string, RegExp]>([
    [
      'a retyped column',
      () => changed(({ visits }, index) => (index % 2 ? { visits: Number(visits) > 8 ? 'many' : 'few' } : {})),
      /rows of 2,000 are bad/,
    ],
    [
      'a decimal comma in some numbers',
      () => changed(({ basket }, index) => (index % 10 ? {} : { basket: basket!.replace('.', ',') })),
      /200 rows of 2,000 are bad/,
    ],
    [
      'another label encoding',
      () => changed(({ bought }) => ({ bought: bought === 'yes' ? 'Y' : 'N' })),
      /bought: all 2,000 rows are negative.*found "N"/,
    ],
    ['labels that are all positive', () => changed(() => ({ bought: 'yes' })), /all 2,000 rows are positive/],
    ['a file that was cut', () => csvOf(good.slice(0, 150)), /150 rows left to learn from/],
  ])('%s', async (_, csv, named) => {
    const { stoppedBy, reasons } = await next(csv());
    expect(stoppedBy).toBe('data-contract');
    expect(reasons.join('\n')).toMatch(named);
  });

  test('another label encoding is named at once where the spec names both labels', async () => {
    const spec = { ...champion.spec, label: { ...champion.spec.label, negative: ['no'] } };
    const { stoppedBy, reasons } = await next(
      changed(({ bought }) => ({ bought: bought === 'yes' ? '1' : '0' })),
      spec,
    );
    expect({ stoppedBy, reasons: reasons.join() }).toEqual({ stoppedBy: 'ingest', reasons: expect.stringContaining('bought') });
  });

  test('rows that are too old, where the team asks for fresh ones', async () => {
    const spec = customersSpec('\n').dataContract;
    const freshness = { withinMs: 30 * 86_400_000, severity: 'stop' } as const;
    const { stoppedBy, reasons } = await next(csvOf(good), { ...champion.spec, dataContract: { ...spec, freshness } });
    expect({ stoppedBy, reasons }).toEqual({
      stoppedBy: 'data-contract',
      reasons: [expect.stringMatching(/newest row is of 2025-.* days ago/)],
    });
  });
});

test('one row dated years ahead makes no batch fresh, and is told of', async () => {
  const freshness = { withinMs: 30 * 86_400_000, severity: 'stop' } as const;
  const csv = changed((_, index) => (index ? {} : { seen_at: '2031-01-01T00:00:00Z' }));
  const { reasons, report } = await next(csv, { ...champion.spec, dataContract: { ...champion.spec.dataContract, freshness } });
  expect(reasons).toEqual([expect.stringMatching(/newest row is of 2025-.* days ago/)]);
  expect(report!.findings.filter(({ severity }) => severity === 'report').map(({ sentence }) => sentence)).toContainEqual(
    expect.stringMatching(/^1 row of 2,000 is dated more than a day ahead/),
  );
});

describe('stopped until a person says that the world has changed', () => {
  test.each<[string, () => string, RegExp]>([
    ['one feature shifted', () => changed(({ basket }) => ({ basket: (Number(basket) * 1.6).toFixed(2) })), /^basket has moved .*PSI/],
    ['one feature in another unit', () => changed(({ tenure }) => ({ tenure: String(Number(tenure) * 24) })), /^tenure has moved/],
    ['a category never seen, everywhere', () => changed(() => ({ plan: 'platinum' })), /^plan has moved/],
    ['a constant column', () => changed(() => ({ visits: '3' })), /^visits has moved/],
    ['a column that fell silent', () => changed(() => ({ region: '' })), /^region has moved/],
    ['every row twice, under one key', () => csvOf([...good, ...good]), /dropped because a later row has the same key.*run twice/],
    [
      'every row twice, under new keys',
      () => csvOf([...good, ...good.map((row) => ({ ...row, id: `${row.id}-again` }))]),
      /repeat another row in every column/,
    ],
    [
      'ten times the rows',
      () => csvOf(Array.from({ length: 10 }, (_, week) => aWeek(200 + week, 2_000)).flat()),
      /20,000 rows, 10 times the median/,
    ],
    ['a tenth of the rows', () => csvOf(good.slice(0, 300)), /300 rows, 0\.15 times the median/],
    ['inverted labels', () => csvOf(withFlippedLabels(good, 1)), /share of positive labels is .*turned round/s],
    [
      'labels of the wrong people',
      () => changed((_, index) => ({ bought: good[(index + 1) % good.length]!.bought! })),
      /turned round|reaches AUC 0\.[45]/,
    ],
  ])('%s', async (_, csv, named) => {
    const { stoppedBy, reasons } = await next(csv());
    expect(stoppedBy).toBe('data-shift');
    expect(reasons.join('\n')).toMatch(named);
  });

  test('nine identifiers of ten that were seen before under other labels', async () => {
    const before = aWeek(1, 4_000);
    const { stoppedBy, reasons } = await next(csvOf([...withFlippedLabels(before, 0.01), ...good]));
    expect(stoppedBy).toBe('data-shift');
    expect(reasons.join('\n')).toMatch(/rows that the champion's snapshot has, too, have another label now/);
  });
});

describe('stopped as a leak', () => {
  test('a feature that was filled after the outcome', async () => {
    const csv = changed(({ bought, visits }) => ({ visits: String(Number(visits) + (bought === 'yes' ? 4 : 0)) }));
    const { reasons } = await next(csv, { ...champion.spec, dataContract: { ...champion.spec.dataContract, shift: null } });
    expect(reasons.join('\n')).toMatch(/"visits" alone reaches AUC/);
  });

  test('a time that lies after the prediction', async () => {
    const { stoppedBy, reasons } = await next(
      changed(({ seen_at }, index) => (index % 50 ? {} : { joined_at: new Date(Date.parse(seen_at!) + 3_600_000).toISOString() })),
    );
    expect({ stoppedBy, reasons }).toEqual({
      stoppedBy: 'leak-check',
      reasons: [expect.stringMatching(/"joined_at" is later than the prediction in 40 rows/)],
    });
  });

  test('an identifier as a feature', async () => {
    const spec = customersSpec('\n');
    const features = [...spec.features, { ...spec.features[4]!, name: 'receipt' }, { ...spec.features[0]!, name: 'number' }];
    const rows = good.map((row, index) => ({ ...row, receipt: `r-${(index * 7919) % 100_000}`, number: String(50_000 + index) }));
    const { stoppedBy, reasons } = await next(csvOf(rows, { header: [...columns, 'receipt', 'number'] }), { ...spec, features });
    expect(stoppedBy).toBe('leak-check');
    expect(reasons.filter((reason) => /names a row/.test(reason)).map((reason) => reason.split('"')[1])).toEqual(['receipt', 'number']);
  });
});

describe('labels turned round', () => {
  test.each([0.05, 0.1, 0.2])('%d of them, in new rows: stopped by the scores of the champion', async (share) => {
    for (const week of [8, 9, 10]) {
      const { stoppedBy, reasons } = await next(csvOf(withFlippedLabels(aWeek(week, 4_000), share, week)));
      expect(stoppedBy).toBe('data-shift');
      expect(reasons.join('\n')).toMatch(/turned round than before the release/);
    }
  });

  test.each([0.01, 0.02])('%d of them, in rows that are known: stopped because labels do not change', async (share) => {
    const { stoppedBy, reasons } = await next(csvOf([...withFlippedLabels(aWeek(1, 4_000), share), ...good]));
    expect(stoppedBy).toBe('data-shift');
    expect(reasons.join('\n')).toMatch(/have another label now/);
  });

  test('one in a hundred, in two thousand new rows, is not seen, and the reason says what would not have been', async () => {
    const { stoppedBy, report } = await next(csvOf(withFlippedLabels(aWeek(8), 0.01, 8)));
    expect(stoppedBy).toBe('none');
    const { judgeDataShift } = await import('../../src/gates/data-shift.ts');
    expect(judgeDataShift(report!, champion.spec).reasons.join('\n')).toMatch(
      /of turned ones [2-6]\.?\d* % would have been seen nine times of ten/,
    );
  });
});

test('what flips pass unseen do little harm: a model that learned from two in a hundred ranks people as well', async () => {
  const people = csvOf(aWeek(50, 4_000));
  const before = await trueAuc(workshop, champion, people);
  const flipped = await aChampion(workshop, csvOf(withFlippedLabels(aWeek(20, 4_000), 0.02)));
  expect(await trueAuc(workshop, flipped, people)).toBeGreaterThan(before - 0.01);
});

test('numbers in quotes are the same numbers: the same snapshot', async () => {
  const plain = await workshop.ingest(csvOf(good), champion.spec);
  expect((await workshop.ingest(csvOf(good, { quoted: true }), champion.spec)).digest).toBe(plain.digest);
});
