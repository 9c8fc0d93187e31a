/** The other side of `checkPackage`: load, score once, answer. */
import { Failure } from '../failures.ts';
import { openScorer, type Scorer } from './onnx/scorer.ts';
import type { ScoringAnswer, ScoringRequest } from './package-check.ts';

process.once('message', async (message) => {
  process.send!(await answer(message as ScoringRequest));
});
process.once('disconnect', () => process.exit());

async function answer({ manifest, onnxBytes, rows, count }: ScoringRequest): Promise<ScoringAnswer> {
  try {
    const scorer = await openScorer(manifest, onnxBytes);
    const scores = await scorer.score(rows, count);
    return { kind: 'scored', scores, msPerThousand: await msPerThousand(scorer, { rows, count }) };
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
