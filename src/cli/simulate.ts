import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readConfig } from '../config.ts';
import type { ModelName } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import type { PlayedTraffic } from '../simulation/played-traffic.ts';
import { hasPhases, type Population, populations } from '../simulation/population-names.ts';
import type { Visit } from '../simulation/visit.ts';
import { count, duration, whole, withExamples, withJson, withModel } from './arguments.ts';
import { withRegistry } from './connections.ts';
import { type CliContext, Exit, Refused } from './context.ts';
import { print, printJson } from './output.ts';
import { type Progress, simulationProgress } from './simulation-progress.ts';
import { simulationSummary } from './simulation-summary.ts';

interface Options {
  readonly data?: string;
  readonly generator?: Population;
  readonly phase: 'before' | 'after';
  readonly rate: number;
  readonly batch?: number;
  readonly for?: number;
  readonly count?: number;
  readonly outcomeDelay?: number;
  readonly gateway?: string;
  readonly spec?: string;
  readonly seed: number;
  readonly journal?: string;
  readonly json?: boolean;
}

const USUAL_DURATION_MS = 60_000;
/** Requests a second that one client sends without effort. */
const REQUESTS_PER_SECOND = 50;
const MOST_INSTANCES = 1_000;
const LONGEST_USUAL_DELAY_MS = 5_000;
const SPEC_EVERY_MS = 2_000;

export function registerSimulate(program: Command, context: CliContext): void {
  const command = withModel(
    program
      .command('simulate')
      .summary('play an application that asks for scores and posts outcomes')
      .description(
        'Plays an application: asks a gateway for scores at a rate, for people who come back, withholds what is known only afterwards, and posts outcomes when they become known. Of an uplift model it treats those whom the score favours. Ctrl-C stops it cleanly.',
      ),
  )
    .option('--data <path>', "the rows of a file (default: the spec's source.path)")
    .addOption(new Option('--generator <name>', 'made-up people instead of a file').choices(populations))
    .addOption(
      new Option('--phase <phase>', 'readers of the newsletter before or after their shift').choices(['before', 'after']).default('before'),
    )
    .option('--rate <number>', 'instances a second', count, 100)
    .option(
      '--batch <number>',
      `instances a request, at most ${MOST_INSTANCES} (default: for ${REQUESTS_PER_SECOND} requests a second)`,
      batch,
    )
    .option('--for <duration>', 'how long (default: 60s, unless there is a count)', duration)
    .option('--count <number>', 'how many instances', count)
    .option(
      '--outcome-delay <duration>',
      "when the last outcomes become known (default: half of the label's maturity, at most 5s)",
      duration,
    )
    .option('--gateway <url>', 'the gateway (default: UNDERSTUDY_GATEWAY_URL, or that of understudy dev)')
    .option('--spec <path>', 'a spec file, instead of the newest revision applied')
    .option('--seed <number>', 'other people', whole, 1)
    .option('--journal <path>', 'append everything that was acknowledged, one JSON line each');
  withExamples(withJson(command), [
    'simulate newsletter --generator newsletter --rate 2000 --for 5m',
    'simulate newsletter --generator newsletter --phase after --rate 5000 --batch 200 --count 100000',
    'simulate customer-value --generator value --rate 500',
    'simulate telco-churn --data ~/data/telco.csv --rate 50 --outcome-delay 2s',
  ]).action((model: ModelName, options: Options) => simulate(context, model, options));
}

async function simulate(context: CliContext, model: ModelName, options: Options): Promise<void> {
  const gateway = options.gateway ?? readConfig(context.env, context.cwd).gateway.url;
  if (gateway === null)
    throw new Refused('no gateway is known: start one (understudy dev), or name one with --gateway or UNDERSTUDY_GATEWAY_URL');
  if (!URL.canParse(gateway)) throw new Refused(`expected the URL of a gateway, such as http://127.0.0.1:8080, found "${gateway}"`);
  const played = await withSpec(context, model, { options, play: (spec) => run(context, { gateway, spec, options }) });
  if (options.json) printJson(context, played);
  else print(context, simulationSummary(model, played));
  const isFailed = played.answered === 0 || played.outcomes.lost > 0;
  if (isFailed) throw new Exit(1);
}

interface Playing {
  readonly options: Options;
  readonly play: (spec: () => Spec) => Promise<PlayedTraffic>;
}

/** The spec as it is, also when a newer revision is applied meanwhile. */
async function withSpec(context: CliContext, model: ModelName, { options, play }: Playing): Promise<PlayedTraffic> {
  if (options.spec !== undefined) {
    const spec = await specFrom(path.resolve(context.cwd, options.spec));
    if (spec.model !== model) throw new Refused(`${options.spec} describes ${spec.model}, not ${model}`);
    return play(() => spec);
  }
  return withRegistry(context, async ({ db }) => {
    const { currentSpec } = await import('../store/specs.ts');
    let { spec } = await currentSpec(db, model);
    const follow = async () => {
      // An application goes on asking while the registry is away, and so do we.
      spec = await currentSpec(db, model).then(
        (newest) => newest.spec,
        () => spec,
      );
    };
    const following = setInterval(() => void follow(), SPEC_EVERY_MS);
    try {
      return await play(() => spec);
    } finally {
      clearInterval(following);
    }
  });
}

async function specFrom(file: string): Promise<Spec> {
  const { readFile } = await import('node:fs/promises');
  const { parseSpec } = await import('../spec/parse.ts');
  if (!existsSync(file)) throw new Refused(`there is no file ${file}`);
  return parseSpec(await readFile(file, 'utf8'), { file }).spec;
}

async function run(
  context: CliContext,
  { gateway, spec, options }: { gateway: string; spec: () => Spec; options: Options },
): Promise<PlayedTraffic> {
  const { play } = await import('../simulation/traffic-player.ts');
  const { openJournal } = await import('../simulation/journal.ts');
  const visits = await visitsFor(context, spec(), options);
  const limit = limitOf(options);
  const progress: Progress = simulationProgress(context, limit);
  const journal = options.journal === undefined ? undefined : openJournal(path.resolve(context.cwd, options.journal), randomUUID());
  try {
    return await play({
      gateway,
      visits,
      spec,
      rate: options.rate,
      batch: options.batch ?? Math.min(MOST_INSTANCES, Math.max(1, Math.round(options.rate / REQUESTS_PER_SECOND))),
      limit,
      latestOutcomeMs: options.outcomeDelay ?? Math.min(spec().label.maturityMs / 2, LONGEST_USUAL_DELAY_MS),
      signal: context.signal,
      ...(journal && { journal }),
      onProgress: progress.show,
    });
  } finally {
    progress.end();
    journal?.close();
  }
}

function limitOf({ for: durationMs, count: instances }: Options): { durationMs?: number; instances?: number } {
  if (durationMs === undefined && instances === undefined) return { durationMs: USUAL_DURATION_MS };
  return { ...(durationMs !== undefined && { durationMs }), ...(instances !== undefined && { instances }) };
}

async function visitsFor(context: CliContext, spec: Spec, { data, generator, phase, seed }: Options): Promise<Iterator<Visit>> {
  if (generator !== undefined) {
    if (!hasPhases(generator) && phase !== 'before')
      throw new Refused(`--phase is about the newsletter: the people of ${generator} stay who they are`);
    const { visitsOf } = await import('../simulation/populations.ts');
    return visitsOf(generator, { seed, phase });
  }
  const file = data === undefined ? spec.source.path : path.resolve(context.cwd, data);
  if (file === null)
    throw new Refused(`the spec of ${spec.model} names no file to play: say --data FILE, or --generator ${populations.join(' | ')}`);
  const { readSourceRows, visitsOfRows } = await import('../simulation/csv-visits.ts');
  return visitsOfRows(await readSourceRows(file, spec), spec, seed);
}

function batch(text: string): number {
  const size = count(text);
  if (size > MOST_INSTANCES) throw new InvalidArgumentError(`Expected at most ${MOST_INSTANCES}, which is what a gateway takes at once.`);
  return size;
}
