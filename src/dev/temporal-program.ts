/**
 * Where the Temporal server comes from, in this order: the PATH, our cache, the SDK's cached download, a download, and at last a
 * build from its Go module, whose sources are pinned by the go.sum beside this file.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { processEnvironment } from '../config.ts';
import { endGroup, isAlive } from './processes.ts';
import { findOnPath } from './programs.ts';

const run = promisify(execFile);
const WRAPPER = path.join(path.dirname(fileURLToPath(import.meta.url)), 'temporal-server');
const DOWNLOADS = 'https://temporal.download';
const GO_PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
/** Where the download is refused or filtered, nobody should wait long for the build. */
const DOWNLOAD_ANSWERS_WITHIN_MS = 5_000;
const DOWNLOAD_MS = 120_000;

export interface TemporalProgram {
  readonly path: string;
  readonly how: string;
}

export interface ProgramSearch {
  /** The PATH to look in. */
  readonly searchPath: string;
  /** Our cache folder; a build is kept there by version. */
  readonly cacheDir: string;
  readonly onProgress: (message: string) => void;
  /** Temporal's own place for downloads, unless a test puts another there. */
  readonly downloadsFrom?: string | undefined;
  /** Ends a download or a build that nobody waits for any more. */
  readonly signal?: AbortSignal | undefined;
}

export async function findTemporalProgram(search: ProgramSearch): Promise<TemporalProgram> {
  const tried: string[] = [];
  const steps: Steps = [
    ...atHand(search),
    ['a download', () => download(search)],
    ['a build from its Go module', () => buildFromGo(search)],
  ];
  for (const [how, find] of steps) {
    try {
      const found = await find();
      if (found) {
        await proven(found);
        return { path: found, how };
      }
      tried.push(`${how}: not there`);
    } catch (error) {
      search.signal?.throwIfAborted();
      tried.push(`${how}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `no Temporal server could be found or made. Tried: ${tried.join('; ')}. Do one of: put the Temporal CLI on the PATH, install Go 1.26 or newer and start again, or set TEMPORAL_ADDRESS to a server that runs`,
  );
}

type Steps = readonly (readonly [how: string, find: () => Promise<string | null>])[];

function atHand({ searchPath, cacheDir }: Pick<ProgramSearch, 'searchPath' | 'cacheDir'>): Steps {
  return [
    ['`temporal` on the PATH', async () => findOnPath('temporal', searchPath)],
    ['our cache', async () => existing(cachedProgram(cacheDir))],
    ["the SDK's cached download", async () => sdkDownload()],
  ];
}

/** What could be used at once, without a download or a build. */
export async function temporalAtHand(search: Pick<ProgramSearch, 'searchPath' | 'cacheDir'>): Promise<TemporalProgram | null> {
  for (const [how, find] of atHand(search)) {
    const found = await find();
    const works =
      found !== null &&
      (await proven(found).then(
        () => true,
        () => false,
      ));
    if (works) return { path: found, how };
  }
  return null;
}

/** A Go that is new enough, such as `go1.26.4`. */
export async function goAtHand(searchPath: string): Promise<string | null> {
  const go = findOnPath('go', searchPath);
  if (!go) return null;
  const version = (await run(go, ['env', 'GOVERSION'])).stdout.trim();
  return isNewEnough(version) ? version : null;
}

/** Other programs are called `temporal` too, and a file in a cache may be broken or of another machine. */
async function proven(file: string): Promise<void> {
  const { stdout } = await run(file, ['--version'], { timeout: 20_000 }).catch((error: Error) => {
    throw new Error(`${file} can't be run (${error.message.split('\n')[0]})`);
  });
  if (!/^temporal version .*Server/m.test(stdout)) throw new Error(`${file} is not the Temporal CLI`);
}

/** The version our wrapper module pins. */
export function temporalVersion(): string {
  const found = /github\.com\/temporalio\/cli (v[\d.]+)/.exec(readFileSync(path.join(WRAPPER, 'go.mod'), 'utf8'));
  if (!found?.[1]) throw new Error('the wrapper module names no version of the Temporal CLI');
  return found[1];
}

function cachedProgram(cacheDir: string): string {
  return path.join(cacheDir, `temporal-${temporalVersion()}`, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
}

function existing(file: string): string | null {
  return existsSync(file) ? file : null;
}

/** The SDK keeps its download in the temporary folder; others may write there, so only our own file is believed. */
function sdkDownload(): string | null {
  const folder = os.tmpdir();
  const files = readdirSync(folder)
    .filter((name) => /^temporal-sdk-typescript-[\w.-]+$/.test(name))
    .map((name) => path.join(folder, name));
  return files.find((file) => isOurs(file)) ?? null;
}

function isOurs(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

async function download({ cacheDir, onProgress, signal, downloadsFrom = DOWNLOADS }: ProgramSearch): Promise<string | null> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `${downloadsFrom}/cli/archive/${temporalVersion()}?platform=${platform}&arch=${arch}`;
  onProgress(`looking for a download of the Temporal CLI ${temporalVersion()}`);
  const slow = new AbortController();
  const giveUp = setTimeout(() => slow.abort(new Error('no answer')), DOWNLOAD_ANSWERS_WITHIN_MS);
  const ending = AbortSignal.any([slow.signal, AbortSignal.timeout(DOWNLOAD_MS), ...(signal ? [signal] : [])]);
  const response = await fetch(url, { signal: ending })
    .catch((error: Error) => {
      throw new Error(`not reachable (${error.cause instanceof Error ? error.cause.message : error.message})`);
    })
    .finally(() => clearTimeout(giveUp));
  if (!response.ok) throw new Error(`the answer was ${response.status}`);
  const target = cachedProgram(cacheDir);
  const incoming = `${path.dirname(target)}.incoming-${process.pid}`;
  await mkdir(incoming, { recursive: true });
  try {
    const archive = path.join(incoming, 'temporal.tar.gz');
    await writeFile(archive, Buffer.from(await response.arrayBuffer()));
    await run('tar', ['-xzf', archive, '-C', incoming]);
    return await install(path.join(incoming, path.basename(target)), target);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

async function buildFromGo(search: ProgramSearch): Promise<string | null> {
  const go = findOnPath('go', search.searchPath);
  if (!go) throw new Error('Go is not on the PATH');
  const version = (await run(go, ['env', 'GOVERSION'])).stdout.trim();
  if (!isNewEnough(version)) throw new Error(`Go 1.26 or newer is needed, found ${version}`);
  const target = cachedProgram(search.cacheDir);
  await mkdir(path.dirname(target), { recursive: true });
  return withLock(`${target}.lock`, search.onProgress, async () => existing(target) ?? (await compile(go, target, search)));
}

export function isNewEnough(goVersion: string): boolean {
  const [major = 0, minor = 0] = goVersion.replace(/^go/, '').split('.').map(Number);
  return major > 1 || (major === 1 && minor >= 26);
}

async function compile(go: string, target: string, { onProgress, signal }: ProgramSearch): Promise<string> {
  const incoming = `${target}.${process.pid}`;
  const began = performance.now();
  const elapsed = () => `${Math.round((performance.now() - began) / 1_000)} s`;
  onProgress(
    `building the Temporal server ${temporalVersion()} from its Go module; this happens once on a machine and takes about four minutes on two cores`,
  );
  const progress = buildProgress();
  const ticking = setInterval(() => onProgress(`building the Temporal server: ${progress.said()} (${elapsed()})`), 10_000);
  try {
    await goBuild({ go, output: incoming, onLine: progress.onLine, signal }).catch((error: Error) => {
      throw new Error(`${error.message}: ${progress.complaints()}`, { cause: error });
    });
    onProgress(`the Temporal server was built in ${elapsed()} and is kept at ${target}`);
    return await install(incoming, target);
  } finally {
    clearInterval(ticking);
    await rm(incoming, { force: true });
  }
}

interface GoBuild {
  readonly go: string;
  readonly output: string;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

async function goBuild({ go, output, onLine, signal }: GoBuild): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(go, ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', output, GO_PACKAGE], {
    cwd: WRAPPER,
    env: { ...processEnvironment(), CGO_ENABLED: '0' },
    // Its compilers run in its group, so that one signal ends them all.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const abandon = () => {
    if (child.pid !== undefined) void endGroup({ pid: child.pid, signal: 'SIGTERM', graceMs: 2_000 });
  };
  signal?.addEventListener('abort', abandon, { once: true });
  readline.createInterface({ input: child.stderr }).on('line', onLine);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, by) => (code === 0 ? resolve() : reject(new Error(`go build ended with ${by ?? `code ${code}`}`))));
    });
  } finally {
    signal?.removeEventListener('abort', abandon);
  }
}

/** `go build -v` names each module it downloads and each package it compiles, one a line; the rest is what went wrong. */
function buildProgress() {
  let modules = 0;
  let packages = 0;
  const others: string[] = [];
  return {
    onLine: (line: string) => {
      if (line.startsWith('go: downloading ')) modules += 1;
      else if (/^[\w.~/-]+$/.test(line)) packages += 1;
      else others.push(line);
    },
    said: () => {
      if (packages > 0) return `${packages} packages compiled`;
      return modules > 0 ? `${modules} modules downloaded` : 'working';
    },
    complaints: () => others.slice(-6).join(' / ') || 'it said nothing',
  };
}

async function install(file: string, target: string): Promise<string> {
  await mkdir(path.dirname(target), { recursive: true });
  await chmod(file, 0o755);
  await rename(file, target);
  return target;
}

/** Two starts at once build once. A lock left by a killed process is older than any build and is taken over. */
async function withLock<Result>(file: string, onProgress: (message: string) => void, work: () => Promise<Result>): Promise<Result> {
  for (let waited = 0; ; waited += 1) {
    const lock = await open(file, 'wx').catch(() => null);
    if (lock) {
      await lock.writeFile(String(process.pid));
      await lock.close();
      try {
        return await work();
      } finally {
        await rm(file, { force: true });
      }
    }
    if (await isStale(file)) await rm(file, { force: true });
    if (waited % 15 === 0) onProgress('another process is building the Temporal server; waiting for it');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function isStale(file: string): Promise<boolean> {
  const pid = Number(await readFile(file, 'utf8').catch(() => '0'));
  const age =
    Date.now() -
    (await stat(file)
      .then(({ mtimeMs }) => mtimeMs)
      .catch(() => Date.now()));
  if (pid > 0 && !isAlive(pid)) return true;
  return age > 30 * 60_000;
}
