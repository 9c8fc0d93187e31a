/**
 * The shape of a CSV file, read byte by byte before anything else reads it: is it text, does it end where a record ends, how many
 * records are there, what does the header say. The reader that follows drops a record with an unbalanced quote without a word,
 * so its count of records is held against this one.
 */
import { Failure } from '../../failures.ts';
import { type SourceFile, scanFile } from './source-file.ts';

/** What usually stands between two fields. */
export const SEPARATORS = [',', ';', '\t', '|'];

/** How a file is cut into records, as its spec says. */
export interface CsvLayout {
  readonly separator: string;
  /** The names of the columns of a file without a header line. */
  readonly header: readonly string[] | null;
  readonly skipLines: number;
}

export interface CsvShape extends SourceFile {
  readonly layout: CsvLayout;
  readonly header: readonly string[];
  /** The first line as it stands, for naming another separator. */
  readonly headerLine: string;
  /** Records of the file, skipped lines, the header and blank lines included; numbers begin with 1. */
  readonly records: number;
  /** Skipped lines, and the header. */
  readonly preface: number;
  /** Numbers of the blank ones. */
  readonly blank: readonly number[];
  /** The last record does not end in a line break. */
  readonly endsAbruptly: boolean;
}

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

type Place = 'field-start' | 'plain' | 'quoted' | 'after-quote';

export async function csvShape(path: string, layout: CsvLayout, signal?: AbortSignal): Promise<CsvShape> {
  const scan = new Scan(path, layout);
  const file = await scanFile({ path, expected: 'a CSV file', take: (piece) => scan.take(piece), ...(signal && { signal }) });
  return { ...file, layout, ...scan.end() };
}

class Scan {
  readonly #path: string;
  readonly #layout: CsvLayout;
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

  constructor(path: string, layout: CsvLayout) {
    this.#path = path;
    this.#layout = layout;
    this.#separator = layout.separator.charCodeAt(0);
    this.#headComplete = layout.header !== null && layout.skipLines === 0;
  }

  take(piece: Buffer): void {
    if (this.#seen === 0) insistOnText(this.#path, piece);
    const nul = piece.indexOf(0);
    if (nul >= 0) throw binary(this.#path, `a zero byte at ${this.#seen + nul}`);
    this.#seen += piece.length;
    if (this.#isPlain(piece)) {
      this.#hop(piece);
      return;
    }
    let from = 0;
    while (from < piece.length && !(this.#headComplete && !this.#afterCr)) this.#byte(piece[from++]!);
    this.#walk(piece, from);
  }

  /** As `#byte` does behind the head, in a loop that a compiler likes: most files quote something, and this sees every byte of them. */
  #walk(piece: Buffer, from: number): void {
    const separator = this.#separator;
    let place = this.#place;
    let length = this.#length;
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at]!;
      if (place !== 'quoted' && (byte === LF || byte === CR)) {
        this.#length = length;
        this.#endRecord();
        length = 0;
        place = 'field-start';
        if (byte === CR && piece[at + 1] === LF) at += 1;
        else this.#afterCr = byte === CR && at + 1 === piece.length;
        continue;
      }
      if (place === 'field-start' && byte === QUOTE) this.#quoteOpenedIn = this.#records + 1;
      place = placeAfter(place, byte, separator);
      length += 1;
    }
    this.#place = place;
    this.#length = length;
  }

  /** Nothing to look out for but line feeds: most of a large file. */
  #isPlain(piece: Buffer): boolean {
    return this.#headComplete && this.#place !== 'quoted' && this.#place !== 'after-quote' && !piece.includes(QUOTE) && !piece.includes(CR);
  }

  #hop(piece: Buffer): void {
    let from = this.#afterCr && piece[0] === LF ? 1 : 0;
    this.#afterCr = false;
    for (let end = piece.indexOf(LF, from); end >= 0; end = piece.indexOf(LF, from)) {
      this.#length += end - from;
      this.#endRecord();
      from = end + 1;
    }
    if (from === piece.length) return;
    this.#length += piece.length - from;
    this.#place = piece.at(-1) === this.#separator ? 'field-start' : 'plain';
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
    // Quotes in a skipped line are no quotes.
    if (this.#records < this.#layout.skipLines) {
      this.#place = 'plain';
      return;
    }
    if (this.#place === 'field-start' && byte === QUOTE) this.#quoteOpenedIn = this.#records + 1;
    this.#place = placeAfter(this.#place, byte, this.#separator);
  }

  #endRecord(): void {
    const isSkipped = this.#records < this.#layout.skipLines;
    this.#records += 1;
    if (this.#length === 0 && !isSkipped) this.#blank.push(this.#records);
    if (isSkipped) this.#head.length = 0;
    this.#headComplete = this.#records >= this.#layout.skipLines + (this.#layout.header === null ? 1 : 0);
    this.#length = 0;
    this.#place = 'field-start';
  }

  end(): Pick<CsvShape, 'header' | 'headerLine' | 'records' | 'preface' | 'blank' | 'endsAbruptly'> {
    if (this.#place === 'quoted') {
      throw new Failure(
        'SourceUnreadable',
        `${this.#path} is cut off or has an unbalanced quote: the quote opened in record ${this.#quoteOpenedIn} is never closed; export the file again`,
        { path: this.#path, record: this.#quoteOpenedIn },
      );
    }
    const endsAbruptly = this.#length > 0;
    if (endsAbruptly) this.#endRecord();
    const { separator, header, skipLines } = this.#layout;
    const headerLine = Buffer.from(this.#head)
      .toString('utf8')
      .replace(/^\ufeff/, '');
    return {
      header: header ?? fieldsOf(headerLine, separator),
      headerLine,
      records: this.#records,
      preface: skipLines + (header === null ? 1 : 0),
      blank: this.#blank,
      endsAbruptly,
    };
  }
}

/** Of a byte that ends no record. */
function placeAfter(place: Place, byte: number, separator: number): Place {
  if (place === 'quoted') return byte === QUOTE ? 'after-quote' : 'quoted';
  if (byte === QUOTE && place !== 'plain') return 'quoted';
  return byte === separator ? 'field-start' : 'plain';
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

/** The name and the content of a file may tell two stories. */
export function insistOnText(path: string, start: Buffer, format = 'CSV'): void {
  const magic = [
    ['a Parquet file', 'PAR1'],
    ['a zip archive (an Excel file is one, too)', 'PK\x03\x04'],
    ['a gzip archive', '\x1f\x8b'],
    ['a PDF', '%PDF'],
  ] as const;
  const known = magic.find(([, bytes]) => start.subarray(0, bytes.length).equals(Buffer.from(bytes, 'latin1')));
  if (known) throw binary(path, known[0], format);
  const isUtf16 = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
  if (isUtf16) throw binary(path, 'UTF-16 text', format);
}

function binary(path: string, found: string, format = 'CSV'): Failure {
  const article = format === 'CSV' ? 'a CSV file' : `a file of ${format}`;
  return new Failure('SourceUnreadable', `${path} is not ${article}: expected text in UTF-8, found ${found}; export it as ${format}`, {
    path,
  });
}
