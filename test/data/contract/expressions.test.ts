import { expect, test } from 'vitest';
import { checkDataContract } from '../../../src/data/contract/data-contract.ts';
import { insistOnExpressions } from '../../../src/data/contract/snapshot-expressions.ts';
import { judgeDataContract } from '../../../src/gates/data-contract.ts';
import { aDataContract, aRule, aSpec, aWorkshop } from '../fixtures.ts';

const columns = [
  { name: 'age', type: 'number' },
  { name: 'Plan x', type: 'category' },
  { name: 'since', type: 'time' },
  { name: 'member', type: 'boolean' },
] as const;
const insist = (sql: string) => insistOnExpressions([{ name: 'rule', sql, severity: 'warn' }], columns);

test.each([
  'age > 3',
  `age > 3 and "Plan x" <> 'a'`,
  'age in (1, 2) or member',
  `"Plan x" like 'a%'`,
  'since <= seen_at',
  'label is null or age between 1 and 2',
  'case when member then age > 1 else true end',
  "date_diff('day', since, seen_at) >= 0",
  `regexp_full_match("Plan x", '[a-z]+')`,
  'age > 3 -- years',
  'try_cast("Plan x" as double) > 3',
])('%s is a condition over columns', async (sql) => {
  await insist(sql);
});

test.each([
  ['(select 1) > 0', 'subquery'],
  ['age > (select max(age) from rows)', 'subquery'],
  ['exists (select 1)', 'subquery'],
  [`1) from read_csv('/etc/passwd') --`, 'syntax error'],
  [`read_text('/etc/passwd') is null`, 'read_text'],
  [`glob('/*') is null`, 'glob'],
  [`getenv('HOME') is null`, 'getenv'],
  [`current_setting('temp_directory') = ''`, 'current_setting'],
  ['now() > since', 'now'],
  ['current_date > since', 'current_date'],
  ['random() > 0.5', 'random'],
  ['true; drop table rows', 'syntax error'],
  ['count(*) > 1', 'count_star'],
  ['row_number() over () > 1', 'window'],
  ['list_transform([1], x -> x) is null', 'list_transform'],
  ['agee > 3', 'there is no column agee'],
  ['"Plan x" > 3', 'explicit cast'],
  ['', 'syntax error'],
  [')', 'syntax error'],
])('%s is refused', async (sql, why) => {
  await expect(insist(sql)).rejects.toMatchObject({ type: 'SpecInvalid', message: expect.stringContaining(why) });
});

const workshop = aWorkshop();
const csv = (rows: readonly string[]) =>
  `id,age,plan,member,bought\n${rows.join('\n')}\n${Array.from({ length: 97 }, (_, index) => `${index + 3},${20 + (index % 50)},gold${index % 3},${index % 2},${index % 4 ? 'no' : 'yes'}`).join('\n')}\n`;
const strange = csv(['0,17,gold0,1,yes', '1,40,GOLD,0,no', '2,,gold1,1,no']);

function specWith(severity: 'stop' | 'quarantine' | 'warn') {
  const expressions = [{ name: 'adults are members', sql: 'not member or age >= 18', severity }];
  return aSpec({
    features: aSpec().features.map((feature) => ({ ...feature, nullable: true })),
    dataContract: aDataContract({ expressions, rules: [aRule('plan', { pattern: '[a-z]+[0-9]', severity })] }),
  });
}

async function checked(severity: 'stop' | 'quarantine' | 'warn') {
  const spec = specWith(severity);
  const snapshot = await workshop.ingest(strange, spec);
  const report = await checkDataContract({ spec, snapshotPath: workshop.artifacts.pathOf(snapshot.artifactDigest) });
  const found = report.findings.filter(({ rule }) => rule === 'expression' || rule === 'pattern');
  return { snapshot, found, verdict: judgeDataContract(report, spec.dataContract) };
}

test('rows that break an expression or a pattern are set aside, each with its reason; an expression without an answer is kept', async () => {
  const { snapshot, found, verdict } = await checked('quarantine');
  expect(snapshot.rowsKept).toBe(98);
  expect(found.map(({ rule, column, bad, severity }) => [rule, column, bad, severity])).toEqual([
    ['expression', 'adults are members', 1, 'set-aside'],
    ['pattern', 'plan', 1, 'set-aside'],
  ]);
  expect((await workshop.quarantine(snapshot)).map(({ rowNumber, reason }) => [rowNumber, reason])).toEqual([
    [2, 'adults are members: expected not member or age >= 18'],
    [3, 'plan: expected a text like [a-z]+[0-9], found "GOLD"'],
  ]);
  expect(verdict.kind).toBe('pass');
});

test('the same rules stop the batch when they are told to', async () => {
  const { snapshot, verdict } = await checked('stop');
  expect(snapshot.rowsKept).toBe(98);
  expect(verdict).toMatchObject({
    kind: 'fail',
    reasons: [expect.stringContaining('adults are members'), expect.stringContaining('[a-z]')],
  });
});

test('and only warn when they are told to: the rows stay', async () => {
  const { snapshot, found, verdict } = await checked('warn');
  expect(snapshot.rowsKept).toBe(100);
  expect(found.map(({ rule, bad, severity, samples }) => [rule, bad, severity, samples.map(({ row }) => row)])).toEqual([
    ['pattern', 1, 'report', [3]],
    ['expression', 1, 'report', [2]],
  ]);
  expect(verdict.kind).toBe('pass');
});

test('an expression that fails on a value says so instead of letting the row pass', async () => {
  const expressions = [{ name: 'plan is a number', sql: 'plan::integer > 0', severity: 'quarantine' as const }];
  await expect(workshop.ingest(strange, aSpec({ dataContract: aDataContract({ expressions }) }))).rejects.toMatchObject({
    type: 'TrainingDataRejected',
    message: expect.stringContaining('try_cast'),
  });
});
