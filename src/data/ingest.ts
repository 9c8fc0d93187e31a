/**
 * From a source to a snapshot: the rows one training sees, typed, immutable, named by their content. A row that cannot be one is set
 * aside with the rule it breaks and as it stood; none is lost, and a retry gives the same digest. Whole tables lie on disk, so that
 * memory does not grow with the source.
 */
import path from 'node:path';
import type { ArtifactStore } from '../artifacts/store.ts';
import { withWorkFolder } from '../artifacts/work-folder.ts';
import { canonical } from '../domain/canonical.ts';
import type { Digest } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { faultPoint } from '../fault-hooks.ts';
import { type Door, type DoorKeys, openDoor } from './source/door.ts';
import { type Duck, withDuck } from './duck.ts';
import { addEventFeatures, aggregateFeatures } from './events/event-features.ts';
import { isPartialDay } from './event-time.ts';
import { expressionFaults, markBroken } from './expression-faults.ts';
import { loadSource, rawColumn } from './source/load-source.ts';
import { writeQuarantine } from './quarantine.ts';
import { bringBack, insistOnConsentToday, takePlaces, yieldToSource } from './redriven-rows.ts';
import type { LeftOut, SetAside, Snapshot, SnapshotColumn } from './snapshot.ts';
import { insistOnExpressions } from './contract/snapshot-expressions.ts';
import { type FetchQuery, openSource } from './source/source.ts';
import { sourceColumns } from './source/source-columns.ts';
import { insistUnchanged } from './source/source-file.ts';
import { type TypedRows, typedRows } from './typed-rows.ts';
import { writeSnapshot } from './write-snapshot.ts';

export interface IngestInput {
  readonly spec: Spec;
  /** The source; it wins over what the spec names. */
  readonly path: string | null;
  readonly artifacts: ArtifactStore;
  /** A folder for temporary files. */
  readonly workDir: string;
  /** What personal columns are hashed with. */
  readonly keys?: DoorKeys;
  readonly fetchQuery?: FetchQuery | undefined;
  /** Rows that were set aside earlier and are brought back, with the keys that hashed them. */
  readonly redriven?: readonly { readonly rows: Digest; readonly hashed: Snapshot['hashed'] }[];
  /** When it is: in the manifest, and for telling a day that is not over. */
  readonly now?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (stage: 'looking' | 'reading' | 'typing' | 'writing') => void;
}

const noKeys: DoorKeys = { personal: null, entity: null };

export async function ingest(input: IngestInput): Promise<Snapshot> {
  const { spec, artifacts, workDir, signal, onProgress, fetchQuery, keys = noKeys, now = new Date().toISOString() } = input;
  return withWorkFolder(workDir, 'ingest', (folder) =>
    withDuck({ workDir: folder, onDisk: true, ...(signal && { signal }) }, async (duck) => {
      onProgress?.('looking');
      const door = await openDoor(duck, spec, keys);
      const source = await openSource(duck, { ...input, folder });
      const columns = sourceColumns(spec, source);
      onProgress?.('reading');
      const { withoutConsent } = await loadSource(duck, source, door);
      for (const part of source.parts) await insistUnchanged(part.file);
      const records = source.parts.reduce((sum, part) => sum + part.records, 0);
      const brought = await bringBack(duck, { files: await redrivenFiles(input, door), header: source.header, after: records });
      await faultPoint('ingest-read');
      onProgress?.('typing');
      const typed = typedRows(spec, columns);
      await insistOnExpressions(spec.dataContract.expressions, columns.kept);
      const typing = { typed, columns: columns.kept, header: source.header, records, brought, now };
      const { partialDay, duplicates, yielded, replaced, disagreeing } = await typeRows(duck, spec, typing);
      const rowsIn = source.rows + brought - yielded - replaced;
      await insistOnConsent(duck, source.name, withoutConsent);
      const events = await addEventFeatures(duck, spec, { folder, keys, fetchQuery, signal });
      onProgress?.('writing');
      const quarantine = { header: columns.header, faults: [...typed.faults, ...expressionFaults(spec.dataContract)], folder, artifacts };
      const { digest: quarantineDigest, setAside } = await writeQuarantine(duck, quarantine);
      await insistOnRows(duck, { source: source.name, setAside, quarantineDigest, partialDay });
      const leftOut = [leftOutFor('no-consent', withoutConsent + disagreeing), leftOutFor('partial-day', partialDay)].flat();
      const description = {
        format: 'understudy.snapshot.v1',
        rowsIn,
        setAside,
        ...(leftOut.length > 0 && { leftOut }),
        columns: [...columns.kept, ...aggregateFeatures(spec.features).map(({ name }): SnapshotColumn => ({ name, type: 'number' }))],
      } as const;
      const file = path.join(folder, 'snapshot.parquet');
      const written = await writeSnapshot(duck, spec, { description, file });
      await faultPoint('ingest-written');
      return {
        ...written,
        artifactDigest: await artifacts.put({ file }),
        quarantineDigest,
        rowsIn,
        setAside,
        leftOut,
        duplicates,
        redriven: brought - yielded - disagreeing,
        columns: description.columns,
        source: source.manifest,
        events,
        hashed: door.hashed,
        takenAt: now,
      };
    }),
  );
}

function leftOutFor(reason: LeftOut['reason'], count: number): LeftOut[] {
  return count > 0 ? [{ reason, count }] : [];
}

interface Typing {
  readonly typed: TypedRows;
  readonly columns: readonly SnapshotColumn[];
  readonly header: readonly string[];
  /** Numbers that the source's own records take up. */
  readonly records: number;
  readonly brought: number;
  readonly now: string;
}

/** Under another key than today's, a hash is another person: such rows stay away. */
async function redrivenFiles({ redriven = [], artifacts }: IngestInput, { hashed }: Door): Promise<string[]> {
  const ours = redriven.filter((each) => canonical(each.hashed) === canonical(hashed));
  return Promise.all(ours.map(({ rows }) => artifacts.verifiedPathOf(rows)));
}

/** Makes the tables `rows` (what is kept), `duplicates (record, row_id)` and `faulty (record, fault)`. */
async function typeRows(duck: Duck, spec: Spec, { typed, columns, header, records, brought, now }: Typing) {
  // From here on a record has its number, and keeping the order of the rows would keep them in memory.
  await duck.run('set preserve_insertion_order = false');
  if (typed.falls) await duck.run(`create temp table falls as ${typed.falls}`);
  await duck.run(`create table rows as ${typed.select}`);
  await markBroken(duck, spec.dataContract, { columns, firstFault: typed.faults.length });
  const yielded = brought > 0 ? await yieldToSource(duck, records) : 0;
  const disagreeing = brought > 0 && spec.consent ? await insistOnConsentToday(duck, records) : 0;
  const replaced = brought > 0 ? await takePlaces(duck, records) : 0;
  const partialDay = spec.source.partialDay === 'drop' && spec.time ? await taken(duck, isPartialDay(spec, now)) : 0;
  await duck.run('create table faulty as select record, fault from rows where fault is not null');
  await taken(duck, 'fault is not null');
  await duck.run('alter table rows drop column fault');
  const duplicates = await findDuplicates(duck, header);
  if (duplicates.dropped > 0) await taken(duck, 'record in (select record from duplicates)');
  return { partialDay, duplicates, yielded, replaced, disagreeing };
}

/** Removes rows, and answers how many. */
async function taken(duck: Duck, which: string): Promise<number> {
  const before = Number(await duck.value('select count(*) from rows'));
  await duck.run(`delete from rows where ${which}`);
  return before - Number(await duck.value('select count(*) from rows'));
}

/** Of rows with the same id the last by event time stays, of the same time the last record. Few rows are repeated: only they are put in order. */
async function findDuplicates(duck: Duck, header: readonly string[]): Promise<Snapshot['duplicates']> {
  await duck.run('create temp table repeated as select hash(row_id) as id from rows group by 1 having count(*) > 1');
  await duck.run(`create table duplicates as select record, row_id, keeper from (
      select record, row_id, row_number() over last as place, first(record) over last as keeper
      from rows where hash(row_id) in (select id from repeated) window last as (partition by row_id order by seen_at desc nulls last, record desc))
    where place > 1`);
  const dropped = Number(await duck.value('select count(*) from duplicates'));
  if (dropped === 0) return { dropped, equal: 0 };
  const texts = (table: string) => header.map((_, index) => `${table}.${rawColumn(index)}`).join(', ');
  const equal =
    await duck.value(`select count(*) from duplicates join raw dropped using (record) join raw kept on kept.record = duplicates.keeper
    where hash(${texts('dropped')}) = hash(${texts('kept')})`);
  return { dropped, equal: Number(equal) };
}

async function insistOnConsent(duck: Duck, source: string, withoutConsent: number): Promise<void> {
  if (withoutConsent === 0 || (await duck.value('select count(*) from raw')) !== 0n) return;
  throw new Failure('TrainingDataRejected', `no row of ${source} has consent: expected consent.allowed to name the texts that mean it`, {
    source,
    withoutConsent,
  });
}

interface NothingKept {
  readonly source: string;
  readonly setAside: readonly SetAside[];
  readonly quarantineDigest: Digest;
  readonly partialDay: number;
}

async function insistOnRows(duck: Duck, found: NothingKept): Promise<void> {
  if ((await duck.value('select count(*) from rows')) !== 0n) return;
  const { source, setAside, partialDay } = found;
  const [worst] = [...setAside].sort((a, b) => b.count - a.count);
  const why = worst ? ruleInWords(worst) : '';
  const early = partialDay > 0 ? `; ${partialDay} rows are of a day that is not over (source.partialDay: drop)` : '';
  throw new Failure('TrainingDataRejected', `no row of ${source} could be kept${why}${early}; correct the file or the spec`, { ...found });
}

function ruleInWords({ rule, column, count, expected, samples: [sample] }: SetAside): string {
  const found = sample ? `, found ${sample.value === '' ? 'nothing' : JSON.stringify(sample.value)} in row ${sample.row}` : '';
  return `: most were set aside by the rule "${rule}"${column ? ` about "${column}"` : ''} (${count} rows): expected ${expected}${found}${rule === 'type' && sample ? commaHint(sample.value) : ''}`;
}

function commaHint(value: string): string {
  return /^[+-]?\d+,\d+$/.test(value) ? ' (a file with decimal commas is read with source.decimal: ",")' : '';
}
