/**
 * Content-addressed files: the name of a file is the SHA-256 of its bytes, so nothing is ever changed, only added, and whoever
 * reads can prove that the bytes are the ones that were meant. What is hashed is what is handed out: `read` verifies the buffer it returns.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonical } from '../domain/canonical.ts';
import { digest as asDigest, type Digest } from '../domain/ids.ts';
import { Failure } from '../failures.ts';
import { withWorkFolder } from './work-folder.ts';

export interface ArtifactStore {
  readonly url: string;
  /** Safe to repeat: the same content is the same file. It is complete and on disk when the promise resolves. */
  put(content: Uint8Array | { readonly file: string }): Promise<Digest>;
  putJson(value: unknown): Promise<Digest>;
  read(digest: Digest): Promise<Buffer>;
  readJson<T>(digest: Digest): Promise<T>;
  has(digest: Digest): Promise<boolean>;
  /** Where the file lies, for readers that want a path; not verified. */
  pathOf(digest: Digest): string;
  /** The same, after reading the file once and comparing its digest. */
  verifiedPathOf(digest: Digest): Promise<string>;
}

export function openArtifacts(url: string): ArtifactStore {
  const folder = folderOf(url);
  const pathOf = (digest: Digest) => path.join(folder, digest.slice(0, 2), digest);

  const store: ArtifactStore = {
    url,
    pathOf,
    has: (digest) => exists(pathOf(digest)),
    put: (content) => translated(url, () => put(folder, content)),
    putJson: (value) => store.put(Buffer.from(canonical(value))),

    async read(digest) {
      const bytes = await orMissing(digest, url, () => readFile(pathOf(digest)));
      insist(digest, sha256(bytes), url);
      return bytes;
    },

    async readJson<T>(digest: Digest) {
      return JSON.parse((await store.read(digest)).toString('utf8')) as T;
    },

    async verifiedPathOf(digest) {
      const found = await orMissing(digest, url, () => sha256OfFile(pathOf(digest)));
      insist(digest, found, url);
      return pathOf(digest);
    },
  };
  return store;
}

export function sha256(bytes: Uint8Array | string): Digest {
  return asDigest(createHash('sha256').update(bytes).digest('hex'));
}

async function put(folder: string, content: Uint8Array | { readonly file: string }): Promise<Digest> {
  const incoming = path.join(folder, 'incoming');
  await mkdir(incoming, { recursive: true });
  return withWorkFolder(incoming, 'put', async (own) => {
    const temporary = path.join(own, 'content');
    const digest = await writeThrough(temporary, content);
    const target = path.join(folder, digest.slice(0, 2), digest);
    await mkdir(path.dirname(target), { recursive: true });
    // Over an existing file too: if that one was damaged, this puts it right.
    await rename(temporary, target);
    await syncFolder(path.dirname(target));
    return digest;
  });
}

async function writeThrough(target: string, content: Uint8Array | { readonly file: string }): Promise<Digest> {
  const hash = createHash('sha256');
  const handle = await open(target, 'wx');
  try {
    const pieces = content instanceof Uint8Array ? [content] : createReadStream(content.file, { highWaterMark: 1 << 20 });
    for await (const piece of pieces) {
      hash.update(piece);
      await writeAll(handle, piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return asDigest(hash.digest('hex'));
}

/** A disk that is full may take a part and say so only by the count. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sha256OfFile(file: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece);
  return asDigest(hash.digest('hex'));
}

function folderOf(url: string): string {
  if (url.startsWith('file://')) return fileURLToPath(url);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(url)) {
    throw new RangeError(`artifacts can be kept in a local folder only: expected a path or file://..., found ${url}`);
  }
  return path.resolve(url);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function translated<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('ArtifactStoreUnavailable', `the artifact store at ${url} could not be written: ${reason}`, { url }, { cause });
  }
}

async function orMissing<T>(digest: Digest, url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT')
      throw new Failure('ArtifactStoreUnavailable', `the artifact ${digest} at ${url} could not be read: ${code}`, { digest }, { cause });
    throw new Failure('ArtifactMissing', `no artifact ${digest} in ${url}: restore it from a backup, or retrain`, { digest, url });
  }
}

function insist(expected: Digest, found: Digest, url: string): void {
  if (expected === found) return;
  throw new Failure(
    'ArtifactDigestMismatch',
    `the artifact ${expected} in ${url} was changed: its bytes now hash to ${found}; restore it from a backup, or retrain`,
    { expected, found },
  );
}
