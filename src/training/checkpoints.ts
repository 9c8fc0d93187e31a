/**
 * Finished trees on disk, for the attempt that comes after one that was killed. They are kept under the digest of all that the
 * training was asked for, so nobody has to say where they are. A file that cannot be read whole is none: the training then begins
 * anew, and ends the same.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { sha256 } from '../artifacts/store.ts';
import { canonical } from '../domain/canonical.ts';
import type { TrainerInput } from './trainer.ts';
import type { Tree } from './trees/tree.ts';

/** Raised when trees of earlier code must not be continued. */
const FORMAT = 'understudy.checkpoint.v1';
const DIGEST_LENGTH = 64;
const FORGOTTEN_AFTER_MS = 7 * 86_400_000;

export interface Checkpoints {
  readonly folder: string;
  /** By the fit that they belong to. */
  read(): Promise<ReadonlyMap<string, readonly Tree[]>>;
  keep(what: string, trees: readonly Tree[]): Promise<void>;
  remove(): Promise<void>;
}

interface Kept {
  readonly what: string;
  readonly trees: readonly Tree[];
}

export async function openCheckpoints(workDir: string, input: TrainerInput): Promise<Checkpoints> {
  const all = path.join(workDir, 'checkpoints');
  const folder = path.join(all, sha256(canonical({ format: FORMAT, input })));
  await mkdir(folder, { recursive: true });
  await forgetOld(all);
  return {
    folder,
    async read() {
      const files = (await readdir(folder)).filter((file) => !file.endsWith('.tmp'));
      const kept = await Promise.all(files.map((file) => readFile(path.join(folder, file)).then(unpacked)));
      return new Map(kept.flatMap((entry) => (entry === null ? [] : [[entry.what, entry.trees] as const])));
    },
    async keep(what, trees) {
      const file = path.join(folder, sha256(what));
      await writeFile(`${file}.tmp`, packed({ what, trees }), { flush: true });
      await rename(`${file}.tmp`, file);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function packed(kept: Kept): Buffer {
  const content = serialize(kept);
  return Buffer.concat([Buffer.from(sha256(content)), content]);
}

function unpacked(bytes: Buffer): Kept | null {
  const content = bytes.subarray(DIGEST_LENGTH);
  return bytes.toString('latin1', 0, DIGEST_LENGTH) === sha256(content) ? (deserialize(content) as Kept) : null;
}

/** Of trainings that nobody came back to. */
async function forgetOld(all: string): Promise<void> {
  for (const name of await readdir(all)) {
    const folder = path.join(all, name);
    const changed = await stat(folder).catch(() => null);
    if (changed && Date.now() - changed.mtimeMs > FORGOTTEN_AFTER_MS) await rm(folder, { recursive: true, force: true });
  }
}
