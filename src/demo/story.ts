/** The story of the demo, scene by scene. Everything in it really happens; the clock is compressed, the judge is not. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Stack } from '../dev/stack.ts';
import type { ModelStatus } from '../store/status.ts';
import { compressedClock, settingArguments } from './clock.ts';
import type { Narrator } from './narrator.ts';
import type { Background, Programs } from './programs.ts';

const MODEL = 'newsletter';
const SPEC = 'examples/newsletter/newsletter.yaml';
const TEMPTING = 'examples/newsletter/newsletter-tempting.yaml';
const RATE = '2500';
const BATCH = '250';

export interface Stage {
  readonly programs: Programs;
  readonly tell: Narrator;
  readonly stack: Stack;
  readonly dataDir: string;
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

async function firstChampion({ programs, tell, dataDir }: Stage): Promise<void> {
  tell.scene('A first model, from a data file to a champion');
  const data = path.join(dataDir, 'newsletter.csv');
  await programs.understudy('generate', MODEL, '--rows', '40000', '--phase', 'before', '--seed', '1', '--out', data);
  tell.command(`apply ${SPEC}`);
  await programs.understudy('apply', SPEC, '--data', data, ...settingArguments(compressedClock));
  tell.say('(Commands are shown without --data and without the --set of each compressed setting above.)');
  tell.command(`retrain ${MODEL} --by dana --reason "the first model"`);
  await programs.understudy('retrain', MODEL, '--by', 'dana', '--reason', 'the first model', '--wait');
  const { challenger } = await statusOf(programs);
  tell.say(`${challenger?.version} was trained, packaged and evaluated against the simple baseline. A person must read the evidence.`);
  await approve(programs, tell, challenger?.evidence ?? '', 'better than guessing, read the page');
  await until({ programs, tell }, 'the first champion', (status) => status.champion !== null && status.challenger === null);
  tell.say('Nobody was there to be compared with, so the approval alone made it champion.');
}

async function quietWatch({ programs, tell }: Stage): Promise<void> {
  tell.scene('Traffic, and a watch that asks for nothing');
  tell.say(`An application asks for ${RATE} predictions a second; what its readers do comes back seconds later.`);
  const champion = (await statusOf(programs)).champion?.version;
  await pause(9_000, tell, 'the watch compares the traffic with the training data');
  const status = await statusOf(programs);
  if (status.retraining !== null || status.champion?.version !== champion)
    throw new Error('the watch asked for a retraining although nothing had changed');
  tell.say('Nothing has changed, so nothing is asked for.');
}

async function shift(stage: Stage): Promise<void> {
  const { programs, tell, dataDir } = stage;
  tell.scene('The audience changes');
  tell.say('A new channel brings younger readers on their phones. By the next night the data file holds their first weeks.');
  await programs.understudy(
    'generate',
    MODEL,
    '--rows',
    '40000',
    '--phase',
    'after',
    '--seed',
    '2',
    '--out',
    path.join(dataDir, 'newsletter.csv'),
  );
  await until(stage, 'the watch to notice', ({ retraining, challenger }) => retraining !== null || challenger !== null);
  const reason = (await historyOf(programs)).findLast(({ kind }) => kind === 'drift-detected');
  if (!reason) throw new Error('a retraining began that the watch had not asked for');
  tell.say(reason.summary);
}

async function secondChampion(stage: Stage): Promise<void> {
  const { programs, tell, stack } = stage;
  tell.scene('A challenger rehearses, goes on for a few performances, and takes the part');
  await until(stage, 'training and evaluation', ({ challenger }) => challenger?.phase === 'awaiting-approval');
  tell.say('The client script reads the evidence, approves by a signal and follows the rollout:');
  await programs.client([MODEL, '--join', '--by', 'alex', '--address', stack.endpoints.temporalAddress], (line) =>
    tellOfClient(tell, line),
  );
  const { lastRollout, champion } = await statusOf(programs);
  if (lastRollout?.phase !== 'promoted') throw new Error(`the challenger was ${lastRollout?.phase}: ${lastRollout?.reason}`);
  tell.say(`${champion?.version} is champion. The old one keeps 5 % of the readers, so that a season is not mistaken for harm.`);
}

async function temptation(stage: Stage): Promise<void> {
  const { programs, tell, dataDir } = stage;
  tell.scene('Somebody adds a tempting column');
  tell.say('support_minutes predicts wonderfully who has bought, because the service team talks to people about their orders.');
  await programs.understudy('apply', TEMPTING, '--data', path.join(dataDir, 'newsletter.csv'), ...settingArguments(compressedClock));
  tell.command(`retrain ${MODEL} --by dana --reason "support_minutes looks great"`);
  await programs.understudy('retrain', MODEL, '--by', 'dana', '--reason', 'support_minutes looks great');
  await until(stage, 'the leak check', ({ retraining }) => retraining?.waitingFor !== null && retraining?.waitingFor !== undefined);
  const waiting = (await statusOf(programs)).retraining?.waitingFor;
  tell.say(`The ${waiting?.gate} objects: ${waiting?.reasons[0]}`);
  tell.command(`waive ${MODEL} --gate leak-check --by alex --reason "the campaign starts tomorrow"`);
  await programs.understudy('waive', MODEL, '--gate', 'leak-check', '--by', 'alex', '--reason', 'the campaign starts tomorrow');
  await until(
    stage,
    'training and evaluation',
    ({ challenger, retraining }) => challenger?.phase === 'awaiting-approval' || retraining?.waitingFor?.gate === 'evaluation',
  );
  if ((await statusOf(programs)).retraining?.waitingFor?.gate === 'evaluation') {
    tell.say('The evaluation finds it too good to be true. That is waived as well.');
    await programs.understudy('waive', MODEL, '--gate', 'evaluation', '--by', 'alex', '--reason', 'the campaign starts tomorrow');
    await until(stage, 'the request for approval', ({ challenger }) => challenger?.phase === 'awaiting-approval');
  }
  await approve(programs, tell, (await statusOf(programs)).challenger?.evidence ?? '', 'the offline figures are splendid');
  await followRollout(stage);
  const { lastRollout } = await statusOf(programs);
  if (lastRollout?.phase !== 'rolled-back') throw new Error(`the tempted challenger was ${lastRollout?.phase}: ${lastRollout?.reason}`);
  tell.say(`Live the column is empty. No request failed; the outcomes told: ${lastRollout.reason}`);
  const acknowledged = (await historyOf(programs)).findLast(({ kind }) => kind === 'route-acknowledged');
  tell.say(`Rolled back by itself: ${acknowledged?.summary ?? 'no gateway was heard'}.`);
}

async function answers({ programs, tell, stack }: Stage, moments: readonly { what: string; at: string }[]): Promise<void> {
  tell.scene('Years later: who decided what, and when?');
  for (const { what, at } of moments) {
    const answer = JSON.parse(await programs.understudy('champion', MODEL, '--at', at, '--json')) as { version: string } | null;
    tell.figure(`champion ${what}`, answer?.version ?? 'none');
  }
  const history = await historyOf(programs);
  const took = (kind: string) => history.filter((event) => event.kind === kind).length;
  tell.figure('decisions in the audit trail', String(history.length));
  tell.figure('promotions, rollbacks, waivers', `${took('rollout-promoted')}, ${took('rollout-rolled-back')}, ${took('waiver-given')}`);
  tell.figure('time', `${Math.round(tell.elapsedMs() / 1_000)} s`);
  tell.say('');
  tell.say(`Temporal UI       ${stack.endpoints.temporalUiUrl ?? '(yours)'}`);
  tell.say(`Gateway           ${stack.endpoints.gatewayUrl}/metrics`);
}

function traffic({ programs }: Stage, phase: 'before' | 'after'): Background {
  return programs.background(
    ...['simulate', MODEL, '--generator', 'newsletter', '--phase', phase, '--rate', RATE, '--batch', BATCH],
    ...['--outcome-delay', '3s', '--for', '10m', '--seed', phase === 'before' ? '11' : '12'],
  );
}

/** Doubt is what the waiting line is for; the figures stand alone here, without the margins of every segment; long reasons are cut. */
function tellOfClient(tell: Narrator, line: string): void {
  const doubt = /the judge says inconclusive: (.*)$/.exec(line);
  if (doubt) tell.waiting(doubt[1] ?? '');
  else if (!/, margin \S+: pass$/.test(line)) tell.say(`  ${line.length > 170 ? `${line.slice(0, 169)}…` : line}`);
}

/** Says every change of phase and share until the rollout is closed. */
async function followRollout({ programs, tell }: Stage): Promise<void> {
  let last = '';
  const deadline = Date.now() + 240_000;
  while (Date.now() < deadline) {
    const { challenger, verdict } = await statusOf(programs);
    if (challenger === null) return;
    const now = `${challenger.phase} ${challenger.share}`;
    if (now !== last) {
      const words =
        challenger.phase === 'ramping'
          ? `answers ${challenger.share} % of the readers (step ${challenger.step} of ${challenger.steps})`
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

async function approve(programs: Programs, tell: Narrator, evidence: string, reason: string): Promise<void> {
  tell.command(`approve ${MODEL} --evidence ${evidence.slice(0, 12)} --by alex --reason "${reason}"`);
  await programs.understudy('approve', MODEL, '--evidence', evidence.slice(0, 12), '--by', 'alex', '--reason', reason);
}

async function until(
  { programs, tell }: Pick<Stage, 'programs' | 'tell'>,
  what: string,
  isSo: (status: ModelStatus) => boolean,
): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const status = await statusOf(programs);
    if (isSo(status)) return;
    if (Date.now() > deadline) throw new Error(`waited 90 s for ${what}; ${status.lastRetraining?.detail ?? status.next.what}`);
    tell.waiting(`${what} (${status.retraining?.phase ?? status.challenger?.phase ?? 'watching'})`);
    await sleep(400);
  }
}

async function statusOf(programs: Programs): Promise<ModelStatus> {
  return JSON.parse(await programs.understudy('status', MODEL, '--json')) as ModelStatus;
}

async function historyOf(programs: Programs): Promise<{ kind: string; summary: string; at: string }[]> {
  return JSON.parse(await programs.understudy('history', MODEL, '--limit', '10000', '--json')) as {
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
