/** The other side of `checkPackage`: load, score once, answer. */
import { Failure } from '../failures.ts';
import { openScorer } from './onnx/scorer.ts';
import type { ScoringAnswer, ScoringRequest } from './package-check.ts';

process.once('message', async (message) => {
  process.send!(await answer(message as ScoringRequest));
});
process.once('disconnect', () => process.exit());

async function answer({ manifest, onnxBytes, rows, count }: ScoringRequest): Promise<ScoringAnswer> {
  try {
    const scorer = await openScorer(manifest, onnxBytes);
    return { kind: 'scored', scores: await scorer.score(rows, count) };
  } catch (error) {
    if (error instanceof Failure) return { kind: 'failed', type: error.type, message: error.message };
    return {
      kind: 'failed',
      type: null,
      message: `the runtime cannot run the packaged model: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
