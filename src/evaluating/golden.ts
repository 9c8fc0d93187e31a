/** Cases whose score people can tell beforehand, asked of the version in the runtime that would serve it. */
import type { Evidence } from '../domain/evidence.ts';
import type { GoldenSpec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import { checkInstance, type InstanceProblem } from '../features/check-instance.ts';
import { encodeInto } from '../features/encode.ts';
import type { Encoder } from '../features/encoder.ts';
import type { Scorer } from '../training/onnx/scorer.ts';

export async function goldenScores(
  golden: readonly GoldenSpec[],
  encoder: Encoder,
  scorer: Scorer,
  at: number,
): Promise<Evidence['golden']> {
  const rows = new Float32Array(golden.length * encoder.width);
  for (const [index, { name, instance }] of golden.entries()) {
    const checked = checkInstance(encoder, instance);
    if (!checked.ok) {
      const [{ field, expected, found }] = checked.problems as [InstanceProblem];
      throw new Failure('SpecInvalid', `golden row "${name}": expected ${expected} for "${field}", found ${found}; mend it in the spec`, {
        golden: name,
      });
    }
    encodeInto(encoder, checked.row, rows, index * encoder.width, at);
  }
  const scores = await scorer.score(rows, golden.length);
  return golden.map(({ name, from, to }, index) => {
    const score = scores[index]!;
    return { name, from, to, score, holds: score >= from && score <= to };
  });
}
