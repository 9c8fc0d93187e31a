/**
 * Tables of events as they were read last, for whoever reads the same table again and again: a source that is still the same file is
 * not read anew. Only for tables whose entities are keyed hashes, since it outlives the work.
 */
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canonical } from '../../domain/canonical.ts';
import type { LoadedEvents } from './loaded-events.ts';

export interface Keeping {
  /** Where tables are kept. */
  readonly folder: string;
  /** Whose table it is: what was kept under this name before goes. */
  readonly name: string;
  /** The file that the table is read from. */
  readonly source: string;
  /** All that decides what is made of it. */
  readonly reading: unknown;
}

type Counts = Omit<LoadedEvents, 'file'>;

/** `target` becomes the table, read by `read` or as it was kept. A file that is not there is `read`'s to complain about. */
export async function keptEvents({ folder, name, source, reading }: Keeping, target: string, read: () => Promise<LoadedEvents>) {
  const identity = await identityOf(source);
  if (identity === null) return read();
  const key = createHash('sha256').update(canonical({ identity, reading })).digest('hex').slice(0, 32);
  const kept = path.join(folder, `${name}.${key}`);
  const counts = await taken(kept, target);
  if (counts !== null) return { file: target, ...counts };
  const found = await read();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { file, ...counted } = found;
  await put(kept, file, counted);
  await forgetOthers(folder, name, key);
  return found;
}

/** The time of its last change in any respect cannot be set by hand, unlike that of its content. */
async function identityOf(source: string): Promise<unknown> {
  const found = await stat(source, { bigint: true }).catch(() => null);
  if (found === null) return null;
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  return [path.resolve(source), ...[dev, ino, size, mtimeNs, ctimeNs].map(String)];
}

async function taken(kept: string, target: string): Promise<Counts | null> {
  try {
    const counts = JSON.parse(await readFile(`${kept}.json`, 'utf8')) as Counts;
    await same(`${kept}.parquet`, target);
    return counts;
  } catch (error) {
    // Another worker may be forgetting it, or have been killed in between.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The counts come last: who finds them finds the table. */
async function put(kept: string, file: string, counts: Counts): Promise<void> {
  const passing = `${kept}.${randomUUID()}`;
  await same(file, passing);
  await rename(passing, `${kept}.parquet`);
  await writeFile(passing, JSON.stringify(counts), { mode: 0o600 });
  await rename(passing, `${kept}.json`);
}

/** The same file under another name, so that forgetting one leaves the other. */
async function same(file: string, other: string): Promise<void> {
  await rm(other, { force: true });
  await link(file, other).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV' && error.code !== 'EPERM') throw error;
    await copyFile(file, other);
  });
}

async function forgetOthers(folder: string, name: string, key: string): Promise<void> {
  const others = (await readdir(folder)).filter((file) => file.startsWith(`${name}.`) && !file.startsWith(`${name}.${key}`));
  await Promise.all(others.map((file) => rm(path.join(folder, file), { force: true })));
}
