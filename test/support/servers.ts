/** One Postgres and one Temporal server for a whole run of the slow tests: their own, whatever the environment offers. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { processEnvironment } from '../../src/config.ts';
import { freePort } from '../../src/dev/ports.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { removePostgresData } from '../../src/dev/postgres-home.ts';
import { cacheDir } from '../../src/dev/stack.ts';
import { startTemporal } from '../../src/dev/temporal.ts';
import { findTemporalProgram } from '../../src/dev/temporal-program.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { onServer, TEMPLATE, urlOf } from './database.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A user who may make databases; tests take theirs from `aDatabase()`. */
    readonly databaseUrl: string;
    readonly temporalAddress: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'understudy-tests-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })];
  const teardown = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const started = await Promise.allSettled([withPostgres(stateDir, undo), withTemporal(stateDir, undo)]);
    for (const each of started) if (each.status === 'rejected') throw each.reason;
    const [postgres, temporal] = started.map((each) => (each.status === 'fulfilled' ? each.value : ''));
    project.provide('databaseUrl', postgres ?? '');
    project.provide('temporalAddress', temporal ?? '');
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}

type Undo = (() => Promise<unknown>)[];

async function withPostgres(stateDir: string, undo: Undo): Promise<string> {
  const { url, stop } = await startPostgres({ stateDir, port: await freePort(), onLog: () => undefined });
  undo.push(async () => {
    await stop();
    await removePostgresData(stateDir);
  });
  await onServer(url, `create database ${TEMPLATE}`);
  const db = openDatabase(urlOf(url, TEMPLATE), { poolSize: 1 });
  await migrate(db).finally(() => db.destroy());
  return url;
}

async function withTemporal(stateDir: string, undo: Undo): Promise<string> {
  const env = processEnvironment();
  const onProgress = (line: string) => process.stderr.write(`${line}\n`);
  const program = await findTemporalProgram({ searchPath: env.PATH ?? '', cacheDir: cacheDir(env), onProgress });
  const [port, uiPort] = [await freePort(), await freePort()];
  const { address, stop } = await startTemporal({ stateDir, program: program.path, port, uiPort, onLog: () => undefined });
  undo.push(stop);
  return address;
}
