/**
 * What would become of the rows that were set aside if they came in now: after a rule of the spec was changed, or after somebody has
 * mended them in an exported file. Those that would be kept are written down for the next ingest; the others stay where they are.
 */
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArtifactStore } from '../artifacts/store.ts';
import { withWorkFolder } from '../artifacts/work-folder.ts';
import type { Digest } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { type Door, type DoorKeys, isHash, openDoor } from './source/door.ts';
import { type Duck, itemsOf, withDuck } from './duck.ts';
import { expressionFaults, markBroken } from './expression-faults.ts';
import { rawColumn } from './source/load-source.ts';
import { quarantinedLines, rawTexts } from './redriven-rows.ts';
import type { SetAsideRule, Snapshot } from './snapshot.ts';
import { sourceColumns } from './source/source-columns.ts';
import { typedRows } from './typed-rows.ts';

export interface RedriveInput {
  readonly spec: Spec;
  /** JSON lines of `QuarantinedRow`: the quarantine of a snapshot, or what somebody made of it. */
  readonly file: string;
  /** Which columns the snapshot has hashed, and with which key. */
  readonly hashed: Snapshot['hashed'];
  readonly artifacts: ArtifactStore;
  readonly workDir: string;
  readonly keys: DoorKeys;
  readonly signal?: AbortSignal;
}

export interface Redriven {
  /** Rows that could be tried: a record that could not be cut into columns is mended in the source, a duplicate is not bad. */
  readonly tried: number;
  readonly notTried: number;
  readonly kept: number;
  readonly still: readonly { readonly rule: SetAsideRule; readonly column: string; readonly count: number }[];
  /** JSON lines of the rows that would be kept; null when there is none. */
  readonly rows: Digest | null;
  readonly hashed: Snapshot['hashed'];
}

export async function redrive({ spec, file, hashed, artifacts, workDir, keys, signal }: RedriveInput): Promise<Redriven> {
  insistOnOwnFeet(spec);
  return withWorkFolder(workDir, 'redrive', (folder) =>
    withDuck({ workDir: folder, onDisk: true, ...(signal && { signal }) }, async (duck) => {
      const door = await openDoor(duck, spec, keys);
      insistOnKeys(door, hashed);
      const header = await headerOf(duck, file);
      const columns = sourceColumns(spec, { name: 'the quarantine', header, headerLine: null });
      const notTried = await load(duck, { file, header, door, hashed });
      const typed = typedRows(spec, columns);
      const faults = [...typed.faults, ...expressionFaults(spec.dataContract)];
      await duck.run(`create table rows as ${typed.select}`);
      await markBroken(duck, spec.dataContract, { columns: columns.kept, firstFault: typed.faults.length });
      const found = await duck.all('select fault, count(*)::integer as count from rows group by fault order by fault');
      const kept = found.find(({ fault }) => fault === null);
      const still = found.flatMap(({ fault, count }) => {
        if (fault === null) return [];
        const { rule, column } = faults[Number(fault)]!;
        return [{ rule, column, count: Number(count) }];
      });
      const tried = found.reduce((sum, { count }) => sum + Number(count), 0);
      const rows = kept === undefined ? null : await write(duck, { folder, header, artifacts });
      return { tried, notTried, kept: Number(kept?.count ?? 0), still, rows, hashed: door.hashed };
    }),
  );
}

/** Away from its source a row must still say when it was seen and what it is for. */
function insistOnOwnFeet({ model, time, source, split }: Spec): void {
  const follows = time?.kind === 'month-names' ? 'year' : split.by === 'given' && source.comparisonPath !== null ? 'purpose' : null;
  if (follows === null) return;
  const message = `rows of ${model} cannot be brought back: their ${follows} follows from their place in the source; mend the source`;
  throw new Failure('TrainingDataRejected', message, { model });
}

/** What was hashed under another key belongs to other people now, as far as anybody can tell. */
function insistOnKeys(door: Door, hashed: Snapshot['hashed']): void {
  const other = Object.entries(hashed).find(([column, { keyId }]) => door.hashed[column]?.keyId !== keyId);
  if (other === undefined) return;
  const [column, { keyId }] = other;
  const now = door.hashed[column]?.keyId;
  throw new Failure(
    'TrainingDataRejected',
    `the rows set aside hold "${column}" hashed under the key ${keyId}, and ${now === undefined ? 'it is no longer personal' : `the key is now ${now}`}: ingest the source again instead`,
    { column, keyId },
  );
}

async function headerOf(duck: Duck, file: string): Promise<readonly string[]> {
  const found = await duck.all(`select keys, min(position) as first from (
      select row_number() over () as position, json_keys(line, '/raw') as keys from ${quarantinedLines([file])}
      where line is not null and ${canBeTried}) group by keys order by first`);
  const header = [...new Set(found.flatMap(({ keys }) => itemsOf(keys).map(String)))];
  if (header.length > 0) return header;
  throw new Failure(
    'TrainingDataRejected',
    'none of the rows set aside can be tried again: they could not be cut into columns, or are duplicates; mend the source',
    {},
  );
}

const canBeTried = "coalesce(json_extract_string(line, '/rule'), '') not in ('unreadable', 'duplicate')";

interface Loading {
  readonly file: string;
  readonly header: readonly string[];
  readonly door: Door;
  readonly hashed: Snapshot['hashed'];
}

/**
 * Makes the table `raw`. Columns that were hashed when they came in stay as they are, unless whoever mended them wrote a value there;
 * others may have become personal since.
 */
async function load(duck: Duck, { file, header, door, hashed }: Loading): Promise<number> {
  const text = (column: string) => rawColumn(header.indexOf(column));
  const allowed = door.allowed((column) => (header.includes(column) ? text(column) : 'null::varchar'));
  const own = (column: string) => door.admitted(column, text(column));
  const unlessHashed = (column: string) => `case when ${isHash(text(column))} then ${text(column)} else ${own(column)} end`;
  const admitted = header.map((column) => `${column in hashed ? unlessHashed(column) : own(column)} as ${text(column)}`);
  await duck.run(`create table raw as select row_number() over () as record, 0::tinyint as part, ${admitted.join(', ')}
    from (select ${rawTexts(header)} from ${quarantinedLines([file])} where line is not null and ${canBeTried}) ${allowed === null ? '' : `where ${allowed}`}`);
  const all = Number(await duck.value(`select count(*) from ${quarantinedLines([file])} where line is not null`));
  return all - Number(await duck.value('select count(*) from raw'));
}

async function write(
  duck: Duck,
  { folder, header, artifacts }: { folder: string; header: readonly string[]; artifacts: ArtifactStore },
): Promise<Digest> {
  const file = path.join(folder, 'redriven.jsonl');
  const texts = header.map((_, index) => rawColumn(index));
  const lines = async function* () {
    const kept = `select ${texts.join(', ')} from raw where record in (select record from rows where fault is null) order by all`;
    for await (const values of duck.chunks(kept)) {
      for (let row = 0; row < values[0]!.length; row++) {
        const raw = Object.fromEntries(header.map((column, index) => [column, (values[index]![row] as string | null) ?? null]));
        yield `${JSON.stringify({ raw })}\n`;
      }
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(file));
  return artifacts.put({ file });
}
