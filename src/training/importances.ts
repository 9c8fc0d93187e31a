/**
 * How much each feature counts, largest first. Linear: the standard deviation, over the training rows, of what its places add to the
 * score (in logits, or the label's unit). Trees: its share of what all splits gained, 0 to 1. Of two models: the sum of both.
 */
import { type Encoder, encodedValues } from '../features/encoder.ts';
import type { Single } from './model.ts';
import type { TrainerOutput } from './trainer.ts';
import type { Tree } from './trees/tree.ts';

export function importancesOf(encoder: Encoder, singles: readonly Single[], x: Float32Array): TrainerOutput['importances'] {
  const values = encodedValues(encoder);
  const sums = new Float64Array(values.length);
  for (const { learned } of singles) {
    const own = learned.kind === 'linear' ? spreads(encoder, learned.weights, x) : gains(encoder, learned.trees);
    own.forEach((importance, value) => {
      sums[value]! += importance;
    });
  }
  const placed = new Set(encoder.columns.map(({ input }) => input));
  return [...placed]
    .map((value) => ({ feature: values[value]!.name, importance: sums[value]! }))
    .sort((a, b) => b.importance - a.importance || (a.feature < b.feature ? -1 : 1));
}

function spreads(encoder: Encoder, weights: Float64Array, x: Float32Array): Float64Array {
  const { width, columns } = encoder;
  const count = encodedValues(encoder).length;
  const rows = x.length / width;
  const sums = new Float64Array(count);
  const squares = new Float64Array(count);
  const added = new Float64Array(count);
  for (let row = 0; row < rows; row++) {
    added.fill(0);
    for (let column = 0; column < width; column++) added[columns[column]!.input]! += weights[column]! * x[row * width + column]!;
    for (let value = 0; value < count; value++) {
      sums[value]! += added[value]!;
      squares[value]! += added[value]! ** 2;
    }
  }
  return squares.map((square, value) => Math.sqrt(Math.max(0, square / rows - (sums[value]! / rows) ** 2)));
}

function gains(encoder: Encoder, trees: readonly Tree[]): Float64Array {
  const gained = new Float64Array(encodedValues(encoder).length);
  for (const tree of trees) {
    tree.features.forEach((place, node) => {
      gained[encoder.columns[place]!.input]! += tree.gains[node]!;
    });
  }
  const all = gained.reduce((sum, gain) => sum + gain, 0);
  return all > 0 ? gained.map((gain) => gain / all) : gained;
}
