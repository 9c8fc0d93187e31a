/** How often each group is acted upon, and how often rightly and wrongly: what fairness is judged on. */

export interface PreparedGroups {
  readonly column: string;
  readonly groups: readonly { readonly name: string; readonly rows: number; readonly positives: number }[];
  /** Of each row the number of its group. */
  readonly codes: Uint16Array;
  /** 2 · acted upon + positive. */
  readonly cells: Uint8Array;
  readonly entities: Uint32Array;
}

export const groupRates = ['acted-upon', 'true-positives', 'false-positives'] as const;
export type GroupRate = (typeof groupRates)[number];

export function ratesWidth({ groups }: PreparedGroups): number {
  return groups.length * groupRates.length;
}

/** Writes the three rates of each group, one group after another. */
export function ratesInGroups(
  { groups, codes, cells, entities }: PreparedGroups,
  weights: Uint8Array | null,
  out: Float64Array,
  at: number,
): void {
  const counts = new Float64Array(groups.length * 4);
  for (let row = 0; row < codes.length; row++) {
    const place = 4 * codes[row]! + cells[row]!;
    counts[place] = counts[place]! + (weights === null ? 1 : weights[entities[row]!]!);
  }
  for (let group = 0; group < groups.length; group++) {
    const [leftNo, leftYes, actedNo, actedYes] = cellsOf(counts, 4 * group);
    out[at + 3 * group] = (actedNo + actedYes) / (leftNo + leftYes + actedNo + actedYes);
    out[at + 3 * group + 1] = actedYes / (leftYes + actedYes);
    out[at + 3 * group + 2] = actedNo / (leftNo + actedNo);
  }
}

function cellsOf(counts: Float64Array, at: number): readonly [number, number, number, number] {
  return [counts[at]!, counts[at + 1]!, counts[at + 2]!, counts[at + 3]!];
}
