/**
 * After a request is answered, the other version scores a copy of it: the challenger what the champion answered, the champion what
 * the challenger answered. Nobody hears it and nobody waits for it; when there is no time, copies are dropped and counted.
 */
import type { Arm } from '../domain/buckets.ts';
import type { ChallengerFault } from '../domain/fallbacks.ts';
import type { DropRecord, PairRecord, RecordKind } from '../store/log-records.ts';
import { type AskedRow, scoreRows } from './loaded-model.ts';
import { attemptChallenger } from './scoring.ts';
import type { Serving } from './serving.ts';

export interface Copy extends AskedRow {
  readonly predictionId: string;
  readonly arm: Arm;
  readonly entityHash: string;
  readonly score: number;
  readonly predictedAt: string;
}

export interface ShadowOptions {
  readonly gatewayId: string;
  readonly challengerTimeoutMs: number;
  /** Copies that may wait. */
  readonly capacity: number;
  readonly now: () => number;
  readonly nextId: () => string;
  readonly log: (kind: RecordKind, lines: readonly string[], atMs: number) => Promise<void>;
  readonly onDropped: (model: string, count: number) => void;
}

export interface Shadow {
  /** Takes the copies of one answered request, or drops them. */
  rehearse(serving: Serving, copies: readonly Copy[]): void;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
  /** Logs how many copies were dropped since the last call. */
  reportDrops(): Promise<void>;
}

interface Task {
  readonly serving: Serving;
  readonly copies: readonly Copy[];
}

export function createShadow(options: ShadowOptions): Shadow {
  const queue: Task[] = [];
  const dropped = new Map<string, number>();
  let waiting = 0;
  let working: Promise<void> | null = null;

  const drop = ({ serving, copies }: Task): void => {
    const rollout = serving.route.heldBy ?? '';
    dropped.set(rollout, (dropped.get(rollout) ?? 0) + copies.length);
    options.onDropped(serving.route.model, copies.length);
  };

  const work = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      await new Promise((resolve) => setImmediate(resolve));
      waiting -= task.copies.length;
      // A route that is no longer obeyed must come to rest quickly: its acknowledgement waits for this.
      if (task.serving.isRetired) drop(task);
      else await pairUp(task, options).catch(() => drop(task));
      task.serving.leave();
    }
    working = null;
  };

  return {
    rehearse(serving, copies) {
      if (copies.length === 0) return;
      const task = { serving, copies };
      if (waiting + copies.length > options.capacity) return drop(task);
      serving.enter();
      waiting += copies.length;
      queue.push(task);
      working ??= work();
    },
    idle: () => working ?? Promise.resolve(),
    async reportDrops() {
      const at = options.now();
      const lines = [...dropped].map(([rollout, count]) => JSON.stringify(dropRecord(options, rollout, count, at)));
      const reported = [...dropped];
      dropped.clear();
      await options.log('drops', lines, at).catch(() => {
        for (const [rollout, count] of reported) dropped.set(rollout, (dropped.get(rollout) ?? 0) + count);
      });
    },
  };
}

async function pairUp({ serving, copies }: Task, options: ShadowOptions): Promise<void> {
  const answeredByChallenger = copies.filter(({ arm }) => arm === 'challenger');
  const answeredByChampion = copies.filter(({ arm }) => arm !== 'challenger');
  const pairs = [
    ...(await rehearseChallenger(serving, answeredByChampion, options)),
    ...(await rehearseChampion(serving, answeredByChallenger)),
  ];
  await options.log(
    'pairs',
    pairs.map((pair) => JSON.stringify(pair)),
    options.now(),
  );
}

async function rehearseChallenger(serving: Serving, copies: readonly Copy[], options: ShadowOptions): Promise<PairRecord[]> {
  if (copies.length === 0) return [];
  const attempt = await attemptChallenger(serving, copies, options.challengerTimeoutMs);
  return copies.map((copy, index) => {
    const failure = attempt.faults[index] ?? null;
    return pairOf(serving, copy, { champion: copy.score, challenger: failure === null ? attempt.scores[index]! : null, failure });
  });
}

async function rehearseChampion(serving: Serving, copies: readonly Copy[]): Promise<PairRecord[]> {
  if (copies.length === 0) return [];
  const { scores } = await scoreRows(serving.champion, copies);
  return copies.map((copy, index) => pairOf(serving, copy, { champion: scores[index]!, challenger: copy.score, failure: null }));
}

interface Both {
  readonly champion: number;
  readonly challenger: number | null;
  readonly failure: ChallengerFault | null;
}

function pairOf(serving: Serving, copy: Copy, { champion, challenger, failure }: Both): PairRecord {
  return {
    prediction_id: copy.predictionId,
    model: serving.route.model,
    rollout_id: serving.route.heldBy ?? '',
    arm: copy.arm,
    entity_hash: copy.entityHash,
    champion_score: champion,
    challenger_score: challenger,
    failure,
    predicted_at: copy.predictedAt,
  };
}

function dropRecord(options: ShadowOptions, rollout: string, count: number, at: number): DropRecord {
  return {
    drop_id: options.nextId(),
    gateway_id: options.gatewayId,
    rollout_id: rollout,
    dropped_count: count,
    dropped_at: new Date(at).toISOString(),
  };
}
