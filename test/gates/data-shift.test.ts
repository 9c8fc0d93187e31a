import { expect, test } from 'vitest';
import type {
  AgreementFigures,
  ChampionOnNewLabels,
  DataContractFinding,
  DataContractReport,
} from '../../src/domain/data-contract-report.ts';
import { judgeDataContract } from '../../src/gates/data-contract.ts';
import { judgeDataShift } from '../../src/gates/data-shift.ts';
import { judgeLeaks } from '../../src/gates/leak-check.ts';
import { aDataContract, aSpec } from '../data/fixtures.ts';

const labelShift = { minimum: 0.67, maximum: 1.5, severity: 'stop' } as const;
const spec = aSpec({ dataContract: aDataContract({ labelShift }) });
const moved: DataContractFinding = {
  ...{ rule: 'shift', column: 'age', checked: 5_000, bad: 5_000, limit: 'PSI below 0.25', severity: 'ask', samples: [] },
  sentence: 'age has moved',
};
const figures = (more: Partial<AgreementFigures> = {}): AgreementFigures => ({
  ...{ rows: 5_000, positives: 1_000, auc: 0.8, aucError: 0.008, flipped: 0.01, flippedError: 0.005 },
  ...more,
});
const champion = (now: Partial<AgreementFigures>): ChampionOnNewLabels => ({ version: 'churn@3', before: figures(), now: figures(now) });
const report = (more: Partial<DataContractReport> = {}): DataContractReport => ({ rows: 5_000, findings: [], featurePower: [], ...more });

test.each<[string, DataContractReport, string, RegExp]>([
  ['nothing moved and nobody to compare with', report(), 'pass', /nothing has moved/],
  ['a column that moved', report({ findings: [moved] }), 'inconclusive', /age has moved/],
  ['a move that is only reported', report({ findings: [{ ...moved, severity: 'report' }] }), 'pass', /nothing has moved/],
  ['labels that fit as before', report({ champion: champion({}) }), 'pass', /of turned ones 3\.2 % would have been seen nine times of ten/],
  [
    'labels that look turned round',
    report({ champion: champion({ flipped: 0.06 }) }),
    'inconclusive',
    /5 % more of them were turned round/,
  ],
  [
    'a few more turned ones than chance, too few to matter',
    report({ champion: champion({ flipped: 0.0145, flippedError: 0.0001 }) }),
    'pass',
    /nothing has moved/,
  ],
  ['labels that fit far worse', report({ champion: champion({ auc: 0.72 }) }), 'inconclusive', /AUC 0\.720 on the new labels/],
  ['labels that fit worse within the margin', report({ champion: champion({ auc: 0.785, aucError: 0.001 }) }), 'pass', /nothing has moved/],
  ['labels that fit better', report({ champion: champion({ auc: 0.9 }) }), 'pass', /nothing has moved/],
])('%s', (_, given, kind, reason) => {
  const verdict = judgeDataShift(given, spec);
  expect(verdict.kind).toBe(kind);
  expect(verdict.reasons.join('\n')).toMatch(reason);
});

test('where columns have moved, scores that fit worse are asked about them first', () => {
  const turned = { champion: champion({ flipped: 0.3, auc: 0.6 }) };
  const asked = (given: DataContractReport) => judgeDataShift(given, spec).reasons.filter((reason) => /turned round|AUC/.test(reason));
  expect(asked(report(turned))).toEqual([
    expect.stringMatching(/are the labels right\?$/),
    expect.stringMatching(/are the labels right\?$/),
  ]);
  expect(asked(report({ ...turned, findings: [moved] }))).toEqual([
    expect.stringMatching(/because of the columns that have moved\?$/),
    expect.stringMatching(/because of the columns that have moved\?$/),
  ]);
});

test('who does not want labels compared, or only wants to be told, is not stopped by them', () => {
  const turned = report({ champion: champion({ flipped: 0.3 }) });
  const without = aSpec({ dataContract: aDataContract({ labelShift: null }) });
  const warned = aSpec({ dataContract: aDataContract({ labelShift: { ...labelShift, severity: 'warn' } }) });
  expect(judgeDataShift(turned, without)).toMatchObject({ kind: 'pass', reasons: [expect.any(String)] });
  expect(judgeDataShift(turned, warned)).toMatchObject({
    kind: 'pass',
    reasons: [expect.any(String), expect.stringContaining('turned round')],
  });
});

test('what only a person can judge does not fail the data contract', () => {
  expect(judgeDataContract(report({ findings: [moved] }), spec.dataContract).kind).toBe('pass');
});

test('signs of a leak and segments that tell the label are doubt, each in its own words', () => {
  const power = [{ feature: 'age', auc: 0.6, rows: 5_000 }];
  const leakSigns = [{ kind: 'identifier', feature: 'receipt', sentence: '"receipt" names a row' }] as const;
  const segment = { name: 'segment', columns: ['segment'], values: 2, smallest: null, missing: 0 };
  const told = { ...segment, servedAs: 'input', auc: 0.95 } as const;
  expect(judgeLeaks(power, 0.8, { leakSigns }).reasons).toEqual(['"receipt" names a row']);
  expect(judgeLeaks(power, 0.8, { segments: [told] })).toMatchObject({
    kind: 'inconclusive',
    reasons: [expect.stringContaining('alone tells the label')],
  });
  expect(
    judgeLeaks(power, 0.8, {
      segments: [
        { ...told, auc: 0.6 },
        { ...told, servedAs: 'feature' },
      ],
    }).kind,
  ).toBe('pass');
});

test('a critical segment that no request brings is doubt: nobody would see harm in it', () => {
  const power = [{ feature: 'age', auc: 0.6, rows: 5_000 }];
  const segment = {
    name: 'district',
    columns: ['district'],
    values: 2,
    smallest: null,
    missing: 0,
    auc: 0.6,
    servedAs: 'unknown',
  } as const;
  expect(judgeLeaks(power, 0.8, { segments: [{ ...segment, critical: true }] })).toMatchObject({
    kind: 'inconclusive',
    reasons: [expect.stringMatching(/"district" is critical, and no request brings it.*under inputs/)],
  });
  expect(judgeLeaks(power, 0.8, { segments: [{ ...segment, critical: false }] }).kind).toBe('pass');
});

test('a feature that so few rows may have shown by chance is told of, and asks nobody', () => {
  const feature = { feature: 'score', auc: 0.82, rows: 1_500 };
  const verdict = judgeLeaks([{ ...feature, standardError: 0.04 }], 0.8);
  expect(verdict).toMatchObject({ kind: 'pass', reasons: [expect.any(String), expect.stringMatching(/"score".*may show by chance/)] });
  expect(judgeLeaks([{ ...feature, standardError: 0.01 }], 0.8).kind).toBe('inconclusive');
  expect(judgeLeaks([{ ...feature, auc: 0.98, standardError: 0.04 }], 0.8).kind).toBe('inconclusive');
});
