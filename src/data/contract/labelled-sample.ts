/** Labelled rows that a version did not learn from, some tens of thousands at most: enough to see whether its scores still fit. */
import { type Duck, literal, withDuck } from '../duck.ts';
import { readColumns } from '../rows.ts';
import { columnInParquet, readDescription, type SnapshotColumn } from '../snapshot.ts';

export interface LabelledSample {
  readonly snapshotPath: string;
  /** The split of the version. */
  readonly splitPath: string;
  readonly columns: readonly SnapshotColumn[];
  readonly workDir?: string;
  readonly signal?: AbortSignal;
}

export type SampledRows = Awaited<ReturnType<typeof readColumns>>;

const MOST_ROWS = 50_000;
/** With fewer rows that are wholly new, those that it was compared on are looked at again. */
const ENOUGH_NEW = 1_000;

/** Rows of its own snapshot that the version did not learn from; the few that its trainer stopped by flatter it by next to nothing. */
export function comparisonSample(sample: LabelledSample): Promise<SampledRows | null> {
  const held = `select row_id from read_parquet(${literal(sample.splitPath)}) where purpose in ('validation', 'comparison', 'reference')`;
  return read(sample, async () => `snapshot semi join (${held}) using (row_id)`);
}

/** Rows of a later snapshot: new ones, or, where hardly any are new, all that the version has not trained on. */
export function laterSample(sample: LabelledSample): Promise<SampledRows | null> {
  const known = `select row_id from read_parquet(${literal(sample.splitPath)})`;
  return read(sample, async (duck) => {
    const isNew = `select count(*)::integer from snapshot anti join (${known}) using (row_id) where label is not null`;
    const enough = Number(await duck.value(isNew)) >= ENOUGH_NEW;
    return `snapshot anti join (${known}${enough ? '' : " where purpose = 'training'"}) using (row_id)`;
  });
}

/** Null where the snapshot lacks a column. */
async function read(sample: LabelledSample, chosen: (duck: Duck) => Promise<string>): Promise<SampledRows | null> {
  const { snapshotPath, columns, workDir, signal } = sample;
  return withDuck({ ...(workDir && { workDir }), ...(signal && { signal }) }, async (duck) => {
    const description = await readDescription(duck, snapshotPath);
    const kept = new Set(description.columns.map(({ name }) => columnInParquet(name)));
    if (columns.some(({ name }) => !kept.has(columnInParquet(name)))) return null;
    await duck.run(`create temp view snapshot as select * from read_parquet(${literal(snapshotPath)})`);
    // Ids first: the file is sorted by them, so that of the wide columns only a first part is read.
    const ids = `select row_id from ${await chosen(duck)} where label is not null order by row_id limit ${MOST_ROWS}`;
    await duck.run(`create temp table lowest as ${ids}`);
    const last = (await duck.value('select max(row_id) from lowest')) ?? '';
    return readColumns(duck, `(select * from snapshot where row_id <= ${literal(String(last))}) semi join lowest using (row_id)`, {
      columns,
    });
  });
}
