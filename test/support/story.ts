/**
 * A whole Understudy in a folder of its own, told in the words of the domain: real servers, real processes that may be killed, real
 * models. Only durations and minimum counts are small, and the live margins wide, so that a rollout takes seconds.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { processEnvironment } from '../../src/config.ts';
import { endGroup, isAlive } from '../../src/dev/processes.ts';
import { type ChildName, type Stack, startStack } from '../../src/dev/stack.ts';
import { forget, stopLeftProcesses } from '../../src/dev/state-folder.ts';
import type { Population } from '../../src/simulation/population-names.ts';
import { openDatabase } from '../../src/store/database.ts';
import { eventsOf, type RecordedEvent } from '../../src/store/events.ts';
import { type ModelStatus, modelStatus } from '../../src/store/status.ts';
import { type Spoken, understudy } from '../cli/a-command-line.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const EXAMPLE = path.join(ROOT, 'examples/newsletter/newsletter.yaml');

/** What a story cares about is who does what after which accident, so nothing here is close enough to a margin to depend on luck. */
const BRISK = [
  ...['label.maturity=1s', 'approval.expires=10m', 'retraining.every=none', 'monitoring.every=1h', 'segments=[]'],
  ...['gates.auc=0.2', 'gates.logLoss=80%', 'gates.brier=80%'],
  ...['rollout.steps=[20%, 50%]', 'rollout.lookEvery=250ms', 'rollout.longestStep=5m', 'rollout.patience=10m'],
  ...['rollout.shadow.duration=1s', 'rollout.shadow.predictions=200', 'rollout.step.duration=1s', 'rollout.step.predictions=200'],
  ...['rollout.step.maturedOutcomes=20', 'rollout.metrics.errors.margin=30%', 'rollout.metrics.latency.batch=500ms'],
  ...['rollout.metrics.latency.limit=60s', 'rollout.metrics.latency.margin=90%', 'rollout.metrics.latency.tolerance=10s'],
  ...['latency', 'conversion', 'logLoss', 'auc'].map((metric) => `rollout.metrics.${metric}.critical=false`),
  ...['rollout.metrics.conversion.margin=90%', 'rollout.metrics.logLoss.margin=90%', 'rollout.metrics.auc.margin=0.9'],
];

export type Settings = readonly string[];

export interface Traffic {
  /** Everything the gateway has acknowledged, once the traffic has stopped. */
  readonly journal: string;
  stop(): Promise<Spoken>;
}

export interface Program {
  /** Waits until it has said this. */
  says(words: RegExp): Promise<RegExpExecArray>;
  ends(): Promise<void>;
}

export interface Story {
  readonly stack: Stack;
  readonly stateDir: string;
  readonly db: Knex;
  readonly log: readonly string[];
  says(...words: string[]): Promise<Spoken>;
  /** A verb that must succeed. */
  does(...words: string[]): Promise<string>;
  dataFile(name: string, seed: number): Promise<string>;
  describes(model: string, data: string, settings?: Settings): Promise<void>;
  trains(model: string, data: string): Promise<void>;
  approves(model: string, by?: string): Promise<void>;
  hasAFirstChampion(model: string, data: string, settings?: Settings): Promise<void>;
  plays(model: string, seed?: number, people?: Population): Traffic;
  status(model: string): Promise<ModelStatus>;
  until(model: string, what: string, isSo: (status: ModelStatus) => boolean, withinMs?: number): Promise<ModelStatus>;
  events(model: string): Promise<readonly RecordedEvent[]>;
  /** The process waits at this point of its work from now on. */
  holdsAt(point: string): void;
  reaches(point: string): Promise<void>;
  letsGo(point: string): void;
  kills(child: ChildName): Promise<void>;
  /** A process of ours beside those of the stack, with this environment alone. */
  starts(words: readonly string[], env: Readonly<Record<string, string>>): Program;
  ends(): Promise<void>;
}

export async function aStory(): Promise<Story> {
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'understudy-story-'));
  const hooks = path.join(stateDir, 'hooks');
  mkdirSync(hooks);
  const log: string[] = [];
  const undo: (() => unknown)[] = [
    async () => {
      await stopLeftProcesses(stateDir, () => undefined);
      await forget(stateDir);
      await rm(stateDir, { recursive: true, force: true });
    },
  ];
  const ends = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  const { DATABASE_URL: _, TEMPORAL_ADDRESS: __, ...surroundings } = processEnvironment();
  const onLog = (who: string, line: string) => log.push(`${new Date().toISOString()} ${who} ${line}`);
  try {
    const env = { ...surroundings, UNDERSTUDY_HOOKS_DIR: hooks, UNDERSTUDY_STATE: stateDir };
    const stack = await startStack({ stateDir, fresh: true, ports: {}, env, onLog });
    undo.push(() => stack.stop());
    const db = openDatabase(stack.endpoints.databaseUrl, { poolSize: 2, applicationName: 'story' });
    undo.push(() => db.destroy());
    const says = (...words: string[]) =>
      understudy(words, { env: { UNDERSTUDY_STATE: stateDir, UNDERSTUDY_ACTOR: 'dana' }, cwd: stateDir });
    return storyWith({ stack, stateDir, db, log, hooks, says, undo, ends });
  } catch (error) {
    await ends();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${log.slice(-40).join('\n')}`, { cause: error });
  }
}

interface Given {
  readonly stack: Stack;
  readonly stateDir: string;
  readonly db: Knex;
  readonly log: readonly string[];
  readonly hooks: string;
  readonly says: Story['says'];
  readonly undo: (() => unknown)[];
  readonly ends: () => Promise<void>;
}

function storyWith({ stack, stateDir, db, log, hooks, says, undo, ends }: Given): Story {
  const status = (model: string) => modelStatus(db, model);
  const does: Story['does'] = async (...words) => {
    const { code, out, err } = await says(...words);
    if (code !== 0) throw new Error(`understudy ${words.join(' ')} ended with ${code}: ${err}${out}`);
    return out;
  };
  /** Also while Postgres is away: then nothing is so yet. */
  const until: Story['until'] = async (model, what, isSo, withinMs = 60_000) => {
    let last: unknown;
    const seen = await eventually(async () => {
      const now = await status(model).catch((error: unknown) => {
        last = String(error);
        return null;
      });
      if (now === null) return null;
      last = now;
      return isSo(now) ? now : null;
    }, withinMs);
    if (seen === null) throw new Error(`waited ${withinMs} ms for ${what}; last: ${JSON.stringify(last)}\n${log.slice(-40).join('\n')}`);
    return seen;
  };
  const describes: Story['describes'] = async (model, data, settings = []) => {
    const file = path.join(stateDir, `${model}.yaml`);
    writeFileSync(file, readFileSync(EXAMPLE, 'utf8').replace('model: newsletter', `model: ${model}`));
    await does('apply', file, '--data', data, ...[...BRISK, ...settings].flatMap((setting) => ['--set', setting]));
  };
  const trains: Story['trains'] = async (model, data) => {
    await does('retrain', model, '--by', 'dana', '--reason', 'new data', '--data', data, '--wait');
  };
  const approves: Story['approves'] = async (model, by = 'alex') => {
    const { challenger } = await until(model, 'a challenger that awaits approval', (now) => now.challenger?.phase === 'awaiting-approval');
    await does('approve', model, '--evidence', challenger!.evidence.slice(0, 12), '--by', by, '--reason', 'read it');
  };
  return {
    stack,
    stateDir,
    db,
    log,
    says,
    does,
    status,
    until,
    describes,
    trains,
    approves,
    ends,
    events: (model) => eventsOf(db, model),
    async dataFile(name, seed) {
      const file = path.join(stateDir, name);
      await does('generate', 'newsletter', '--rows', '12000', '--phase', 'before', '--seed', String(seed), '--out', file);
      return file;
    },
    async hasAFirstChampion(model, data, settings) {
      await describes(model, data, settings);
      await trains(model, data);
      await approves(model);
      await until(model, 'the first champion', (now) => now.champion !== null && now.challenger === null);
    },
    plays(model, seed = 7, people = 'newsletter') {
      const journal = path.join(stateDir, `${model}-${seed}.journal`);
      const stopping = new AbortController();
      const visitors = ['--generator', people, '--rate', '400', '--batch', '20', '--seed', String(seed)];
      const words = ['simulate', model, ...visitors, '--outcome-delay', '500ms', '--for', '10m', '--journal', journal, '--json'];
      const playing = understudy(words, { env: { UNDERSTUDY_STATE: stateDir }, cwd: stateDir, signal: stopping.signal });
      const stop = () => {
        stopping.abort();
        return playing;
      };
      undo.push(stop);
      return { journal, stop };
    },
    holdsAt: (point) => writeFileSync(path.join(hooks, point), ''),
    async reaches(point) {
      const reached = path.join(hooks, 'reached');
      const isReached = () => existsSync(reached) && readFileSync(reached, 'utf8').split('\n').includes(point);
      if (!(await eventually(() => isReached() || null, 60_000))) throw new Error(`nobody came to ${point}\n${log.slice(-40).join('\n')}`);
      rmSync(reached);
    },
    letsGo: (point) => rmSync(path.join(hooks, point)),
    async kills(child) {
      const pid = stack.children[child].pid();
      if (pid === undefined) throw new Error(`the ${child} is not running`);
      process.kill(pid, 'SIGKILL');
      if (!(await eventually(() => !isAlive(pid) || null, 10_000))) throw new Error(`the ${child} would not die`);
    },
    starts(words, env) {
      const program = startProgram(words, env);
      undo.push(program.ends);
      return program;
    },
  };
}

function startProgram(words: readonly string[], env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/understudy.js'), ...words], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text));
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  return {
    async says(sentence) {
      const found = await eventually(() => sentence.exec(said), 30_000);
      if (found === null) throw new Error(`${words.join(' ')} never said ${sentence}: ${said}`);
      return found;
    },
    ends: () => endGroup({ pid: child.pid!, signal: 'SIGTERM', graceMs: 8_000, isGone }),
  };
}

/** Waits for something that must come true; null when it did not. */
export async function eventually<Result>(look: () => Promise<Result | null> | Result | null, withinMs: number): Promise<Result | null> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== null || performance.now() > deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
