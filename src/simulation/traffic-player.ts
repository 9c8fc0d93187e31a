/**
 * Plays an application towards a gateway: asks for scores at a rate, whatever the gateway's speed (open loop), withholds what is known
 * only afterwards, and posts outcomes when they become known, whoever was asked and whatever was answered.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Spec } from '../domain/spec.ts';
import { type GatewayClient, gatewayClient, type PredictionAnswer } from './gateway-client.ts';
import type { Journal } from './journal.ts';
import { type OutcomeQueue, outcomeQueue } from './outcome-queue.ts';
import { type PlayedTraffic, TrafficCount } from './played-traffic.ts';
import { instanceOf, isTreated, type Visit, withholdsAny } from './visit.ts';

export interface PlayOptions {
  readonly gateway: string;
  readonly visits: Iterator<Visit>;
  /** Asked before every request, because a newer revision may want other features. */
  readonly spec: () => Spec;
  /** Instances a second. */
  readonly rate: number;
  /** Instances a request. */
  readonly batch: number;
  /** Whichever comes first ends it. */
  readonly limit: { readonly instances?: number; readonly durationMs?: number };
  readonly latestOutcomeMs: number;
  /** How long a request or an outcome is repeated while the gateway is away. */
  readonly patienceMs?: number;
  /** Aborted: nothing new is asked, outcomes that are still to come are posted at once. */
  readonly signal: AbortSignal;
  readonly journal?: Journal;
  readonly onProgress?: (soFar: PlayedTraffic) => void;
}

const MOST_IN_FLIGHT = 32;
const PROGRESS_EVERY_MS = 250;
/** So many refusals and not one answer: the request is wrong, and more of it would not help. */
const HOPELESS_AFTER_REQUESTS = 5;

export async function play(options: PlayOptions): Promise<PlayedTraffic> {
  // While the gateway is away every request in flight waits for the signal, which is no leak of listeners.
  setMaxListeners(2 * MOST_IN_FLIGHT, options.signal);
  const player = new Player(options);
  const ticker = setInterval(() => player.tick(), PROGRESS_EVERY_MS / 5);
  try {
    await player.ask();
    await player.waitForOutcomes();
    return player.summary();
  } finally {
    clearInterval(ticker);
  }
}

class Player {
  readonly #options: PlayOptions;
  readonly #client: GatewayClient;
  readonly #outcomes: OutcomeQueue;
  readonly #count = new TrafficCount(Date.now());
  readonly #inFlight = new Set<Promise<void>>();
  #progressAtMs = 0;

  constructor(options: PlayOptions) {
    this.#options = options;
    const { gateway, signal, journal, patienceMs = 60_000 } = options;
    this.#client = gatewayClient({ gateway, model: options.spec().model, patienceMs, signal });
    this.#outcomes = outcomeQueue({
      client: this.#client,
      onPosted: (outcomes) => {
        this.#count.posted += outcomes.length;
        journal?.outcomes(outcomes);
      },
      onLost: (outcomes, sentence) => {
        this.#count.lost += outcomes.length;
        this.#count.firstLoss ??= sentence;
      },
    });
  }

  summary(): PlayedTraffic {
    return this.#count.summary(Date.now(), this.#outcomes.pending);
  }

  tick(): void {
    const now = Date.now();
    void this.#outcomes.postDue(now);
    if (now - this.#progressAtMs < PROGRESS_EVERY_MS) return;
    this.#progressAtMs = now;
    this.#options.onProgress?.(this.summary());
  }

  async ask(): Promise<void> {
    const { rate, batch, limit, signal } = this.#options;
    const everyMs = (batch / rate) * 1_000;
    const endMs = performance.now() + (limit.durationMs ?? Number.POSITIVE_INFINITY);
    let nextMs = performance.now();
    while (nextMs < endMs && !this.#isHopeless()) {
      const waitMs = nextMs - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (this.#inFlight.size >= MOST_IN_FLIGHT) {
        this.#count.heldBack += 1;
        await Promise.race(this.#inFlight);
      }
      const visitors = signal.aborted ? [] : this.#nextVisitors();
      if (visitors.length === 0) break;
      const request = this.#askAbout(visitors).finally(() => this.#inFlight.delete(request));
      this.#inFlight.add(request);
      // After a stop nothing is made up for: a crowd at the door is no part of the rate.
      nextMs = Math.max(nextMs + everyMs, performance.now() - 1_000);
    }
    await Promise.all(this.#inFlight);
  }

  #isHopeless(): boolean {
    return this.#count.answered === 0 && this.#count.refused > 0 && this.#count.requests >= HOPELESS_AFTER_REQUESTS;
  }

  /** Empty when all have been. */
  #nextVisitors(): Visit[] {
    const { batch, limit, visits } = this.#options;
    const wanted = Math.min(batch, (limit.instances ?? Number.POSITIVE_INFINITY) - this.#count.sent);
    const visitors: Visit[] = [];
    while (visitors.length < wanted) {
      const next = visits.next();
      if (next.done) break;
      visitors.push(next.value);
    }
    return visitors;
  }

  async #askAbout(visitors: readonly Visit[]): Promise<void> {
    const count = this.#count;
    const startedMs = performance.now();
    const from = count.sent;
    count.sent += visitors.length;
    const reply = await this.#predict(visitors, from);
    count.requests += 1;
    count.retries += reply.retries;
    switch (reply.kind) {
      case 'answered':
        count.answeredBy(reply.body, performance.now() - startedMs);
        return this.#remember(visitors, reply.body);
      case 'refused':
        count.refused += visitors.length;
        count.firstRefusal ??= reply.sentence;
        return;
      case 'unanswered':
        count.unanswered += visitors.length;
        count.firstLoss ??= reply.sentence;
    }
  }

  /** A gateway learns of a new spec a moment after us; until then it refuses a field that nobody serves. */
  async #predict(visitors: readonly Visit[], from: number) {
    const { spec, journal } = this.#options;
    const current = spec();
    const instances = (withheld: 'as-null' | 'left-out') =>
      visitors.map((visit, index) => {
        const instance = instanceOf(visit, current, withheld);
        return journal ? { ...instance, requestId: `${journal.name}-${from + index}` } : instance;
      });
    const reply = await this.#client.predict(instances('as-null'));
    return reply.kind === 'refused' && withholdsAny(current) ? this.#client.predict(instances('left-out')) : reply;
  }

  #remember(visitors: readonly Visit[], predictions: readonly PredictionAnswer[]): void {
    const { spec, latestOutcomeMs, journal } = this.#options;
    journal?.predictions(predictions);
    const current = spec();
    const { outcome, absent } = current.label;
    const now = Date.now();
    predictions.forEach(({ predictionId, score }, index) => {
      const visit = visitors[index]!;
      const value = visit.outcome(isTreated(score, current));
      // Where silence means "did not happen", nobody posts that it didn't.
      if (value === 0 && absent === 'negative') return;
      this.#outcomes.add({ predictionId, kind: outcome, value, source: 'simulate' }, now + visit.delay * latestOutcomeMs);
    });
  }

  /** Until the last outcome is posted; at once, when told to stop. */
  async waitForOutcomes(): Promise<void> {
    const { signal } = this.#options;
    while (this.#outcomes.pending > 0 && !signal.aborted) {
      await sleep(20, undefined, { signal }).catch(() => undefined);
    }
    await this.#outcomes.postAll(Date.now());
  }
}
