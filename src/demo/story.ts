/** The story of the demo, scene by scene. Everything in it really happens; the clock is compressed, the judge is not. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Stack } from '../dev/stack.ts';
import type { ModelStatus } from '../store/status.ts';
import { type Compressed, compressedClock, settingArguments } from './clock.ts';
import type { Narrator } from './narrator.ts';
import type { Background, Programs } from './programs.ts';
import type { Era, Scenery } from './scenery.ts';

const RATE = '2500';
const BATCH = '250';

export interface Stage {
  readonly programs: Programs;
  readonly tell: Narrator;
  readonly stack: Stack;
  readonly dataDir: string;
  readonly scenery: Scenery;
}

export async function play(stage: Stage): Promise<void> {
  await mkdir(stage.dataDir, { recursive: true });
  const moments: { what: string; at: string }[] = [];
  await firstChampion(stage);
  moments.push({ what: 'after the first approval', at: new Date().toISOString() });
  const before = traffic(stage, 'before');
  await quietWatch(stage);
  await before.stop();

  const after = traffic(stage, 'after');
  await shift(stage);
  await secondChampion(stage);
  moments.push({ what: 'after the promotion', at: new Date().toISOString() });
  await temptation(stage);
  moments.push({ what: 'after the rollback', at: new Date().toISOString() });
  await after.stop();
  await answers(stage, moments);
}

async function firstChampion(stage: Stage): Promise<void> {
  const { programs, tell, scenery } = stage;
  const { model, spec, words } = scenery;
  tell.scene('A first model, from a data file to a champion');
  for (const sentence of words.opening) tell.say(sentence);
  await scenery.prepare(stage, 'before');
  tell.command(`apply ${spec}`);
  await programs.understudy('apply', spec, '--data', dataOf(stage), ...settingArguments(settingsOf(scenery)));
  tell.say('(Commands are shown without --data and without the --set of each compressed setting above.)');
  tell.command(`retrain ${model} --by dana --reason "the first model"`);
  await programs.understudy('retrain', model, '--by', 'dana', '--reason', 'the first model', '--wait');
  const { challenger } = await statusOf(stage);
  tell.say(`${challenger?.version} was trained, packaged and evaluated against the simple baseline. A person must read the evidence.`);
  await approve(stage, challenger?.evidence ?? '', 'better than guessing, read the page');
  await until(stage, 'the first champion', (status) => status.champion !== null && status.challenger === null);
  tell.say('Nobody was there to be compared with, so the approval alone made it champion.');
}

async function quietWatch(stage: Stage): Promise<void> {
  const { tell, scenery } = stage;
  tell.scene('Traffic, and a watch that asks for nothing');
  tell.say(`An application asks for ${RATE} predictions a second; ${scenery.words.traffic}`);
  const champion = (await statusOf(stage)).champion?.version;
  await pause(9_000, tell, 'the watch compares the traffic with the training data');
  const status = await statusOf(stage);
  if (status.retraining !== null || status.champion?.version !== champion)
    throw new Error('the watch asked for a retraining although nothing had changed');
  tell.say('Nothing has changed, so nothing is asked for.');
}

async function shift(stage: Stage): Promise<void> {
  const { tell, scenery } = stage;
  tell.scene('The audience changes');
  tell.say(scenery.words.shift);
  await scenery.prepare(stage, 'after');
  await until(stage, 'the watch to notice', ({ retraining, challenger }) => retraining !== null || challenger !== null);
  const reason = (await historyOf(stage)).findLast(({ kind }) => kind === 'drift-detected');
  if (!reason) throw new Error('a retraining began that the watch had not asked for');
  tell.say(reason.summary);
}

async function secondChampion(stage: Stage): Promise<void> {
  const { programs, tell, stack, scenery } = stage;
  const { model, words } = scenery;
  tell.scene('A challenger rehearses, goes on for a few performances, and takes the part');
  const isReady = (status: ModelStatus) => isAwaitingApproval(status) || waitsFor(status, 'data-shift');
  await until(stage, 'training and evaluation', isReady);
  if (waitsFor(await statusOf(stage), 'data-shift')) {
    tell.say('Data that moved this far may be broken as well; that is for a person to say.');
    await waive(stage, 'data-shift', words.confirmed);
    await until(stage, 'training and evaluation', isAwaitingApproval);
  }
  tell.say('The client script reads the evidence, approves by a signal and follows the rollout:');
  await programs.client([model, '--join', '--by', 'alex', '--address', stack.endpoints.temporalAddress], (line) =>
    tellOfClient(tell, line),
  );
  const { lastRollout, champion } = await statusOf(stage);
  if (lastRollout?.phase !== 'promoted') throw new Error(`the challenger was ${lastRollout?.phase}: ${lastRollout?.reason}`);
  tell.say(`${champion?.version} is champion. The old one keeps 5 % of the ${words.people}, so that a season is not mistaken for harm.`);
}

async function temptation(stage: Stage): Promise<void> {
  const { programs, tell, scenery } = stage;
  const { model, tempting, words } = scenery;
  tell.scene('Somebody adds a tempting column');
  tell.say(words.temptation);
  const settings = settingArguments([...settingsOf(scenery), ...tempting.settings]);
  await programs.understudy('apply', tempting.spec, '--data', dataOf(stage), ...settings);
  tell.command(`retrain ${model} --by dana --reason "${words.temptedBy}"`);
  await programs.understudy('retrain', model, '--by', 'dana', '--reason', words.temptedBy);
  await until(stage, 'the leak check', (status) => waitsFor(status, 'leak-check'));
  const waiting = (await statusOf(stage)).retraining?.waitingFor;
  tell.say(`The ${waiting?.gate} objects: ${waiting?.reasons[0]}`);
  await waive(stage, 'leak-check', 'the campaign starts tomorrow');
  await until(stage, 'training and evaluation', (status) => isAwaitingApproval(status) || waitsFor(status, 'evaluation'));
  if (waitsFor(await statusOf(stage), 'evaluation')) {
    tell.say('The evaluation finds it too good to be true. That is waived as well.');
    await programs.understudy('waive', model, '--gate', 'evaluation', '--by', 'alex', '--reason', 'the campaign starts tomorrow');
    await until(stage, 'the request for approval', isAwaitingApproval);
  }
  await approve(stage, (await statusOf(stage)).challenger?.evidence ?? '', 'the offline figures are splendid');
  await followRollout(stage);
  const { lastRollout } = await statusOf(stage);
  if (lastRollout?.phase !== 'rolled-back') throw new Error(`the tempted challenger was ${lastRollout?.phase}: ${lastRollout?.reason}`);
  tell.say(`${words.live} No request failed; the outcomes told: ${lastRollout.reason}`);
  const acknowledged = (await historyOf(stage)).findLast(({ kind }) => kind === 'route-acknowledged');
  tell.say(`Rolled back by itself: ${acknowledged?.summary ?? 'no gateway was heard'}.`);
}

async function answers(stage: Stage, moments: readonly { what: string; at: string }[]): Promise<void> {
  const { programs, tell, stack, scenery } = stage;
  tell.scene('Years later: who decided what, and when?');
  for (const { what, at } of moments) {
    const answer = JSON.parse(await programs.understudy('champion', scenery.model, '--at', at, '--json')) as { version: string } | null;
    tell.figure(`champion ${what}`, answer?.version ?? 'none');
  }
  const history = await historyOf(stage);
  const took = (kind: string) => history.filter((event) => event.kind === kind).length;
  tell.figure('decisions in the audit trail', String(history.length));
  tell.figure('promotions, rollbacks, waivers', `${took('rollout-promoted')}, ${took('rollout-rolled-back')}, ${took('waiver-given')}`);
  for (const sentence of scenery.words.closing) tell.say(sentence);
  tell.figure('time', `${Math.round(tell.elapsedMs() / 1_000)} s`);
  tell.say('');
  tell.say(`Temporal UI       ${stack.endpoints.temporalUiUrl ?? '(yours)'}`);
  tell.say(`Gateway           ${stack.endpoints.gatewayUrl}/metrics`);
}

function traffic(stage: Stage, era: Era): Background {
  const { programs, scenery } = stage;
  const pace = ['--rate', RATE, '--batch', BATCH, '--outcome-delay', '3s', '--for', '10m'];
  return programs.background('simulate', scenery.model, ...scenery.simulate(stage, era), ...pace);
}

/** Doubt is what the waiting line is for; the figures stand alone here, without the margins of every segment; long reasons are cut. */
function tellOfClient(tell: Narrator, line: string): void {
  const doubt = /the judge says inconclusive: (.*)$/.exec(line);
  if (doubt) tell.waiting(doubt[1] ?? '');
  else if (!/, margin \S+: pass$/.test(line)) tell.say(`  ${line.length > 170 ? `${line.slice(0, 169)}…` : line}`);
}

/** Says every change of phase and share until the rollout is closed. */
async function followRollout(stage: Stage): Promise<void> {
  const { tell, scenery } = stage;
  let last = '';
  const deadline = Date.now() + 240_000;
  while (Date.now() < deadline) {
    const { challenger, verdict } = await statusOf(stage);
    if (challenger === null) return;
    const now = `${challenger.phase} ${challenger.share}`;
    if (now !== last) {
      const words =
        challenger.phase === 'ramping'
          ? `answers ${challenger.share} % of the ${scenery.words.people} (step ${challenger.step} of ${challenger.steps})`
          : challenger.phase;
      tell.say(`${challenger.version}: ${words}`);
      if (challenger.phase === 'paused') throw new Error(`the rollout asks a person: ${verdict?.reasons.join('; ')}`);
      last = now;
    }
    tell.waiting(verdict?.reasons[0] ?? 'the judge has not looked yet');
    await sleep(500);
  }
  throw new Error('the rollout did not end within four minutes');
}

async function approve({ programs, tell, scenery: { model } }: Stage, evidence: string, reason: string): Promise<void> {
  tell.command(`approve ${model} --evidence ${evidence.slice(0, 12)} --by alex --reason "${reason}"`);
  await programs.understudy('approve', model, '--evidence', evidence.slice(0, 12), '--by', 'alex', '--reason', reason);
}

async function waive({ programs, tell, scenery: { model } }: Stage, gate: string, reason: string): Promise<void> {
  tell.command(`waive ${model} --gate ${gate} --by alex --reason "${reason}"`);
  await programs.understudy('waive', model, '--gate', gate, '--by', 'alex', '--reason', reason);
}

function isAwaitingApproval({ challenger }: ModelStatus): boolean {
  return challenger?.phase === 'awaiting-approval';
}

function waitsFor({ retraining }: ModelStatus, gate: string): boolean {
  return retraining?.waitingFor?.gate === gate;
}

function dataOf({ dataDir, scenery }: Stage): string {
  return path.join(dataDir, scenery.dataFile);
}

function settingsOf({ settings }: Scenery): readonly Compressed[] {
  return [...compressedClock, ...settings];
}

async function until(stage: Stage, what: string, isSo: (status: ModelStatus) => boolean): Promise<void> {
  const { tell } = stage;
  const deadline = Date.now() + 90_000;
  for (;;) {
    const status = await statusOf(stage);
    if (isSo(status)) return;
    if (Date.now() > deadline) throw new Error(`waited 90 s for ${what}; ${status.lastRetraining?.detail ?? status.next.what}`);
    tell.waiting(`${what} (${status.retraining?.phase ?? status.challenger?.phase ?? 'watching'})`);
    await sleep(400);
  }
}

async function statusOf({ programs, scenery }: Stage): Promise<ModelStatus> {
  return JSON.parse(await programs.understudy('status', scenery.model, '--json')) as ModelStatus;
}

async function historyOf({ programs, scenery }: Stage): Promise<{ kind: string; summary: string; at: string }[]> {
  return JSON.parse(await programs.understudy('history', scenery.model, '--limit', '10000', '--json')) as {
    kind: string;
    summary: string;
    at: string;
  }[];
}

async function pause(ms: number, tell: Narrator, what: string): Promise<void> {
  tell.waiting(what);
  await sleep(ms);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
