/** Writes the table `rows` down as a Parquet file in the order of the ids, and names it by what the file holds. */
import { createHash } from 'node:crypto';
import { canonical } from '../domain/canonical.ts';
import type { Digest } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { type Duck, ident, literal } from './duck.ts';
import { columnInParquet, descriptionKey, type SnapshotDescription } from './snapshot.ts';

export interface WrittenSnapshot {
  readonly digest: Digest;
  readonly rowsKept: number;
  readonly earliestAt: string | null;
  readonly latestAt: string | null;
}

export async function writeSnapshot(
  duck: Duck,
  spec: Spec,
  { description, file }: { description: SnapshotDescription; file: string },
): Promise<WrittenSnapshot> {
  const own = ['label', ...(spec.treatment ? ['treated'] : []), ...(spec.split.by === 'given' ? ['purpose'] : [])];
  const kept = description.columns.map(({ name }) => ident(columnInParquet(name)));
  // In order and by one thread, so that the file comes out the same again where the writer is the same.
  await duck.run('set threads = 1');
  await duck.run('set preserve_insertion_order = true');
  await duck.run(`copy (select row_id, record as source_row, entity, seen_at, ${[...own, ...kept].join(', ')} from rows order by row_id) to ${literal(file)}
    (format parquet, compression zstd, kv_metadata {${descriptionKey}: ${literal(canonical(description))}})`);
  const [summary] = await duck.all(`select count(*)::integer as kept,
    strftime(min(seen_at), '%Y-%m-%dT%H:%M:%S.%gZ') as earliest, strftime(max(seen_at), '%Y-%m-%dT%H:%M:%S.%gZ') as latest from rows`);
  return {
    digest: await digestOf(duck, description, { file, values: ['entity', 'epoch_us(seen_at)', ...own, ...kept] }),
    rowsKept: Number(summary!.kept),
    earliestAt: summary!.earliest as string | null,
    latestAt: summary!.latest as string | null,
  };
}

/** What was set aside is counted in: the same rows out of a file that is half broken are not the same snapshot. */
async function digestOf(
  duck: Duck,
  { format, columns, rowsIn, setAside, leftOut }: SnapshotDescription,
  { file, values }: { file: string; values: readonly string[] },
): Promise<Digest> {
  const hash = createHash('sha256');
  // Which of them turned up first depends on the order of the source.
  const counts = setAside
    .map(({ rule, column, count }) => ({ rule, column, count }))
    .sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  hash.update(canonical({ format, columns, rowsIn, setAside: counts, ...(leftOut && { leftOut }) }));
  const content = `sha256(to_json([${values.map((value) => `${value}::varchar`).join(', ')}])::varchar)`;
  for await (const [lines] of duck.chunks(`select chr(10) || row_id || ' ' || ${content} from read_parquet(${literal(file)})`)) {
    hash.update(lines!.join(''));
  }
  return hash.digest('hex') as Digest;
}
