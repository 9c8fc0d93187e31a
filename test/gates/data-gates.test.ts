import { expect, test } from 'vitest';
import type { DataContractFinding, DataContractReport } from '../../src/domain/data-contract-report.ts';
import { judgeDataContract } from '../../src/gates/data-contract.ts';
import { judgeLeaks } from '../../src/gates/leak-check.ts';
import { aDataContract } from '../data/fixtures.ts';

const limits = aDataContract({ minimumRows: 1_000 });

function finding(more: Partial<DataContractFinding> = {}): DataContractFinding {
  const sentence = 'age: 12 rows of 5,000 are below 0: expected at least 0';
  return {
    rule: 'minimum',
    column: 'age',
    checked: 5_000,
    bad: 12,
    limit: 'at least 0',
    severity: 'stop',
    samples: [{ row: 7, value: '-1' }],
    sentence,
    ...more,
  };
}

const report = (more: Partial<DataContractReport> = {}): DataContractReport => ({ rows: 5_000, findings: [], featurePower: [], ...more });

test.each([
  ['a clean batch', report(), 'pass'],
  ['a rule that stops', report({ findings: [finding()] }), 'fail'],
  ['rows set aside', report({ findings: [finding({ severity: 'set-aside' })] }), 'pass'],
  ['a note', report({ findings: [finding({ severity: 'report' })] }), 'pass'],
  ['too few rows', report({ rows: 999 }), 'fail'],
  ['no rows', report({ rows: 0 }), 'fail'],
  ['rows that are not a number', report({ rows: Number.NaN }), 'inconclusive'],
  ['a rule that looked at nothing', report({ findings: [finding({ checked: 0, bad: 0 })] }), 'inconclusive'],
] as const)('%s', (_, given, expected) => {
  expect(judgeDataContract(given, limits).kind).toBe(expected);
});

test('no rows at all are doubt even where none are required', () => {
  expect(judgeDataContract(report({ rows: 0 }), { ...limits, minimumRows: 0 }).kind).toBe('inconclusive');
});

test('the reasons are the sentences of what stopped', () => {
  const verdict = judgeDataContract(report({ findings: [finding(), finding({ severity: 'report', sentence: 'a note' })] }), limits);
  expect(verdict.reasons).toEqual(['age: 12 rows of 5,000 are below 0: expected at least 0']);
});

test('a feature that alone predicts too well is suspicious, and is named', () => {
  const power = [
    { feature: 'duration', auc: 0.818, rows: 33_000 },
    { feature: 'age', auc: 0.55, rows: 33_000 },
  ];
  const verdict = judgeLeaks(power, 0.8);
  expect(verdict).toEqual({
    kind: 'inconclusive',
    reasons: [
      '"duration" alone reaches AUC 0.818 on 33,000 rows, suspicious from 0.80 (dataContract.suspiciousAuc): is it known before the outcome?',
    ],
  });
  expect(judgeLeaks(power.slice(1), 0.8).kind).toBe('pass');
});

test.each([
  ['nothing measured', []],
  ['a power that is not a number', [{ feature: 'age', auc: Number.NaN, rows: 500 }]],
  ['a power over no rows', [{ feature: 'age', auc: 0.5, rows: 0 }]],
] as const)('%s is doubt', (_, power) => {
  expect(judgeLeaks(power, 0.8).kind).toBe('inconclusive');
});
