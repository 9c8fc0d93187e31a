import { describe, expect, test } from 'vitest';
import type { DecisionSpec } from '../../src/domain/spec.ts';
import { binaryMetrics } from '../../src/evaluation/binary-metrics.ts';
import { regressionMetrics } from '../../src/evaluation/regression-metrics.ts';
import { type TaskMetrics, type TaskRows, widthOf } from '../../src/evaluation/task-metrics.ts';
import { upliftMetrics } from '../../src/evaluation/uplift-metrics.ts';
import { auc } from '../../src/statistics/auc.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { hasReference, pairedTelcoScores, reference } from '../statistics/reference.ts';

const rowsOf = (targets: readonly number[], treated: readonly number[] | null = null): TaskRows => ({
  targets: Float64Array.from(targets),
  treated: treated && Uint8Array.from(treated),
  entities: Uint32Array.from(targets, (_, row) => row),
});

function measured<T>(task: TaskMetrics<T>, rows: TaskRows, scores: readonly number[], weights: readonly number[] | null = null) {
  const out = new Float64Array(widthOf(task.metrics));
  task.measure(task.prepare(rows, Float64Array.from(scores)), weights && Uint8Array.from(weights), out, 0);
  return Object.fromEntries(task.metrics.map(({ name }, index) => [name, out[index]!]));
}

const binary = binaryMetrics(null);

describe.skipIf(!hasReference)('on 1,409 telco customers, the published metrics of both models', () => {
  test.each(['champion', 'challenger'] as const)('%s', (who) => {
    const published = reference<Record<string, Record<string, number>>>('paired_scores_telco.json')[`${who}_metrics`]!;
    const { labels, ...scores } = pairedTelcoScores();
    const found = measured(binary, rowsOf(labels), scores[who]);
    expect(found['average-precision']).toBeCloseTo(published.ap!, 6);
    expect(found['log-loss']).toBeCloseTo(published.logloss!, 6);
    expect(found.brier).toBeCloseTo(published.brier!, 6);
    expect(found['calibration-error']).toBeCloseTo(published.ece10_equal_width!, 6);
    expect(found.lift).toBeCloseTo(published.lift_top10pct!, 4);
    expect(found.ks).toBeCloseTo(published.ks!, 6);
    expect(found.auc).toBeCloseTo(auc(scores[who], labels), 12);
  });
});

test('small published examples of scikit-learn', () => {
  const found = measured(binary, rowsOf([0, 0, 1, 1]), [0.1, 0.4, 0.35, 0.8]);
  expect([found.auc, found['average-precision']]).toEqual([0.75, 0.8333333333333333]);
  const constant = Array.from({ length: 100 }, (_, row) => (row % 4 === 0 ? 1 : 0));
  expect(
    measured(
      binary,
      rowsOf(constant),
      constant.map(() => 0.3),
    )['average-precision'],
  ).toBe(0.25);
  expect(measured(binary, rowsOf([0, 1]), [0, 1]).auc).toBe(1);
  expect(measured(binary, rowsOf([1, 0]), [0.5, 0.5]).auc).toBe(0.5);
  expect(measured(binary, rowsOf([0, 0, 0, 1, 1, 1]), [0.5, 0.9, 0.99, 0.1, 0.25, 0.999])['log-loss']).toBeCloseTo(1.881797068998267, 9);
  expect(measured(binary, rowsOf([0, 1, 1, 0, 1, 1]), [0.1, 0.8, 0.9, 0.3, 1, 0.95]).brier).toBeCloseTo(0.0254166667, 9);
});

test('the published uplift example of scikit-uplift', () => {
  const found = measured(upliftMetrics(null), rowsOf([0, 1], [1, 0]), [0.1, 0.3]);
  expect([found.auuc, found.qini]).toEqual([0, 1]);
});

const decision = (cutoff: DecisionSpec['cutoff']): DecisionSpec => ({
  cutoff,
  profit: { truePositive: 40, falsePositive: -5, falseNegative: -10, trueNegative: 0 },
  costPerThousand: null,
});

test.each([
  ['a score', { kind: 'score', from: 0.4 }],
  ['a share of the best', { kind: 'top', share: 0.5 }],
] as const)('at a cut-off by %s the four answers are counted', (_, cutoff) => {
  // Acted upon: 0.8, 0.7 and 0.4, of which two are positive; one positive is missed.
  const found = measured(binaryMetrics(decision(cutoff)), rowsOf([1, 0, 1, 1, 0, 0]), [0.8, 0.7, 0.4, 0.3, 0.2, 0.1]);
  expect(found.precision).toBeCloseTo(2 / 3, 12);
  expect(found.recall).toBeCloseTo(2 / 3, 12);
  expect(found.f1).toBeCloseTo(2 / 3, 12);
  expect(found.profit).toBeCloseTo((1_000 * (2 * 40 - 5 - 10)) / 6, 9);
});

test('where a share of rows ends among equal scores, it takes a part of them', () => {
  const found = measured(binaryMetrics(decision({ kind: 'top', share: 0.5 })), rowsOf([1, 1, 0, 0]), [0.3, 0.3, 0.3, 0.3]);
  expect(found.precision).toBe(0.5);
  expect(found.recall).toBe(0.5);
});

test('regression by hand', () => {
  const found = measured(regressionMetrics, rowsOf([1, 2, 3, 6]), [2, 2, 2, 8]);
  expect(found.mae).toBe(1);
  expect(found.rmse).toBeCloseTo(Math.sqrt(6 / 4), 12);
  expect(found['r-squared']).toBeCloseTo(1 - 6 / 14, 12);
  expect(found['quantile-loss']).toBeCloseTo((0.1 * (1 + 2) + 0.9 * 1) / 4, 12);
  // Order 6, then {1, 2, 3} tied, against 6, 3, 2, 1.
  const area = (heights: readonly number[]) =>
    heights.slice(1).reduce((sum, height, index) => sum + (height + heights[index]!) / 2, 0) - (4 * 12) / 2;
  expect(found.gini).toBeCloseTo(area([0, 6, 8, 10, 12]) / area([0, 6, 9, 11, 12]), 12);
  expect(measured(regressionMetrics, rowsOf([1, 2, 3, 6]), [1, 2, 3, 6])).toMatchObject({ mae: 0, 'r-squared': 1, gini: 1 });
});

test('numbers that are large and lie close together keep their digits', () => {
  const found = measured(regressionMetrics, rowsOf([1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 6]), [1e9 + 2, 1e9 + 2, 1e9 + 2, 1e9 + 8]);
  expect(found['r-squared']).toBeCloseTo(1 - 6 / 14, 9);
  expect(found.gini).toBeCloseTo(measured(regressionMetrics, rowsOf([1, 2, 3, 6]), [2, 2, 2, 8]).gini!, 9);
});

test('uplift: a perfect order reaches one, and the best three tenths show their difference of rates', () => {
  // Persuaded rows first, then those whom nothing moves.
  const targets = [1, 1, 0, 0, 0, 1, 0, 0, 0, 1];
  const treated = [1, 1, 0, 1, 0, 0, 1, 0, 1, 1];
  const found = measured(
    upliftMetrics(null),
    rowsOf(targets, treated),
    targets.map((target, row) => target * (2 * treated[row]! - 1)),
  );
  expect(found.qini).toBeCloseTo(1, 12);
  expect(measured(upliftMetrics(null), rowsOf(targets, treated), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1])['uplift-at-k']).toBe(1);
  expect(
    measured(
      upliftMetrics({ kind: 'top', share: 1 }),
      rowsOf(targets, treated),
      targets.map(() => 0),
    )['uplift-at-k'],
  ).toBeCloseTo(3 / 6 - 1 / 4, 12);
});

const random = seededRandom(5);
const many = Array.from({ length: 300 }, () => Math.round(random.uniform() * 20) / 20);
const outcomes = many.map((score) => (random.uniform() < score ? 1 : 0));
const arms = many.map(() => (random.uniform() < 0.5 ? 1 : 0));
const weights = many.map(() => Math.floor(random.uniform() * 4));
const repeated = <T>(values: readonly T[]) => values.flatMap((value, row) => new Array<T>(weights[row]!).fill(value));

test.each([
  ['binary', binaryMetrics(decision({ kind: 'top', share: 0.2 })) as TaskMetrics<unknown>, outcomes],
  ['regression', regressionMetrics as TaskMetrics<unknown>, outcomes.map((outcome, row) => outcome + many[row]! * arms[row]!)],
  ['uplift', upliftMetrics(null) as TaskMetrics<unknown>, outcomes],
])('a weight of three is a row three times: %s', (_, task, targets) => {
  const weighted = measured(task, rowsOf(targets, arms), many, weights);
  const copied = measured(task, rowsOf(repeated(targets), repeated(arms)), repeated(many));
  for (const { name } of task.metrics) expect(weighted[name], name).toBeCloseTo(copied[name]!, 6);
});
