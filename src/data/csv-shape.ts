/**
 * The shape of a CSV file, read byte by byte before anything else reads it: is it text, does it end where a record ends, how many
 * records are there, what does the header say. The reader that follows drops a record with an unbalanced quote without a word,
 * so its count of records is held against this one.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Digest } from '../domain/ids.ts';
import { Failure } from '../failures.ts';

export interface CsvShape {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  readonly sha256: Digest;
  readonly header: readonly string[];
  /** The first line as it stands, for naming another separator. */
  readonly headerLine: string;
  /** Records of the file, the header and blank lines included; the header is number 1. */
  readonly records: number;
  /** Numbers of the blank ones. */
  readonly blank: readonly number[];
  /** The last record does not end in a line break. */
  readonly endsAbruptly: boolean;
}

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

type Place = 'field-start' | 'plain' | 'quoted' | 'after-quote';

export async function csvShape(path: string, separator: string, signal?: AbortSignal): Promise<CsvShape> {
  const before = await statOf(path);
  if (before.size === 0) throw new Failure('SourceUnreadable', `${path} is empty: expected a header line and rows`, { path });
  const scan = new Scan(path, separator.charCodeAt(0));
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(piece);
    scan.take(piece);
  }
  return { path, bytes: before.size, modifiedAt: before.mtime.toISOString(), sha256: hash.digest('hex') as Digest, ...scan.end() };
}

/** Somebody may write the file anew while it is being read: then half of it is old and half new. */
export async function insistUnchanged(shape: CsvShape): Promise<void> {
  const now = await statOf(shape.path);
  if (now.size === shape.bytes && now.mtime.toISOString() === shape.modifiedAt) return;
  throw new Failure(
    'SourceUnreadable',
    `${shape.path} changed while it was being read (${shape.bytes} bytes of ${shape.modifiedAt}, now ${now.size} of ${now.mtime.toISOString()}): write it under another name, rename it when it is complete, and try again`,
    { path: shape.path },
  );
}

async function statOf(path: string) {
  try {
    const found = await stat(path);
    if (found.isFile()) return found;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'it may not be read' : String(code);
    throw new Failure('SourceUnreadable', `cannot read ${path}: ${reason}; expected a CSV file`, { path }, { cause });
  }
  throw new Failure('SourceUnreadable', `cannot read ${path}: expected a CSV file, found a folder or something else that is no file`, {
    path,
  });
}

class Scan {
  readonly #path: string;
  readonly #separator: number;
  #place: Place = 'field-start';
  #records = 0;
  /** Bytes of the record so far; a blank one has none. */
  #length = 0;
  #quoteOpenedIn = 0;
  #afterCr = false;
  readonly #blank: number[] = [];
  readonly #head: number[] = [];
  #headComplete = false;
  #seen = 0;

  constructor(path: string, separator: number) {
    this.#path = path;
    this.#separator = separator;
  }

  take(piece: Buffer): void {
    if (this.#seen === 0) insistOnText(this.#path, piece);
    const nul = piece.indexOf(0);
    if (nul >= 0) throw binary(this.#path, `a zero byte at ${this.#seen + nul}`);
    this.#seen += piece.length;
    for (const byte of piece) this.#byte(byte);
  }

  #byte(byte: number): void {
    const isLineBreak = byte === LF || byte === CR;
    if (this.#afterCr && byte === LF) {
      this.#afterCr = false;
      return;
    }
    this.#afterCr = byte === CR;
    if (this.#place !== 'quoted' && isLineBreak) {
      this.#endRecord();
      return;
    }
    if (!this.#headComplete) this.#head.push(byte);
    this.#length += 1;
    this.#place = this.#next(byte);
  }

  #next(byte: number): Place {
    switch (this.#place) {
      case 'field-start':
        if (byte === QUOTE) this.#quoteOpenedIn = this.#records + 1;
        return byte === QUOTE ? 'quoted' : byte === this.#separator ? 'field-start' : 'plain';
      case 'plain':
        return byte === this.#separator ? 'field-start' : 'plain';
      case 'quoted':
        return byte === QUOTE ? 'after-quote' : 'quoted';
      case 'after-quote':
        return byte === QUOTE ? 'quoted' : byte === this.#separator ? 'field-start' : 'plain';
    }
  }

  #endRecord(): void {
    this.#records += 1;
    if (this.#length === 0) this.#blank.push(this.#records);
    this.#headComplete = true;
    this.#length = 0;
    this.#place = 'field-start';
  }

  end(): Pick<CsvShape, 'header' | 'headerLine' | 'records' | 'blank' | 'endsAbruptly'> {
    if (this.#place === 'quoted') {
      throw new Failure(
        'SourceUnreadable',
        `${this.#path} is cut off or has an unbalanced quote: the quote opened in record ${this.#quoteOpenedIn} is never closed; export the file again`,
        { path: this.#path, record: this.#quoteOpenedIn },
      );
    }
    const endsAbruptly = this.#length > 0;
    if (endsAbruptly) this.#endRecord();
    const headerLine = Buffer.from(this.#head)
      .toString('utf8')
      .replace(/^\ufeff/, '');
    return {
      header: fieldsOf(headerLine, String.fromCharCode(this.#separator)),
      headerLine,
      records: this.#records,
      blank: this.#blank,
      endsAbruptly,
    };
  }
}

/** The fields of one record without its line break. */
export function fieldsOf(record: string, separator: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < record.length; i++) {
    const character = record[i]!;
    if (quoted && character === '"' && record[i + 1] === '"') field += record[++i];
    else if (character === '"' && (quoted || field === '')) quoted = !quoted;
    else if (character === separator && !quoted) {
      fields.push(field.trim());
      field = '';
    } else field += character;
  }
  return [...fields, field.trim()];
}

function insistOnText(path: string, start: Buffer): void {
  const magic = [
    ['a Parquet file', 'PAR1'],
    ['a zip archive (an Excel file is one, too)', 'PK\x03\x04'],
    ['a gzip archive', '\x1f\x8b'],
    ['a PDF', '%PDF'],
  ] as const;
  const known = magic.find(([, bytes]) => start.subarray(0, bytes.length).equals(Buffer.from(bytes, 'latin1')));
  if (known) throw binary(path, known[0]);
  const isUtf16 = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  if (isUtf16) throw binary(path, 'UTF-16 text');
}

function binary(path: string, found: string): Failure {
  return new Failure('SourceUnreadable', `${path} is not a CSV file: expected text in UTF-8, found ${found}; export it as CSV`, { path });
}
