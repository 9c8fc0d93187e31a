/**
 * Rules about single rows. Those that set rows aside were applied when the rows came in, and what they found is read from the
 * snapshot; those that only warn are measured here, on the rows that stayed.
 */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import type { ColumnRule } from '../../domain/data-contract-spec.ts';
import type { Spec } from '../../domain/spec.ts';
import { type Duck, ident, literal } from '../duck.ts';
import { columnInParquet, type SetAside, type SetAsideRule, type SnapshotColumn, type SnapshotDescription } from '../snapshot.ts';
import { isBroken, underTheirNames } from './snapshot-expressions.ts';
import { countWhere, samplesWhere } from '../snapshot-rows.ts';
import { counted, percent } from '../words.ts';

export function setAsideFindings({ dataContract }: Spec, { setAside, rowsIn }: SnapshotDescription): DataContractFinding[] {
  return setAside.map((aside) => setAsideFinding(aside, rowsIn, isStopping(dataContract, aside)));
}

/** A row that breaks a rule which stops is set aside like any other, so that it can be looked at. A column may have rules of several severities. */
function isStopping({ rules, expressions }: Spec['dataContract'], { rule, column }: SetAside): boolean {
  if (rule === 'expression') return expressions.some(({ name, severity }) => name === column && severity === 'stop');
  return rules.some((each) => each.column === column && each.severity === 'stop' && sets(each, rule));
}

function sets(rule: ColumnRule, limit: SetAsideRule): boolean {
  switch (limit) {
    case 'required':
      return rule.required;
    case 'minimum':
    case 'maximum':
    case 'allowed':
    case 'pattern':
      return rule[limit] !== null;
    default:
      return false;
  }
}

function setAsideFinding({ rule, column, count, expected, samples }: SetAside, rowsIn: number, stops: boolean): DataContractFinding {
  const first = samples[0];
  const found =
    first && rule !== 'expression' ? `, found ${first.value === '' ? 'nothing' : JSON.stringify(first.value)} in row ${first.row}` : '';
  const sentence = `${column ?? 'the source'}: ${counted(count, 'row')} of ${counted(rowsIn)} set aside: expected ${expected}${found}`;
  const severity = stops ? 'stop' : 'set-aside';
  return { rule: contractRule(rule), column, checked: rowsIn, bad: count, limit: expected, severity, samples, sentence };
}

function contractRule(rule: SetAsideRule): DataContractFinding['rule'] {
  switch (rule) {
    case 'unreadable':
    case 'time':
    case 'split':
      return 'type';
    case 'entity':
    case 'key':
      return 'required';
    case 'duplicate':
      return 'unique';
    case 'type':
    case 'required':
    case 'minimum':
    case 'maximum':
    case 'allowed':
    case 'pattern':
    case 'expression':
      return rule;
  }
}

export async function warningFindings(
  duck: Duck,
  { dataContract }: Spec,
  { rows, columns }: { rows: number; columns: readonly SnapshotColumn[] },
) {
  const findings: DataContractFinding[] = [];
  for (const rule of dataContract.rules.filter(({ severity }) => severity === 'warn')) {
    const column = columns.find(({ name }) => name === rule.column);
    if (!column) continue;
    for (const { kind, limit, broken } of conditionsOf(rule, column)) {
      const bad = await countWhere(duck, broken);
      if (bad === 0) continue;
      const samples = await samplesWhere(duck, broken, `coalesce(${ident(columnInParquet(rule.column))}::varchar, '')`);
      const sentence = `${rule.column}: ${counted(bad, 'row')} of ${counted(rows)} (${percent(bad / rows)}): expected ${limit}`;
      findings.push({ rule: kind, column: rule.column, checked: rows, bad, limit, severity: 'report', samples, sentence });
    }
  }
  for (const expression of dataContract.expressions.filter(({ severity }) => severity === 'warn')) {
    const relation = underTheirNames('snapshot', columns, ['source_row as "row of the source"']);
    const found = await duck.all(`select "row of the source"::integer as row, (count(*) over ())::integer as bad from ${relation}
      where ${isBroken(expression)} order by row limit 5`);
    if (found.length === 0) continue;
    const bad = Number(found[0]!.bad);
    const samples = found.map(({ row }) => ({ row: Number(row), value: '' }));
    const sentence = `${expression.name}: ${counted(bad, 'row')} of ${counted(rows)} (${percent(bad / rows)}): expected ${expression.sql}`;
    findings.push({
      rule: 'expression',
      column: expression.name,
      checked: rows,
      bad,
      limit: expression.sql,
      severity: 'report',
      samples,
      sentence,
    });
  }
  return findings;
}

interface Condition {
  readonly kind: DataContractFinding['rule'];
  readonly limit: string;
  readonly broken: string;
}

function conditionsOf(rule: ColumnRule, { name, type }: SnapshotColumn): Condition[] {
  const column = ident(columnInParquet(name));
  const number = type === 'number' ? column : `try_cast(${column} as double)`;
  const present = `${column} is not null and`;
  const conditions: Condition[] = [];
  if (rule.required) conditions.push({ kind: 'required', limit: 'a value', broken: `${column} is null` });
  if (rule.minimum !== null)
    conditions.push({
      kind: 'minimum',
      limit: `a number of at least ${rule.minimum}`,
      broken: `${present} coalesce(${number} < ${rule.minimum}, true)`,
    });
  if (rule.maximum !== null)
    conditions.push({
      kind: 'maximum',
      limit: `a number of at most ${rule.maximum}`,
      broken: `${present} coalesce(${number} > ${rule.maximum}, true)`,
    });
  if (rule.allowed !== null) {
    const texts = rule.allowed.map((text) => (type === 'number' ? String(Number(text)) : literal(text))).join(', ');
    conditions.push({
      kind: 'allowed',
      limit: `one of ${rule.allowed.join(', ')}`,
      broken: `${type === 'number' ? column : `${column}::varchar`} not in (${texts})`,
    });
  }
  if (rule.pattern !== null)
    conditions.push({
      kind: 'pattern',
      limit: `a text like ${rule.pattern}`,
      broken: `not regexp_full_match(${column}::varchar, ${literal(rule.pattern)})`,
    });
  return conditions;
}
