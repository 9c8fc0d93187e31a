/**
 * A model's data contract in the Open Data Contract Standard (Bitol, v3.1.0), for the catalogues and quality tools of others. What the
 * standard has a metric for is a metric; a range is an SQL count of the rows outside; what compares with earlier snapshots cannot be
 * said there, and is written down as a rule of an engine of its own.
 */
import type { ColumnRule, ExpressionRule, Severity } from '../../domain/data-contract-spec.ts';
import type { FeatureSpec, InputSpec } from '../../domain/feature-spec.ts';
import type { Spec } from '../../domain/spec.ts';

type Json = Readonly<Record<string, unknown>>;

export function openDataContract(spec: Spec, { revision }: { readonly revision: number }): Json {
  const { model, objective, audience, owners, source, dataContract } = spec;
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: `understudy:${model}`,
    name: `Training data of ${model}`,
    version: `${revision}.0.0`,
    status: 'active',
    ...((objective || audience) && { description: { ...(objective && { purpose: objective }), ...(audience && { usage: audience }) } }),
    schema: [
      {
        name: model,
        logicalType: 'object',
        physicalType: source.format === 'postgres' ? 'query' : 'file',
        properties: propertiesOf(spec),
        quality: batchRules(spec),
      },
    ],
    team: { name: owners.data, members: [{ username: owners.data, role: 'owner' }] },
    ...(dataContract.freshness && { slaProperties: [freshness(dataContract.freshness, spec)] }),
  };
}

const logicalTypes = { number: 'number', category: 'string', boolean: 'boolean', time: 'timestamp' } as const;

function propertiesOf(spec: Spec): Json[] {
  const { features, inputs, entity, time, label, dataContract, knownAfterOutcome } = spec;
  const columns = new Map<string, Json>();
  const add = (name: string, property: Json) => columns.set(name, { name, ...property, ...columns.get(name) });
  if (entity.kind === 'column') add(entity.column, { logicalType: 'string', required: true, description: 'Whom a row is about' });
  if (time)
    add(time.column, {
      logicalType: time.kind === 'column' ? 'timestamp' : 'string',
      required: true,
      description: 'When the row was seen',
    });
  for (const feature of features.filter(({ derive }) => derive === null)) add(feature.name, described(feature));
  for (const input of inputs) add(input.name, described(input));
  add(label.column, { logicalType: spec.task === 'regression' ? 'number' : 'string', description: 'The label' });
  for (const column of knownAfterOutcome)
    add(column, { logicalType: 'string', description: 'Known only after the outcome: never a feature' });
  for (const rule of dataContract.rules) add(rule.column, { logicalType: 'string' });
  for (const rule of dataContract.rules)
    columns.set(rule.column, { ...columns.get(rule.column), ...ruled(rule, columns.get(rule.column)!) });
  return [...columns.values()].map((property) => ({ logicalType: 'string', ...property }));
}

function described({ type, nullable, description }: FeatureSpec | InputSpec): Json {
  return { logicalType: logicalTypes[type], required: !nullable, ...(description ? { description } : {}) };
}

/** Beside what earlier rules of the same column say. What only warns is a quality rule, and no property that every row must have. */
function ruled(rule: ColumnRule, earlier: Json): Json {
  const quality = [...((earlier.quality as Json[] | undefined) ?? []), ...columnRules(rule)];
  const options = { ...(earlier.logicalTypeOptions as Json | undefined), ...logicalOptions(rule, earlier.logicalType) };
  const isKept = rule.severity !== 'warn';
  return {
    ...(isKept && rule.required && { required: true }),
    ...(isKept && rule.unique && { unique: true }),
    ...(Object.keys(options).length > 0 && { logicalTypeOptions: options }),
    ...(quality.length > 0 && { quality }),
  };
}

/** The same limits once more, where tools look that make checks of types. */
function logicalOptions({ minimum, maximum, pattern, severity }: ColumnRule, logicalType: unknown): Json {
  if (severity === 'warn') return {};
  return logicalType === 'number'
    ? { ...(minimum !== null && { minimum }), ...(maximum !== null && { maximum }) }
    : { ...(logicalType === 'string' && pattern !== null && { pattern: `^(${pattern})$` }) };
}

function columnRules({
  required,
  minimum,
  maximum,
  allowed,
  pattern,
  maximumNulls,
  unique,
  distinct,
  maximumUnseen,
  severity,
}: ColumnRule): Json[] {
  const about = (byItself: Severity) => ({ severity: severity ?? byItself });
  const row = about('quarantine');
  const batch = about('stop');
  const rules: Json[] = [];
  const outside = (name: string, condition: string) =>
    rules.push({
      name,
      type: 'sql',
      query: `SELECT COUNT(*) FROM {object} WHERE {property} ${condition}`,
      mustBe: 0,
      dimension: 'conformity',
      ...row,
    });
  if (required)
    rules.push({ name: 'required', type: 'library', metric: 'nullValues', mustBe: 0, unit: 'rows', dimension: 'completeness', ...row });
  if (minimum !== null) outside('minimum', `< ${minimum}`);
  if (maximum !== null) outside('maximum', `> ${maximum}`);
  const invalid = (name: string, given: Json) =>
    rules.push({
      name,
      type: 'library',
      metric: 'invalidValues',
      arguments: given,
      mustBe: 0,
      unit: 'rows',
      dimension: 'conformity',
      ...row,
    });
  if (allowed !== null) invalid('allowed', { validValues: allowed });
  if (pattern !== null) invalid('pattern', { pattern: `^(${pattern})$` });
  if (maximumNulls !== null)
    rules.push({
      name: 'nulls',
      type: 'library',
      metric: 'nullValues',
      mustBeLessOrEqualTo: Number((maximumNulls * 100).toPrecision(12)),
      unit: 'percent',
      dimension: 'completeness',
      ...batch,
    });
  if (unique)
    rules.push({ name: 'unique', type: 'library', metric: 'duplicateValues', mustBe: 0, unit: 'rows', dimension: 'uniqueness', ...batch });
  // The standard allows one comparison a rule.
  const values = (name: string, comparison: Json) =>
    rules.push({
      name,
      type: 'sql',
      query: 'SELECT COUNT(DISTINCT {property}) FROM {object}',
      ...comparison,
      dimension: 'conformity',
      ...batch,
    });
  if (distinct?.minimum != null) values('fewest distinct', { mustBeGreaterOrEqualTo: distinct.minimum });
  if (distinct?.maximum != null) values('most distinct', { mustBeLessOrEqualTo: distinct.maximum });
  if (maximumUnseen !== null) rules.push({ ...ownRule('unseen', { maximumUnseen }), ...batch });
  return rules;
}

function batchRules({ dataContract }: Spec): Json[] {
  const { minimumRows, expressions, rowCountBand, servingSkew, shift, labelShift } = dataContract;
  const compared = Object.entries({ rowCountBand, servingSkew, shift, labelShift }).filter(([, limits]) => limits !== null);
  return [
    {
      name: 'rows',
      type: 'library',
      metric: 'rowCount',
      mustBeGreaterOrEqualTo: minimumRows,
      unit: 'rows',
      dimension: 'coverage',
      severity: 'stop',
    },
    ...expressions.map(expressionRule),
    ...compared.map(([name, limits]) => ({ ...ownRule(name, { [name]: limits }), severity: limits!.severity })),
  ];
}

function expressionRule({ name, sql, severity }: ExpressionRule): Json {
  const query = `SELECT COUNT(*) FROM {object} WHERE NOT COALESCE(${sql}, TRUE)`;
  return { name, type: 'sql', query, mustBe: 0, dimension: 'consistency', severity };
}

/** A rule that only Understudy can judge: against the champion's snapshot, the model's history or the prediction log. */
function ownRule(name: string, setting: Json): Json {
  return { name, type: 'custom', engine: 'understudy', implementation: JSON.stringify({ dataContract: setting }) };
}

function freshness({ withinMs }: NonNullable<Spec['dataContract']['freshness']>, { model, time }: Spec): Json {
  return { property: 'latency', value: withinMs / 86_400_000, unit: 'd', ...(time && { element: `${model}.${time.column}` }) };
}
