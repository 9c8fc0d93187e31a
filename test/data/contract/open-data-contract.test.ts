/**
 * The form of the Open Data Contract Standard, v3.1.0: what its JSON schema (bitol-io/open-data-contract-standard,
 * schema/odcs-json-schema-v3.1.0.json) allows and requires of the parts that we write. The documents of these specs were validated
 * against the schema itself; this holds them there without it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDataContract } from '../../../src/data/contract/open-data-contract.ts';
import { parseSpec } from '../../../src/spec/parse.ts';

const everyRule = `model: shop
owners: crm
objective: keep customers
entity: kunde
time: at
label: { column: gone, positive: "ja", maturity: 7d }
inputs: { joined: time }
knownAfterOutcome: [why]
features:
  alter: { type: number, minimum: 18, maximum: 110, maximumNulls: 7%, severity: warn }
  tarif: { type: category, allowed: [a, b], maximumUnseen: 1%, severity: stop }
  plz: { type: category, pattern: "[0-9]{5}" }
  aktiv: boolean?
dataContract:
  freshness: { within: 36h }
  rules: [{ column: alter, distinct: { minimum: 3, maximum: 90 } }, { column: kunde, unique: true, required: true, severity: warn }]
  expressions: [{ name: grown, sql: "alter > 3", severity: warn }]
`;
const specs = readdirSync('examples', { recursive: true, encoding: 'utf8' })
  .filter((file) => /^[^/]+\/[^/]+\.yaml$/.test(file))
  .map((file): [string, string] => [file, readFileSync(path.join('examples', file), 'utf8')]);

type Json = Readonly<Record<string, unknown>>;
interface Element {
  readonly name: string;
  readonly logicalType: string;
  readonly quality?: readonly Json[];
  readonly properties?: readonly Element[];
}

const operators = ['mustBe', 'mustNotBe', 'mustBeGreaterThan', 'mustBeGreaterOrEqualTo', 'mustBeLessThan', 'mustBeLessOrEqualTo'];
const qualityKeys = [
  'name',
  'type',
  'metric',
  'arguments',
  'query',
  'engine',
  'implementation',
  'unit',
  'dimension',
  'severity',
  ...operators,
];
const topKeys = ['apiVersion', 'kind', 'id', 'name', 'version', 'status', 'description', 'schema', 'team', 'slaProperties'];
const dimensions = ['accuracy', 'completeness', 'conformity', 'consistency', 'coverage', 'timeliness', 'uniqueness'];

function problems(rule: Json): string[] {
  const compared = operators.filter((operator) => operator in rule);
  const needed = { library: 'metric', sql: 'query', custom: 'implementation' }[String(rule.type)];
  return [
    ...Object.keys(rule).filter((key) => !qualityKeys.includes(key)),
    ...(needed !== undefined && typeof rule[needed] === 'string' ? [] : [`${rule.type} without ${needed}`]),
    ...(compared.length === (rule.type === 'custom' ? 0 : 1) ? [] : [`compares ${compared.length} times`]),
    ...(rule.type !== 'custom' || rule.engine === 'understudy' ? [] : ['an engine']),
    ...(rule.dimension === undefined || dimensions.includes(String(rule.dimension)) ? [] : [`dimension ${rule.dimension}`]),
    ...(rule.type !== 'library' ||
    ['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'].includes(String(rule.metric))
      ? []
      : [`metric ${rule.metric}`]),
  ];
}

describe.each([['every rule', everyRule] as [string, string], ...specs])('%s', (file, yaml) => {
  const contract = openDataContract(parseSpec(yaml, { file }).spec, { revision: 2 });
  const [schema] = contract.schema as Element[];

  test('has the parts that are required, and no others', () => {
    expect(contract).toMatchObject({ apiVersion: 'v3.1.0', kind: 'DataContract', version: '2.0.0', status: 'active' });
    expect(Object.keys(contract).filter((key) => !topKeys.includes(key))).toEqual([]);
  });

  test('has columns of known types, each once, with rules of known forms', () => {
    const names = schema!.properties!.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const types = ['string', 'date', 'timestamp', 'time', 'number', 'integer', 'object', 'array', 'boolean'];
    expect([schema!, ...schema!.properties!].filter(({ logicalType }) => !types.includes(logicalType))).toEqual([]);
    expect([schema!, ...schema!.properties!].flatMap(({ quality }) => quality ?? []).flatMap(problems)).toEqual([]);
  });
});
