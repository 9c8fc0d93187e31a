/** From the instances of a request to answers that are logged: check, assign, score, write to the spool, and only then answer. */
import type { KeyObject } from 'node:crypto';
import type { Arm } from '../domain/buckets.ts';
import type { Route } from '../domain/route.ts';
import type { FeatureRow } from '../features/columns.ts';
import type { FailureRecord, RecordKind } from '../store/log-records.ts';
import type { Instance, Problem } from './instances.ts';
import { problemsFor, rowFor } from './loaded-model.ts';
import type { KnownValues } from './online-input.ts';
import { askOnline, type OnlineNote, type OnlineReader } from './online-values.ts';
import type { RememberedAnswers } from './remembered-answers.ts';
import type { RouteBook } from './routes.ts';
import { assign, entityHash, passingEntityHash } from './routing.ts';
import { type Answer, scoreCandidates } from './scoring.ts';
import { modelOfVersion, type Serving } from './serving.ts';
import type { Copy, Shadow } from './shadow.ts';

export interface Prediction {
  readonly predictionId: string;
  readonly score: number;
  readonly version: string;
  readonly arm: Arm;
  readonly fallback?: string;
  /** How far the aggregates go that were read online, if any were. */
  readonly online?: readonly OnlineNote[];
}

export type Predicted =
  | { readonly kind: 'answered'; readonly predictions: readonly Prediction[] }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

export interface PredictorOptions {
  readonly gatewayId: string;
  readonly key: KeyObject;
  readonly routes: RouteBook;
  readonly shadow: Shadow;
  readonly answers: RememberedAnswers<Prediction>;
  readonly challengerTimeoutMs: number;
  readonly online: OnlineReader;
  readonly now: () => number;
  readonly nextId: () => string;
  readonly log: (kind: RecordKind, lines: readonly string[], atMs: number) => Promise<void>;
  readonly onPredicted: (model: string, candidates: readonly Made[]) => void;
}

/** An instance on its way to an answer. */
export interface Made {
  readonly instance: Instance;
  readonly predictionId: string;
  readonly hash: string;
  readonly bucket: number;
  readonly arm: Arm;
  readonly row: FeatureRow;
  /** The request's own time, or when it came. */
  readonly at: number;
  readonly known?: KnownValues | undefined;
  readonly notes: readonly OnlineNote[] | null;
  answer: Answer;
}

const MOST_PROBLEMS = 20;

export type Predictor = (serving: Serving, instances: readonly Instance[]) => Promise<Predicted>;

export function predictor(options: PredictorOptions): Predictor {
  return async (serving, instances) => {
    const problems = problemsWith(serving, instances);
    if (problems.length > 0) return { kind: 'refused', problems };
    serving.enter();
    try {
      return { kind: 'answered', predictions: await answerAll(serving, instances, options) };
    } finally {
      serving.leave();
    }
  };
}

function problemsWith(serving: Serving, instances: readonly Instance[]): Problem[] {
  const found: Problem[] = [];
  for (let index = 0; index < instances.length && found.length < MOST_PROBLEMS; index++) {
    for (const problem of problemsFor(serving.champion, instances[index]!.features, serving.knownFields))
      found.push({ instance: index, ...problem });
  }
  return found.slice(0, MOST_PROBLEMS);
}

async function answerAll(serving: Serving, instances: readonly Instance[], options: PredictorOptions): Promise<Prediction[]> {
  const { model } = serving.route;
  const known = instances.map(({ requestId }) => (requestId === null ? undefined : options.answers.known(model, requestId)));
  const fresh = instances.filter((_, index) => known[index] === undefined);
  const made = await make(serving, fresh, options);
  let next = 0;
  return known.map((answer) => answer ?? predictionOf(made[next++]!));
}

async function make(serving: Serving, instances: readonly Instance[], options: PredictorOptions): Promise<Made[]> {
  if (instances.length === 0) return [];
  const { model } = serving.route;
  const atMs = Math.floor(options.now());
  const leaseAlive = options.routes.leaseAlive(model);
  const candidates = await candidatesOf(serving, instances, { atMs, options });
  const rules = { leaseAlive, challengerTimeoutMs: options.challengerTimeoutMs };
  const answers = await scoreCandidates(serving, candidates, rules).catch(async (error: Error) => {
    await options.log('failures', [JSON.stringify(failureOf(serving, candidates.length, { error, atMs, options }))], atMs);
    throw error;
  });
  const made = candidates.map((candidate, index) => ({ ...candidate, answer: answers[index]! }));
  await options.log('predictions', linesOf(serving, made, { gatewayId: options.gatewayId, atMs }), atMs);
  for (const one of made) if (one.instance.requestId !== null) options.answers.remember(model, one.instance.requestId, predictionOf(one));
  options.onPredicted(model, made);
  if (leaseAlive && isRehearsed(serving.route)) options.shadow.rehearse(serving, copiesOf(made, atMs));
  return made;
}

interface Failing {
  readonly error: Error;
  readonly atMs: number;
  readonly options: PredictorOptions;
}

/** Challengers and hold-backs have the champion behind them: what reaches the caller as a failure is the champion's. */
function failureOf({ route }: Serving, count: number, { error, atMs, options }: Failing): FailureRecord {
  return {
    failure_id: options.nextId(),
    gateway_id: options.gatewayId,
    model: route.model,
    version_id: route.champion,
    reason: error.message.slice(0, 500),
    failed_count: count,
    failed_at: new Date(atMs).toISOString(),
  };
}

type Candidate = Omit<Made, 'answer'>;

/** Checked against the champion before this. */
async function candidatesOf(
  serving: Serving,
  instances: readonly Instance[],
  { atMs, options }: Omit<Failing, 'error'>,
): Promise<readonly Candidate[]> {
  const { key, nextId } = options;
  const hashes = instances.map(({ entity }) => (entity === null ? null : entityHash(key, entity)));
  const questions = instances.map((instance, index) => ({
    hash: hashes[index]!,
    features: instance.features as FeatureRow,
    at: instance.at ?? atMs,
    isPast: instance.at !== null,
  }));
  const online = serving.onlineInputs.length === 0 ? null : await askOnline(serving, questions, options.online);
  return instances.map((instance, index) => {
    const { features: row, at } = questions[index]!;
    const hash = hashes[index] ?? passingEntityHash();
    const { known, notes = null } = online?.[index] ?? {};
    return { instance, predictionId: nextId(), hash, ...assign(serving.route, hash), row, at, known, notes };
  });
}

/** A rollout's challenger is at work: what is logged now is evidence about it. */
function isRehearsed(route: Route): boolean {
  return route.challenger !== null && route.heldBy !== null;
}

/** The texts that go into the spool. What all rows share is written out once, because this is the hot path. */
function linesOf(serving: Serving, made: readonly Made[], { gatewayId, atMs }: { gatewayId: string; atMs: number }): string[] {
  const { route } = serving;
  const shared = JSON.stringify({
    model: route.model,
    gateway_id: gatewayId,
    route_revision: route.revision,
    route_epoch: route.epoch,
    predicted_at: new Date(atMs).toISOString(),
    segments: {},
    ...(isRehearsed(route) ? { rollout_id: route.heldBy } : {}),
  }).slice(1);
  return made.map((one) => {
    const { instance, predictionId, hash, bucket, arm, notes, answer } = one;
    // What was read online is logged with the rest: nobody could read it again as it was.
    const row = one.known === undefined ? one.row : rowFor(modelOfVersion(serving, answer.version) ?? serving.champion, one);
    const given = withoutPersonal(serving, instance.context);
    const told = notes === null ? given : { ...given, online: notes };
    const fallback = answer.fallback === null ? '' : `"fallback_reason":"${answer.fallback}",`;
    const request = instance.requestId === null ? '' : `"request_id":${JSON.stringify(instance.requestId)},`;
    const context = told === null ? '' : `"context":${JSON.stringify(told)},`;
    return (
      `{"prediction_id":"${predictionId}","version_id":"${answer.version}","arm":"${arm}",${fallback}"entity_hash":"${hash}","bucket":${bucket},` +
      `${request}${context}"score":${answer.score},"latency_ms":${answer.latencyMs.toFixed(4)},"features":${JSON.stringify(row)},${shared}`
    );
  });
}

/** That something was there may be told, what it was may not. */
function withoutPersonal({ personal }: Serving, context: Instance['context']): Instance['context'] {
  if (context === null || personal.size === 0) return context;
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [name, personal.has(name) ? '(personal)' : value]));
}

/** Whoever was answered by the other one's fallback has nothing to compare. */
function copiesOf(made: readonly Made[], atMs: number): Copy[] {
  const predictedAt = new Date(atMs).toISOString();
  return made
    .filter(({ arm, answer }) => arm !== 'hold-back' && answer.fallback === null)
    .map(({ predictionId, arm, hash, row, at, answer }) => ({
      predictionId,
      arm,
      entityHash: hash,
      row,
      at,
      score: answer.score,
      predictedAt,
    }));
}

function predictionOf({ predictionId, arm, notes, answer }: Made): Prediction {
  const { score, version, fallback } = answer;
  return { predictionId, score, version, arm, ...(fallback !== null && { fallback }), ...(notes !== null && { online: notes }) };
}
