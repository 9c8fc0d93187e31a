/** What every reader of a format answers, and what a source is once it has been looked at. */
import type { Digest } from '../../domain/ids.ts';
import type { SourceFormat } from '../../domain/source-format.ts';
import type { Door } from './door.ts';
import type { Duck } from '../duck.ts';
import type { SourceFile } from './source-file.ts';

/** One file of a source. */
export interface SourcePart {
  readonly file: SourceFile;
  readonly header: readonly string[];
  /** Where the header is one line: that line, for naming another separator. */
  readonly headerLine: string | null;
  /** Numbers that its records take up: 1 to `records`. */
  readonly records: number;
  /** Records that are rows, readable or not. */
  readonly rows: number;
  /** Makes a table `(record, allowed, c0, c1, ...)` and adds to `unreadable (record, line, reason)`; records are numbered from `after` + 1. */
  load(duck: Duck, target: PartTarget): Promise<void>;
  /** The rows on their way through, neither numbered nor kept: for what is read once. */
  pass(target: PassTarget): PassingRows;
}

export interface PassTarget {
  /** For what the reader writes down beside the rows. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly door: Door;
}

export interface PassingRows {
  /** Selects c0, c1, ... in the order of the columns asked for. */
  readonly sql: string;
  /** Columns that were no texts to begin with, so that nothing has to be trimmed off theirs. */
  readonly trim: readonly string[];
  /** Once the rows have gone through: how many could not be read; what cannot be accounted for is an error. */
  unreadable(duck: Duck, passed: number): Promise<number>;
}

export interface PartTarget {
  readonly table: string;
  readonly after: number;
  /** The first file's: parts have the same columns. */
  readonly header: readonly string[];
  readonly door: Door;
}

export interface OpenedSource {
  /** For sentences: the path, or which query. */
  readonly name: string;
  readonly kind: SourceFormat;
  readonly header: readonly string[];
  readonly headerLine: string | null;
  readonly rows: number;
  /** The second one, if any, is set apart for the comparison. */
  readonly parts: readonly SourcePart[];
  readonly manifest: SourceManifest;
}

/** Where the rows of a snapshot came from. Never a password: a connection is told by its name. */
export interface SourceManifest {
  readonly kind: SourceFormat;
  readonly path: string | null;
  readonly query: string | null;
  readonly connection: string | null;
  readonly bytes: number;
  readonly modifiedAt: string;
  readonly sha256: Digest;
  readonly header: readonly string[];
  readonly comparison: SourceFile | null;
}
