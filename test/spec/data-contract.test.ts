import { expect, test } from 'vitest';
import { parseSpec } from '../../src/spec/parse.ts';

const BASE = `model: churn
owners: team
entity: id
features: { age: { type: number, minimum: 18 }, mail: { type: category, pattern: "[^@]+@[^@]+", severity: warn } }
label: { column: left, maturity: 30d }
`;
const contract = (yaml = '{}') => parseSpec(`${BASE}dataContract: ${yaml}\n`, { file: 'churn.yaml' }).spec.dataContract;
const problem = (yaml: string) => {
  try {
    contract(yaml);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

test('comparisons with the past are on unless somebody says none; freshness is off until somebody says how fresh', () => {
  expect(contract()).toMatchObject({
    rowCountBand: { minimum: 0.2, maximum: 5, severity: 'stop' },
    shift: { psi: 0.25, severity: 'stop' },
    labelShift: { minimum: 0.67, maximum: 1.5, severity: 'stop' },
    servingSkew: { psi: 0.25, minimumPredictions: 1_000, severity: 'warn' },
    freshness: null,
    expressions: [],
  });
  const off = contract('{ rowCountBand: none, shift: none, labelShift: none, servingSkew: none, freshness: { within: 2d } }');
  expect(off).toMatchObject({
    rowCountBand: null,
    shift: null,
    labelShift: null,
    servingSkew: null,
    freshness: { withinMs: 172_800_000, severity: 'stop' },
  });
});

test('limits beside a feature become rules with their pattern and severity', () => {
  expect(contract().rules.map(({ column, minimum, pattern, severity }) => [column, minimum, pattern, severity])).toEqual([
    ['age', 18, null, null],
    ['mail', null, '[^@]+@[^@]+', 'warn'],
  ]);
});

test('a rule adds to the limits beside its feature, and sets anew only those it names', () => {
  const { rules } = contract('{ rules: [{ column: age, maximum: 120, distinct: { minimum: 2 } }, { column: mail, pattern: ".+" }] }');
  expect(rules.map(({ column, minimum, maximum, pattern }) => [column, minimum, maximum, pattern])).toEqual([
    ['age', 18, null, null],
    ['age', null, 120, null],
    ['mail', null, null, '.+'],
  ]);
});

test('an expression sets rows aside unless it is told otherwise', () => {
  expect(
    contract('{ expressions: [{ name: old enough, sql: age > 3 }, { name: sane, sql: age < 150, severity: stop }] }').expressions,
  ).toEqual([
    { name: 'old enough', sql: 'age > 3', severity: 'quarantine' },
    { name: 'sane', sql: 'age < 150', severity: 'stop' },
  ]);
});

test.each([
  ['{ shift: { psi: 0 } }', 'a number above 0'],
  ['{ shift: maybe }', 'a mapping with psi, severity'],
  ['{ shift: { severity: quarantine } }', 'one of stop, warn'],
  ['{ rules: [{ column: age, unique: true, severity: quarantine }] }', 'stop or warn, because the rule is about the batch'],
  ['{ rules: [{ column: age, distinct: { minimum: 9, maximum: 3 } }] }', 'at least the minimum 9'],
  ['{ rules: [{ column: mail, pattern: "(?=a)b" }] }', 'a regular expression without look-around'],
  ['{ rules: [{ column: mail, pattern: "(a" }] }', 'a regular expression'],
  ['{ rules: [{ column: age, maximumUnseen: 1% }] }', 'a feature of type category, whose categories the champion knows'],
  ['{ expressions: [{ name: a, sql: age > 3 }, { name: a, sql: age > 4 }] }', 'a name that no other expression has'],
  ['{ labelShift: { minimum: 2 } }', 'a factor above 0 and at most 1'],
  ['{ rowCountBand: { maximum: 0.5 } }', 'a factor of at least 1'],
  ['{ freshness: { within: soon } }', 'a duration above zero'],
])('%s is refused with its line', (yaml, expected) => {
  expect(problem(yaml)).toMatch(/^churn\.yaml:6: /);
  expect(problem(yaml)).toContain(expected);
});
