/** The other side of `checkPackage`: load, score once, answer. */
import { Failure } from '../failures.ts';
import { openScorer, type Scorer } from './onnx/scorer.ts';
import type { OneRowLatency, ScoringAnswer, ScoringRequest } from './package-check.ts';

process.once('message', async (message) => {
  process.send!(await answer(message as ScoringRequest));
});
process.once('disconnect', () => process.exit());

async function answer({ manifest, onnxBytes, rows, count }: ScoringRequest): Promise<ScoringAnswer> {
  try {
    const scorer = await openScorer(manifest, onnxBytes);
    const scores = await scorer.score(rows, count);
    const given = { rows, count };
    return { kind: 'scored', scores, msPerThousand: await msPerThousand(scorer, given), oneRow: await oneRowLatency(scorer, given) };
  } catch (error) {
    if (error instanceof Failure) return { kind: 'failed', type: error.type, message: error.message };
    return {
      kind: 'failed',
      type: null,
      message: `the runtime cannot run the packaged model: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

const ROUNDS = 5;

/** What scoring costs: the quickest of a few rounds over a thousand rows, since everything that disturbs one makes it slower. */
async function msPerThousand(scorer: Scorer, { rows, count }: Pick<ScoringRequest, 'rows' | 'count'>): Promise<number> {
  if (count === 0) return 0;
  const thousand = new Float32Array(1_000 * scorer.width);
  for (let row = 0; row < 1_000; row++) {
    const like = row % count;
    thousand.set(rows.subarray(like * scorer.width, (like + 1) * scorer.width), row * scorer.width);
  }
  let quickest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await scorer.score(thousand, 1_000);
    quickest = Math.min(quickest, performance.now() - began);
  }
  return Number(quickest.toPrecision(3));
}

const ONE_BY_ONE = 200;
const LONGEST_MS = 2_000;

/** How long a request waits for the model alone: rows one by one, as they are asked for. */
async function oneRowLatency(scorer: Scorer, { rows, count }: Pick<ScoringRequest, 'rows' | 'count'>): Promise<OneRowLatency | null> {
  if (count === 0) return null;
  const times: number[] = [];
  const started = performance.now();
  while (times.length < ONE_BY_ONE && performance.now() - started < LONGEST_MS) {
    const row = times.length % count;
    const began = performance.now();
    await scorer.score(rows.subarray(row * scorer.width, (row + 1) * scorer.width), 1);
    times.push(performance.now() - began);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toPrecision(3));
  return { rows: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}
