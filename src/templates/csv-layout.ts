/** How a CSV file is cut into columns, from its first lines: what separates them, what stands before the names, and whether there are any. */
import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { type CsvLayout, fieldsOf, insistOnText, SEPARATORS } from '../data/source/csv-shape.ts';
import { Failure } from '../failures.ts';

const BEGINNING = 1 << 16;
/** A comment, a title, an empty line; more is another kind of file. */
const MOST_SKIPPED = 5;

export interface FoundLayout extends CsvLayout {
  /** Of all columns, made up or not. */
  readonly names: readonly string[];
}

export async function layoutOf(path: string): Promise<FoundLayout> {
  const lines = (await beginningOf(path)).replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  const best = SEPARATORS.map((separator) => layoutBy(separator, lines)).sort((a, b) => b.fields - a.fields)[0]!;
  if (best.fields > 1) return best.layout;
  const message = `${path} begins with "${lines[0]!.slice(0, 60)}": expected a line with the names of two or more columns`;
  throw new Failure('SourceUnreadable', message, { path });
}

/** Lines before the table have fewer fields than it. */
function layoutBy(separator: string, lines: readonly string[]): { readonly fields: number; readonly layout: FoundLayout } {
  const cut = lines.slice(0, MOST_SKIPPED + 2).map((line) => fieldsOf(line, separator));
  const fields = Math.max(...cut.slice(0, MOST_SKIPPED + 1).map(({ length }) => length));
  const first = cut.findIndex(({ length }) => length === fields);
  // With a line break inside quotes the fields of the first lines say nothing about one another.
  const skipLines = cut[first + 1]?.length === fields ? first : 0;
  const firstLine = cut[skipLines]!;
  const header = areValues(firstLine) ? firstLine.map((_, at) => `column_${at + 1}`) : null;
  const names = header ?? firstLine.map((name) => name.trim());
  return { fields: names.length, layout: { separator, skipLines, header, names } };
}

/** A number is no name, unless it is a year. */
function areValues(fields: readonly string[]): boolean {
  const numbers = fields.filter((field) => field !== '' && Number.isFinite(Number(field)));
  return numbers.some((number) => !/^(19|20)\d\d$/.test(number));
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new Failure('SourceUnreadable', `${path} could not be read: is it there?`, { path }, { cause });
  });
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    const read = buffer.subarray(0, bytesRead);
    return asText(path, path.endsWith('.gz') ? gunzipSync(read, { finishFlush: constants.Z_SYNC_FLUSH }) : read);
  } finally {
    await file.close();
  }
}

function asText(path: string, bytes: Buffer): string {
  insistOnText(path, bytes);
  try {
    // Streaming, because the last character may be cut.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch (cause) {
    const message = `${path} is not in UTF-8 (Latin-1 or Windows-1252 perhaps): expected UTF-8; export it again so, or: iconv -f WINDOWS-1252 -t UTF-8`;
    throw new Failure('SourceUnreadable', message, { path }, { cause });
  }
}
