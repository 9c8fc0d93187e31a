/** Rules about a column as a whole: nulls, uniqueness, numbers of distinct values, categories never seen, constants. */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import type { Histogram } from '../../domain/reference-profile.ts';
import type { ColumnProfile } from '../../domain/snapshot-profile.ts';
import type { ColumnRule } from '../../domain/data-contract-spec.ts';
import type { FeatureSpec } from '../../domain/feature-spec.ts';
import type { Spec } from '../../domain/spec.ts';
import { type Duck, ident, literal } from '../duck.ts';
import { countWhere, samplesWhere } from '../snapshot-rows.ts';
import { columnInParquet } from '../snapshot.ts';
import { counted, percent } from '../words.ts';

export interface ColumnsToCheck {
  readonly spec: Spec;
  readonly rows: number;
  readonly profiles: ReadonlyMap<string, ColumnProfile>;
  readonly seenCategories: ReadonlyMap<string, ReadonlySet<string>> | null;
  /** Null without a champion, or when its snapshot was withdrawn. */
  readonly championPath: string | null;
}

export async function columnFindings(duck: Duck, columns: ColumnsToCheck): Promise<DataContractFinding[]> {
  const { spec, rows, seenCategories } = columns;
  const findings: (DataContractFinding | null)[] = [];
  for (const rule of spec.dataContract.rules) {
    const profile = columns.profiles.get(rule.column);
    if (profile) findings.push(await nullsFinding(duck, rule, { rows, profile }));
    findings.push(await uniqueFinding(duck, rule, rows), await distinctFinding(duck, rule, rows));
  }
  for (const feature of spec.features) {
    const seen = seenCategories?.get(feature.name);
    if (seen && feature.derive === null) findings.push(await unseenFinding(duck, columns, { feature, seen }));
  }
  return [...findings.filter((finding) => finding !== null), ...constantFindings(columns)];
}

/** Rules about the batch cannot set rows aside: they stop, unless the team only wants to be told. */
function severityOf({ severity }: ColumnRule): 'stop' | 'report' {
  return severity === 'warn' ? 'report' : 'stop';
}

async function nullsFinding(
  duck: Duck,
  rule: ColumnRule,
  { rows, profile }: { rows: number; profile: ColumnProfile },
): Promise<DataContractFinding | null> {
  const { column, maximumNulls } = rule;
  const bad = profile.nulls;
  if (maximumNulls === null || bad <= maximumNulls * rows) return null;
  const limit = `at most ${percent(maximumNulls)} missing`;
  const sentence = `${column}: missing in ${counted(bad, 'row')} of ${counted(rows)} (${percent(bad / rows)}): expected ${limit}`;
  const samples = await samplesWhere(duck, `${ident(columnInParquet(column))} is null`, "''");
  return { rule: 'nulls', column, checked: rows, bad, limit, severity: severityOf(rule), samples, sentence };
}

async function uniqueFinding(duck: Duck, rule: ColumnRule, rows: number): Promise<DataContractFinding | null> {
  const { column, unique } = rule;
  if (!unique) return null;
  const name = ident(columnInParquet(column));
  const bad = Number(await duck.value(`select (count(${name}) - count(distinct ${name}))::integer from snapshot`));
  if (bad === 0) return null;
  const repeated = `${name} in (select ${name} from snapshot where ${name} is not null group by ${name} having count(*) > 1)`;
  const sentence = `${column}: ${counted(bad, 'row')} of ${counted(rows)} repeat a value: expected each value once`;
  const samples = await samplesWhere(duck, repeated, name);
  return { rule: 'unique', column, checked: rows, bad, limit: 'each value once', severity: severityOf(rule), samples, sentence };
}

/** Counted exactly, because a band may be narrow. */
async function distinctFinding(duck: Duck, rule: ColumnRule, rows: number): Promise<DataContractFinding | null> {
  const { column, distinct } = rule;
  if (distinct === null) return null;
  const found = Number(await duck.value(`select count(distinct ${ident(columnInParquet(column))})::integer from snapshot`));
  const { minimum, maximum } = distinct;
  if (found >= (minimum ?? 0) && found <= (maximum ?? Number.POSITIVE_INFINITY)) return null;
  const limit = [minimum === null ? '' : `at least ${counted(minimum)}`, maximum === null ? '' : `at most ${counted(maximum)}`];
  const expected = `${limit.filter(Boolean).join(' and ')} different values`;
  const sentence = `${column}: ${counted(found, 'different value')} in ${counted(rows, 'row')}: expected ${expected}`;
  return { rule: 'distinct', column, checked: rows, bad: rows, limit: expected, severity: severityOf(rule), samples: [], sentence };
}

/** Without a limit of the spec's own it is only reported: an unseen category is encoded as "other" and breaks nothing. */
async function unseenFinding(
  duck: Duck,
  { spec, rows, profiles, championPath }: ColumnsToCheck,
  { feature, seen }: { feature: FeatureSpec; seen: ReadonlySet<string> },
): Promise<DataContractFinding | null> {
  const rule = spec.dataContract.rules.find(({ column, maximumUnseen }) => column === feature.name && maximumUnseen !== null);
  const most = rule?.maximumUnseen ?? null;
  const name = ident(columnInParquet(feature.name));
  // A full vocabulary has left out the rare ones that training did see, so it cannot tell what is new: the snapshot itself can.
  const isFull = seen.size === 0 || seen.size >= feature.maxCategories;
  if (isFull && !rule) return null;
  if (isFull && rule && championPath === null) return unjudged(rule);
  if (!isFull && isAllSeen(profiles.get(feature.name)?.histogram, seen)) return null;
  const inSnapshot = `select ${name} from read_parquet(${literal(championPath ?? '')}) where ${name} is not null`;
  const isUnseen = `${name} not in (${isFull ? inSnapshot : [...seen].map(literal).join(', ')})`;
  const bad = await countWhere(duck, isUnseen);
  if (bad === 0) return null;
  const severity = rule && most !== null && bad > most * rows ? severityOf(rule) : 'report';
  const limit = most === null ? 'no limit set' : `at most ${percent(most)} of the rows`;
  const samples = await samplesWhere(duck, isUnseen, name);
  const which = [...new Set(samples.map(({ value }) => JSON.stringify(value)))].join(', ');
  const sentence = `${feature.name}: ${counted(bad, 'row')} of ${counted(rows)} (${percent(bad / rows)}) have a category that the champion never saw, such as ${which}: expected ${limit}`;
  return { rule: 'unseen', column: feature.name, checked: rows, bad, limit, severity, samples, sentence };
}

/** What would have stopped asks a person: nobody has seen that it was kept. */
function unjudged(rule: ColumnRule): DataContractFinding {
  const { column, maximumUnseen } = rule;
  const limit = `at most ${percent(maximumUnseen ?? 0)} of the rows`;
  const severity = severityOf(rule) === 'stop' ? 'ask' : 'report';
  const sentence = `${column}: how many rows have a category that the champion never saw could not be told, because its snapshot was withdrawn: expected ${limit}`;
  return { rule: 'unseen', column, checked: 0, bad: 0, limit, severity, samples: [], sentence };
}

function isAllSeen(histogram: Histogram | null | undefined, seen: ReadonlySet<string>): boolean {
  return histogram?.kind === 'category' && histogram.other === 0 && histogram.counts.every(({ value }) => seen.has(value));
}

/** One constant feature teaches nothing, which is worth knowing; where all are, there is nothing to learn from. */
function constantFindings({ spec, rows, profiles }: ColumnsToCheck): DataContractFinding[] {
  const columns = spec.features.flatMap(({ name }) => profiles.get(name) ?? []);
  if (rows < 2 || columns.length === 0) return [];
  const constant = columns.filter(({ isConstant }) => isConstant);
  const severity = constant.length === spec.features.length ? 'stop' : 'report';
  const everyOne = severity === 'stop' ? '; no feature has any' : '';
  return constant.map((profile) => ({
    rule: 'constant',
    column: profile.name,
    checked: rows,
    bad: rows,
    limit: severity === 'stop' ? 'at least one feature with two values' : 'at least two values',
    severity,
    samples: [],
    sentence: `${profile.name}: ${onlyValue(profile)} in all ${counted(rows, 'row')}: expected at least two values${everyOne}`,
  }));
}

function onlyValue({ nulls, numbers, histogram }: ColumnProfile): string {
  if (nulls > 0) return 'missing';
  if (numbers) return JSON.stringify(numbers.minimum);
  return histogram?.kind === 'category' ? JSON.stringify(histogram.counts[0]?.value) : 'one value';
}
