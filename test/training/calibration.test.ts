import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/statistics/random.ts';
import { calibrated, fitCalibration } from '../../src/training/calibration.ts';
import { sigmoid } from '../../src/training/logistic-regression.ts';

/** Scores that are twice as sure as they should be, and always too high. */
function overconfident(count: number, seed: number) {
  const { uniform, normal } = seededRandom(seed);
  const scores = Float64Array.from({ length: count }, () => 3 * normal());
  const targets = scores.map((score) => (uniform() < sigmoid(0.5 * score - 1) ? 1 : 0));
  return { scores, targets, weights: null };
}

test("Platt's curve finds out how much too sure the scores are", () => {
  const found = fitCalibration('platt', overconfident(50_000, 1));
  expect(found).toMatchObject({ kind: 'platt', slope: expect.closeTo(0.5, 1), intercept: expect.closeTo(-1, 1) });
});

test('pooling adjacent violators, worked out by hand', () => {
  const rows = { scores: Float64Array.of(3, 1, 2, 4, 5), targets: Float64Array.of(0, 0, 1, 1, 1), weights: null };
  // Pools: 0 at 1; 1/2 over 2 and 3; 1 over 4 and 5. The ends keep 1/7 away from certainty, since five rows prove nothing.
  expect(fitCalibration('isotonic', rows)).toEqual({
    kind: 'isotonic',
    scores: Float64Array.of(1, 2, 3, 4, 5),
    probabilities: Float64Array.of(1 / 7, 1 / 2, 1 / 2, 1 - 1 / 7, 1 - 1 / 7),
  });
});

test('between two pools lies a straight line, beyond the ends a level one', () => {
  const curve = { kind: 'isotonic', scores: Float64Array.of(0, 2), probabilities: Float64Array.of(0.2, 0.6) } as const;
  expect([-9, 0, 0.5, 2, 9].map((score) => calibrated(curve, score))).toEqual([0.2, 0.2, 0.3, 0.6, 0.6].map((p) => expect.closeTo(p, 12)));
});

test('rows with the same score are one row with their mean', () => {
  const rows = { scores: Float64Array.of(1, 1, 1, 1, 0), targets: Float64Array.of(1, 0, 0, 0, 0), weights: null };
  const curve = fitCalibration('isotonic', rows);
  expect(calibrated(curve, 1)).toBeCloseTo(0.25, 12);
});

test.each(['platt', 'isotonic'] as const)('%s brings the mean score to the rate, and never changes the order', (kind) => {
  const fitted = overconfident(5_000, 2);
  const curve = fitCalibration(kind, fitted);
  const { scores, targets } = overconfident(5_000, 3);
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(scores.map((score) => calibrated(curve, score)))).toBeCloseTo(mean(targets), 1);
  const sorted = [...scores].sort((a, b) => a - b).map((score) => calibrated(curve, score));
  expect(sorted.every((score, index) => index === 0 || score >= sorted[index - 1]! - 1e-12)).toBe(true);
});

test('whatever the rows, a calibrated score is a probability that is not certain', () => {
  const row = fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.boolean());
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 50 }),
      // Log odds are sums of finite numbers.
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom('platt', 'isotonic'),
      (rows, score, kind) => {
        const targets = Float64Array.from(rows, ([, isPositive]) => (isPositive ? 1 : 0));
        const curve = fitCalibration(kind, { scores: Float64Array.from(rows, ([value]) => value), targets, weights: null });
        const found = calibrated(curve, score);
        expect(found >= 0 && found <= 1).toBe(true);
      },
    ),
  );
});

test('a row that weighs two counts like two', () => {
  const scores = Float64Array.of(0, 1, 2, 3);
  const targets = Float64Array.of(0, 1, 0, 1);
  const weighed = fitCalibration('isotonic', { scores, targets, weights: Float64Array.of(1, 2, 1, 1) });
  const counted = fitCalibration('isotonic', {
    scores: Float64Array.of(0, 1, 1, 2, 3),
    targets: Float64Array.of(0, 1, 1, 0, 1),
    weights: null,
  });
  expect(weighed).toEqual(counted);
});

const half = (count: number, scoreOf: (row: number) => number) => ({
  scores: Float64Array.from({ length: count }, (_, row) => scoreOf(row)),
  targets: Float64Array.from({ length: count }, (_, row) => (row < count / 2 ? 0 : 1)),
});

test.each(['platt', 'isotonic'] as const)(
  '%s answers the rate where scores say nothing: all the same, too close to tell, or turned round',
  (kind) => {
    for (const scoreOf of [() => 0.3, (row: number) => row * 1e-9, (row: number) => -row]) {
      const rows = half(50, scoreOf);
      const calibration = fitCalibration(kind, { ...rows, weights: null });
      for (const score of rows.scores) expect(calibrated(calibration, score)).toBeCloseTo(0.5, 6);
    }
  },
);

test.each([1e-4, 1e6])("Platt's curve is found whatever unit the scores are in (%s)", (unit) => {
  const plain = fitCalibration('platt', { ...half(200, (row) => Math.sin(row) + row / 200), weights: null });
  const scaled = fitCalibration('platt', { ...half(200, (row) => unit * (Math.sin(row) + row / 200)), weights: null });
  for (const score of [-1, 0.2, 1.5]) expect(calibrated(scaled, unit * score)).toBeCloseTo(calibrated(plain, score), 9);
});
