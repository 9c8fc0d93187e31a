/**
 * Permutation importance (Breiman 2001; Fisher, Rudin & Dominici 2019): how much the loss of a row grows when one feature's encoded
 * places are shuffled among the rows. Log loss of a classifier, absolute error of a number; of uplift, where no row has a loss of its
 * own, how far the score moves. In the loss's units; the standard error is that of the mean over rows.
 */
import type { Importance } from '../domain/evidence.ts';
import type { Task } from '../domain/spec.ts';
import type { Encoder } from '../features/encoder.ts';
import { encodedValues } from '../features/encoder.ts';
import { logLosses } from '../statistics/log-loss.ts';
import { meanOf } from '../statistics/mean.ts';
import { seededRandom } from '../statistics/random.ts';
import type { Scorer } from '../training/onnx/scorer.ts';
import { type Encoded, scoresOf } from './scored.ts';
import type { StopFlag } from './stop-flag.ts';

/** Enough to rank features; each costs one more scoring of these rows. */
const MOST_ROWS = 4_000;

export interface ImportanceRows extends Encoded {
  readonly task: Task;
  readonly targets: Float64Array;
  readonly seed: number;
}

/** Largest first, equal ones by name. The rows are read in the order of their ids, so the first ones are as good as drawn. */
export async function permutationImportances(
  encoder: Encoder,
  scorer: Scorer,
  given: ImportanceRows,
  stop: StopFlag,
): Promise<Importance[]> {
  const count = Math.min(MOST_ROWS, given.count);
  const { width } = encoder;
  const rows = given.rows.slice(0, count * width);
  const targets = given.targets.subarray(0, count);
  const order = shuffled(count, given.seed);
  const plain = await scoresOf(scorer, { rows, count }, stop);
  const importances: Importance[] = [];
  for (const { feature, places } of placesByFeature(encoder)) {
    const kept = places.map((place) => Float32Array.from({ length: count }, (_, row) => rows[row * width + place]!));
    const write = (from: (row: number) => number) =>
      places.forEach((place, index) => {
        for (let row = 0; row < count; row++) rows[row * width + place] = kept[index]![from(row)]!;
      });
    write((row) => order[row]!);
    const moved = await scoresOf(scorer, { rows, count }, stop);
    write((row) => row);
    const grown = meanOf(lossGrowth(given.task, targets, { plain, moved }));
    importances.push({ feature, importance: (grown?.mean ?? 0) + 0, standardError: grown?.standardError ?? null });
  }
  return importances.sort((a, b) => b.importance - a.importance || (a.feature < b.feature ? -1 : 1));
}

function lossGrowth(task: Task, targets: Float64Array, { plain, moved }: { plain: Float64Array; moved: Float64Array }): Float64Array {
  switch (task) {
    case 'binary-classification': {
      const before = logLosses(plain, targets);
      return logLosses(moved, targets).map((loss, row) => loss - before[row]!);
    }
    case 'regression':
      return plain.map((score, row) => Math.abs(moved[row]! - targets[row]!) - Math.abs(score - targets[row]!));
    case 'uplift':
      return plain.map((score, row) => Math.abs(moved[row]! - score));
  }
}

function placesByFeature(encoder: Encoder): { feature: string; places: number[] }[] {
  const values = encodedValues(encoder);
  const found = new Map<string, number[]>();
  encoder.columns.forEach(({ input }, place) => {
    const feature = values[input]!.name;
    found.set(feature, [...(found.get(feature) ?? []), place]);
  });
  return [...found].map(([feature, places]) => ({ feature, places }));
}

/** Fisher & Yates. */
function shuffled(count: number, seed: number): Uint32Array {
  const random = seededRandom(seed);
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
