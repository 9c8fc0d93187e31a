/**
 * The inner loops of tree training: most of the time is spent here. Four places are read with one word, and the loops run over a
 * group of words, row after row, since that is what a cache likes best (measured: half of what one place at a time takes).
 */
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

/** Of all rows, which are in the order of their gradients. */
export function histogramOfAll(memory: Memory, { fromWord, untilWord, slot }: Group): void {
  const { words, wordsARow, packed, histograms: h, rows } = memory;
  const start = slot + fromWord * WORD;
  h.fill(0, start, slot + untilWord * WORD);
  for (let row = 0; row < rows; row++) {
    const value = packed[row]!;
    const end = row * wordsARow + untilWord;
    for (let at = row * wordsARow + fromWord, o = start; at < end; at++, o += WORD) {
      const w = words[at]!;
      h[o + (w & 255)]! += value;
      h[o + 256 + ((w >>> 8) & 255)]! += value;
      h[o + 512 + ((w >>> 16) & 255)]! += value;
      h[o + 768 + (w >>> 24)]! += value;
    }
  }
}

/** Of the rows at `from` to `until` in the index, whose gradients have been put in that order. */
export function histogramOfLeaf(memory: Memory, group: Group, { from, until }: { from: number; until: number }): void {
  const { words, wordsARow, ordered, index, histograms: h } = memory;
  const { fromWord, untilWord, slot } = group;
  const start = slot + fromWord * WORD;
  h.fill(0, start, slot + untilWord * WORD);
  for (let position = from; position < until; position++) {
    const value = ordered[position]!;
    const first = index[position]! * wordsARow;
    const end = first + untilWord;
    for (let at = first + fromWord, o = start; at < end; at++, o += WORD) {
      const w = words[at]!;
      h[o + (w & 255)]! += value;
      h[o + 256 + ((w >>> 8) & 255)]! += value;
      h[o + 512 + ((w >>> 16) & 255)]! += value;
      h[o + 768 + (w >>> 24)]! += value;
    }
  }
}

/** What the parent had and the smaller child has not is the larger one's. */
export function subtract({ histograms: h }: Memory, { fromWord, untilWord, slot }: Group, smaller: number): void {
  const end = slot + untilWord * WORD;
  for (let at = slot + fromWord * WORD, other = smaller + fromWord * WORD; at < end; at++, other++) h[at]! -= h[other]!;
}
