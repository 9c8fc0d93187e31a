/** Each task with each of our trainers: from rows to a packaged model that the runtime runs as its trainer does. */
import { expect, test } from 'vitest';
import { sha256 } from '../../src/artifacts/store.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { encodeColumns } from '../../src/features/encode.ts';
import type { FitInput } from '../../src/training/fit-model.ts';
import { scoresOf } from '../../src/training/model.ts';
import { openScorer } from '../../src/training/onnx/scorer.ts';
import { inputName, outputName, writeModel } from '../../src/training/onnx/write-model.ts';
import { problemsOf } from '../../src/training/onnx/inspect-model.ts';
import { aFeature } from '../data/fixtures.ts';
import { fitHere, type fitRows as FitRowsOf, fitRows } from './fit-here.ts';

const features = [
  aFeature('age', 'number'),
  aFeature('visits', 'number', { nullable: true }),
  aFeature('plan', 'category', { nullable: true }),
];

/** A treatment helps the young; spending grows with visits. */
function customers(count: number, seed: number, label: 'bought' | 'spent'): ReturnType<typeof FitRowsOf> {
  const { uniform, normal } = seededRandom(seed);
  const age = Float64Array.from({ length: count }, () => Math.round(18 + 60 * uniform()));
  const visits = Float64Array.from({ length: count }, () => (uniform() < 0.1 ? Number.NaN : Math.floor(20 * uniform() ** 2)));
  const plan = Array.from({ length: count }, () => (uniform() < 0.1 ? null : ['gold', 'basic', 'family'][Math.floor(3 * uniform())]!));
  const treated = Uint8Array.from({ length: count }, () => (uniform() < 0.5 ? 1 : 0));
  const targets = age.map((years, row) => {
    const seen = Number.isNaN(visits[row]!) ? 3 : visits[row]!;
    const worth = seen / 10 + (plan[row] === 'gold' ? 1 : 0) + (treated[row] === 1 && years < 40 ? 1 : 0);
    if (label === 'spent') return 50_000 + 10_000 * worth + 3_000 * normal();
    return uniform() < 1 / (1 + Math.exp(1.5 - worth)) ? 1 : 0;
  });
  return fitRows(
    new Map<string, Float64Array | (string | null)[]>([
      ['age', age],
      ['visits', visits],
      ['plan', plan],
    ]) as never,
    targets,
    { treated },
  );
}

const bought = {
  training: customers(4_000, 1, 'bought'),
  validation: customers(1_500, 2, 'bought'),
  calibration: customers(1_500, 3, 'bought'),
};
const spent = { training: customers(4_000, 1, 'spent'), validation: customers(1_500, 2, 'spent'), calibration: null };

async function largestDifference(more: Partial<FitInput>) {
  const rows = more.task === 'regression' ? spent : bought;
  const fit = fitHere(features, rows.training, { validation: rows.validation, calibrationRows: rows.calibration, ...more });
  const { encoder, model } = fit;
  const bytes = writeModel(model, encoder.width);
  const onnx = { input: inputName, output: outputName, width: encoder.width };
  expect(problemsOf(bytes, onnx)).toEqual([]);
  const scorer = await openScorer({ onnx, artifactDigest: sha256(bytes) }, bytes);
  const x = encodeColumns(encoder, rows.validation.columns, rows.validation.count, rows.validation.seenAt);
  const served = await scorer.score(x, rows.validation.count);
  await scorer.close();
  const own = scoresOf(model, x, encoder.width);
  const difference = own.reduce((most, score, row) => Math.max(most, Math.abs(score - served[row]!) / Math.max(1, Math.abs(score))), 0);
  return { fit, difference, own };
}

test.each([
  ['logistic-regression', 'none'],
  ['logistic-regression', 'platt'],
  ['logistic-regression', 'isotonic'],
  ['gradient-boosted-trees', 'none'],
  ['gradient-boosted-trees', 'platt'],
  ['gradient-boosted-trees', 'isotonic'],
] as const)('%s with calibration %s answers probabilities, served as they were trained', async (trainer, calibration) => {
  const { fit, difference, own } = await largestDifference({ trainer, calibration });
  expect(difference).toBeLessThan(1e-7);
  expect(own.every((score) => score > 0 && score < 1)).toBe(true);
  expect(fit.validation).toMatchObject({ auc: expect.closeTo(0.72, 1) });
});

test.each(['linear-regression', 'gradient-boosted-trees'] as const)(
  '%s answers numbers of any size, served as they were trained',
  async (trainer) => {
    const { fit, difference } = await largestDifference({ task: 'regression', trainer });
    expect(difference).toBeLessThan(1e-7);
    expect(fit.validation).toMatchObject({ rSquared: expect.closeTo(0.8, 0) });
    expect(fit.baseRate).toBeGreaterThan(50_000);
  },
);

test.each([
  ['logistic-regression', 'none'],
  ['gradient-boosted-trees', 'none'],
  ['gradient-boosted-trees', 'isotonic'],
] as const)('two models of %s with calibration %s answer the difference that the treatment makes', async (trainer, calibration) => {
  const { fit, difference, own } = await largestDifference({ task: 'uplift', trainer, calibration });
  expect(difference).toBeLessThan(1e-7);
  expect(own.every((score) => score >= -1 && score <= 1)).toBe(true);
  const { effect, effectInBetterHalf } = fit.validation as { effect: number; effectInBetterHalf: number };
  expect(effectInBetterHalf).toBeGreaterThan(effect);
  expect(fit.meanEffect).toBeCloseTo(0.1, 1);
});
