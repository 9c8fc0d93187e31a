/** Rows that break an expression of the data contract are set aside as they come in, like those that break a rule about one column. */
import type { DataContractSpec, ExpressionRule } from '../domain/data-contract-spec.ts';
import { Failure } from '../failures.ts';
import type { Duck } from './duck.ts';
import type { SnapshotColumn } from './snapshot.ts';
import { isBroken, underTheirNames } from './contract/snapshot-expressions.ts';
import type { Fault } from './fault.ts';

/** Those that only warn are measured on the snapshot. */
const settingAside = ({ expressions }: DataContractSpec): ExpressionRule[] => expressions.filter(({ severity }) => severity !== 'warn');

/** In the order of their numbers, which follow those of the other faults. */
export function expressionFaults(contract: DataContractSpec): Pick<Fault, 'rule' | 'column' | 'expected' | 'when'>[] {
  return settingAside(contract).map((expression) => ({
    rule: 'expression',
    column: expression.name,
    expected: expression.sql,
    when: isBroken(expression),
  }));
}

interface Marking {
  readonly columns: readonly SnapshotColumn[];
  readonly firstFault: number;
}

/** Sets `fault` in the table `rows`, where no other rule was broken before. */
export async function markBroken(duck: Duck, contract: DataContractSpec, { columns, firstFault }: Marking): Promise<void> {
  for (const [index, expression] of settingAside(contract).entries()) {
    const relation = underTheirNames('rows', columns, ['record as "record of the source"', 'fault as "fault of the row"']);
    const broken = `select "record of the source" as record from ${relation} where "fault of the row" is null and ${isBroken(expression)}`;
    await evaluated(expression, duck.run(`create temp table broken as ${broken}`));
    await duck.run(`update rows set fault = ${firstFault + index} where record in (select record from broken)`);
    await duck.run('drop table broken');
  }
}

/** An expression may be sound and still fail on a value, as a text that is cast to a number. */
async function evaluated({ name, sql }: ExpressionRule, run: Promise<void>): Promise<void> {
  try {
    await run;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    if (!/^(Conversion|Invalid Input|Out of Range) Error/.test(message)) throw cause;
    const sentence = `dataContract.expressions: "${name}" could not be answered for every row (${message.split('\n')[0]}): write it so that it answers NULL there, with try_cast for instance`;
    throw new Failure('TrainingDataRejected', sentence, { name, sql }, { cause });
  }
}
