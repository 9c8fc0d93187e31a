/** Rows through one version, in the runtime that serves it. */
import { readFile } from 'node:fs/promises';
import type { DatedRows } from '../features/derived-values.ts';
import { encodeColumns } from '../features/encode.ts';
import type { Manifest } from '../training/manifest.ts';
import { openScorer, type Scorer } from '../training/onnx/scorer.ts';
import { type StopFlag, throwIfRaised } from './stop-flag.ts';

export interface VersionFiles {
  readonly manifest: Manifest;
  /** The ONNX file. */
  readonly modelPath: string;
}

export interface Encoded {
  readonly rows: Float32Array;
  readonly count: number;
}

/** Between pieces it is seen whether somebody wants it stopped. */
const PIECE = 16_384;

export async function withScorer<T>({ manifest, modelPath }: VersionFiles, use: (scorer: Scorer) => Promise<T>): Promise<T> {
  const scorer = await openScorer(manifest, await readFile(modelPath));
  try {
    return await use(scorer);
  } finally {
    await scorer.close();
  }
}

export function encoded({ encoder }: Manifest, { columns, count, seenAt }: DatedRows): Encoded {
  return { rows: encodeColumns(encoder, columns, count, seenAt), count };
}

export async function scoresOf(scorer: Scorer, { rows, count }: Encoded, stop: StopFlag): Promise<Float64Array> {
  const scores = new Float64Array(count);
  for (let start = 0; start < count; start += PIECE) {
    throwIfRaised(stop);
    const end = Math.min(count, start + PIECE);
    scores.set(await scorer.score(rows.subarray(start * scorer.width, end * scorer.width), end - start), start);
  }
  return scores;
}
