/**
 * The one way to score: encoded rows in, probabilities out. The runtime's `run` computes on the thread that calls it, so large
 * batches go through in pieces with a breath between them.
 */
import { setImmediate as breath } from 'node:timers/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sha256 } from '../../artifacts/store.ts';
import { Failure } from '../../failures.ts';
import type { Manifest } from '../manifest.ts';

/** What a scorer needs of a manifest. */
export type ScorerManifest = Pick<Manifest, 'onnx' | 'artifactDigest'>;

export interface Scorer {
  readonly width: number;
  /** `rows` holds n encoded rows, one after another. */
  score(rows: Float32Array, n: number): Promise<Float32Array>;
  close(): Promise<void>;
}

const PIECE = 1_024;

/** Refuses bytes that are not the ones the manifest was written for: what is hashed here is what is loaded. */
export async function openScorer(manifest: ScorerManifest, onnxBytes: Uint8Array): Promise<Scorer> {
  const { onnx, artifactDigest } = manifest;
  const found = sha256(onnxBytes);
  if (found !== artifactDigest) {
    throw new Failure(
      'ArtifactDigestMismatch',
      `the model file is not the one in its manifest: expected ${artifactDigest}, found ${found}; restore it, or retrain`,
      { expected: artifactDigest, found },
    );
  }
  const session = await InferenceSession.create(onnxBytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionProviders: ['cpu'],
    logSeverityLevel: 4,
  });
  insistOnShape(session, onnx);
  return {
    width: onnx.width,
    async score(rows, n) {
      if (rows.length < n * onnx.width) throw new RangeError(`${n} rows of ${onnx.width} numbers expected, found ${rows.length} numbers`);
      if (n <= PIECE) return scorePiece(session, onnx, rows.subarray(0, n * onnx.width));
      const scores = new Float32Array(n);
      for (let start = 0; start < n; start += PIECE) {
        const end = Math.min(n, start + PIECE);
        scores.set(await scorePiece(session, onnx, rows.subarray(start * onnx.width, end * onnx.width)), start);
        await breath();
      }
      return scores;
    },
    close: () => session.release(),
  };
}

async function scorePiece(
  session: InferenceSession,
  { input, output, width }: Manifest['onnx'],
  rows: Float32Array,
): Promise<Float32Array> {
  const n = rows.length / width;
  if (n === 0) return new Float32Array(0);
  const answer = (await session.run({ [input]: new Tensor('float32', rows, [n, width]) }))[output]!;
  if (answer.type !== 'float32' || answer.size !== n) {
    throw new Failure(
      'FeatureSchemaIncompatible',
      `the model answered ${answer.type}[${answer.dims.join(', ')}] to ${n} rows: expected float32[${n}, 1]`,
    );
  }
  return answer.data as Float32Array;
}

function insistOnShape(session: InferenceSession, { input, output, width }: Manifest['onnx']): void {
  const given = session.inputMetadata[0];
  const isInput = session.inputNames.length === 1 && session.inputNames[0] === input && given?.isTensor && given.type === 'float32';
  const columns = given?.isTensor ? given.shape[1] : undefined;
  if (isInput && columns === width && session.outputNames.includes(output)) return;
  throw new Failure(
    'FeatureSchemaIncompatible',
    `the model takes ${session.inputNames.join(', ')} with ${String(columns)} columns and answers ${session.outputNames.join(', ')}: expected ${input} with ${width} columns and ${output}`,
    { expected: { input, output, width }, found: { inputs: session.inputNames, columns, outputs: session.outputNames } },
  );
}
