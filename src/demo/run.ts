/** Sets the stage, plays the story, and clears away, whatever happens. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CliContext } from '../cli/context.ts';
import { startStack } from '../dev/stack.ts';
import { describePlan } from '../spec/describe.ts';
import { parseSpec } from '../spec/parse.ts';
import { bankScenery, readBankCalls } from './bank-scenery.ts';
import { compressedClock } from './clock.ts';
import { type Narrator, narratorFor } from './narrator.ts';
import { newsletterScenery } from './newsletter-scenery.ts';
import { programsWith } from './programs.ts';
import type { Scenery } from './scenery.ts';
import { play } from './story.ts';

export interface DemoOptions {
  readonly stateDir: string;
  readonly keep: boolean;
  readonly logs: boolean;
  /** Whose story; the bank's needs its file. */
  readonly story: { readonly kind: 'newsletter' } | { readonly kind: 'bank-marketing'; readonly file: string };
}

export async function runDemo(context: CliContext, { stateDir, keep, logs, story }: DemoOptions): Promise<void> {
  // Before anything is started: a wrong file should say so at once.
  const scenery = story.kind === 'newsletter' ? newsletterScenery : bankScenery(await readBankCalls(story.file));
  mkdirSync(stateDir, { recursive: true });
  const logFile = path.join(stateDir, 'demo.log');
  const onLog = (who: string, line: string) => {
    appendFileSync(logFile, `${new Date().toISOString()} ${who.padEnd(9)} ${line}\n`);
    if (logs || /building|still |built in|download/.test(line)) context.stderr.write(`  ${who.padEnd(9)} ${line}\n`);
  };
  context.stdout.write('Understudy demo: setting the stage (Postgres, Temporal, two workers, a gateway) …\n');
  const stack = await startStack({ stateDir, fresh: true, ports: {}, env: context.env, onLog });
  const env = { ...context.env, UNDERSTUDY_STATE: stateDir };
  const programs = programsWith(env);
  try {
    const tell = narratorFor(context);
    await sayClock(tell, scenery);
    await Promise.race([play({ programs, tell, stack, scenery, dataDir: path.join(stateDir, 'data') }), interrupted(context.signal)]);
    if (keep) {
      tell.say(
        `Everything stays up. Try: UNDERSTUDY_STATE=${path.relative(context.cwd, stateDir) || '.'} npx understudy history ${scenery.model}. Ctrl-C ends it.`,
      );
      await interrupted(context.signal).catch(() => undefined);
    }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)} (what the servers said is in ${logFile})`, { cause: error });
  } finally {
    await programs.stopAll();
    await stack.stop();
  }
}

/** Only durations and minimum counts shrink: each is shown beside the value of the example's own spec. */
async function sayClock(tell: Narrator, { spec, settings }: Scenery): Promise<void> {
  const yaml = await readFile(spec, 'utf8');
  const own = parseSpec(yaml, { file: spec }).spec;
  const compressed = parseSpec(yaml, { file: spec, overrides: [...compressedClock, ...settings] }).spec;
  tell.scene('The plan, with a compressed clock');
  for (const { setting, value, usual, isUsual } of describePlan(compressed, own)) {
    tell.figure(setting, isUsual ? value : `${usual}  →  ${value}`);
  }
}

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Error('interrupted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
