/** Sums by bin, for a group of words at a time: the loop itself is in `inner-loops.wat`. */
import { BINS } from './bins.ts';
import type { Memory } from './memory.ts';

/** Numbers that the histogram of one word's four places takes. */
export const WORD = 4 * BINS;

export interface Group {
  readonly fromWord: number;
  readonly untilWord: number;
  /** Where the leaf's histogram begins. */
  readonly slot: number;
}

/** Of the rows at `from` to `until` in the index, whose gradients have been put in that order. */
export function histogramOfLeaf(memory: Memory, group: Group, { from, until }: { from: number; until: number }): void {
  const { words, wordsARow, ordered, index, histograms, loops } = memory;
  const { fromWord, untilWord, slot } = group;
  const start = slot + fromWord * WORD;
  histograms.fill(0, start, slot + untilWord * WORD);
  const [wordBytes, numberBytes] = [words.BYTES_PER_ELEMENT, histograms.BYTES_PER_ELEMENT];
  loops.addToBins(
    words.byteOffset + fromWord * wordBytes,
    wordsARow * wordBytes,
    (untilWord - fromWord) * wordBytes,
    ordered.byteOffset + from * numberBytes,
    index.byteOffset + from * index.BYTES_PER_ELEMENT,
    index.byteOffset + until * index.BYTES_PER_ELEMENT,
    histograms.byteOffset + start * numberBytes,
  );
}

/** What the parent had and the smaller child has not is the larger one's. */
export function subtract({ histograms: h }: Memory, { fromWord, untilWord, slot }: Group, smaller: number): void {
  const end = slot + untilWord * WORD;
  for (let at = slot + fromWord * WORD, other = smaller + fromWord * WORD; at < end; at++, other++) h[at]! -= h[other]!;
}
