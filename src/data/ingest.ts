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
import { columnInParquet, type SetAside, type Snapshot } from './snapshot.ts';
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
      const setAside = await countSetAside(duck, typed);
      const quarantineDigest = await writeQuarantine(duck, { header: columns.header, faults: typed.faults, folder, artifacts });
      await insistOnRows(duck, { source, setAside, quarantineDigest });
      const written = await writeSnapshot(duck, columns, folder, artifacts);
      const { bytes, modifiedAt, sha256 } = shape;
      return { ...written, quarantineDigest, setAside, source: { path: source, bytes, modifiedAt, sha256 } };
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
    select record from (select record, row_number() over (partition by row_id order by record desc) as place from keyed) where place > 1`);
  const content = ['entity', 'epoch_us(seen_at)', 'label', ...columns.kept.map(({ name }) => ident(columnInParquet(name)))].map(
    (value) => `${value}::varchar`,
  );
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

async function writeSnapshot(duck: Duck, columns: SourceColumns, folder: string, artifacts: ArtifactStore) {
  const [summary] =
    await duck.all(`select count(*)::integer as kept, (select count(*) from raw)::integer + (select count(*) from unreadable)::integer as total,
    strftime(min(seen_at), '%Y-%m-%dT%H:%M:%S.%gZ') as earliest, strftime(max(seen_at), '%Y-%m-%dT%H:%M:%S.%gZ') as latest from rows`);
  const rowsKept = Number(summary!.kept);
  const file = path.join(folder, 'snapshot.parquet');
  const kept = columns.kept.map(({ name }) => ident(columnInParquet(name))).join(', ');
  // In order and by one thread, so that the file comes out the same again where the writer is the same.
  await duck.run('set threads = 1');
  await duck.run(
    `copy (select row_id, record as source_row, entity, seen_at, label, ${kept} from rows order by row_id) to ${literal(file)} (format parquet, compression zstd)`,
  );
  return {
    digest: await digestOf(duck, columns),
    artifactDigest: await artifacts.put({ file }),
    rowsIn: Number(summary!.total),
    rowsKept,
    columns: columns.kept,
    earliestAt: summary!.earliest as string | null,
    latestAt: summary!.latest as string | null,
  };
}

async function digestOf(duck: Duck, columns: SourceColumns): Promise<Digest> {
  const hash = createHash('sha256');
  hash.update(canonical({ format: 'understudy.snapshot.v1', columns: columns.kept }));
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

async function countSetAside(duck: Duck, { faults }: TypedRows): Promise<SetAside[]> {
  const counts = await duck.all('select fault, count(*)::integer as count from faulty group by fault order by fault');
  const counted: SetAside[] = counts.map(({ fault, count }) => {
    const { rule, column } = faults[Number(fault)]!;
    return { rule, column, count: Number(count) };
  });
  const unreadable = Number(await duck.value('select count(*)::integer from unreadable'));
  const duplicates = Number(await duck.value('select count(*)::integer from duplicates'));
  if (unreadable > 0) counted.unshift({ rule: 'unreadable', column: null, count: unreadable });
  if (duplicates > 0) counted.push({ rule: 'duplicate', column: null, count: duplicates });
  return counted;
}
