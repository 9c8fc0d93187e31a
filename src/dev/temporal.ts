/**
 * A Temporal development server with its UI and our search attributes. The binary itself is spawned, in a process group of its
 * own: behind a wrapper it would outlive the wrapper. Workflows live in a database file in the state folder.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { choosePort } from './ports.ts';
import type { RunningServer } from './postgres.ts';
import { commandLine, endGroup, identityOf, isAlive, isStillRunning, type ProcessIdentity, untilGone } from './processes.ts';
import { searchAttributes } from './search-attributes.ts';

export interface TemporalOptions {
  readonly stateDir: string;
  /** The `temporal` program. */
  readonly program: string;
  readonly namespace?: string | undefined;
  /** Insisted on; an own server left on other ports is stopped for them. Without them any will do. */
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly remembered?: { readonly temporal?: number | undefined; readonly ui?: number | undefined };
  readonly onLog: (line: string) => void;
}

export interface RunningTemporal extends RunningServer {
  readonly address: string;
  readonly uiUrl: string;
}

interface Remembered extends ProcessIdentity {
  readonly port: number;
  readonly uiPort: number;
}

export async function startTemporal({
  stateDir,
  program,
  namespace = 'default',
  port,
  uiPort,
  remembered = {},
  onLog,
}: TemporalOptions): Promise<RunningTemporal> {
  const orphan = await orphanOf(stateDir);
  const asAsked = orphan !== null && (port ?? orphan.port) === orphan.port && (uiPort ?? orphan.uiPort) === orphan.uiPort;
  if (asAsked && (await answers(orphan.port, namespace))) {
    onLog(`a Temporal server of ours is still running (process ${orphan.pid}, port ${orphan.port}); going on with it`);
    return running(orphan, stateDir);
  }
  if (orphan) await stopTemporal(orphan.pid, stateDir);
  const chosen = {
    port: await choosePort({ what: 'Temporal', option: '--temporal-port', asked: port, remembered: remembered.temporal }),
    uiPort: await choosePort({ what: "Temporal's UI", option: '--ui-port', asked: uiPort, remembered: remembered.ui }),
  };
  const pid = await launch({ program, namespace, stateDir, ...chosen });
  const started: Remembered = { ...identityOf(pid), ...chosen };
  await writeFile(memoryPath(stateDir), JSON.stringify(started));
  try {
    await untilServing(started, namespace, path.join(stateDir, 'temporal.log'));
  } catch (error) {
    await stopTemporal(pid, stateDir);
    throw error;
  }
  return running(started, stateDir);
}

/** Ends what an earlier run may have left on this state folder. */
export async function stopLeftTemporal(stateDir: string): Promise<void> {
  const orphan = await orphanOf(stateDir);
  if (orphan) await stopTemporal(orphan.pid, stateDir);
}

function running({ pid, port, uiPort }: Remembered, stateDir: string): RunningTemporal {
  const address = `127.0.0.1:${port}`;
  return {
    url: address,
    address,
    port,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid,
    gone: untilGone(pid),
    stop: () => stopTemporal(pid, stateDir),
  };
}

async function stopTemporal(pid: number, stateDir: string): Promise<void> {
  await endGroup({ pid, signal: 'SIGTERM', graceMs: 5_000 });
  await rm(memoryPath(stateDir), { force: true });
}

interface Launch {
  readonly program: string;
  readonly namespace: string;
  readonly stateDir: string;
  readonly port: number;
  readonly uiPort: number;
}

async function launch({ program, namespace, stateDir, port, uiPort }: Launch): Promise<number> {
  const options = {
    '--db-filename': databasePath(stateDir),
    '--namespace': namespace,
    '--ip': '127.0.0.1',
    '--port': String(port),
    '--ui-port': String(uiPort),
    '--log-level': 'error',
    // A search attribute is known at once: nothing here waits for caches that a cluster needs.
    '--dynamic-config-value': 'system.forceSearchAttributesCacheRefreshOnRead=true',
  };
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]);
  // A file, not a pipe: the server may outlive us.
  const log = openSync(path.join(stateDir, 'temporal.log'), 'a', 0o600);
  const child = spawn(program, ['server', 'start-dev', '--ui-disable-news-fetch', ...Object.entries(options).flat(), ...attributes], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid!));
    child.once('error', (error) => reject(new Error(`the Temporal server ${program} could not be started: ${error.message}`)));
  });
}

/** Ours only if it is the process we started, by pid and beginning, and it runs on our file. */
async function orphanOf(stateDir: string): Promise<Remembered | null> {
  const text = await readFile(memoryPath(stateDir), 'utf8').catch(() => null);
  if (text === null) return null;
  const remembered = JSON.parse(text) as Remembered;
  const ours = isStillRunning(remembered) && commandLine(remembered.pid).includes(databasePath(stateDir));
  return ours ? remembered : null;
}

const databasePath = (stateDir: string): string => path.join(path.resolve(stateDir), 'temporal.db');
const memoryPath = (stateDir: string): string => path.join(stateDir, 'temporal.json');

async function untilServing({ pid, port }: Remembered, namespace: string, logFile: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (!isAlive(pid)) break;
    if (await answers(port, namespace)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const said = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join(' / ');
  throw new Error(
    `the Temporal server did not start on port ${port}: ${said || 'it said nothing'} (its log is ${logFile}; if its file is of another version, --fresh starts anew)`,
  );
}

async function answers(port: number, namespace: string): Promise<boolean> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 1_000 }).catch(() => null);
  if (!connection) return false;
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
