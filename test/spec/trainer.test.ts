import { expect, test } from 'vitest';
import { Failure } from '../../src/failures.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const HEAD = 'model: m\nowners: crm\nentity: customer';
const LABEL = 'label: { column: bought, maturity: 7d }';
const spec = (lines: string, more = 'features: { age: number }') =>
  parseSpec(`${HEAD}\n${lines.includes('label:') ? '' : LABEL}\n${more}\n${lines}\n`, { file: 'm.yaml' }).spec;
const problems = (lines: string, more?: string): string => {
  try {
    spec(lines, more);
  } catch (failure) {
    if (failure instanceof Failure) return failure.message;
    throw failure;
  }
  return '';
};
const trees = (more: string) => `trainer: { name: gradient-boosted-trees, ${more} }`;

test('a trainer is taken as it is, without calibration, search or weights, unless they are asked for', () => {
  expect(spec('').trainer).toEqual({
    name: 'logistic-regression',
    queue: 'training',
    seed: 1,
    parameters: {},
    calibration: 'none',
    search: null,
    weight: null,
  });
});

test('a search says its ranges in short or in full, and knows which of them are whole numbers', () => {
  const { search, calibration, weight } = spec(
    trees(
      'calibration: isotonic, weight: value, search: { trials: 5, ranges: { leaves: [8, 64], learningRate: { from: 0.01, to: 0.3, scale: log } } }',
    ),
  ).trainer;
  expect({ calibration, weight }).toEqual({ calibration: 'isotonic', weight: 'value' });
  expect(search).toEqual({
    trials: 5,
    ranges: {
      leaves: { from: 8, to: 64, scale: 'linear', whole: true },
      learningRate: { from: 0.01, to: 0.3, scale: 'log', whole: false },
    },
  });
});

test.each([
  ['an unknown parameter', trees('parameters: { leavs: 8 }'), 'did you mean "leaves"?'],
  ['a parameter beyond its end', trees('parameters: { leaves: 1 }'), 'expected a whole number from 2 to 1024'],
  ['a part of a tree', trees('parameters: { trees: 1.5 }'), 'expected a whole number from 1 to 20000'],
  ['an unknown range', trees('search: { ranges: { leavs: [2, 4] } }'), 'did you mean "leaves"?'],
  ['a range that falls', trees('search: { ranges: { leaves: [8, 4] } }'), 'expected a range that rises'],
  ['a range without an end', trees('search: { ranges: { leaves: [8] } }'), 'a mapping with from, to, scale, whole'],
  ['a logarithm of 0', trees('search: { ranges: { l2: { from: 0, to: 4, scale: log } } }'), 'above 0 for a logarithmic scale'],
  ['a search of nothing', trees('search: { ranges: {} }'), 'expected at least one range'],
  ['a search without an end', trees('search: { trials: 1000, ranges: { leaves: [2, 8] } }'), 'expected at most 200 trials'],
  [
    'a calibrated regression',
    'task: regression\nlabel: { column: spent, maturity: 1d }\ntrainer: { calibration: platt }',
    'has no probabilities',
  ],
  ['the label as a weight', trees('weight: bought'), 'expected a column that is not the label'],
])('%s is refused', (_, lines, message) => {
  expect(problems(lines)).toContain(message);
});

test('only trees keep a score from falling, and only along what has an order', () => {
  const rising = 'features: { age: { type: number, monotone: increasing } }';
  expect(problems('', rising)).toContain('only gradient-boosted-trees can keep to it');
  expect(spec(trees('seed: 1'), rising).features[0]!.monotone).toBe('increasing');
  expect(problems(trees('seed: 1'), 'features: { plan: { type: category, monotone: increasing } }')).toContain('categories have no order');
});

test('trainers on other queues check their own parameters', () => {
  expect(spec('trainer: { name: lightgbm, queue: python, parameters: { num_leaves: 31 } }').trainer.parameters).toEqual({ num_leaves: 31 });
});
