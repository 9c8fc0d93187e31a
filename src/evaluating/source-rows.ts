import { literal, withDuck } from '../data/duck.ts';

/** The number of each row in its source, in the order asked: what a person can look up without any value being shown. */
export async function sourceRowsOf(snapshotPath: string, rowIds: readonly string[]): Promise<number[]> {
  if (rowIds.length === 0) return [];
  return withDuck({}, async (duck) => {
    const found = await duck.all(`select row_id, source_row::double as source_row from read_parquet(${literal(snapshotPath)})
      where row_id in (${rowIds.map(literal).join(', ')})`);
    const rows = new Map(found.map(({ row_id, source_row }) => [row_id as string, source_row as number]));
    return rowIds.map((id) => rows.get(id)!);
  });
}
