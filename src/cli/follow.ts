/**
 * Follows a model by its audit trail and its status, both in Postgres: it goes on through a restart of worker or Temporal, and
 * what it prints is what `history` will say for ever after.
 */
import type { Knex } from 'knex';
import type { ModelName } from '../domain/ids.ts';
import { eventsOf, type RecordedEvent } from '../store/events.ts';
import { isDatabaseAway } from '../store/failures.ts';
import { type ModelStatus, modelStatus } from '../store/status.ts';
import { type CliContext, Refused } from './context.ts';
import { coloursFor, seconds, tell } from './output.ts';

const LOOK_EVERY_MS = 400;

export interface Look {
  readonly status: ModelStatus;
  /** What was recorded since the look before. */
  readonly events: readonly RecordedEvent[];
}

export interface Following {
  readonly db: Knex;
  readonly model: ModelName;
  /** Events up to this number are old news. */
  readonly since: number;
}

/** Prints a line a change until `ended` answers something. */
export async function follow<End>(
  context: CliContext,
  { db, model, since }: Following,
  ended: (look: Look) => End | undefined,
): Promise<End> {
  let seen = since;
  let phase: string | null = null;
  let isAway = false;
  let isFirst = true;
  for (;;) {
    const look = await lookAt(db, model, seen).catch((error: unknown) => {
      if (!isDatabaseAway(error)) throw error;
      return null;
    });
    if (look === null && !isAway) tell(context, 'Postgres does not answer; still waiting');
    isAway = look === null;
    if (look) {
      if (isFirst) tellOldDoubt(context, look.status);
      isFirst = false;
      for (const event of look.events) tell(context, lineOf(context, event, model));
      const now = phaseOf(look.status);
      if (now !== null && now.sentence !== phase) tell(context, `${coloursFor(context).dim(seconds(now.since))}  ${now.sentence}`);
      phase = now?.sentence ?? null;
      seen = look.events.at(-1)?.sequence ?? seen;
      const end = ended(look);
      if (end !== undefined) return end;
    }
    await pause(context.signal, model);
  }
}

/** The number of the newest event: what comes after it is news. */
export async function newestEvent(db: Knex, model: ModelName): Promise<number> {
  return (await eventsOf(db, model, { limit: 1_000_000 })).at(-1)?.sequence ?? 0;
}

/** The status is read first, so that no end is seen before the events that led to it. */
async function lookAt(db: Knex, model: ModelName, since: number): Promise<Look> {
  const status = await modelStatus(db, model);
  return { status, events: await eventsOf(db, model, { since }) };
}

/** A doubt from before nobody would hear of otherwise, and it keeps back what was asked for now. */
function tellOldDoubt(context: CliContext, { model, retraining }: ModelStatus): void {
  if (!retraining?.waitingFor) return;
  const { version, since, waitingFor } = retraining;
  tell(
    context,
    `${coloursFor(context).dim(seconds(since))}  ${version} waits for a person, and nothing else is trained before it has ended\n${' '.repeat(22)}to overrule the doubt: understudy waive ${model} --gate ${waitingFor.gate} --reason TEXT`,
  );
}

/** Stages of a training leave no event each; the audit trail has what was decided. */
function phaseOf({ retraining }: ModelStatus): { sentence: string; since: string } | null {
  if (!retraining || retraining.waitingFor) return null;
  return { sentence: `${retraining.version} is ${retraining.phase}`, since: retraining.since };
}

function lineOf(context: CliContext, event: RecordedEvent, model: ModelName): string {
  const line = `${coloursFor(context).dim(seconds(event.at))}  ${event.summary}`;
  if (event.kind !== 'waiver-requested') return line;
  return `${line}\n${' '.repeat(22)}to overrule it: understudy waive ${model} --gate ${String(event.details.gate)} --reason TEXT`;
}

async function pause(signal: AbortSignal, model: ModelName): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, LOOK_EVERY_MS);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
  if (signal.aborted) throw new Refused(`stopped waiting; ${model} goes on without anybody looking: understudy status ${model}`);
}
