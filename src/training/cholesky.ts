/** Solves A·x = b for a symmetric positive definite A, given by its lower triangle row after row, which is overwritten. */
export function solvePositiveDefinite(a: Float64Array, b: Float64Array): Float64Array {
  const size = b.length;
  factorise(a, size);
  const x = Float64Array.from(b);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) x[row]! -= a[row * size + column]! * x[column]!;
    x[row]! /= a[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let below = row + 1; below < size; below++) x[row]! -= a[below * size + row]! * x[below]!;
    x[row]! /= a[row * size + row]!;
  }
  return x;
}

/** A becomes L with A = L·Lᵀ. A pivot that rounding has made zero or negative is raised to a share of its own diagonal. */
function factorise(a: Float64Array, size: number): void {
  for (let row = 0; row < size; row++) {
    const diagonal = a[row * size + row]!;
    for (let column = 0; column <= row; column++) {
      let sum = a[row * size + column]!;
      for (let k = 0; k < column; k++) sum -= a[row * size + k]! * a[column * size + k]!;
      if (column < row) a[row * size + column] = sum / a[column * size + column]!;
      else a[row * size + row] = Math.sqrt(Math.max(sum, 1e-12 * diagonal, Number.MIN_VALUE));
    }
  }
}
