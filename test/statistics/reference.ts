/** Reference values that live beside the project. They are read where they are; without them those tests are skipped. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join('..', 'shared', 'reference');

export const hasReference = existsSync(join(FOLDER, 'judging_vectors.json'));
if (!hasReference) console.warn('the reference values are not here: tests against them are skipped');

export function reference<T>(file: string): T {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as T;
}

export interface PairedScores {
  readonly labels: number[];
  readonly champion: number[];
  readonly challenger: number[];
}

export function pairedTelcoScores(): PairedScores {
  const lines = readFileSync(join(FOLDER, 'paired_scores_telco.csv'), 'utf8').trim().split('\n').slice(1);
  const columns = lines.map((line) => line.split(',').map(Number));
  return { labels: columns.map((c) => c[1]!), champion: columns.map((c) => c[2]!), challenger: columns.map((c) => c[3]!) };
}

/** Six significant digits, as the vectors were printed. */
export function closeTo(found: number, expected: number, relative = 1e-5): boolean {
  return Math.abs(found - expected) <= relative * Math.max(Math.abs(expected), 1e-12) + 1e-12;
}
