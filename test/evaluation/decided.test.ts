import { expect, test } from 'vitest';
import { actedUpon, turned } from '../../src/evaluation/decided.ts';
import { ratesInGroups } from '../../src/evaluation/fairness-rates.ts';
import { preparedGroups } from '../../src/evaluation/fairness.ts';
import { scoredRows } from '../../src/evaluation/scored-rows.ts';

const top = (share: number) => ({ cutoff: { kind: 'top', share }, profit: null, costPerThousand: null }) as const;
const from = (score: number) => ({ cutoff: { kind: 'score', from: score }, profit: null, costPerThousand: null }) as const;
/** Half of the rows have the second best score. */
const scores = Float64Array.from({ length: 20 }, (_, row) => (row < 2 ? 0.9 : row < 12 ? 0.5 : 0.1));

test('a share of the best acts on so many and no more: among equal scores lots are drawn', () => {
  expect(actedUpon(scores, top(0.2))).toEqual({ rows: 4, share: 0.2, byLot: { among: 10, taken: 2 } });
  expect(actedUpon(scores, top(0.1))).toEqual({ rows: 2, share: 0.1, byLot: null });
  expect(actedUpon(scores, top(1))).toEqual({ rows: 20, share: 1, byLot: null });
  expect(actedUpon(scores, from(0.5))).toEqual({ rows: 12, share: 0.6, byLot: null });
  expect(actedUpon(scores, from(0.95))).toEqual({ rows: 0, share: 0, byLot: null });
});

test('rates of groups count a row that draws lots with its chance', () => {
  const rows = scoredRows({
    task: 'binary-classification',
    targets: Array.from(scores, (_, row) => row % 2),
    challenger: scores,
    opponent: null,
    simpleBaseline: 0.5,
    segments: [],
  });
  const spec = { column: 'region', tolerated: 0.02, breach: 0.05, parity: ['demographic'] } as const;
  const groups = preparedGroups(rows, { spec, values: Array.from(scores, () => 'north') }, top(0.2));
  const out = new Float64Array(3);
  ratesInGroups(groups, null, out, 0);
  expect(Array.from(out)).toEqual([0.2, 0.2, 0.2]);
});

test('whether a decision turned wrong is not asked of rows that draw lots', () => {
  const before = scores.toReversed();
  const found = turned({ labels: new Uint8Array(20), challenger: scores, opponent: before }, top(0.1));
  expect(found).toMatchObject({ compared: 20, byLot: 0, turnedWrong: 2, turnedRight: 2 });
  expect(turned({ labels: new Uint8Array(20), challenger: scores, opponent: before }, top(0.2))).toMatchObject({ compared: 4, byLot: 16 });
});
