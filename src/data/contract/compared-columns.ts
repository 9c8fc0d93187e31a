/** A snapshot counted in the bins of an earlier one. The sampled rows are enough: they give the stability index to a ten-thousandth. */
import type { CategoryHistogram, Histogram, NumberHistogram } from '../../domain/reference-profile.ts';
import type { SnapshotProfile } from '../../domain/snapshot-profile.ts';
import { countsWithin, numberHistogramOf } from '../binned-counts.ts';
import { type Duck, ident, literal } from '../duck.ts';
import { isNumeric, numberIn, SAMPLED } from '../profile.ts';
import type { ComparedColumn } from './shift-findings.ts';
import { columnInParquet, type SnapshotColumn } from '../snapshot.ts';

/** The columns that both have, of one type; times always move, and are left out. */
export async function comparedWith(duck: Duck, earlier: SnapshotProfile, columns: readonly SnapshotColumn[]): Promise<ComparedColumn[]> {
  const before = new Map(earlier.columns.map(({ name, histogram }) => [name, histogram] as const));
  const compared: ComparedColumn[] = [];
  for (const column of columns) {
    const reference = before.get(column.name);
    if (!reference || column.type === 'time' || isNumeric(column) !== (reference.kind === 'number')) continue;
    const current = await countedLike(duck, column, reference);
    compared.push({ column: column.name, reference, current });
  }
  return compared;
}

function countedLike(duck: Duck, column: SnapshotColumn, reference: Histogram): Promise<Histogram> {
  return reference.kind === 'number' ? numbersLike(duck, column, reference) : categoriesLike(duck, column, reference);
}

async function numbersLike(duck: Duck, column: SnapshotColumn, { edges }: NumberHistogram): Promise<NumberHistogram> {
  const value = numberIn(column);
  const [found] = await duck.all(
    `select ${countsWithin(value, edges)} as bins, count(*)::integer as rows, count(${value})::integer as present from ${SAMPLED}`,
  );
  const present = Number(found!.present);
  return numberHistogramOf(edges, found!.bins, { present, nulls: Number(found!.rows) - present });
}

async function categoriesLike(duck: Duck, { name }: SnapshotColumn, { counts }: CategoryHistogram): Promise<CategoryHistogram> {
  const column = `${ident(columnInParquet(name))}::varchar`;
  const listed = counts.map(({ value }) => literal(value)).join(', ') || 'null';
  const found =
    await duck.all(`select case when ${column} in (${listed}) then ${column} end as value, ${column} is null as missing, count(*)::integer as rows
    from ${SAMPLED} group by all`);
  const rowsOf = new Map(found.filter(({ value }) => value !== null).map(({ value, rows }) => [String(value), Number(rows)] as const));
  const without = (missing: boolean) => Number(found.find((group) => group.value === null && group.missing === missing)?.rows ?? 0);
  return {
    kind: 'category',
    counts: counts.map(({ value }) => ({ value, count: rowsOf.get(value) ?? 0 })),
    other: without(false),
    nulls: without(true),
  };
}
