/**
 * Rules over several columns, written as SQL by the team. Only a scalar expression over the snapshot's own columns may stand there:
 * DuckDB's parser says what was written, and what is not on the list (subqueries, table functions, settings, clocks, chance) is
 * refused before anything runs. As with a CHECK constraint of SQL, an expression without an answer (NULL) is not broken.
 */
import type { ExpressionRule } from '../../domain/data-contract-spec.ts';
import { Failure } from '../../failures.ts';
import { type Duck, ident, literal, withDuck } from '../duck.ts';
import { allowedFunctions } from './expression-functions.ts';
import { columnInParquet, type SnapshotColumn } from '../snapshot.ts';

/** Columns that every snapshot has besides those of the source. */
const ownColumns = [
  { name: 'seen_at', sql: 'seen_at', type: 'timestamp' },
  { name: 'label', sql: 'label', type: 'double' },
] as const;

const typeInSql = { number: 'double', category: 'varchar', text: 'varchar', boolean: 'boolean', time: 'timestamp' } as const;

/** Throws SpecInvalid for the first expression that is none, or that does not fit the columns. */
export async function insistOnExpressions(expressions: readonly ExpressionRule[], columns: readonly SnapshotColumn[]): Promise<void> {
  if (expressions.length === 0) return;
  await withDuck({}, async (duck) => {
    await duck.run('set enable_external_access = false');
    await duck.run('set lock_configuration = true');
    for (const expression of expressions) {
      await insistOnScalar(duck, expression, columns);
      await insistThatItFits(duck, expression, columns);
    }
  });
}

/** SQL that is true for a row of the relation that breaks the rule. The relation has the snapshot's columns under their own names. */
export function isBroken({ sql }: Pick<ExpressionRule, 'sql'>): string {
  // The line break ends a comment at the end of what was written.
  return `not coalesce((${sql}\n)::boolean, true)`;
}

/** The rows of a table with the columns of a snapshot, each column under the name that the team knows it by. */
export function underTheirNames(relation: string, columns: readonly SnapshotColumn[], more: readonly string[]): string {
  const named = columns.map(({ name }) => `${ident(columnInParquet(name))} as ${ident(name)}`);
  const own = ownColumns
    .filter(({ name }) => !columns.some((column) => column.name.toLowerCase() === name))
    .map(({ sql, name }) => `${sql} as ${name}`);
  return `(select ${[...more, ...own, ...named].join(', ')} from ${relation})`;
}

type Node = { readonly [key: string]: unknown };

async function insistOnScalar(duck: Duck, { name, sql }: ExpressionRule, columns: readonly SnapshotColumn[]): Promise<void> {
  const refuse = (why: string) =>
    new Failure(
      'SpecInvalid',
      `dataContract.expressions: "${name}" is not a condition over columns: ${why}; found ${JSON.stringify(sql)}`,
      { name, sql },
    );
  const text = String(await duck.value(`select json_serialize_sql(${literal(`select (${sql}\n)`)})`));
  const parsed = JSON.parse(text) as { error: boolean; error_message?: string; statements?: readonly { node: Node }[] };
  if (parsed.error) throw refuse(String(parsed.error_message));
  const [statement, second] = parsed.statements ?? [];
  if (!statement || second) throw refuse('expected one expression');
  const {
    select_list: selected,
    from_table: from,
    type,
  } = statement.node as { select_list?: readonly Node[]; from_table?: Node; type?: string };
  if (type !== 'SELECT_NODE' || selected?.length !== 1 || from?.type !== 'EMPTY')
    throw refuse('expected one expression and no further clause');
  if ([statement.node.where_clause, statement.node.having, statement.node.qualify].some((clause) => clause))
    throw refuse('expected no further clause');
  const known = new Set([...columns, ...ownColumns].map((column) => column.name.toLowerCase()));
  const strange = strangePart(selected[0]!, known);
  if (strange !== null) throw refuse(strange);
}

const plainClasses = ['CONSTANT', 'COLUMN_REF', 'COMPARISON', 'CONJUNCTION', 'OPERATOR', 'CASE', 'CAST', 'BETWEEN', 'FUNCTION', 'COLLATE'];

/** What may not stand in an expression, in words; null when all of it may. */
function strangePart(value: unknown, columns: ReadonlySet<string>): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = Array.isArray(value) ? null : strangeNode(value as Node, columns);
  if (found !== null) return found;
  for (const part of Object.values(value)) {
    const strange = strangePart(part, columns);
    if (strange !== null) return strange;
  }
  return null;
}

function strangeNode(node: Node, columns: ReadonlySet<string>): string | null {
  if (typeof node.class !== 'string') return null;
  if (!plainClasses.includes(node.class)) return `${node.class.toLowerCase()} is not allowed`;
  if (node.class === 'FUNCTION' && !allowedFunctions.has(String(node.function_name).toLowerCase()))
    return `the function ${String(node.function_name)} is not allowed`;
  if (node.class !== 'COLUMN_REF') return null;
  // Words such as current_date look like columns and are clocks.
  const names = node.column_names as readonly string[];
  const isKnown = names.length === 1 && columns.has(names[0]!.toLowerCase());
  return isKnown
    ? null
    : `there is no column ${names.join('.')} in the snapshot (${[...columns].join(', ')}); a further one is named under inputs`;
}

/** Run on one row of nothing, so that a misspelled column or a comparison of a text with a number is found without any data. */
async function insistThatItFits(duck: Duck, { name, sql }: ExpressionRule, columns: readonly SnapshotColumn[]): Promise<void> {
  const typed = columns.map((column) => `null::${typeInSql[column.type]} as ${ident(columnInParquet(column.name))}`);
  const own = ownColumns.map((column) => `null::${column.type} as ${column.sql}`);
  try {
    await duck.run(
      `select ${isBroken({ sql })} from ${underTheirNames(`(select ${[...own, ...typed].join(', ')})`, columns, [])} where false`,
    );
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new Failure(
      'SpecInvalid',
      `dataContract.expressions: "${name}" does not fit the snapshot's columns: ${message}`,
      { name, sql },
      { cause },
    );
  }
}
