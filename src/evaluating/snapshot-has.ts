import { literal, withDuck } from '../data/duck.ts';
import { columnInParquet } from '../data/snapshot.ts';
import { Failure } from '../failures.ts';

/** A champion may ask for a column that the newest spec no longer names: said before anything is read, and not a matter of trying again. */
export async function insistOnColumns(snapshotPath: string, names: readonly string[]): Promise<void> {
  const found = await withDuck({}, (duck) =>
    duck.all(`select column_name from (describe select * from read_parquet(${literal(snapshotPath)}))`),
  );
  const there = new Set(found.map(({ column_name }) => column_name as string));
  const missing = names.filter((name) => !there.has(columnInParquet(name)));
  if (missing.length === 0) return;
  throw new Failure(
    'FeatureSchemaIncompatible',
    `the comparison needs ${missing.map((name) => `"${name}"`).join(', ')}, which the snapshot does not have: keep it in the spec under inputs as long as a champion asks for it, then retrain`,
    { missing },
  );
}
