import { expect, test } from 'vitest';
import { checkDataContract } from '../../../src/data/contract/data-contract.ts';
import type { Spec } from '../../../src/domain/spec.ts';
import { judgeDataContract } from '../../../src/gates/data-contract.ts';
import { judgeLeaks } from '../../../src/gates/leak-check.ts';
import { aFeature, aRule, aSpec, aWorkshop } from '../fixtures.ts';

const workshop = aWorkshop();
const header = 'id,age,plan,member,bought';
type Row = { age?: number | string; plan?: string; member?: string; bought?: string };

/** A hundred ordinary rows; `change` makes some of them different. */
const rows = (change: (index: number) => Row = () => ({}), count = 100) =>
  `${header}\n${Array.from({ length: count }, (_, index) => {
    const {
      age = 20 + ((index * 7) % 50),
      plan = index % 2 ? 'gold' : 'basic',
      member = index % 5 ? 'yes' : 'no',
      bought = index % 3 ? 'no' : 'yes',
    } = change(index);
    return `${index},${age},${plan},${member},${bought}`;
  }).join('\n')}\n`;

const withRules = (...rules: Spec['dataContract']['rules']) => aSpec({ dataContract: { ...aSpec().dataContract, rules } });

async function check(csv: string, spec = aSpec(), seenCategories: ReadonlyMap<string, ReadonlySet<string>> | null = null) {
  const snapshot = await workshop.ingest(csv, spec);
  return checkDataContract({ spec, snapshotPath: workshop.artifacts.pathOf(snapshot.artifactDigest), seenCategories });
}

test('a good batch leaves no findings', async () => {
  const report = await check(rows(), withRules(aRule('age', { minimum: 18, maximum: 99, maximumNulls: 0 }), aRule('id', { unique: true })));
  expect(report.rows).toBe(100);
  expect(report.findings).toEqual([]);
});

test('rows that were set aside are found with rule, column, counts and samples; few are let go, many stop the batch', async () => {
  const few = await check(rows((index) => (index < 2 ? { age: 'old' } : {})));
  expect(few.findings).toEqual([
    {
      rule: 'type',
      column: 'age',
      checked: 100,
      bad: 2,
      limit: 'a finite number with a decimal point',
      severity: 'set-aside',
      samples: [
        { row: 2, value: 'old' },
        { row: 3, value: 'old' },
      ],
      sentence: 'age: 2 rows of 100 set aside: expected a finite number with a decimal point, found "old" in row 2',
    },
  ]);
  const many = await check(rows((index) => (index < 9 ? { age: 'old' } : {})));
  expect(many.findings[0]).toMatchObject({
    rule: 'bad-rows',
    bad: 9,
    severity: 'stop',
    sentence: expect.stringContaining('9 rows of 100 are bad (9 %): expected at most 5 % of the rows'),
  });
  expect(many.findings[0]!.samples).toHaveLength(5);
});

test('of two rules about one column only the one that stops does', async () => {
  const spec = withRules(aRule('age', { minimum: 18, severity: 'quarantine' }), aRule('age', { maximum: 90, severity: 'stop' }));
  const young = await check(
    rows((index) => (index ? {} : { age: 3 })),
    spec,
  );
  const old = await check(
    rows((index) => (index ? {} : { age: 200 })),
    spec,
  );
  expect([young, old].map((report) => judgeDataContract(report, { ...spec.dataContract, minimumRows: 1 }).kind)).toEqual(['pass', 'fail']);
});

test('a text that a request could not bring is set aside, however its letters are counted', async () => {
  const { findings } = await check(rows((index) => ({ plan: ['ä'.repeat(500), 'ä'.repeat(501), '🎉'.repeat(251)][index] ?? 'basic' })));
  expect(findings.filter(({ column }) => column === 'plan')).toMatchObject([
    { rule: 'type', bad: 2, severity: 'set-aside', limit: 'a text of at most 500 characters' },
  ]);
});

test('ranges and allowed values are found by their own names', async () => {
  const spec = withRules(aRule('age', { minimum: 18, maximum: 90 }), aRule('plan', { allowed: ['gold', 'basic'] }));
  const { findings } = await check(
    rows((index) => [{ age: 3 }, { age: 200 }, { plan: 'silver' }][index] ?? {}),
    spec,
  );
  expect(findings.map(({ rule, column, bad }) => [rule, column, bad])).toEqual([
    ['minimum', 'age', 1],
    ['maximum', 'age', 1],
    ['allowed', 'plan', 1],
  ]);
});

test('too few rows stop', async () => {
  const spec = aSpec({ dataContract: { ...aSpec().dataContract, minimumRows: 1000 } });
  expect((await check(rows(), spec)).findings).toMatchObject([
    { rule: 'rows', severity: 'stop', sentence: expect.stringContaining('100 rows left to learn from: expected at least 1,000 rows') },
  ]);
});

test('too many missing values stop, as many as allowed do not', async () => {
  const half = rows((index) => (index < 50 ? { plan: 'n/a' } : {}));
  expect((await check(half, withRules(aRule('plan', { maximumNulls: 0.5 })))).findings).toEqual([]);
  expect((await check(half, withRules(aRule('plan', { maximumNulls: 0.49 })))).findings).toMatchObject([
    {
      rule: 'nulls',
      column: 'plan',
      checked: 100,
      bad: 50,
      severity: 'stop',
      sentence: 'plan: missing in 50 rows of 100 (50 %): expected at most 49 % missing',
    },
  ]);
});

test('a column that must be unique and is not stops', async () => {
  const { findings } = await check(
    rows((index) => ({ age: index < 98 ? 100 + index : 50 })),
    withRules(aRule('age', { unique: true })),
  );
  expect(findings).toMatchObject([
    { rule: 'unique', column: 'age', bad: 1, severity: 'stop', samples: [{ row: 100, value: '50.0' }, { row: 101 }] },
  ]);
});

test('categories that the champion never saw are reported, and stop above the limit', async () => {
  const csv = rows((index) => (index < 10 ? { plan: 'platinum' } : {}));
  const seen = new Map([['plan', new Set(['gold', 'basic'])]]);
  expect((await check(csv, aSpec(), seen)).findings).toMatchObject([
    { rule: 'unseen', column: 'plan', bad: 10, severity: 'report', sentence: expect.stringContaining('such as "platinum"') },
  ]);
  expect((await check(csv, withRules(aRule('plan', { maximumUnseen: 0.05 })), seen)).findings).toMatchObject([
    { rule: 'unseen', severity: 'stop' },
  ]);
  expect((await check(csv, withRules(aRule('plan', { maximumUnseen: 0.2 })), seen)).findings).toMatchObject([{ severity: 'report' }]);
  expect((await check(csv, aSpec(), null)).findings).toEqual([]);
});

test('where a vocabulary is full the snapshot of the champion tells what is new, and without it a person is asked', async () => {
  const ruled = withRules(aRule('plan', { maximumUnseen: 0.05 }));
  const spec = { ...ruled, features: ruled.features.map((feature) => ({ ...feature, maxCategories: 2 })) };
  const paths: string[] = [];
  for (const csv of [rows(), rows((index) => (index < 10 ? { plan: 'platinum' } : {}))])
    paths.push(workshop.artifacts.pathOf((await workshop.ingest(csv, spec)).artifactDigest));
  const seenCategories = new Map([['plan', new Set(['gold', 'basic'])]]);
  const found = async (path: string | null) =>
    (await checkDataContract({ spec, snapshotPath: paths[1]!, seenCategories, champion: { profile: null, path } })).findings;
  expect(await found(paths[0]!)).toMatchObject([{ rule: 'unseen', bad: 10, severity: 'stop' }]);
  expect(await found(null)).toMatchObject([
    { rule: 'unseen', checked: 0, severity: 'ask', sentence: expect.stringContaining('could not be told') },
  ]);
});

test('one constant feature is reported, nothing but constant features stop', async () => {
  expect((await check(rows(() => ({ plan: 'n/a' })))).findings).toMatchObject([
    { rule: 'constant', column: 'plan', severity: 'report', sentence: 'plan: missing in all 100 rows: expected at least two values' },
  ]);
  const all = await check(rows(() => ({ age: 30, plan: 'gold', member: 'yes' })));
  expect(all.findings.map(({ column, severity }) => [column, severity])).toEqual([
    ['age', 'stop'],
    ['plan', 'stop'],
    ['member', 'stop'],
  ]);
});

test('a label of one class stops and says what was found instead', async () => {
  const { findings, featurePower } = await check(rows((index) => ({ bought: index % 3 ? 'No' : 'Yes' })));
  expect(findings).toMatchObject([
    {
      rule: 'label',
      column: 'bought',
      severity: 'stop',
      sentence:
        'bought: all 100 rows are negative: expected rows with "yes" and rows with another value, found "No" (66), "Yes" (34); did you mean positive: "Yes"?',
    },
  ]);
  expect(featurePower.map(({ auc, rows: measured }) => [auc, measured])).toEqual([
    [0.5, 0],
    [0.5, 0],
    [0.5, 0],
  ]);
});

test('rows without a label are reported; a batch without any stops', async () => {
  expect((await check(rows((index) => (index < 10 ? { bought: '' } : {})))).findings).toMatchObject([
    { rule: 'label', bad: 10, severity: 'report' },
  ]);
  expect((await check(rows(() => ({ bought: '' })))).findings).toMatchObject([{ rule: 'label', bad: 100, severity: 'stop' }]);
});

test('duplicates are found and do not count as bad rows', async () => {
  const { findings } = await check(`${rows()}${rows().split('\n').slice(1).join('\n')}`);
  expect(findings).toMatchObject([{ rule: 'unique', column: null, bad: 100, severity: 'set-aside' }]);
});

test('a feature that tells the label is powerful, whichever way, in the middle, by absence or as a category; an identifier is not', async () => {
  const count = 600;
  const features = ['up', 'down', 'middle', 'absent', 'noise'].map((name) => aFeature(name, 'number', { nullable: name === 'absent' }));
  const spec = aSpec({ features: [...features, aFeature('word', 'category'), aFeature('key', 'category')], knownAfterOutcome: ['noise'] });
  const row = (index: number) => {
    const bought = index % 3 === 0;
    const noise = (index * 7919) % 1000;
    const values = [
      bought ? 10 + (noise % 7) : noise % 8,
      bought ? -noise : 100 + noise,
      bought ? 0 : index % 2 ? 50 : -50,
      bought ? noise : '',
      noise,
    ];
    return `${index},${values.join(',')},${bought ? 'sold' : 'asked'},key ${index},${bought ? 'yes' : 'no'}`;
  };
  const csv = `id,up,down,middle,absent,noise,word,key,bought\n${Array.from({ length: count }, (_, index) => row(index)).join('\n')}\n`;
  const { featurePower } = await check(csv, spec);
  const power = Object.fromEntries(featurePower.map(({ feature, auc }) => [feature, auc]));
  for (const leak of ['up', 'down', 'middle', 'absent', 'word']) expect(power[leak], leak).toBeGreaterThan(0.95);
  for (const harmless of ['noise', 'key']) expect(power[harmless], harmless).toBeLessThan(0.6);
  expect(featurePower.filter(({ knownAfterOutcome }) => knownAfterOutcome).map(({ feature }) => feature)).toEqual(['noise']);
});

test('the gates read the report: a good batch passes, a hopeless one fails, a feature known only afterwards is suspicious', async () => {
  const verdicts = async (csv: string, spec = aSpec()) => {
    const report = await check(csv, spec);
    return [judgeDataContract(report, spec.dataContract).kind, judgeLeaks(report.featurePower, spec.dataContract.suspiciousAuc).kind];
  };
  expect(await verdicts(rows())).toEqual(['pass', 'pass']);
  expect(await verdicts(rows(() => ({ bought: 'no' })))).toEqual(['fail', 'inconclusive']);
  expect(await verdicts(rows(() => ({ age: 30, plan: 'gold', member: 'yes' })))).toEqual(['fail', 'pass']);
  expect(await verdicts(rows((index) => ({ plan: index % 3 ? 'left' : 'stayed' })))).toEqual(['pass', 'inconclusive']);
  expect(await verdicts(rows(), aSpec({ knownAfterOutcome: ['plan'] }))).toEqual(['pass', 'inconclusive']);
});
