/**
 * Proves that a packaged model answers in the real runtime as its trainer did, before anybody may route to it. The file may come
 * from a foreign trainer and be wrong or hostile in ways that freeze native code for good, so it is run in a process that can be ended.
 */

import { sha256 } from '../artifacts/store.ts';
import { isWithin, wordsFor } from '../domain/output-range.ts';
import { Failure, type FailureType } from '../failures.ts';
import { checkInstance } from '../features/check-instance.ts';
import { encodeInto } from '../features/encode.ts';
import { manifestProblems } from './manifest-schema.ts';
import { goldenToleranceOf, type Manifest, outputRangeOf } from './manifest.ts';
import { problemsOf } from './onnx/inspect-model.ts';
import { startProcess } from './run-typescript.ts';

export interface PackageCheckInput {
  readonly manifest: Manifest;
  readonly onnxBytes: Uint8Array;
  readonly deadlineMs?: number;
}

export interface PackageCheck {
  readonly goldenRows: number;
  /** The largest difference between the runtime's score and the trainer's. */
  readonly maxDifference: number;
  /** On this machine, the quickest of a few rounds. */
  readonly scoringMsPerThousand: number;
  /** Null without golden rows, which are never too few. */
  readonly oneRow: OneRowLatency | null;
}

/** Of the model alone, asked for one row at a time. */
export interface OneRowLatency {
  readonly rows: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** What goes to the other process, and what comes back. */
export interface ScoringRequest {
  readonly manifest: Pick<Manifest, 'onnx' | 'artifactDigest'>;
  readonly onnxBytes: Uint8Array;
  readonly rows: Float32Array;
  readonly count: number;
}
export type ScoringAnswer =
  | { readonly kind: 'scored'; readonly scores: Float32Array; readonly msPerThousand: number; readonly oneRow: OneRowLatency | null }
  | { readonly kind: 'failed'; readonly type: FailureType | null; readonly message: string };

const DEADLINE_MS = 30_000;
const FEWEST_GOLDEN_ROWS = 20;

export async function checkPackage({ manifest, onnxBytes, deadlineMs = DEADLINE_MS }: PackageCheckInput): Promise<PackageCheck> {
  const malformed = manifestProblems(manifest);
  if (malformed.length > 0) throw refused(`its manifest is not as it should be: ${malformed.join('; ')}`);
  insistOnFile(manifest, onnxBytes);
  const rows = goldenInput(manifest);
  const { onnx, artifactDigest, golden } = manifest;
  const { scores, msPerThousand, oneRow } = await answerApart(
    { manifest: { onnx, artifactDigest }, onnxBytes, rows, count: golden.length },
    deadlineMs,
  );
  return { goldenRows: golden.length, maxDifference: largestDifference(manifest, scores), scoringMsPerThousand: msPerThousand, oneRow };
}

function insistOnFile({ artifactDigest, onnx, encoder }: Manifest, onnxBytes: Uint8Array): void {
  const found = sha256(onnxBytes);
  if (found !== artifactDigest) {
    throw new Failure(
      'ArtifactDigestMismatch',
      `the model file is not the one in its manifest: expected ${artifactDigest}, found ${found}`,
      { expected: artifactDigest, found },
    );
  }
  if (encoder.width !== onnx.width) throw refused(`the encoder makes ${encoder.width} numbers and the graph takes ${onnx.width}`);
  const problems = problemsOf(onnxBytes, onnx);
  if (problems.length > 0) throw refused(problems.join('; '));
}

function goldenInput(manifest: Manifest): Float32Array {
  const { encoder, golden } = manifest;
  const range = outputRangeOf(manifest);
  if (golden.length < FEWEST_GOLDEN_ROWS)
    throw refused(`its manifest has ${golden.length} golden rows: expected at least ${FEWEST_GOLDEN_ROWS}`);
  const rows = new Float32Array(golden.length * encoder.width);
  golden.forEach(({ instance, at, score }, index) => {
    const checked = checkInstance(encoder, instance);
    if (!checked.ok) throw refused(`golden row ${index} is no row of the model: ${JSON.stringify(checked.problems[0])}`);
    if (!isWithin(range, score)) throw refused(`golden row ${index} has the score ${score}: expected ${wordsFor(range)}`);
    encodeInto(encoder, checked.row, rows, index * encoder.width, at ?? Number.NaN);
  });
  return rows;
}

function largestDifference({ golden }: Manifest, scores: Float32Array): number {
  let largest = 0;
  for (const [index, { score }] of golden.entries()) {
    const found = scores[index]!;
    const difference = Math.abs(found - score);
    // Not `>`: the difference to NaN compares false with everything.
    const tolerance = goldenToleranceOf(score);
    if (!(difference <= tolerance))
      throw refused(`golden row ${index} scores ${found}: expected the trainer's own ${score}, at most ${tolerance} away`);
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** Scores in a process of its own, which is ended when it takes too long. What it is given has been inspected. */
export async function scoreApart(request: ScoringRequest): Promise<Float32Array> {
  return (await answerApart(request, DEADLINE_MS)).scores;
}

async function answerApart(request: ScoringRequest, deadlineMs: number): Promise<Extract<ScoringAnswer, { kind: 'scored' }>> {
  const child = startProcess(new URL('./package-check-process.ts', import.meta.url));
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  try {
    const answer = await new Promise<ScoringAnswer>((resolve, reject) => {
      deadline.signal.addEventListener('abort', () => reject(refused(`it did not answer ${request.count} rows within ${deadlineMs} ms`)));
      child.once('message', (message) => resolve(message as ScoringAnswer));
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(refused(`the process that ran it ended with ${signal ?? `exit code ${code}`}`)));
      child.send(request);
    });
    if (answer.kind === 'failed') throw new Failure(answer.type ?? 'PackagingFailed', answer.message);
    return answer;
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

function refused(reason: string): Failure {
  return new Failure('PackagingFailed', `the packaged model was refused: ${reason}`);
}
