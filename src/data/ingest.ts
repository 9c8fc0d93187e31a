/**
 * From a source to a snapshot: the rows one training sees, typed, immutable, named by their content. A row that cannot be one is set
 * aside with the rule it breaks and as it stood; none is lost, and a retry gives the same digest.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactStore } from '../artifacts/store.ts';
import { canonical } from '../domain/canonical.ts';
import type { Digest } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { csvShape, insistUnchanged } from './csv-shape.ts';
import { type Duck, ident, literal, withDuck } from './duck.ts';
import { loadSource, rawColumn } from './load-source.ts';
import { writeQuarantine } from './quarantine.ts';
import { columnInParquet, descriptionKey, type SetAside, type Snapshot, type SnapshotDescription } from './snapshot.ts';
import { type SourceColumns, sourceColumns } from './source-columns.ts';
import { type TypedRows, typedRows, yearFalls } from './typed-rows.ts';

export interface IngestInput {
  readonly spec: Spec;
  /** The source; it wins over the path in the spec. */
  readonly path: string;
  readonly artifacts: ArtifactStore;
  /** A folder for temporary files. */
  readonly workDir: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (stage: 'looking' | 'reading' | 'typing' | 'writing') => void;
}

export async function ingest({ spec, path: source, artifacts, workDir, signal, onProgress }: IngestInput): Promise<Snapshot> {
  const folder = await mkdtemp(path.join(workDir, 'ingest-'));
  try {
    onProgress?.('looking');
    const shape = await csvShape(source, spec.source.separator, signal);
    const columns = sourceColumns(spec, shape);
    return await withDuck({ workDir: folder, ...(signal && { signal }) }, async (duck) => {
      onProgress?.('reading');
      await loadSource(duck, shape, spec.source.separator);
      await insistUnchanged(shape);
      onProgress?.('typing');
      const typed = typedRows(spec, columns);
      await typeRows(duck, spec, columns, typed);
      onProgress?.('writing');
      const quarantine = { header: columns.header, faults: typed.faults, folder, artifacts };
      const { digest: quarantineDigest, setAside } = await writeQuarantine(duck, quarantine);
      await insistOnRows(duck, { source, setAside, quarantineDigest });
      const rowsIn = shape.records - 1 - shape.blank.length;
      const description = { format: 'understudy.snapshot.v1', rowsIn, setAside, columns: columns.kept } as const;
      const written = await writeSnapshot(duck, spec, { description, file: path.join(folder, 'snapshot.parquet') });
      const { bytes, modifiedAt, sha256 } = shape;
      return {
        ...written,
        artifactDigest: await artifacts.put({ file: path.join(folder, 'snapshot.parquet') }),
        quarantineDigest,
        rowsIn,
        setAside,
        columns: columns.kept,
        source: { path: source, bytes, modifiedAt, sha256 },
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the tables `rows` (kept, with row_id and content) and `duplicates (record)` and `faulty (record, fault)`. */
async function typeRows(duck: Duck, spec: Spec, columns: SourceColumns, { select }: TypedRows): Promise<void> {
  if (spec.time?.kind === 'month-names') await duck.run(`create temp table falls as ${yearFalls(spec, columns, spec.time)}`);
  await duck.run(`create temp table typed as ${select}`);
  await duck.run('create temp table faulty as select record, fault from typed where fault is not null');
  await duck.run(`create temp table keyed as
    select sha256(${keyOf(spec, columns)})[1:32] as row_id, typed.* exclude (fault) from typed join raw using (record) where fault is null`);
  await duck.run('drop table typed');
  await duck.run(`create temp table duplicates as
    select record, row_id from (select record, row_id, row_number() over (partition by row_id order by record desc) as place from keyed) where place > 1`);
  const own = ['entity', 'epoch_us(seen_at)', 'label', ...(spec.treatment ? ['treated'] : [])];
  const content = [...own, ...columns.kept.map(({ name }) => ident(columnInParquet(name)))].map((value) => `${value}::varchar`);
  await duck.run(`create temp table rows as
    select keyed.* replace (coalesce(entity, row_id) as entity), sha256(to_json([${content.join(', ')}])::varchar) as content
    from keyed anti join duplicates using (record)`);
  await duck.run('drop table keyed');
}

/**
 * What makes a row this row, whatever else the spec asks for: its entity and time, or the whole record where there is no entity.
 * So a row keeps its id, and its place in a split, when the next version uses other features.
 */
function keyOf(spec: Spec, columns: SourceColumns): string {
  const parts =
    spec.entity.kind === 'column'
      ? ['entity', ...(spec.time ? ['epoch_us(seen_at)::varchar'] : [])]
      : columns.header.map((_, index) => `coalesce(trim(${rawColumn(index)}), '')`);
  return `to_json([${parts.join(', ')}])::varchar`;
}

async function writeSnapshot(duck: Duck, { treatment }: Spec, { description, file }: { description: SnapshotDescription; file: string }) {
  const treated = treatment ? 'treated, ' : '';
  const kept = description.columns.map(({ name }) => ident(columnInParquet(name))).join(', ');
  // In order and by one thread, so that the file comes out the same again where the writer is the same.
  await duck.run('set threads = 1');
  await duck.run(`copy (select row_id, record as source_row, entity, seen_at, label, ${treated}${kept} from rows order by row_id) to ${literal(file)}
    (format parquet, compression zstd, kv_metadata {${descriptionKey}: ${literal(canonical(description))}})`);
  const [summary] = await duck.all(`select count(*)::integer as kept,
    strftime(min(seen_at), '%Y-%m-%dT%H:%M:%S.%gZ') as earliest, strftime(max(seen_at), '%Y-%m-%dT%H:%M:%S.%gZ') as latest from rows`);
  return {
    digest: await digestOf(duck, description),
    rowsKept: Number(summary!.kept),
    earliestAt: summary!.earliest as string | null,
    latestAt: summary!.latest as string | null,
  };
}

/** What was set aside is counted in: the same rows out of a file that is half broken are not the same snapshot. */
async function digestOf(duck: Duck, { format, columns, rowsIn, setAside }: SnapshotDescription): Promise<Digest> {
  const hash = createHash('sha256');
  const counts = setAside.map(({ rule, column, count }) => ({ rule, column, count }));
  hash.update(canonical({ format, columns, rowsIn, setAside: counts }));
  for await (const [ids, contents] of duck.chunks('select row_id, content from rows order by row_id')) {
    ids!.forEach((id, index) => {
      hash.update(`\n${id} ${contents![index]}`);
    });
  }
  return hash.digest('hex') as Digest;
}

async function insistOnRows(duck: Duck, found: { source: string; setAside: readonly SetAside[]; quarantineDigest: Digest }): Promise<void> {
  if ((await duck.value('select count(*) from rows')) !== 0n) return;
  const [worst] = [...found.setAside].sort((a, b) => b.count - a.count);
  const why = worst
    ? `, most of all by the rule "${worst.rule}"${worst.column ? ` about "${worst.column}"` : ''} (${worst.count} rows)`
    : '';
  throw new Failure(
    'TrainingDataRejected',
    `no row of ${found.source} could be kept: all were set aside${why}; correct the file or the spec`,
    found,
  );
}
