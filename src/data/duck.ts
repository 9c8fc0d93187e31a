/** One DuckDB for one piece of work: bounded, spilling into a folder or kept in it, and stopped by a signal. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance, DuckDBListValue, type DuckDBValue } from '@duckdb/node-api';

export interface DuckOptions {
  /** Where what does not fit into memory goes. */
  readonly workDir?: string;
  /** Tables lie in a file of the work folder and only pass through memory: for work on whole sources, whatever their size. */
  readonly onDisk?: boolean;
  readonly signal?: AbortSignal;
}

export interface Duck {
  /** Values are bound to $1, $2, ...: what must not turn up in an error message goes this way. */
  run(sql: string, values?: readonly string[]): Promise<void>;
  all(sql: string): Promise<Readonly<Record<string, DuckDBValue>>[]>;
  /** The only value of the only row. */
  value(sql: string): Promise<DuckDBValue>;
  /** Column by column, a chunk of about two thousand rows at a time. */
  chunks(sql: string): AsyncGenerator<readonly (readonly DuckDBValue[])[]>;
}

/** Enough for some millions of rows: what is larger spills. */
const MEMORY = '1GB';
/** What only passes through needs less. DuckDB takes up to 200 MB beyond what it counts, and sorts 5 million rows in this (measured). */
const MEMORY_ON_DISK = '350MB';
const THREADS = Math.min(4, availableParallelism());

export async function withDuck<T>({ workDir, onDisk, signal }: DuckOptions, work: (duck: Duck) => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  const file = workDir && onDisk ? path.join(workDir, 'work.duckdb') : ':memory:';
  const memory = file === ':memory:' ? MEMORY : MEMORY_ON_DISK;
  const settings = { threads: String(THREADS), memory_limit: memory, autoinstall_known_extensions: 'false' };
  const instance = await DuckDBInstance.create(file, workDir ? { ...settings, temp_directory: workDir } : settings);
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    await connection.run("set TimeZone = 'UTC'");
    // Packing what is written once and read twice takes six times as long as writing it (measured).
    if (file !== ':memory:') await connection.run("set force_compression = 'uncompressed'");
    return await work(duckOf(connection, signal));
  } catch (error) {
    // What an interrupted query throws says nothing about why it was interrupted.
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

function duckOf(connection: DuckDBConnection, signal?: AbortSignal): Duck {
  const read = (sql: string, values?: readonly string[]) => {
    // An interrupt between two queries stops neither.
    signal?.throwIfAborted();
    return connection.runAndReadAll(sql, values && [...values]);
  };
  return {
    run: async (sql, values) => void (await read(sql, values)),
    all: async (sql) => (await read(sql)).getRowObjects(),
    value: async (sql) => (await read(sql)).getRows()[0]?.[0] ?? null,
    async *chunks(sql) {
      signal?.throwIfAborted();
      const result = await connection.stream(sql);
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) yield chunk.getColumns();
    },
  };
}

/** What a list of a result holds; nothing where there is no list. */
export function itemsOf(value: DuckDBValue | undefined): readonly DuckDBValue[] {
  return value instanceof DuckDBListValue ? value.items : [];
}

/** A name in SQL. */
export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** A text in SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
