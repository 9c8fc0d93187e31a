import { type Command, InvalidArgumentError } from 'commander';
import type { ModelName } from '../domain/ids.ts';
import type { RecordedEvent } from '../store/events.ts';
import { count, instant, withExamples, withJson, withModel } from './arguments.ts';
import { withRegistry } from './connections.ts';
import { type CliContext, Refused } from './context.ts';
import { insistOnModel } from './lookup.ts';
import { coloursFor, print, printJson, seconds, table } from './output.ts';

interface Options {
  readonly since?: Since;
  readonly limit: number;
  readonly verify?: boolean;
  readonly json?: boolean;
}

type Since = { readonly sequence: number } | { readonly at: string };

const NEWEST = 50;

export function registerHistory(program: Command, context: CliContext): void {
  const command = program
    .command('history')
    .summary('the story of a model: who decided what, when and why')
    .description(
      'Tells what was decided about a model, oldest first, from its audit trail. Every event carries the digest of the one before; --verify checks the chain.',
    )
    .option('--since <time-or-number>', 'only events after this moment, or after this number', since)
    .option('--limit <n>', 'at most so many, the newest ones', count, NEWEST)
    .option('--verify', 'check that no event was changed or taken out');
  withExamples(withJson(withModel(command)), [
    'history churn',
    'history churn --since 2026-03-01 --limit 200',
    'history churn --verify',
  ]).action((model: ModelName, options: Options) => showHistory(context, model, options));
}

async function showHistory(context: CliContext, model: ModelName, options: Options): Promise<void> {
  await withRegistry(context, async ({ db }) => {
    const { eventsOf, firstBrokenLink } = await import('../store/events.ts');
    await insistOnModel(db, model);
    if (options.verify) {
      const broken = await firstBrokenLink(db, model);
      if (broken !== null)
        throw new Refused(`the audit trail of ${model} is broken at event ${broken}: it or the one before was changed or taken out`);
    }
    const events = await eventsOf(db, model, {
      since: options.since && 'sequence' in options.since ? options.since.sequence : 0,
      limit: 1_000_000,
    });
    const asked = events.filter((event) => isAfter(event, options.since));
    const shown = asked.slice(-options.limit);
    if (options.json) return printJson(context, shown);
    if (options.verify) print(context, `the chain of ${events.at(-1)?.sequence ?? 0} events holds`);
    const { dim } = coloursFor(context);
    if (shown.length > 0)
      print(context, table(shown.map((event) => [String(event.sequence), dim(seconds(event.at)), event.kind, event.by, event.summary])));
    const left = asked.length - shown.length;
    if (left > 0) print(context, dim(`${left} earlier ones are not shown; --limit ${asked.length} shows all`));
    if (asked.length === 0) print(context, `nothing was recorded about ${model}${options.since ? ' since then' : ''}`);
  });
}

function isAfter(event: RecordedEvent, from: Since | undefined): boolean {
  if (from === undefined) return true;
  return 'at' in from ? event.at > from.at : event.sequence > from.sequence;
}

function since(text: string): Since {
  if (/^\d{1,9}$/.test(text)) return { sequence: Number(text) };
  try {
    return { at: instant(text) };
  } catch {
    throw new InvalidArgumentError('Expected a time in UTC, such as 2026-03-01T12:00:00Z, or the number of an event.');
  }
}
