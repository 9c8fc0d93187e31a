/** A file that a source is read from: what it was when it was looked at, and that it still is that when it has been read. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Digest } from '../../domain/ids.ts';
import { Failure } from '../../failures.ts';

export interface SourceFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  readonly sha256: Digest;
}

interface ScanInput {
  readonly path: string;
  /** "a CSV file" */
  readonly expected: string;
  readonly signal?: AbortSignal;
  /** Sees every byte, unpacked. */
  take(piece: Buffer): void;
}

export async function scanFile({ path, expected, signal, take }: ScanInput): Promise<SourceFile> {
  const before = await statOf(path, expected);
  if (before.size === 0) throw new Failure('SourceUnreadable', `${path} is empty: expected a header line and rows`, { path });
  const hash = createHash('sha256');
  const takeAll = async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      take(piece);
    }
  };
  const packed = hashing(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  if (path.endsWith('.gz')) await unpacking(path, () => pipeline(Readable.from(packed), createGunzip({ chunkSize: 1 << 20 }), takeAll));
  else await takeAll(packed);
  return { path, bytes: before.size, modifiedAt: before.mtime.toISOString(), sha256: hash.digest('hex') as Digest };
}

async function* hashing(pieces: AsyncIterable<Buffer>, hash: { update(piece: Buffer): unknown }): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

async function unpacking(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const isDamaged = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');
    if (!isDamaged) throw cause;
    throw new Failure('SourceUnreadable', `${path} cannot be unpacked: expected a whole gzip archive; write it again`, { path }, { cause });
  }
}

/** Somebody may write the file anew while it is being read: then half of it is old and half new. */
export async function insistUnchanged(file: SourceFile): Promise<void> {
  const now = await statOf(file.path, 'the file that was there a moment ago');
  if (now.size === file.bytes && now.mtime.toISOString() === file.modifiedAt) return;
  throw new Failure(
    'SourceUnreadable',
    `${file.path} changed while it was being read (${file.bytes} bytes of ${file.modifiedAt}, now ${now.size} of ${now.mtime.toISOString()}): write it under another name, rename it when it is complete, and try again`,
    { path: file.path },
  );
}

async function statOf(path: string, expected: string) {
  try {
    const found = await stat(path);
    if (found.isFile()) return found;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'it may not be read' : String(code);
    throw new Failure('SourceUnreadable', `cannot read ${path}: ${reason}; expected ${expected}`, { path }, { cause });
  }
  throw new Failure('SourceUnreadable', `cannot read ${path}: expected ${expected}, found a folder or something else that is no file`, {
    path,
  });
}
