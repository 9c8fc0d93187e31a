import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRows } from '../../src/data/rows.ts';
import { type Purpose, purposes, splitSnapshot } from '../../src/data/split.ts';
import { modelName } from '../../src/domain/ids.ts';
import type { Spec, SplitSpec } from '../../src/domain/spec.ts';
import { aSpec, aWorkshop } from './fixtures.ts';

const workshop = aWorkshop();
const header = 'id,age,plan,member,bought,seen';
const byTime = (more: Partial<SplitSpec> = {}) =>
  aSpec({ time: { kind: 'column', column: 'seen', format: null }, split: { ...aSpec().split, by: 'time', ...more } });
const day = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 86_400_000).toISOString();

/** One row a day from the first of January; every third bought; `labels` may leave some out. */
const rows = (count: number, label: (index: number) => string = (index) => (index % 3 === 0 ? 'yes' : 'no')) =>
  `${header}\n${Array.from({ length: count }, (_, index) => `c${index},${20 + (index % 50)},basic,yes,${label(index)},${day(index)}`).join('\n')}\n`;

async function split(csv: string, spec: Spec) {
  const snapshot = await workshop.ingest(csv, spec);
  const snapshotPath = workshop.artifacts.pathOf(snapshot.artifactDigest);
  const made = await splitSnapshot({ spec, snapshotPath, artifacts: workshop.artifacts, workDir: workshop.folder });
  const splitPath = workshop.artifacts.pathOf(made.digest);
  const read = (purpose: Purpose, excludingTrainedBy: string[] = []) =>
    readRows({ snapshotPath, splitPath, purpose, columns: [{ name: 'age', type: 'number' }], excludingTrainedBy });
  return { ...made, splitPath, read };
}

test('by time, the oldest rows train and the newest are compared on', async () => {
  const { counts } = await split(rows(100), byTime({ shares: { training: 0.6, validation: 0.1, calibration: 0, comparison: 0.2 } }));
  expect(purposes.map((purpose) => counts[purpose].rows)).toEqual([60, 10, 0, 20, 10, 0]);
  expect(counts.training).toMatchObject({ positives: 20, from: day(0), until: day(59) });
  expect(counts.comparison).toMatchObject({ from: day(70), until: day(89) });
});

test('by dates, both ends are included and the gap validates', async () => {
  const { counts } = await split(
    rows(60),
    byTime({ trainingUntil: '2026-01-31', comparisonFrom: '2026-02-05', comparisonUntil: '2026-02-20' }),
  );
  expect(counts.training).toMatchObject({ rows: 31, until: day(30) });
  expect(counts.validation).toMatchObject({ rows: 4 });
  expect(counts.comparison).toMatchObject({ rows: 16, from: day(35), until: day(50) });
  expect(counts.reference.rows).toBe(9);
});

test('the same snapshot gives the same split', async () => {
  const [one, other] = [await split(rows(50), byTime()), await split(rows(50), byTime())];
  expect(other.digest).toBe(one.digest);
});

test('a row without a label serves no purpose', async () => {
  const { counts } = await split(
    rows(90, (index) => (index < 30 ? '' : index % 2 ? 'yes' : 'no')),
    byTime(),
  );
  expect(counts.unlabelled.rows).toBe(30);
  expect(counts.training.from).toBe(day(30));
});

test('purposes are disjoint and cover every row, whatever the shares', async () => {
  const share = fc.integer({ min: 10, max: 30 }).map((percent) => percent / 100);
  const calibration = fc.constantFrom(0, 0.05, 0.1);
  const shares = fc.record({ training: share, validation: share, comparison: share, calibration });
  await fc.assert(
    fc.asyncProperty(shares, fc.constantFrom('time', 'entity'), async (chosen, by) => {
      const { read } = await split(rows(120), byTime({ by, shares: chosen }));
      const ids = (await Promise.all(purposes.map((purpose) => read(purpose)))).flatMap(({ rowIds }) => rowIds);
      expect(ids).toHaveLength(120);
      expect(new Set(ids).size).toBe(120);
    }),
    { numRuns: 8 },
  );
});

test('by entity, an entity keeps its purpose in the next version, with other rows and other features', async () => {
  const spec = aSpec({ time: { kind: 'column', column: 'seen', format: null } });
  const again = `${rows(300)}${rows(300).split('\n').slice(1).join('\n').replaceAll('2026-', '2027-')}`;
  const first = await split(rows(300), spec);
  const second = await split(again, { ...spec, features: spec.features.slice(0, 1) });
  const trained = new Set((await first.read('training')).entities);
  const compared = await second.read('comparison', [first.splitPath]);
  expect(compared.entities.some((entity) => trained.has(entity))).toBe(false);
  expect(compared.excludedBecauseTrainedOn).toBe(0);
  expect(new Set(compared.entities).size * 2).toBe(compared.count);
  const share = (await first.read('training')).count / 300;
  expect(share).toBeGreaterThan(0.6);
  expect(share).toBeLessThan(0.8);
});

test('two models split the same entities differently', async () => {
  const one = await split(rows(300), aSpec());
  const other = await split(rows(300), aSpec({ model: modelName('other') }));
  expect((await other.read('comparison')).rowIds).not.toEqual((await one.read('comparison')).rowIds);
});

test('rows that an earlier version trained on are left out of a comparison and counted', async () => {
  const earlier = await split(rows(80), byTime({ shares: { training: 0.9, validation: 0, calibration: 0, comparison: 0.1 } }));
  const later = await split(rows(100), byTime({ shares: { training: 0.5, validation: 0, calibration: 0, comparison: 0.5 } }));
  const compared = await later.read('comparison', [earlier.splitPath]);
  expect(compared).toMatchObject({ count: 28, excludedBecauseTrainedOn: 22, earliestAt: day(72), latestAt: day(99) });
  const trained = new Set((await earlier.read('training')).rowIds);
  expect(compared.rowIds.some((id) => trained.has(id))).toBe(false);
});

test('a split that leaves nothing to train or to compare on is refused with the times there are', async () => {
  await expect(split(rows(20), byTime({ trainingUntil: '2025-12-31' }))).rejects.toMatchObject({
    type: 'TrainingDataRejected',
    message: `the split of purchase leaves no rows for training (labelled rows from ${day(0)} to ${day(19)}): correct its shares or dates, or bring more rows`,
  });
  await expect(split(rows(20), byTime({ trainingUntil: '2026-12-31' }))).rejects.toMatchObject({
    message: expect.stringContaining('leaves no rows for comparison'),
  });
});

test('missing values, texts and labels are read as they are', async () => {
  const spec = aSpec({ split: { ...aSpec().split, shares: { training: 0.5, validation: 0, calibration: 0, comparison: 0.5 } } });
  const csv = `id,age,plan,member,bought\n${Array.from({ length: 40 }, (_, index) => `${index},${index},${index % 2 ? 'n/a' : 'gold'},${index % 2 ? 'no' : 'yes'},${index % 2 ? 'yes' : 'no'}`).join('\n')}\n`;
  const snapshot = await workshop.ingest(csv, spec);
  const snapshotPath = workshop.artifacts.pathOf(snapshot.artifactDigest);
  const { digest } = await splitSnapshot({ spec, snapshotPath, artifacts: workshop.artifacts, workDir: workshop.folder });
  const found = await readRows({
    snapshotPath,
    splitPath: workshop.artifacts.pathOf(digest),
    purpose: 'training',
    columns: snapshot.columns,
  });
  for (let row = 0; row < found.count; row++) {
    const odd = Number(found.entities[row]) % 2 === 1;
    const read = ['age', 'plan', 'member'].map((name) => found.columns.get(name)![row]);
    expect([...read, found.labels[row]]).toEqual([Number(found.entities[row]), odd ? null : 'gold', !odd, odd ? 1 : 0]);
  }
});

test('rows for calibration are kept apart, by place, by entity and by dates', async () => {
  const shares = { training: 0.5, validation: 0.1, calibration: 0.2, comparison: 0.2 };
  const trainer = { ...aSpec().trainer, calibration: 'isotonic' } as const;
  const counted = async (spec: Spec) => (await split(rows(200), { ...spec, trainer })).counts;
  expect((await counted(byTime({ shares }))).calibration).toMatchObject({ rows: 40, from: day(120), until: day(159) });
  const byEntity = await counted(byTime({ by: 'entity', shares }));
  expect(byEntity.calibration.rows).toBeGreaterThan(20);
  const byDates = await counted(byTime({ shares, trainingUntil: '2026-04-30', comparisonFrom: '2026-05-11' }));
  expect(byDates.training.rows + byDates.calibration.rows).toBe(120);
  expect(byDates.calibration.rows).toBeGreaterThan(20);
  await expect(counted(byTime())).rejects.toMatchObject({ message: expect.stringContaining('leaves no rows for calibration') });
});

test('a given split keeps the purposes of its column, and divides the rows that have none', async () => {
  const parts = ['train', 'Test', 'val', 'reference', ''];
  const csv = rows(200)
    .trimEnd()
    .split('\n')
    .map((line, index) => `${line},${index === 0 ? 'part' : parts[(index - 1) % 5]}`);
  const shares = { training: 0.5, validation: 0.5, calibration: 0, comparison: 0 };
  const { counts, read } = await split(`${csv.join('\n')}\n`, byTime({ by: 'given', column: 'part', shares }));
  expect(counts.comparison.rows).toBe(40);
  expect(counts.reference.rows).toBe(40);
  expect(counts.training.rows + counts.validation.rows).toBe(120);
  expect(counts.training.rows).toBeGreaterThan(45);
  const compared = new Set((await read('comparison')).entities);
  expect([...compared].every((entity) => Number(entity.slice(1)) % 5 === 1)).toBe(true);
});

test('whatever an earlier version fitted, chose or calibrated with, no later version is compared on', async () => {
  const share = fc.integer({ min: 10, max: 30 }).map((percent) => percent / 100);
  const shares = fc.record({ training: share, validation: share, calibration: share, comparison: fc.constant(0.1) });
  const by = fc.constantFrom('time', 'entity');
  await fc.assert(
    fc.asyncProperty(shares, shares, by, fc.integer({ min: 60, max: 120 }), async (first, second, how, more) => {
      const earlier = await split(rows(100), byTime({ by: how, shares: first }));
      const later = await split(rows(more), byTime({ by: how, shares: second }));
      const used = new Set<string>();
      for (const purpose of ['training', 'validation', 'calibration'] as const)
        for (const id of (await earlier.read(purpose)).rowIds) used.add(id);
      const compared = await later.read('comparison', [earlier.splitPath]);
      expect(compared.rowIds.filter((id) => used.has(id))).toEqual([]);
      if (how === 'entity' && JSON.stringify(first) === JSON.stringify(second)) expect(compared.excludedBecauseTrainedOn).toBe(0);
    }),
    { numRuns: 6 },
  );
});
