import { expect, test } from 'vitest';
import { Failure } from '../../src/failures.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const spec = (lines: string) => parseSpec(`model: m\nowners: crm\nentity: customer\n${lines}\n`, { file: 'm.yaml' }).spec;
const problems = (lines: string): string => {
  try {
    spec(lines);
  } catch (failure) {
    if (failure instanceof Failure) return failure.message;
    throw failure;
  }
  return '';
};
const FEATURES = 'features: { age: number }';
const UPLIFT = `task: uplift\nlabel: { column: bought, maturity: 7d }\ntreatment: { column: mailed, treated: "yes", share: 50% }\n${FEATURES}`;

test('a regression learns a number, by linear regression unless told otherwise, and a sum that never came is not zero', () => {
  const { task, trainer, label, treatment } = spec(`task: regression\nlabel: { column: spent, maturity: 90d }\n${FEATURES}`);
  expect({ task, trainer: trainer.name, absent: label.absent, treatment }).toEqual({
    task: 'regression',
    trainer: 'linear-regression',
    absent: 'unknown',
    treatment: null,
  });
});

test('an uplift model names who was treated, and the share that the experiment was designed for', () => {
  const { task, trainer, treatment } = spec(UPLIFT);
  expect({ task, trainer: trainer.name, treatment }).toEqual({
    task: 'uplift',
    trainer: 'logistic-regression',
    treatment: { column: 'mailed', treated: 'yes', share: 0.5 },
  });
});

test('a label may have several texts for yes, and its own for no', () => {
  const { label } = spec(
    `label: { column: y, maturity: 7d, positive: ">50K", alsoPositive: [">50K."], negative: ["<=50K", "<=50K."] }\n${FEATURES}`,
  );
  expect(label).toMatchObject({ positive: '>50K', alsoPositive: ['>50K.'], negative: ['<=50K', '<=50K.'] });
  expect(problems(`label: { column: y, maturity: 7d, alsoPositive: [maybe], negative: [maybe] }\n${FEATURES}`)).toContain(
    'expected texts that do not mean a positive label as well',
  );
});

test.each([
  [
    'a positive label in a regression',
    `task: regression\nlabel: { column: spent, positive: "1", maturity: 1d }\n${FEATURES}`,
    'expected no positive',
  ],
  [
    'uplift without a treatment',
    `task: uplift\nlabel: { column: bought, maturity: 1d }\n${FEATURES}`,
    'expected a treatment with its column',
  ],
  [
    'a treatment without uplift',
    `label: { column: bought, maturity: 1d }\ntreatment: { column: mailed }\n${FEATURES}`,
    'only with task: uplift',
  ],
  ['the treatment as a feature', UPLIFT.replace('column: mailed', 'column: age'), 'that is not a feature'],
  ['a treatment of everybody', UPLIFT.replace('50%', '100%'), 'above 0% and below 100%'],
  [
    'a trainer of another task',
    `task: regression\ntrainer: { name: logistic-regression }\nlabel: { column: spent, maturity: 1d }\n${FEATURES}`,
    'linear-regression or gradient-boosted-trees for regression',
  ],
  [
    'an outcome that the treatment cannot change',
    UPLIFT.replace('maturity: 7d', 'maturity: 7d, dependsOnAction: none'),
    'the treatment is meant to change the outcome',
  ],
  [
    'an uplift model that no outcome could stop',
    `${UPLIFT}\nrollout: { metrics: { conversion: { critical: false } } }`,
    'the only place where the quality',
  ],
])('%s is refused, with a sentence', (_, lines, sentence) => {
  expect(problems(lines)).toContain(sentence);
});

test('a trainer of somebody else, on a queue of its own, is not judged by its name', () => {
  expect(
    problems(`task: regression\ntrainer: { name: lightgbm, queue: python }\nlabel: { column: spent, maturity: 1d }\n${FEATURES}`),
  ).toBe('');
});
