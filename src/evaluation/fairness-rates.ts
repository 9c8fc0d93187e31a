/** How often each group is acted upon, and how often rightly and wrongly: what fairness is judged on. */

import { acted, byLot, left } from './decided.ts';

export interface PreparedGroups {
  readonly column: string;
  readonly groups: readonly { readonly name: string; readonly rows: number; readonly positives: number }[];
  /** Of each row the number of its group. */
  readonly codes: Uint16Array;
  /** 2 · what is decided + positive. */
  readonly cells: Uint8Array;
  /** Of rows that draw lots, the part that is acted upon. */
  readonly chance: number;
  readonly entities: Uint32Array;
}

export const groupRates = ['acted-upon', 'true-positives', 'false-positives'] as const;
export type GroupRate = (typeof groupRates)[number];

export function ratesWidth({ groups }: PreparedGroups): number {
  return groups.length * groupRates.length;
}

/** Writes the three rates of each group, one group after another. */
export function ratesInGroups(
  { groups, codes, cells, chance, entities }: PreparedGroups,
  weights: Uint8Array | null,
  out: Float64Array,
  at: number,
): void {
  const counts = new Float64Array(groups.length * CELLS);
  for (let row = 0; row < codes.length; row++) {
    const place = CELLS * codes[row]! + cells[row]!;
    counts[place] = counts[place]! + (weights === null ? 1 : weights[entities[row]!]!);
  }
  for (let group = 0; group < groups.length; group++) {
    const [leftNo, leftYes, actedNo, actedYes] = cellsOf(counts, CELLS * group, chance);
    out[at + 3 * group] = (actedNo + actedYes) / (leftNo + leftYes + actedNo + actedYes);
    out[at + 3 * group + 1] = actedYes / (leftYes + actedYes);
    out[at + 3 * group + 2] = actedNo / (leftNo + actedNo);
  }
}

const CELLS = 6;

/** Without and with the outcome: left, and acted upon. */
function cellsOf(counts: Float64Array, at: number, chance: number): readonly [number, number, number, number] {
  const of = (decided: number, positive: number) => counts[at + 2 * decided + positive]!;
  const leftOf = (positive: number) => of(left, positive) + (1 - chance) * of(byLot, positive);
  const actedOf = (positive: number) => of(acted, positive) + chance * of(byLot, positive);
  return [leftOf(0), leftOf(1), actedOf(0), actedOf(1)];
}
