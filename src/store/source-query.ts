/** A team's own database as a source: one SELECT, in a transaction that can only read, streamed into a file. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { Failure } from '../failures.ts';

export interface QueryToCopy {
  readonly url: string;
  /** The name of the connection, for sentences: the URL holds a password. */
  readonly connection: string;
  readonly query: string;
  readonly file: string;
  /** Then a database's words are not repeated where they may quote a value. */
  readonly isConfidential: boolean;
  readonly signal?: AbortSignal;
}

const BOOLEAN = 16;
const CONNECT_TIMEOUT_MS = 10_000;

export async function copyQuery(input: QueryToCopy): Promise<void> {
  const { url, file, signal } = input;
  signal?.throwIfAborted();
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'understudy ingest',
  });
  // A connection that breaks while nobody waits for it tells the stream below as well.
  client.on('error', () => undefined);
  const stop = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', stop);
  try {
    await client.connect();
    await client.query("set time zone 'UTC'; set datestyle to 'ISO'; set extra_float_digits to 1; set default_transaction_read_only to on");
    await client.query('begin transaction isolation level repeatable read read only');
    const select = await selectOf(client, input.query);
    const rows = client.query(copyTo(`copy (${select}) to stdout with (format csv, header, encoding 'UTF8')`));
    await pipeline(rows, createWriteStream(file, { mode: 0o600 }), signal ? { signal } : {});
    await client.query('commit');
  } catch (cause) {
    signal?.throwIfAborted();
    throw translated(cause, input);
  } finally {
    signal?.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  }
}

/**
 * The query as a part of another one, so that it can be nothing but a SELECT: it is described first, by the protocol that takes
 * one statement only. Booleans are written out as other formats do.
 */
async function selectOf(client: pg.Client, query: string): Promise<string> {
  const source = `(\n${query.trim().replace(/;\s*$/, '')}\n) source`;
  const { fields } = await client.query({ text: `select * from ${source} limit 0`, queryMode: 'extended' } as pg.QueryConfig);
  const names = new Set(fields.map(({ name }) => name));
  if (names.size < fields.length) {
    const twice = fields.find(({ name }, index) => fields.findIndex((other) => other.name === name) < index)!.name;
    throw new Failure('SourceUnreadable', `the query gives two columns called "${twice}": expected each name once`, { column: twice });
  }
  const columns = fields.map(({ name, dataTypeID }) => `source.${pg.escapeIdentifier(name)}${dataTypeID === BOOLEAN ? '::text' : ''}`);
  return `select ${columns.map((column, index) => `${column} as ${pg.escapeIdentifier(fields[index]!.name)}`).join(', ')} from ${source}`;
}

/** Classes of SQLSTATE that a later try may not meet: connection, resources, operator intervention. */
const TRANSIENT = /^(08|53|57|40)/;

/** Classes whose words are about the query; what is wrong with a value is told with the value, and functions may say anything. */
const ABOUT_THE_QUERY = /^(0A|25|28|3D|3F|42)/;

function translated(cause: unknown, { connection, isConfidential }: QueryToCopy): Error {
  if (cause instanceof Failure || !(cause instanceof Error)) return cause as Error;
  const code = 'code' in cause ? String(cause.code) : '';
  const isOfPostgres = /^[0-9A-Z]{5}$/.test(code);
  if (!isOfPostgres || TRANSIENT.test(code)) {
    const message = `the source ${connection} could not be reached or stopped answering (${code || 'connection lost'}); is it running, and is UNDERSTUDY_SOURCE_${variablePart(connection)}_URL right?`;
    return new Failure('SourceUnavailable', message, { connection, code });
  }
  const words = isConfidential && !ABOUT_THE_QUERY.test(code) ? 'a value does not fit' : cause.message;
  const message = `the query on ${connection} failed: ${words} (${code}); correct source.query`;
  return new Failure('SourceUnreadable', message, { connection, code }, isConfidential ? {} : { cause });
}

/** `ware-house` is read from UNDERSTUDY_SOURCE_WARE_HOUSE_URL. */
function variablePart(connection: string): string {
  return connection.toUpperCase().replaceAll('-', '_');
}
