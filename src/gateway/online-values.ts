/**
 * Aggregates of events that a request leaves out are read from Postgres, by the entity's keyed hash, for the whole request at once.
 * It may fail or be late, and the answer goes on without: a value nobody knows is missing, and the answer says why.
 */
import type { FeatureRow } from '../features/columns.ts';
import type { OnlineValues } from '../store/online-features.ts';
import type { KnownValues, OnlineInput } from './online-input.ts';
import type { Serving } from './serving.ts';

export type NotUsed = 'no-entity' | 'not-read' | 'not-materialised' | 'newer-than-the-prediction';

/** How far the values of one table go that an answer rests on. */
export interface OnlineNote {
  readonly table: string;
  readonly asOf: string | null;
  readonly ageMs: number | null;
  /** Older than the spec allows; served all the same. */
  readonly stale: boolean;
  /** Why none were used. */
  readonly notUsed?: NotUsed;
}

export interface OnlineAnswer {
  readonly known: KnownValues;
  readonly notes: readonly OnlineNote[];
}

export interface OnlineQuestion {
  /** Null: a request that names no entity. */
  readonly hash: string | null;
  readonly features: FeatureRow;
  readonly at: number;
  /** The request's own time, rather than now: values from after it are none of its business. */
  readonly isPast: boolean;
}

/** Null: Postgres did not answer in time. */
export type OnlineReader = (model: string, hashes: readonly string[]) => Promise<ReadonlyMap<string, readonly OnlineValues[]> | null>;

/** Half of the 100 ms that an answer may take at the 99th percentile. */
export const READ_WITHIN_MS = 50;
/** After a failure, or when it is late again and again, nobody waits for a while. */
const SILENT_MS = 1_000;
const LATE_IN_A_ROW = 3;

export interface OnlineReading {
  readonly read: (model: string, hashes: readonly string[]) => Promise<ReadonlyMap<string, readonly OnlineValues[]>>;
  readonly withinMs: number;
}

export function onlineReader({ read, withinMs }: OnlineReading): OnlineReader {
  let silentUntil = 0;
  let late = 0;
  const beSilent = () => {
    silentUntil = performance.now() + SILENT_MS;
  };
  return async (model, hashes) => {
    if (performance.now() < silentUntil) return null;
    const failed = () => {
      beSilent();
      return null;
    };
    const found = await inTime(read(model, hashes).catch(failed), withinMs);
    late = found === null ? late + 1 : 0;
    if (late >= LATE_IN_A_ROW) beSilent();
    return found;
  };
}

/** One answer a question; null where no version in service lacks anything. */
export async function askOnline(
  serving: Serving,
  questions: readonly OnlineQuestion[],
  read: OnlineReader,
): Promise<(OnlineAnswer | null)[]> {
  const lacking = questions.map(({ features }) => serving.onlineInputs.filter(({ name }) => !Object.hasOwn(features, name)));
  const hashes = questions.flatMap(({ hash }, index) => (hash !== null && lacking[index]!.length > 0 ? [hash] : []));
  if (lacking.every((inputs) => inputs.length === 0)) return questions.map(() => null);
  const found = hashes.length === 0 ? new Map<string, OnlineValues[]>() : await read(serving.route.model, [...new Set(hashes)]);
  return questions.map((question, index) => {
    if (lacking[index]!.length === 0) return null;
    const rows = question.hash === null || found === null ? null : (found.get(question.hash) ?? []);
    const silence = question.hash === null ? 'no-entity' : 'not-read';
    return answerTo(question, lacking[index]!, rows ?? silence);
  });
}

function answerTo(question: OnlineQuestion, lacking: readonly OnlineInput[], found: readonly OnlineValues[] | NotUsed): OnlineAnswer {
  const known = new Map<string, number | null>();
  const tables = [...new Set(lacking.map(({ aggregate }) => aggregate.table))];
  const notes = tables.map((table): OnlineNote => {
    if (typeof found === 'string') return unused(table, found);
    const row = found.find((each) => each.table === table);
    const wanted = lacking.filter(({ aggregate }) => aggregate.table === table).map(({ key }) => key);
    // A definition of the challenger's may be too new to have values, which is no reason to keep the champion's back.
    const keys = wanted.filter((key) => row?.keys.includes(key));
    if (!row || keys.length === 0) return unused(table, 'not-materialised');
    if (question.isPast && row.asOf > question.at) return unused(table, 'newer-than-the-prediction');
    for (const key of keys) known.set(key, row.values?.[key] ?? null);
    const ageMs = Math.max(0, question.at - row.asOf);
    return { table, asOf: new Date(row.asOf).toISOString(), ageMs, stale: ageMs > row.staleAfterMs };
  });
  return { known, notes };
}

function unused(table: string, notUsed: NotUsed): OnlineNote {
  return { table, asOf: null, ageMs: null, stale: false, notUsed };
}

async function inTime<Found>(work: Promise<Found>, withinMs: number): Promise<Found | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), withinMs);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
