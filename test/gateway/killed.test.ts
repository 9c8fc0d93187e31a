import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processEnvironment } from '../../src/config.ts';
import { aStage, call, eventually, type Stage, second } from '../support/gateway.ts';
import { anInstance, writeRoute } from '../support/served-model.ts';

let stage: Stage;
const children: ChildProcess[] = [];
beforeEach(async () => {
  stage = await aStage();
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await stage.close();
});

const db = () => stage.database.db;

/** The gateway as a process of its own, started as people start it. */
async function aProcess(
  hooksDir = '',
): Promise<{ url: string; child: ChildProcess; end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> }> {
  const child = spawn(process.execPath, ['bin/understudy.js', 'gateway', '--port', '0', '--id', 'gateway-k'], {
    cwd: path.join(import.meta.dirname, '../..'),
    env: {
      ...processEnvironment(),
      DATABASE_URL: stage.database.url,
      ARTIFACTS_URL: path.join(stage.folder, 'artifacts'),
      UNDERSTUDY_STATE: stage.folder,
      UNDERSTUDY_SPOOL: path.join(stage.folder, 'spool'),
      UNDERSTUDY_ENTITY_KEY: 'the key of the tests',
      UNDERSTUDY_LOG: 'json',
      UNDERSTUDY_HOOKS_DIR: hooksDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let printed = '';
  child.stdout!.on('data', (text) => (printed += text));
  child.stderr!.on('data', (text) => (printed += text));
  const url = await eventually(() => {
    const found = /listens on (http:\S+)/.exec(printed)?.[1];
    if (found === undefined) throw new Error(`not started yet: ${printed}`);
    return found;
  });
  await eventually(async () => expect((await call(`${url}/readyz`)).body.models).toEqual(['churn']));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    url,
    child,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

const headers = { 'content-type': 'application/json' };
const aBatch = () =>
  JSON.stringify({ instances: Array.from({ length: 25 }, () => ({ entity: Math.floor(Math.random() * 1_000), features: anInstance() })) });

/** Plays applications until the gateway is gone; what they were told is the journal. */
async function play(url: string, journal: { predictions: string[]; outcomes: string[] }): Promise<void> {
  const application = async () => {
    for (;;) {
      const answered = await call(`${url}/v1/models/churn/predict`, { method: 'POST', headers, body: aBatch() });
      const ids = answered.body.predictions.map(({ predictionId }: { predictionId: string }) => predictionId);
      journal.predictions.push(...ids);
      const outcomes = ids.map((predictionId: string) => ({ predictionId, kind: 'converted', value: 1 }));
      const told = await call(`${url}/v1/outcomes`, { method: 'POST', headers, body: JSON.stringify({ outcomes }) });
      if (told.status === 202) journal.outcomes.push(...ids);
    }
  };
  await Promise.allSettled(Array.from({ length: 6 }, application));
}

test('killed under load again and again, a gateway loses nothing it acknowledged and doubles nothing', async () => {
  await writeRoute(db(), 'churn', { challenger: second, shareBps: 2_500, heldBy: 'rollout-1' });
  const journal = { predictions: [] as string[], outcomes: [] as string[] };
  for (let round = 0; round < 3; round++) {
    const gateway = await aProcess();
    const before = journal.outcomes.length;
    const playing = play(gateway.url, journal);
    await eventually(() => expect(journal.outcomes.length).toBeGreaterThan(before + 1_000));
    await gateway.end('SIGKILL');
    await playing;
  }
  const last = await aProcess();
  expect(await last.end('SIGTERM')).toBe(0);
  const stored = new Set<string>(await db()('predictions').pluck('prediction_id'));
  const outcomes = new Set<string>(await db()('outcomes').pluck('prediction_id'));
  expect(journal.predictions.filter((id) => !stored.has(id))).toEqual([]);
  expect(journal.outcomes.filter((id) => !outcomes.has(id))).toEqual([]);
  expect(Number((await db()('traffic_minutes').sum('predictions as n').first())?.n)).toBe(stored.size);
  const inArms = await db()('predictions').whereIn('arm', ['control', 'challenger']).count('* as n').first();
  expect(Number((await db()('rollout_traffic').sum('predictions as n').first())?.n)).toBe(Number(inArms?.n));
  expect(readdirSync(path.join(stage.folder, 'spool', 'gateway-k')).filter((name) => name.endsWith('.spool'))).toEqual([]);
});

test('killed between log and reply, the prediction is there though nobody heard it', async () => {
  const hooks = path.join(stage.folder, 'hooks');
  mkdirSync(hooks);
  const gateway = await aProcess(hooks);
  writeFileSync(path.join(hooks, 'gateway-before-reply'), '');
  const unheard = call(`${gateway.url}/v1/models/churn/predict`, { method: 'POST', headers, body: aBatch() }).catch(() => 'unheard');
  await eventually(() => expect(readdirSync(hooks)).toContain('reached'));
  await gateway.end('SIGKILL');
  expect(await unheard).toBe('unheard');
  rmSync(path.join(hooks, 'gateway-before-reply'));
  const next = await aProcess(hooks);
  await eventually(async () => expect((await db()('predictions').count('* as n').first())?.n).toBe(25));
  expect(await next.end('SIGTERM')).toBe(0);
});

test('killed after Postgres took a batch and before the spool let go of it, the batch is shipped again and counted once', async () => {
  const hooks = path.join(stage.folder, 'hooks');
  mkdirSync(hooks);
  const gateway = await aProcess(hooks);
  writeFileSync(path.join(hooks, 'gateway-after-shipping'), '');
  await call(`${gateway.url}/v1/models/churn/predict`, { method: 'POST', headers, body: aBatch() });
  await eventually(() => expect(readdirSync(hooks)).toContain('reached'));
  expect((await db()('predictions').count('* as n').first())?.n).toBe(25);
  await gateway.end('SIGKILL');
  rmSync(path.join(hooks, 'gateway-after-shipping'));
  const next = await aProcess(hooks);
  expect(await next.end('SIGTERM')).toBe(0);
  expect(Number((await db()('traffic_minutes').sum('predictions as n').first())?.n)).toBe(25);
});
