/** What a simulation has sent and what came of it. */
import type { PredictionAnswer } from './gateway-client.ts';

export interface PlayedTraffic {
  readonly seconds: number;
  /** Instances, as all counts below but the last ones. */
  readonly sent: number;
  readonly answered: number;
  readonly refused: number;
  /** Given up, because the gateway stayed away. */
  readonly unanswered: number;
  readonly fallbacks: number;
  readonly byVersion: Readonly<Record<string, number>>;
  readonly byArm: Readonly<Record<string, number>>;
  readonly outcomes: { readonly posted: number; readonly pending: number; readonly lost: number };
  readonly requests: number;
  readonly retries: number;
  /** Requests that left later than the rate asks for, because too many were in flight. */
  readonly heldBack: number;
  /** Of requests, as the application sees it. Null while none was answered. */
  readonly latencyMs: { readonly p50: number; readonly p95: number } | null;
  readonly firstRefusal: string | null;
  readonly firstLoss: string | null;
}

const REMEMBERED_LATENCIES = 4_096;

export class TrafficCount {
  readonly #startedMs: number;
  readonly #byVersion = new Map<string, number>();
  readonly #byArm = new Map<string, number>();
  readonly #latencies: number[] = [];
  sent = 0;
  answered = 0;
  refused = 0;
  unanswered = 0;
  fallbacks = 0;
  posted = 0;
  lost = 0;
  requests = 0;
  retries = 0;
  heldBack = 0;
  firstRefusal: string | null = null;
  firstLoss: string | null = null;

  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  answeredBy(predictions: readonly PredictionAnswer[], latencyMs: number): void {
    this.answered += predictions.length;
    for (const { version, arm, fallback } of predictions) {
      this.#byVersion.set(version, (this.#byVersion.get(version) ?? 0) + 1);
      this.#byArm.set(arm, (this.#byArm.get(arm) ?? 0) + 1);
      if (fallback !== undefined) this.fallbacks += 1;
    }
    this.#latencies[this.requests % REMEMBERED_LATENCIES] = latencyMs;
  }

  summary(nowMs: number, pending: number): PlayedTraffic {
    const { sent, answered, refused, unanswered, fallbacks, requests, retries, heldBack, firstRefusal, firstLoss } = this;
    return {
      seconds: (nowMs - this.#startedMs) / 1_000,
      ...{ sent, answered, refused, unanswered, fallbacks },
      byVersion: Object.fromEntries(this.#byVersion),
      byArm: Object.fromEntries(this.#byArm),
      outcomes: { posted: this.posted, pending, lost: this.lost },
      ...{ requests, retries, heldBack },
      latencyMs: this.#quantiles(),
      ...{ firstRefusal, firstLoss },
    };
  }

  #quantiles(): PlayedTraffic['latencyMs'] {
    const sorted = this.#latencies.filter((latency) => latency !== undefined).sort((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]! * 10) / 10;
    return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95) };
  }
}
