/**
 * Gradient and hessian of a row in one number, so that a histogram takes one addition an entry where it took two, and half the cache.
 * Both are rounded to whole multiples of a unit (Y. Shi et al., Quantized Training of Gradient Boosting Decision Trees, 2022), up or
 * down at random in proportion to what is cut off, so that sums stay right on average; units are so small that no sum over any of
 * the rows leaves the 53 bits of a number. Sums are therefore exact, whatever their order. They choose splits; what a leaf
 * answers is computed from the gradients themselves.
 */
import { type Memory, PIECE, PIECE_FIGURES } from './memory.ts';

/** The hessians have the lower 25 bits, the gradients those above. */
export const GRADIENT = 2 ** 25;
const GRADIENT_ROOM = 2 ** 27;
export const MOST_ROWS = 2 ** 23;

/** Where the two scales lie in the shared numbers. */
const SCALES_AT = 16;

export interface Scales {
  readonly gradient: number;
  readonly hessian: number;
  /** Every hessian is one unit. */
  readonly isUniform: boolean;
}

export function scalesIn({ numbers }: Pick<Memory, 'numbers'>): Scales {
  return { gradient: numbers[SCALES_AT]!, hessian: numbers[SCALES_AT + 1]!, isUniform: numbers[SCALES_AT + 2] === 1 };
}

/** Notes how large the gradients and hessians of a piece of the rows are. */
export function measure({ gradients, pieceFigures, rows }: Memory, piece: number): void {
  let sum = 0;
  let hessians = 0;
  let least = Infinity;
  let most = 0;
  for (let row = piece * PIECE; row < Math.min(rows, (piece + 1) * PIECE); row++) {
    const hessian = gradients[2 * row + 1]!;
    sum += Math.abs(gradients[2 * row]!);
    hessians += hessian;
    if (hessian < least) least = hessian;
    if (hessian > most) most = hessian;
  }
  pieceFigures.set([sum, hessians, least, most], piece * PIECE_FIGURES);
}

/** When all pieces are measured. Powers of two, so that whatever can be exact is. */
export function chooseScales({ pieceFigures, rows, numbers }: Memory): void {
  let sum = 0;
  let hessians = 0;
  let least = Infinity;
  let most = 0;
  for (let at = 0; at < pieceFigures.length; at += PIECE_FIGURES) {
    sum += pieceFigures[at]!;
    hessians += pieceFigures[at + 1]!;
    least = Math.min(least, pieceFigures[at + 2]!);
    most = Math.max(most, pieceFigures[at + 3]!);
  }
  numbers[SCALES_AT] = powerBelow((GRADIENT_ROOM - rows) / sum);
  // Hessians that are all the same need no digits: each is one unit.
  numbers[SCALES_AT + 2] = least === most ? 1 : 0;
  numbers[SCALES_AT + 1] = least === most ? 1 / most : powerBelow((GRADIENT - rows) / hessians);
}

export function pack(
  { gradients, packed }: Memory,
  rows: { from: number; until: number },
  { scales, salt }: { scales: Scales; salt: number },
): void {
  for (let row = rows.from; row < rows.until; row++) {
    let bits = Math.imul(row ^ salt, 0x9e3779b1);
    bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    bits ^= bits >>> 16;
    const g = Math.floor(gradients[2 * row]! * scales.gradient + (bits >>> 16) / 65_536);
    const units = gradients[2 * row + 1]! * scales.hessian;
    const h = scales.isUniform ? 1 : Math.floor(units + (bits & 65_535) / 65_536);
    packed[row] = g * GRADIENT + h;
  }
}

function powerBelow(value: number): number {
  return Number.isFinite(value) ? 2 ** Math.floor(Math.log2(value)) : 1;
}
