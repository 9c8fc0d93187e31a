/**
 * Numbers to bins: at most 254 for values and one for what is missing. Bin b holds edges[b-1] < x <= edges[b]; the edges are 32-bit
 * floats between neighbouring values, rounded down, so `bin <= b` and `x <= edges[b]` say the same of every row.
 */

/** Places of a row are packed four to a word. */
export const BINS = 256;
export const MOST_BINS = 255;
/** Enough for quantiles a thousandth apart. */
const SAMPLE = 100_000;

/** Rising; one fewer than there are bins for values. */
export function edgesOf(x: Float32Array, { width, place, bins }: { width: number; place: number; bins: number }): Float32Array {
  const sorted = sortedSample(x, width, place);
  const { values, counts } = distinct(sorted);
  const most = Math.max(2, Math.min(bins, MOST_BINS)) - 1;
  const cuts = values.length <= most ? values.keys() : evenCuts(counts, sorted.length, most);
  const edges: number[] = [];
  for (const cut of cuts) if (cut + 1 < values.length) edges.push(edgeBetween(values[cut]!, values[cut + 1]!));
  return Float32Array.from(edges);
}

/** As many as there may be, of which nothing lies above those that are added: a search can then always halve them evenly. */
export function padded(edges: Float32Array): Float32Array {
  const all = new Float32Array(BINS).fill(Infinity);
  all.set(edges);
  return all;
}

/** The bin of a value that is not missing, by padded edges. Without branches, which would be guessed wrong half of the time. */
export function binOf(edges: Float32Array, value: number): number {
  let bin = 0;
  for (let half = BINS / 2; half > 0; half >>>= 1) bin += half * Number(value > edges[bin + half - 1]!);
  return bin;
}

/** The largest 32-bit float that is at most halfway between two others, and never the upper one. */
export function edgeBetween(below: number, above: number): number {
  const edge = roundedDown(below + (above - below) / 2);
  return edge >= below && edge < above ? edge : below;
}

/** To the nearest 32-bit float that is not above. */
export function roundedDown(value: number): number {
  const rounded = Math.fround(value);
  if (!(rounded > value)) return rounded;
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, rounded);
  view.setInt32(0, view.getInt32(0) + (rounded > 0 ? -1 : 1));
  return view.getFloat32(0);
}

function sortedSample(x: Float32Array, width: number, place: number): Float32Array {
  const rows = x.length / width;
  const size = Math.min(rows, SAMPLE);
  const sample = new Float32Array(size);
  let filled = 0;
  const step = rows / size;
  for (let index = 0; index < size; index++) {
    const value = x[((index * step) >>> 0) * width + place]!;
    if (!Number.isNaN(value)) sample[filled++] = value;
  }
  return sample.subarray(0, filled).sort();
}

function distinct(sorted: Float32Array): { values: number[]; counts: number[] } {
  const values: number[] = [];
  const counts: number[] = [];
  let from = 0;
  for (let index = 1; index <= sorted.length; index++) {
    if (index < sorted.length && sorted[index] === sorted[from]) continue;
    values.push(sorted[from]!);
    counts.push(index - from);
    from = index;
  }
  return { values, counts };
}

/** Equal shares of the rows; a value that fills a share by itself gets a bin of its own, and the rest is shared out anew. */
function* evenCuts(counts: readonly number[], rows: number, bins: number): Iterable<number> {
  let left = rows;
  let binsLeft = bins;
  let inBin = 0;
  for (const [index, count] of counts.entries()) {
    const share = left / binsLeft;
    const next = counts[index + 1] ?? 0;
    inBin += count;
    if (binsLeft > 1 && (inBin >= share || inBin + next / 2 > share || next >= share)) {
      yield index;
      left -= inBin;
      inBin = 0;
      binsLeft -= 1;
    }
  }
}
