import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { processEnvironment } from '../../src/config.ts';
import { freePort } from '../../src/dev/ports.ts';
import { identityOf, isAlive, signalGroup } from '../../src/dev/processes.ts';
import { missingSearchAttributes } from '../../src/dev/search-attributes.ts';
import { cacheDir } from '../../src/dev/stack.ts';
import { type RunningTemporal, startTemporal } from '../../src/dev/temporal.ts';
import { findTemporalProgram } from '../../src/dev/temporal-program.ts';
import { connectTemporal } from '../../src/temporal/connect.ts';

let program: string;
let stateDir: string;
let running: RunningTemporal[] = [];

beforeAll(async () => {
  const env = processEnvironment();
  program = (await findTemporalProgram({ searchPath: env.PATH ?? '', cacheDir: cacheDir(env), onProgress: () => undefined })).path;
});

beforeEach(async () => {
  stateDir = await mkdtemp(path.join(os.tmpdir(), 'understudy-temporal-'));
});

afterEach(async () => {
  for (const server of running) await server.stop();
  running = [];
  await rm(stateDir, { recursive: true, force: true });
});

test('it serves with our search attributes and a UI, and ends when asked to', async () => {
  const server = await start();
  expect(await ask(server, (client) => missingSearchAttributes(client, 'default'))).toEqual([]);
  expect((await fetch(server.uiUrl)).status).toBe(200);
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
});

test('a workflow outlives a kill -9', async () => {
  const first = await start();
  await ask(first, (client) => client.workflow.start('waits', { taskQueue: 'nobody', workflowId: 'waits:churn' }));
  signalGroup(first.pid, 'SIGKILL');
  await first.gone;
  const second = await start();
  expect(await ask(second, async (client) => (await client.workflow.getHandle('waits:churn').describe()).status.name)).toBe('RUNNING');
});

test('a server left behind is adopted once it has shown to be ours', async () => {
  const left = await start();
  const adopted = await start();
  expect(adopted).toMatchObject({ pid: left.pid, address: left.address });
});

test('a stranger who was given the pid we remember is left alone', async () => {
  await writeFile(
    path.join(stateDir, 'temporal.json'),
    JSON.stringify({ ...identityOf(process.ppid), port: await freePort(), uiPort: await freePort() }),
  );
  const server = await start();
  expect(server.pid).not.toBe(process.ppid);
  expect(isAlive(process.ppid)).toBe(true);
});

test('a port that is taken is a clear sentence', async () => {
  const port = await freePort();
  const other = net.createServer().listen(port, '127.0.0.1');
  await expect(start({ uiPort: port })).rejects.toThrow(
    `port ${port} for Temporal's UI is taken by another program: end that program, or choose another with --ui-port`,
  );
  other.close();
});

async function start(changes: { port?: number; uiPort?: number } = {}): Promise<RunningTemporal> {
  const server = await startTemporal({ stateDir, program, onLog: () => undefined, ...changes });
  running.push(server);
  return server;
}

type Client = Awaited<ReturnType<typeof connectTemporal>>['client'];

async function ask<Result>({ address }: RunningTemporal, question: (client: Client) => Promise<Result>): Promise<Result> {
  const { client, close } = await connectTemporal({ address, namespace: 'default' });
  try {
    return await question(client);
  } finally {
    await close();
  }
}
