import { expect, test } from 'vitest';
import { Failure } from '../../src/failures.ts';
import { insistOnParameters, insistOnRows } from '../../src/training/insist.ts';
import type { TrainerInput } from '../../src/training/trainer.ts';
import { trainerInput } from '../../src/training/trainer-input.ts';
import { sha256 } from '../../src/artifacts/store.ts';
import { aSpec } from '../data/fixtures.ts';
import { fitRows } from './fit-here.ts';

const digest = sha256('x');
const input = (more: Partial<TrainerInput> = {}): TrainerInput => ({
  ...trainerInput(aSpec(), { artifactsUrl: '/tmp', snapshotDigest: digest, snapshotArtifact: digest, splitDigest: digest, seed: 1 }),
  ...more,
});
const rows = (positives: number, negatives: number, more = {}) =>
  fitRows(new Map(), [...new Array<number>(positives).fill(1), ...new Array<number>(negatives).fill(0)], more);

const refusal = (work: () => void): string => {
  try {
    work();
  } catch (failure) {
    if (failure instanceof Failure) return `${failure.type}: ${failure.message}`;
    throw failure;
  }
  return 'nothing';
};

test.each([
  ['a parameter nobody knows', { parameters: { tree: 5 } }, 'has no parameter "tree": expected trees, leaves,'],
  ['nearly the right name', { parameters: { leavs: 5 } }, 'did you mean "leaves"?'],
  [
    'a value beyond its end',
    { parameters: { learningRate: 2 } },
    'trainer.parameters.learningRate must be a number from 0.0001 to 1, found 2',
  ],
  [
    'a range beyond its end',
    { search: { trials: 2, ranges: { leaves: { from: 1, to: 9, scale: 'linear', whole: true } } } },
    'trainer.parameters.leaves must be a whole number from 2 to 1024, found 1',
  ],
  ['a calibrated regression', { task: 'regression', calibration: 'platt' }, 'a regression has no probabilities to calibrate'],
] as const)('%s is refused before anything is read', (_, more, message) => {
  expect(refusal(() => insistOnParameters('gradient-boosted-trees', input(more as Partial<TrainerInput>)))).toContain(message);
});

test('rows of one class, in either arm of an uplift model, are refused', () => {
  expect(refusal(() => insistOnRows(input(), 'training', rows(0, 9)))).toContain('found it in none');
  const treatment = { column: 'mailed', treated: 'yes', share: null };
  const uplift = input({ task: 'uplift', treatment });
  const treated = Uint8Array.of(1, 1, 0, 0);
  expect(refusal(() => insistOnRows(uplift, 'training', rows(2, 2, { treated })))).toContain(
    'the 2 training rows with mailed "yes" have one class only',
  );
  expect(refusal(() => insistOnRows(uplift, 'training', rows(2, 2, { treated: Uint8Array.of(1, 0, 1, 0) })))).toBe('nothing');
});

test('an arm that nobody is in is told as such', () => {
  const treatment = { column: 'mailing', treated: 'yes', share: null };
  const nobody = rows(1, 1, { treated: new Uint8Array(2) });
  expect(refusal(() => insistOnRows(input({ task: 'uplift', treatment }), 'training', nobody))).toContain(
    'there are no training rows with mailing "yes": expected some with either outcome',
  );
});

test('too few rows to calibrate on are refused, and say what to raise', () => {
  expect(refusal(() => insistOnRows(input({ calibration: 'platt' }), 'calibration', rows(19, 500)))).toContain(
    'raise split.shares.calibration',
  );
  expect(refusal(() => insistOnRows(input({ calibration: 'platt' }), 'calibration', rows(20, 500)))).toBe('nothing');
});

test('a weight that is missing, zero or endless is refused', () => {
  for (const weight of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY]) {
    const weights = Float64Array.of(1, weight);
    expect(refusal(() => insistOnRows(input({ weight: 'value' }), 'training', rows(1, 1, { weights })))).toContain(
      `the column value weighs a training row by ${weight}: expected a number above 0`,
    );
  }
});

test('weights that are far below 1 on average are refused, since they would leave a model of nothing', () => {
  const weighed = (weight: number) => rows(1, 1, { weights: Float64Array.of(weight, weight) });
  expect(refusal(() => insistOnRows(input({ weight: 'value' }), 'training', weighed(0.5)))).toBe('nothing');
  expect(refusal(() => insistOnRows(input({ weight: 'value' }), 'training', weighed(1e-5)))).toContain(
    'the column value weighs the training rows by 0.000010 on average: expected about 1',
  );
});

test('a search needs validation rows, a plain training does not', () => {
  const search = { trials: 1, ranges: {} };
  expect(refusal(() => insistOnRows(input({ search }), 'validation', rows(0, 0)))).toContain('a search is judged on validation rows');
  expect(refusal(() => insistOnRows(input(), 'validation', rows(0, 0)))).toBe('nothing');
});
