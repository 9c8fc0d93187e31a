import { describe, expect, test } from 'vitest';
import type { Spec } from '../../src/domain/spec.ts';
import { Failure } from '../../src/failures.ts';
import { parseSpec } from '../../src/spec/parse.ts';

const LEAST = `model: churn
owners: crm-team
entity: customer
label: { column: left, maturity: 30d }
features: { age: number, plan: category, device: category }
`;

const parsed = (lines: string, columns?: readonly string[]): Spec =>
  parseSpec(`${LEAST}${lines}\n`, { file: 'churn.yaml', ...(columns && { columns }) }).spec;

function problemsIn(lines: string): string[] {
  try {
    parsed(lines);
  } catch (failure) {
    if (failure instanceof Failure && failure.type === 'SpecInvalid') return failure.message.split('\n');
    throw failure;
  }
  return [];
}

test('nothing said about decisions means that nobody decides, and nothing is claimed', () => {
  const { decision, fairness, golden, gates } = parsed('');
  expect([decision, fairness, golden]).toEqual([null, [], []]);
  expect(gates).toMatchObject({ margins: {}, draws: 1_000 });
});

test('a decision by score or by share, with what each answer is worth', () => {
  const lines = 'decision: { top: 20%, profit: { truePositive: 40, falsePositive: -2 }, costPerThousand: 1.5 }';
  expect(parsed(lines).decision).toEqual({
    cutoff: { kind: 'top', share: 0.2 },
    profit: { truePositive: 40, falsePositive: -2, falseNegative: 0, trueNegative: 0 },
    costPerThousand: 1.5,
  });
  expect(parsed('decision: { cutoff: 0.4 }').decision).toEqual({
    cutoff: { kind: 'score', from: 0.4 },
    profit: null,
    costPerThousand: null,
  });
});

test('segments by one column, crossed, and critical', () => {
  expect(parsed('segments: [device, [device, plan], { column: [plan, age], critical: true }]').segments).toEqual([
    { columns: ['device'], critical: false },
    { columns: ['device', 'plan'], critical: false },
    { columns: ['plan', 'age'], critical: true },
  ]);
});

test('fairness with the limits of the product, golden rows with their bands', () => {
  const { fairness, golden, gates } = parsed(`decision: { top: 20% }
fairness: [region, { column: plan, parity: [demographic, equalised-odds], breach: 10% }]
golden: [{ name: a young customer, instance: { age: 20, plan: basic, device: null }, from: 0.1, to: 0.4 }]
gates: { margins: { precision: 5%, ks: 10% }, draws: 500 }`);
  expect(fairness).toEqual([
    { column: 'region', tolerated: 0.02, breach: 0.05, parity: ['demographic'] },
    { column: 'plan', tolerated: 0.02, breach: 0.1, parity: ['demographic', 'equalised-odds'] },
  ]);
  expect(golden).toEqual([{ name: 'a young customer', instance: { age: 20, plan: 'basic', device: null }, from: 0.1, to: 0.4 }]);
  expect(gates).toMatchObject({ margins: { precision: 0.05, ks: 0.1 }, draws: 500 });
});

test('regression and uplift have margins without being asked', () => {
  const value = LEAST.replace('maturity: 30d', 'maturity: 30d').concat('task: regression\ntrainer: { name: linear-regression }\n');
  expect(parseSpec(value, { file: 'value.yaml' }).spec.gates.margins).toEqual({ rmse: 0.03, mae: 0.03 });
});

describe('what is refused, with a sentence', () => {
  test.each([
    ['decision: { }', 'expected one of cutoff (a score) and top (a share of the best)'],
    ['decision: { cutoff: 0.3, top: 10% }', 'expected one of cutoff (a score) and top'],
    ['decision: { cutoff: 3 }', 'expected a probability, 0 to 1'],
    ['decision: { top: 10%, costPerThousand: 2 }', 'expected costPerThousand only beside profit'],
    ['gates: { margins: { auc: 1% } }', 'expected the margin on auc as gates.auc'],
    ['gates: { margins: { rmse: 1% } }', 'expected a metric of binary-classification'],
    ['gates: { margins: { callibration-error: 1% } }', 'did you mean "calibration-error"?'],
    ['gates: { margins: { precision: 1% } }', 'expected precision only beside a decision'],
    ['gates: { draws: 10 }', 'expected a whole number of at least 100'],
    ['segments: [left]', 'expected a column that is known when the prediction is made'],
    ['segments: [[device, device]]', 'expected each column of a cross once'],
    ['segments: [[device, plan], [plan, device]]', 'expected each segment once'],
    ['fairness: [plan]', 'expected fairness only beside a decision'],
    ['decision: { top: 10% }\nfairness: [{ column: plan, breach: 1% }]', 'expected more than is tolerated, 0.02'],
    ['golden: [{ name: a, instance: { aage: 3 }, from: 0, to: 1 }]', 'did you mean "age"?'],
    ['golden: [{ name: a, instance: { age: 3 }, from: 0.5, to: 0.4 }]', 'expected at least from, 0.5'],
  ])('%s', (lines, sentence) => {
    expect(problemsIn(lines).join('\n')).toContain(sentence);
  });
});

describe('a segment that is no feature', () => {
  test('may be any column of the source', () => {
    const columns = ['customer', 'left', 'age', 'plan', 'device', 'branch'];
    expect(parsed('segments: [branch]', columns).segments).toEqual([{ columns: ['branch'], critical: false }]);
    expect(() => parsed('segments: [[device, devise]]', columns)).toThrow('did you mean "device"?');
  });

  test('is left to the ingest while nobody has looked at the source', () => {
    expect(parsed('segments: [branch]').segments).toEqual([{ columns: ['branch'], critical: false }]);
  });
});
