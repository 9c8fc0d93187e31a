/**
 * A regression tree as plain arrays. Node 0 is the root; a child below zero is the leaf ~child. A row goes left when
 * `x <= threshold`, where both are 32-bit floats; a missing value (NaN) goes where `missingLeft` says.
 */
export interface Tree {
  readonly features: Int32Array;
  /** Each one exactly a 32-bit float, so that training and serving compare the same numbers. */
  readonly thresholds: Float64Array;
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** What the split took off the objective. */
  readonly gains: Float64Array;
  /** With the learning rate in them. */
  readonly leaves: Float64Array;
}

/** Adds each row's leaf to `scores`, for the rows `from` to `until` of a matrix with `width` numbers a row. */
export function addTree(tree: Tree, x: Float32Array, rows: { width: number; from: number; until: number }, scores: Float64Array): void {
  const { features, thresholds, missingLeft, left, right, leaves } = tree;
  const { width, from, until } = rows;
  if (features.length === 0) {
    for (let row = from; row < until; row++) scores[row]! += leaves[0]!;
    return;
  }
  for (let row = from; row < until; row++) {
    const base = row * width;
    let node = 0;
    while (node >= 0) {
      const value = x[base + features[node]!]!;
      const goesLeft = value <= thresholds[node]! || (Number.isNaN(value) && missingLeft[node] === 1);
      node = goesLeft ? left[node]! : right[node]!;
    }
    scores[row]! += leaves[~node]!;
  }
}
