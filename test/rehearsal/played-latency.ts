/** Latencies of both arms from one distribution, and what the store would make of them. */
import type { DecisionContract, LatencyBatch, LiveEvidence } from '../../src/domain/decision-contract.ts';
import type { Random } from '../../src/statistics/random.ts';

/** As in src/store/live-latency.ts. */
const BATCHES_FOR_THE_BAR = 5;
/** As in src/gateway/loaded-model.ts: rows scored together share their latency, so ten requests a second are not 2,500 measurements. */
const CHUNK_ROWS = 32;
/** Milliseconds: a small model on a busy machine, and a pause now and then. */
const TYPICAL_MS = 2;
const SPREAD = 0.6;
const PAUSE = { share: 0.01, ms: 25 };

/** Rows of one arm that were scored together. */
interface Chunk {
  readonly atMs: number;
  readonly arm: 'control' | 'challenger';
  readonly rows: number;
  readonly latencyMs: number;
}

export interface PlayedLatency {
  /** One request, in the order of their times. */
  add(request: { readonly atMs: number; readonly control: number; readonly challenger: number }): void;
  asOf(nowMs: number, sinceMs: number): LiveEvidence['latency'];
}

export function playedLatency(contract: DecisionContract, random: Random): PlayedLatency {
  const chunks: Chunk[] = [];
  const margin = contract.metrics.find(({ metric }) => metric === 'latency')!.margin;
  const { batchMs, toleranceMs } = contract.latency;

  function addArm(arm: Chunk['arm'], atMs: number, rows: number): void {
    for (let left = rows; left > 0; left -= CHUNK_ROWS) {
      chunks.push({ atMs, arm, rows: Math.min(left, CHUNK_ROWS), latencyMs: draw(random) });
    }
  }

  function asOf(nowMs: number, sinceMs: number): LiveEvidence['latency'] {
    const challengerP95Ms = p95(chunks.filter(({ arm, atMs }) => arm === 'challenger' && atMs >= sinceMs));
    const judgedFromMs = (chunks[0]?.atMs ?? nowMs) + BATCHES_FOR_THE_BAR * batchMs;
    const controlP95Ms = judgedFromMs > nowMs ? null : p95(chunks.filter(({ arm, atMs }) => arm === 'control' && atMs < judgedFromMs));
    if (controlP95Ms === null) return { controlP95Ms, challengerP95Ms, batches: [] };
    const toleratedMs = Math.max((1 + margin) * controlP95Ms, controlP95Ms + toleranceMs);
    const batches = Array.from({ length: Math.floor((nowMs - judgedFromMs) / batchMs) }, () => ({ ...nothing }));
    for (const chunk of chunks) {
      const batch = batches[Math.floor((chunk.atMs - judgedFromMs) / batchMs)];
      if (batch) count(batch, chunk, { controlP95Ms, toleratedMs });
    }
    return { controlP95Ms, challengerP95Ms, batches };
  }

  return {
    add: ({ atMs, control, challenger }) => {
      addArm('control', atMs, control);
      addArm('challenger', atMs, challenger);
    },
    asOf,
  };
}

const nothing = { controlCount: 0, challengerCount: 0, controlOver: 0, challengerOver: 0, challengerOverTolerated: 0 };

type Writable<Of> = { -readonly [Key in keyof Of]: Of[Key] };

function count(
  batch: Writable<LatencyBatch>,
  { arm, rows, latencyMs }: Chunk,
  limits: { controlP95Ms: number; toleratedMs: number },
): void {
  if (arm === 'control') {
    batch.controlCount += rows;
    if (latencyMs > limits.controlP95Ms) batch.controlOver += rows;
    return;
  }
  batch.challengerCount += rows;
  if (latencyMs > limits.controlP95Ms) batch.challengerOver += rows;
  if (latencyMs > limits.toleratedMs) batch.challengerOverTolerated += rows;
}

function draw(random: Random): number {
  const usual = TYPICAL_MS * Math.exp(SPREAD * random.normal());
  return random.uniform() < PAUSE.share ? usual + PAUSE.ms : usual;
}

/** Interpolated over answers, as `percentile_cont` does. */
function p95(chunks: readonly Chunk[]): number | null {
  const sorted = chunks.toSorted((a, b) => a.latencyMs - b.latencyMs);
  const answers = sorted.reduce((sum, { rows }) => sum + rows, 0);
  if (answers === 0) return null;
  const place = 0.95 * (answers - 1);
  const at = (index: number) => {
    let before = 0;
    for (const { rows, latencyMs } of sorted) {
      before += rows;
      if (before > index) return latencyMs;
    }
    return sorted.at(-1)!.latencyMs;
  };
  const [low, high] = [at(Math.floor(place)), at(Math.ceil(place))];
  return low + (place - Math.floor(place)) * (high - low);
}
