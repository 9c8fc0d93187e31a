/** Rules about a column as a whole: nulls, uniqueness, categories never seen, constants. */
import type { DataContractFinding } from '../domain/data-contract-report.ts';
import type { ColumnRule, FeatureSpec, Spec } from '../domain/spec.ts';
import { isRead } from '../features/raw-inputs.ts';
import { type Duck, ident, literal } from './duck.ts';
import { columnInParquet, type SnapshotDescription } from './snapshot.ts';
import { counted, percent } from './words.ts';

export interface ColumnsToCheck {
  readonly spec: Spec;
  readonly rows: number;
  readonly description: SnapshotDescription;
  readonly seenCategories: ReadonlyMap<string, ReadonlySet<string>> | null;
}

const SAMPLES = 5;

export async function columnFindings(duck: Duck, columns: ColumnsToCheck): Promise<DataContractFinding[]> {
  const { spec, rows, seenCategories } = columns;
  const findings: (DataContractFinding | null)[] = [];
  for (const rule of spec.dataContract.rules) {
    findings.push(await nullsFinding(duck, rule, rows), await uniqueFinding(duck, rule, rows));
  }
  for (const feature of spec.features.filter(isRead)) {
    const seen = seenCategories?.get(feature.name);
    if (seen) findings.push(await unseenFinding(duck, columns, { feature, seen }));
  }
  return [...findings.filter((finding) => finding !== null), ...(await constantFindings(duck, spec, rows))];
}

async function nullsFinding(duck: Duck, { column, maximumNulls }: ColumnRule, rows: number): Promise<DataContractFinding | null> {
  if (maximumNulls === null) return null;
  const isNull = `${ident(columnInParquet(column))} is null`;
  const bad = await countWhere(duck, isNull);
  if (bad <= maximumNulls * rows) return null;
  const limit = `at most ${percent(maximumNulls)} missing`;
  const sentence = `${column}: missing in ${counted(bad, 'row')} of ${counted(rows)} (${percent(bad / rows)}): expected ${limit}`;
  return { rule: 'nulls', column, checked: rows, bad, limit, severity: 'stop', samples: await samplesWhere(duck, isNull, "''"), sentence };
}

async function uniqueFinding(duck: Duck, { column, unique }: ColumnRule, rows: number): Promise<DataContractFinding | null> {
  if (!unique) return null;
  const name = ident(columnInParquet(column));
  const bad = Number(await duck.value(`select (count(${name}) - count(distinct ${name}))::integer from snapshot`));
  if (bad === 0) return null;
  const repeated = `${name} in (select ${name} from snapshot where ${name} is not null group by ${name} having count(*) > 1)`;
  const sentence = `${column}: ${counted(bad, 'row')} of ${counted(rows)} repeat a value: expected each value once`;
  const samples = await samplesWhere(duck, repeated, name);
  return { rule: 'unique', column, checked: rows, bad, limit: 'each value once', severity: 'stop', samples, sentence };
}

/** Without a limit of the spec's own it is only reported: an unseen category is encoded as "other" and breaks nothing. */
async function unseenFinding(
  duck: Duck,
  { spec, rows }: ColumnsToCheck,
  { feature, seen }: { feature: FeatureSpec; seen: ReadonlySet<string> },
): Promise<DataContractFinding | null> {
  // A full vocabulary has left out the rare ones that training did see, so it cannot tell what is new.
  if (seen.size === 0 || seen.size >= feature.maxCategories) return null;
  const name = ident(columnInParquet(feature.name));
  const isUnseen = `${name} not in (${[...seen].map(literal).join(', ')})`;
  const bad = await countWhere(duck, isUnseen);
  const limits = spec.dataContract.rules.filter(({ column }) => column === feature.name).map(({ maximumUnseen }) => maximumUnseen);
  const most = limits.find((limit) => limit !== null) ?? null;
  if (bad === 0) return null;
  const severity = most !== null && bad > most * rows ? 'stop' : 'report';
  const limit = most === null ? 'no limit set' : `at most ${percent(most)} of the rows`;
  const samples = await samplesWhere(duck, isUnseen, name);
  const which = [...new Set(samples.map(({ value }) => JSON.stringify(value)))].join(', ');
  const sentence = `${feature.name}: ${counted(bad, 'row')} of ${counted(rows)} (${percent(bad / rows)}) have a category that the champion never saw, such as ${which}: expected ${limit}`;
  return { rule: 'unseen', column: feature.name, checked: rows, bad, limit, severity, samples, sentence };
}

/** One constant feature teaches nothing, which is worth knowing; where all are, there is nothing to learn from. */
async function constantFindings(duck: Duck, spec: Spec, rows: number): Promise<DataContractFinding[]> {
  const features = spec.features.filter(isRead);
  if (rows < 2 || features.length === 0) return [];
  const kinds = features.map(
    ({ name }) => `(count(distinct ${ident(columnInParquet(name))}) + max((${ident(columnInParquet(name))} is null)::integer))::integer`,
  );
  const values = features.map(({ name }) => `any_value(${ident(columnInParquet(name))})::varchar`);
  const [found] = [...(await duck.all(`select [${kinds.join(', ')}] as kinds, [${values.join(', ')}] as values from snapshot`))];
  const counts = listOf(found!.kinds).map(Number);
  const constant = features.flatMap((feature, index) => (counts[index] === 1 ? [{ feature, value: listOf(found!.values)[index] }] : []));
  const severity = constant.length === features.length ? 'stop' : 'report';
  const everyOne = severity === 'stop' ? '; no feature has any' : '';
  const shown = (value: unknown) => (value === null ? 'missing' : JSON.stringify(value));
  return constant.map(({ feature, value }) => ({
    rule: 'constant',
    column: feature.name,
    checked: rows,
    bad: rows,
    limit: severity === 'stop' ? 'at least one feature with two values' : 'at least two values',
    severity,
    samples: [],
    sentence: `${feature.name}: ${shown(value)} in all ${counted(rows, 'row')}: expected at least two values${everyOne}`,
  }));
}

/** A DuckDB list as an array. */
function listOf(value: unknown): readonly unknown[] {
  return (value as { readonly items: readonly unknown[] }).items;
}

async function countWhere(duck: Duck, condition: string): Promise<number> {
  return Number(await duck.value(`select count(*)::integer from snapshot where ${condition}`));
}

async function samplesWhere(duck: Duck, condition: string, value: string): Promise<{ row: number; value: string }[]> {
  const found = await duck.all(
    `select source_row::integer as row, ${value}::varchar as value from snapshot where ${condition} order by source_row limit ${SAMPLES}`,
  );
  return found.map((sample) => ({ row: Number(sample.row), value: String(sample.value).slice(0, 200) }));
}
