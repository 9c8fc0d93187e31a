/**
 * Scores the instances of one request arm by arm, each arm as batches of its own, in an order that changes from request to request,
 * so that no arm is always first in a cold cache. Where the challenger fails, the champion answers.
 */
import type { Arm } from '../domain/buckets.ts';
import type { ChallengerFault, FallbackReason } from '../domain/fallbacks.ts';
import type { VersionId } from '../domain/ids.ts';
import { wordsFor } from '../domain/output-range.ts';
import { type AskedRow, isScore, type LoadedModel, problemsFor, type ScoredRows, scoreRows } from './loaded-model.ts';
import { chooseVersion } from './routing.ts';
import { modelOfVersion, type Serving } from './serving.ts';

export interface Candidate extends AskedRow {
  readonly arm: Arm;
}

export interface Answer {
  readonly version: VersionId;
  readonly score: number;
  readonly latencyMs: number;
  readonly fallback: FallbackReason | null;
}

export interface ScoringRules {
  readonly leaseAlive: boolean;
  readonly challengerTimeoutMs: number;
}

/** The champion itself has no number to give: nothing is left to answer with. */
export class ChampionFailed extends Error {}

let requests = 0;

export async function scoreCandidates(serving: Serving, candidates: readonly Candidate[], rules: ScoringRules): Promise<Answer[]> {
  const answers: Answer[] = new Array(candidates.length);
  const groups = [...groupedByArm(candidates)];
  requests = (requests + 1) % 1_000;
  const first = requests;
  for (let index = 0; index < groups.length; index++) {
    const [arm, members] = groups[(index + first) % groups.length]!;
    const rows = members.map((member) => candidates[member]!);
    const scored = await scoreArm(serving, arm, rows, rules);
    members.forEach((member, place) => {
      answers[member] = scored[place]!;
    });
  }
  return answers;
}

function groupedByArm(candidates: readonly Candidate[]): Map<Arm, number[]> {
  const groups = new Map<Arm, number[]>();
  candidates.forEach(({ arm }, index) => {
    const group = groups.get(arm);
    if (group) group.push(index);
    else groups.set(arm, [index]);
  });
  return groups;
}

async function scoreArm(serving: Serving, arm: Arm, rows: readonly AskedRow[], rules: ScoringRules): Promise<Answer[]> {
  const { version, fallback } = chooseVersion(serving.route, arm, rules.leaseAlive);
  if (version === serving.route.champion)
    return championAnswers(
      serving,
      rows,
      rows.map(() => fallback),
    );
  if (arm === 'challenger') return challengerAnswers(serving, rows, rules);
  const model = modelOfVersion(serving, version);
  const scored = model === null ? null : await scoreRows(model, rows).catch(() => null);
  if (model === null || scored === null || !scored.scores.every((score) => isScore(model, score))) {
    return championAnswers(
      serving,
      rows,
      rows.map(() => 'hold-back-failed' as const),
    );
  }
  return answersOf(model, scored);
}

async function championAnswers(
  serving: Serving,
  rows: readonly AskedRow[],
  fallbacks: readonly (FallbackReason | null)[],
): Promise<Answer[]> {
  const { champion } = serving;
  const scored = await scoreRows(champion, rows);
  return answersOf(champion, scored, fallbacks);
}

function answersOf(model: LoadedModel, scored: ScoredRows, fallbacks?: readonly (FallbackReason | null)[]): Answer[] {
  return Array.from(scored.scores, (score, index) => {
    if (!isScore(model, score)) throw new ChampionFailed(`${model.version} answered ${score}: expected ${wordsFor(model.outputRange)}`);
    return { version: model.version, score, latencyMs: scored.latencyMs[index]!, fallback: fallbacks?.[index] ?? null };
  });
}

async function challengerAnswers(serving: Serving, rows: readonly AskedRow[], rules: ScoringRules): Promise<Answer[]> {
  const startedAt = performance.now();
  const attempt = await attemptChallenger(serving, rows, rules.challengerTimeoutMs);
  const spentMs = performance.now() - startedAt;
  const failed = attempt.faults.flatMap((fault, index) => (fault === null ? [] : [index]));
  // What the failed attempt took is part of how long the challenger's arm waits.
  const rescued = await championAnswers(
    serving,
    failed.map((index) => rows[index]!),
    failed.map((index) => attempt.faults[index]!),
  );
  const answers: Answer[] = rows.map((_, index) => ({
    version: serving.route.challenger!,
    score: attempt.scores[index]!,
    latencyMs: attempt.latencyMs[index]!,
    fallback: null,
  }));
  failed.forEach((index, place) => {
    const rescue = rescued[place]!;
    answers[index] = { ...rescue, latencyMs: rescue.latencyMs + spentMs };
  });
  return answers;
}

export interface Attempt extends ScoredRows {
  /** One a row: null where the challenger answered. */
  readonly faults: readonly (ChallengerFault | null)[];
}

/** Never throws: whatever the challenger does is its own fault, row by row. */
export async function attemptChallenger(serving: Serving, rows: readonly AskedRow[], timeoutMs: number): Promise<Attempt> {
  const { challenger, champion, challengerBench: bench } = serving;
  if (challenger === null) return nothingBut('challenger-not-loaded', rows.length);
  const now = performance.now();
  if (bench.isSittingOut(now)) return nothingBut('challenger-timeout', rows.length);
  const readable = rows.map(
    ({ row }) => challenger.inputsKey === champion.inputsKey || problemsFor(challenger, row, serving.knownFields).length === 0,
  );
  try {
    const scored = await withinTime(scoreReadable(challenger, rows, readable), timeoutMs);
    // A scorer that blocks the thread can't be interrupted, but its lateness is seen.
    if (scored === null || performance.now() - now > timeoutMs) {
      bench.wasTooSlow(performance.now());
      return nothingBut('challenger-timeout', rows.length);
    }
    bench.answered();
    const faults = readable.map((isReadable, index) => {
      if (!isReadable) return 'challenger-lacks-input';
      return isScore(challenger, scored.scores[index]!) ? null : 'challenger-not-a-number';
    });
    return { ...scored, faults };
  } catch {
    return nothingBut('challenger-error', rows.length);
  }
}

async function scoreReadable(model: LoadedModel, rows: readonly AskedRow[], readable: readonly boolean[]): Promise<ScoredRows> {
  if (readable.every(Boolean)) return scoreRows(model, rows);
  const places = readable.flatMap((isReadable, index) => (isReadable ? [index] : []));
  const some = await scoreRows(
    model,
    places.map((index) => rows[index]!),
  );
  const scores = new Float64Array(rows.length).fill(Number.NaN);
  const latencyMs = new Float64Array(rows.length);
  places.forEach((index, place) => {
    scores[index] = some.scores[place]!;
    latencyMs[index] = some.latencyMs[place]!;
  });
  return { scores, latencyMs };
}

function nothingBut(fault: ChallengerFault, count: number): Attempt {
  return { scores: new Float64Array(count).fill(Number.NaN), latencyMs: new Float64Array(count), faults: new Array(count).fill(fault) };
}

/** Null when it took too long; what it says later is not listened to. */
async function withinTime<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), timeoutMs);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
