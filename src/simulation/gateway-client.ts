/** Asks a gateway as a careful application does: a busy or absent gateway is asked again, a refusal is taken as one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceToAsk } from './visit.ts';

export interface PredictionAnswer {
  readonly predictionId: string;
  readonly score: number;
  readonly version: string;
  readonly arm: string;
  readonly fallback?: string;
}

export interface OutcomeToPost {
  readonly predictionId: string;
  readonly kind: string;
  readonly value: number;
  readonly occurredAt: string;
  readonly source: string;
}

type Reply<Body> =
  | { readonly kind: 'answered'; readonly body: Body; readonly retries: number }
  /** The request itself is wrong: asking again would not help. */
  | { readonly kind: 'refused'; readonly sentence: string; readonly retries: number }
  /** Asked until the patience was at its end. */
  | { readonly kind: 'unanswered'; readonly sentence: string; readonly retries: number };

export interface GatewayClient {
  predict(instances: readonly (InstanceToAsk & { readonly requestId?: string })[]): Promise<Reply<readonly PredictionAnswer[]>>;
  post(outcomes: readonly OutcomeToPost[]): Promise<Reply<number>>;
}

export interface GatewayClientOptions {
  readonly gateway: string;
  readonly model: string;
  /** How long a gateway may be away before a request is given up. */
  readonly patienceMs: number;
  /** Aborted: no request is repeated any more. */
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
const REQUEST_TIMEOUT_MS = 30_000;

export function gatewayClient({ gateway, model, patienceMs, signal }: GatewayClientOptions): GatewayClient {
  const base = gateway.replace(/\/+$/, '');
  const ask = <Body>(path: string, body: unknown) => askPatiently<Body>(`${base}${path}`, JSON.stringify(body), { patienceMs, signal });
  return {
    async predict(instances) {
      const path = `/v1/models/${encodeURIComponent(model)}/predict`;
      const reply = await ask<{ predictions: readonly PredictionAnswer[] }>(path, { instances });
      return reply.kind === 'answered' ? { ...reply, body: reply.body.predictions } : reply;
    },
    async post(outcomes) {
      const reply = await ask<{ accepted: number }>('/v1/outcomes', { outcomes });
      return reply.kind === 'answered' ? { ...reply, body: reply.body.accepted } : reply;
    },
  };
}

async function askPatiently<Body>(
  url: string,
  body: string,
  { patienceMs, signal }: Pick<GatewayClientOptions, 'patienceMs' | 'signal'>,
): Promise<Reply<Body>> {
  const giveUpAt = performance.now() + patienceMs;
  for (let retries = 0; ; retries++) {
    const answer = await askOnce<Body>(url, body);
    if (answer.kind !== 'away') return { ...answer, retries };
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retries);
    if (signal.aborted || performance.now() + pauseMs > giveUpAt) return { kind: 'unanswered', sentence: answer.sentence, retries };
    // Whoever is told to stop wakes up at once, and asks a last time.
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

type Once<Body> = { kind: 'answered'; body: Body } | { kind: 'refused'; sentence: string } | { kind: 'away'; sentence: string };

async function askOnce<Body>(url: string, body: string): Promise<Once<Body>> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return { kind: 'answered', body: answer as Body };
    const sentence = sentenceOf(answer) ?? `the gateway answered ${response.status}`;
    return response.status >= 500 || response.status === 429 || response.ok ? { kind: 'away', sentence } : { kind: 'refused', sentence };
  } catch (error) {
    return { kind: 'away', sentence: `the gateway could not be reached at ${new URL(url).origin}: ${reasonOf(error)}` };
  }
}

function sentenceOf(answer: unknown): string | null {
  return typeof answer === 'object' && answer !== null && 'error' in answer ? String(answer.error) : null;
}

/** What fetch throws says "fetch failed"; the reason is its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : String(error);
}
