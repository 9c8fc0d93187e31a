import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/statistics/random.ts';
import { grown, predicted, type Rows } from './grow.ts';

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 9));

describe('trees small enough to be worked out by hand', () => {
  const steps: Rows = { x: [[1], [2], [3], [4]], y: [0, 0, 6, 10] };

  test('the first split takes most off the squared error, at the middle between two values', () => {
    const { base, trees } = grown(steps, { parameters: { leaves: 2 } });
    expect(base).toBe(4);
    const [tree] = trees;
    // Gradients 4, 4, -2, -6: (8²)/2 + (8²)/2 - 0 = 64 at 2.5; 16 + 64/6... less elsewhere.
    expect([...tree!.features]).toEqual([0]);
    expect([...tree!.thresholds]).toEqual([2.5]);
    expect([...tree!.gains]).toEqual([64]);
    expect([...tree!.leaves]).toEqual([-4, 4]);
    expect(predicted({ base, trees }, steps.x)).toEqual([0, 0, 8, 8]);
  });

  test('the leaf with the most to gain is split next', () => {
    expect(predicted(grown(steps, { parameters: { leaves: 3 } }), steps.x)).toEqual([0, 0, 6, 10]);
    expect(grown(steps, { parameters: { leaves: 8 } }).trees[0]!.leaves).toHaveLength(3);
  });

  test('the pull shortens the answers: minus G over H plus lambda', () => {
    const { base, trees } = grown(steps, { parameters: { leaves: 2, l2: 2 } });
    expect(predicted({ base, trees }, [[1], [4]])).toEqual([4 - 8 / 4, 4 + 8 / 4]);
  });

  test('of log odds, one step of Newton from the base rate', () => {
    const rows: Rows = { x: [[0], [0], [1], [1]], y: [0, 0, 0, 1] };
    const { base, trees } = grown(rows, { logistic: true });
    expect(base).toBeCloseTo(Math.log(1 / 3), 12);
    // p = 1/4: gradients sum to 1/2 and -1/2, hessians to 3/8 on either side.
    expect(predicted({ base, trees }, [[0], [1]])).toEqual(close([base - 4 / 3, base + 4 / 3]));
  });

  test('missing values go where they belong', () => {
    const rows: Rows = { x: [[1], [2], [Number.NaN], [Number.NaN]], y: [0, 0, 8, 8] };
    expect(predicted(grown(rows), [[1], [1e9], [Number.NaN]])).toEqual([0, 0, 8]);
    const low: Rows = { x: [[1], [9], [Number.NaN], [1]], y: [0, 8, 0, 0] };
    const { trees } = grown(low);
    expect(trees[0]!.missingLeft[0]).toBe(1);
    expect(predicted(grown(low), [[Number.NaN], [9]])).toEqual([0, 8]);
  });

  test('what is never missing in training goes with the larger side', () => {
    const rows: Rows = { x: [[1], [2], [3], [9]], y: [0, 0, 0, 8] };
    expect(predicted(grown(rows, { parameters: { leaves: 2 } }), [[Number.NaN]])).toEqual([0]);
  });

  test('no leaf has fewer rows than it must', () => {
    expect(predicted(grown(steps, { parameters: { minimumRows: 2 } }), steps.x)).toEqual([0, 0, 8, 8]);
    expect(grown(steps, { parameters: { minimumRows: 3 } }).trees[0]!.leaves).toHaveLength(1);
  });

  test('a depth is kept to, and a gain that is asked for', () => {
    expect(grown(steps, { parameters: { depth: 1 } }).trees[0]!.leaves).toHaveLength(2);
    expect(grown(steps, { parameters: { minimumGain: 65 } }).trees[0]!.leaves).toHaveLength(1);
  });

  test('rows that are all alike yield their mean', () => {
    const alike: Rows = { x: [[1], [1], [1]], y: [1, 2, 6] };
    const boosted = grown(alike, { parameters: { trees: 10 } });
    expect(predicted(boosted, [[5]])).toEqual([3]);
  });
});

/** Rows with a shape to be learned, some values missing. */
function someRows(count: number, seed: number): Rows {
  const { uniform, normal } = seededRandom(seed);
  const x = Array.from({ length: count }, () => [normal(), Math.round(4 * uniform()), uniform() < 0.1 ? Number.NaN : uniform()]);
  const y = x.map(([a, b, c]) => (uniform() < 1 / (1 + Math.exp(-(a! * b! - 1 + (Number.isNaN(c!) ? 1 : c!)))) ? 1 : 0));
  return { x, y };
}

describe('properties', () => {
  const many = { trees: 30, leaves: 8, learningRate: 0.2, l2: 1, minimumRows: 5 };

  test('a monotone score never moves the other way, whatever the rest of the row says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1, -1), fc.boolean(), (seed, direction, logistic) => {
        const rows = someRows(300, seed);
        const model = grown(rows, { parameters: many, logistic, monotone: [direction, 0, 0] });
        const { normal } = seededRandom(seed + 1);
        for (const [, b, c] of rows.x.slice(0, 20)) {
          const walk = Array.from({ length: 30 }, () => 2 * normal()).sort((p, q) => p - q);
          const scores = predicted(
            model,
            walk.map((a) => [a, b!, c!]),
          );
          expect(scores.every((score, step) => step === 0 || direction * (score - scores[step - 1]!) >= -1e-12)).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  test.each([0, 1])(
    'a missing value of a monotone feature stands where its rows do, be their label %s, and the values keep their order',
    (label) => {
      const { x, y } = someRows(400, 5);
      const isMissing = (row: number) => row % 4 === 0;
      const rows = {
        x: x.map(([a, ...others], row) => [isMissing(row) ? Number.NaN : a!, ...others]),
        y: y.map((value, row) => (isMissing(row) ? label : value)),
      };
      const model = grown(rows, { parameters: many, logistic: true, monotone: [1, 0, 0] });
      const [missing, ...values] = predicted(
        model,
        [Number.NaN, -3, -1, -0.2, 0, 0.3, 1, 3].map((a) => [a, 2, 0.5]),
      );
      expect(values).toEqual([...values].sort((p, q) => p - q));
      const middle = values[3]!;
      expect(Math.sign(missing! - middle)).toBe(label === 1 ? 1 : -1);
    },
  );

  test('a row that weighs three counts like three rows, but for splits that are equally good', () => {
    const differences = Array.from({ length: 20 }, (_, seed) => {
      const { x, y } = someRows(120, seed + 1);
      const weights = y.map((_, row) => 1 + (row % 3));
      const again = <T>(values: readonly T[]) => values.flatMap((value, row) => new Array<T>(weights[row]!).fill(value));
      const alike = { parameters: { ...many, trees: 5, minimumRows: 1 }, logistic: true };
      const [weighed, counted] = [grown({ x, y, weights }, alike), grown({ x: again(x), y: again(y) }, alike)];
      const scores = predicted(counted, x);
      return Math.max(...predicted(weighed, x).map((score, row) => Math.abs(score - scores[row]!)));
    });
    expect(differences.filter((difference) => difference < 1e-9).length).toBeGreaterThanOrEqual(16);
  });

  test('every leaf holds the rows it must, though they are not counted bin by bin', () => {
    const rows = someRows(500, 3);
    const { trees } = grown(rows, { parameters: { ...many, minimumRows: 25 }, logistic: true });
    for (const tree of trees) {
      const leaves = predicted({ trees: [{ ...tree, leaves: tree.leaves.map((_, leaf) => leaf) }], base: 0 }, rows.x);
      const counts = new Map<number, number>();
      for (const leaf of leaves) counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
      expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(25);
    }
  });

  test('more trees fit the training rows ever better, and validation rows say when to stop', () => {
    const rows = someRows(600, 5);
    const validation = someRows(400, 6);
    const loss = (trees: number) => {
      const scores = predicted(grown(rows, { parameters: { ...many, trees }, logistic: true }), rows.x);
      return scores.reduce((sum, z, row) => sum + Math.log1p(Math.exp(rows.y[row] === 1 ? -z : z)), 0);
    };
    expect(loss(20)).toBeLessThan(loss(5));
    expect(loss(60)).toBeLessThan(loss(20));
    const stopped = grown(rows, { parameters: { ...many, trees: 500, earlyStopping: 10 }, logistic: true, validation });
    expect(stopped.trees.length).toBeGreaterThan(3);
    expect(stopped.trees.length).toBeLessThan(300);
    const longer = grown(rows, { parameters: { ...many, trees: 500, earlyStopping: 400 }, logistic: true, validation });
    expect(longer.validationLoss).toBeLessThanOrEqual(stopped.validationLoss!);
  });

  test('what is drawn is drawn from the seed', () => {
    const rows = someRows(400, 8);
    const drawn = { parameters: { ...many, rowShare: 0.6, featureShare: 0.7 }, logistic: true };
    const scores = (seed: number) => predicted(grown(rows, { ...drawn, seed }), rows.x);
    expect(scores(1)).toEqual(scores(1));
    expect(scores(1)).not.toEqual(scores(2));
  });

  test('going on from finished trees ends as going through does, drawn rows included', () => {
    const rows = someRows(400, 9);
    const validation = someRows(200, 10);
    const input = { parameters: { ...many, rowShare: 0.7, earlyStopping: 8, trees: 60 }, logistic: true, validation };
    const through = grown(rows, input);
    const resumed = grown(rows, { ...input, finished: through.trees.slice(0, 7) });
    expect(resumed).toEqual(through);
  });
});
