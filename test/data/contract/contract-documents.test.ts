import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { suggestionInYaml, suggestRules } from '../../../src/data/contract/contract-suggestion.ts';
import { checkDataContract } from '../../../src/data/contract/data-contract.ts';
import { openDataContract } from '../../../src/data/contract/open-data-contract.ts';
import { profilePlainFile } from '../../../src/data/plain-file-profile.ts';
import { differenceFrom, profileFile } from '../../../src/data/profile-difference.ts';
import type { SnapshotProfile } from '../../../src/domain/snapshot-profile.ts';
import { judgeDataContract } from '../../../src/gates/data-contract.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import { aWeek, csvOf } from '../customers.ts';
import { customersSpec, customersYaml } from '../customers-model.ts';
import { aWorkshop } from '../fixtures.ts';

const workshop = aWorkshop();
const spec = customersSpec();
let path: string;
let profile: SnapshotProfile;
beforeAll(async () => {
  path = workshop.artifacts.pathOf((await workshop.ingest(csvOf(aWeek(3)), spec)).artifactDigest);
  profile = await profileFile(path);
});

test('a profile counts every row, and is the same again', async () => {
  const column = (name: string) => profile.columns.find((each) => each.name === name)!;
  expect(profile).toMatchObject({ rows: 2_000, rowsIn: 2_000, duplicates: 0, repeated: 0, sampled: 2_000, label: { labelled: 2_000 } });
  const rows = aWeek(3);
  expect(column('region').nulls).toBe(rows.filter(({ region }) => region === '').length);
  expect(column('age').numbers!.maximum).toBe(Math.max(...rows.map(({ age }) => Number(age))));
  const plans = column('plan').histogram!;
  expect(plans.kind === 'category' && plans.counts.map(({ value, count }) => [value, count])).toEqual(
    ['basic', 'plus', 'gold'].map((name) => [name, rows.filter(({ plan }) => plan === name).length]),
  );
  const ages = column('age').histogram!;
  expect(ages.kind === 'number' && ages.counts.reduce((sum, count) => sum + count, 0)).toBe(2_000);
  expect(column('joined_at')).toMatchObject({ type: 'time', numbers: { maximum: expect.any(Number) } });
  expect(await profileFile(path)).toEqual(profile);
});

test('values that look like identifiers are not listed', async () => {
  const rows = aWeek(3, 200).map((row, index) => ({ ...row, plan: `contract ${index}` }));
  const snapshot = await workshop.ingest(csvOf(rows), spec);
  const { columns } = await profileFile(workshop.artifacts.pathOf(snapshot.artifactDigest));
  expect(JSON.stringify(columns)).not.toContain('contract 7');
});

test('a suggested contract can be pasted into the spec, and the snapshot it came from keeps it', async () => {
  const yaml = suggestionInYaml(suggestRules(profile, spec), profile);
  expect(yaml).toContain('# seen ');
  const { dataContract } = parse(yaml) as { dataContract: { minimumRows: number; rules: { column: string; allowed?: string[] }[] } };
  expect(dataContract.rules.map(({ column }) => column)).toEqual(['age', 'tenure', 'basket', 'visits', 'plan', 'region']);
  const pasted = { ...spec, dataContract: { ...spec.dataContract, ...asSpecReads(yaml) } };
  const snapshot = await workshop.ingest(csvOf(aWeek(3)), pasted);
  const report = await checkDataContract({ spec: pasted, snapshotPath: workshop.artifacts.pathOf(snapshot.artifactDigest) });
  expect(judgeDataContract(report, pasted.dataContract).kind).toBe('pass');
});

test.each<[string, string | null, RegExp]>([
  ['no file', null, /expected a data file at .*, found nothing/],
  ['an empty file', '', /is empty: expected a header line and rows/],
  ['a header alone', 'a,b\n', /has no rows: expected at least one below its header line/],
])('from %s nothing is proposed', async (_, text, said) => {
  await expect(profilePlainFile(text === null ? '/nowhere/at-all.csv' : workshop.write(text))).rejects.toThrow(said);
});

test('nothing is proposed from a column without values, and no list of whole paragraphs', () => {
  const column = { type: 'category', distinct: 1, isConstant: true, numbers: null } as const;
  const empty = { ...column, name: 'empty', nulls: 2_000, histogram: { kind: 'category', counts: [], other: 0, nulls: 2_000 } } as const;
  const counts = [{ value: 'x'.repeat(400), count: 2_000 }];
  const long = { ...column, name: 'remark', nulls: 0, histogram: { kind: 'category', counts, other: 0, nulls: 0 } } as const;
  const rules = suggestRules({ ...profile, columns: [empty, long] }, null);
  expect(rules.map((rule) => [rule.column, Object.keys(rule.limits)])).toEqual([['remark', ['distinct', 'maximumUnseen']]]);
});

/** The section of a whole spec that holds nothing else of interest. */
function asSpecReads(yaml: string) {
  const whole = `${yaml}\nmodel: m\nowners: x\nentity: id\nfeatures: { ${spec.features.map(({ name, type }) => `${name}: ${type}`).join(', ')} }\nlabel: { column: bought, maturity: 1d }\n`;
  const { minimumRows, rules } = parseSpec(whole, { file: 'pasted.yaml' }).spec.dataContract;
  return { minimumRows, rules };
}

test('a contract in the open standard names every column, its rules and what only Understudy can judge', () => {
  const more = {
    expressions: [{ name: 'grown up', sql: 'age >= 18', severity: 'quarantine' as const }],
    freshness: { withinMs: 86_400_000, severity: 'stop' as const },
  };
  const contract = openDataContract({ ...spec, dataContract: { ...spec.dataContract, ...more } }, { revision: 3 });
  expect(contract).toMatchObject({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: 'understudy:customers',
    version: '3.0.0',
    status: 'active',
  });
  const [schema] = contract.schema as {
    properties: { name: string; logicalType: string; required?: boolean; quality?: object[] }[];
    quality: { name: string; type: string; query?: string }[];
  }[];
  expect(schema!.properties.map(({ name }) => name).sort()).toEqual([
    'age',
    'basket',
    'bought',
    'id',
    'joined_at',
    'member',
    'plan',
    'region',
    'seen_at',
    'tenure',
    'visits',
  ]);
  expect(schema!.properties.find(({ name }) => name === 'age')).toMatchObject({
    logicalType: 'number',
    required: true,
    logicalTypeOptions: { minimum: 18, maximum: 110 },
    quality: [
      { name: 'minimum', type: 'sql', query: 'SELECT COUNT(*) FROM {object} WHERE {property} < 18', mustBe: 0, severity: 'quarantine' },
      { name: 'maximum', type: 'sql', mustBe: 0 },
    ],
  });
  expect(schema!.quality.map(({ name, type }) => [name, type])).toEqual([
    ['rows', 'library'],
    ['grown up', 'sql'],
    ['rowCountBand', 'custom'],
    ['servingSkew', 'custom'],
    ['shift', 'custom'],
    ['labelShift', 'custom'],
  ]);
  expect(contract.slaProperties).toEqual([{ property: 'latency', value: 1, unit: 'd', element: 'customers.seen_at' }]);
});

test('two rules about one column are both handed on, and what only warns is no property of every row', () => {
  const more = `  rules: [{ column: basket, distinct: { minimum: 3 }, severity: warn }, { column: plan, required: true, severity: warn }]`;
  const described = parseSpec(customersYaml.replace('{ minimumRows: 200 }', `\n${more}`), { file: 'customers.yaml' }).spec;
  const [schema] = openDataContract(described, { revision: 1 }).schema as {
    properties: { name: string; quality?: { name: string }[] }[];
  }[];
  const about = (column: string) => schema!.properties.find(({ name }) => name === column)!;
  expect(about('basket').quality!.map(({ name }) => name)).toEqual(['minimum', 'fewest distinct']);
  expect(about('plan').quality).toEqual([expect.objectContaining({ name: 'required', metric: 'nullValues', mustBe: 0, severity: 'warn' })]);
});

test('what has moved most comes first, and a column that is gone is said to be', async () => {
  const rows = aWeek(4).map((row) => ({ ...row, basket: String(Number(row.basket) * 1.6), region: '' }));
  const rules = spec.dataContract.rules.filter(({ column }) => column !== 'visits');
  const without = {
    ...spec,
    features: spec.features.filter(({ name }) => name !== 'visits'),
    dataContract: { ...spec.dataContract, rules },
  };
  const later = await workshop.ingest(csvOf(rows), without);
  const { columns } = await differenceFrom(profile, workshop.artifacts.pathOf(later.artifactDigest));
  expect(columns.slice(0, 2).map(({ column }) => column)).toEqual(['region', 'basket']);
  expect(columns.find(({ column }) => column === 'age')!.psi).toBeLessThan(0.02);
  expect(columns.find(({ column }) => column === 'visits')).toMatchObject({ is: 'gone', psi: null, after: null });
});

test('columns of many categories, or of many rare ones, do not move by chance; one that turns into identifiers has moved', async () => {
  const described = {
    ...spec,
    features: [...spec.features, { ...spec.features[4]!, name: 'city' }, { ...spec.features[4]!, name: 'shop' }],
  };
  const places = (seed: number, shop: (index: number) => string) =>
    aWeek(seed).map((row, index) => ({
      ...row,
      city: `city ${Math.floor(((index * 7919) % 1_000) * (seed / 10)) % 900}`,
      shop: shop(index),
    }));
  const file = async (rows: Record<string, string>[]) =>
    workshop.artifacts.pathOf((await workshop.ingest(csvOf(rows), described)).artifactDigest);
  const before = await profileFile(await file(places(5, (index) => `shop ${(index * 31) % 80}`)));
  const psiOf = async (rows: Record<string, string>[]) =>
    Object.fromEntries((await differenceFrom(before, await file(rows))).columns.map(({ column, psi }) => [column, psi ?? 0]));
  const again = await psiOf(places(7, (index) => `shop ${(index * 37) % 80}`));
  expect(again.city).toBeLessThan(0.05);
  expect(again.shop).toBeLessThan(0.05);
  expect((await psiOf(places(7, (index) => `receipt ${index}`))).shop).toBeGreaterThan(1);
});
