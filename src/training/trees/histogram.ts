/**
 * The inner loops of tree training: most of the time is spent here. Four places are read with one word, and the loops run over a
 * group of words, row after row, since that is what a cache likes best (measured: 1.5 ns an entry; one place at a time 4).
 */
import { BINS } from './bins.ts';
import type { Memory } from './memory.ts';

/** Doubles that the histogram of one word's four places takes. */
export const WORD = 4 * BINS * 2;

export interface Group {
  readonly fromWord: number;
  readonly untilWord: number;
  /** Where the leaf's histogram begins. */
  readonly slot: number;
}

/** Of all rows, which are in the order of their gradients. */
export function histogramOfAll(memory: Memory, { fromWord, untilWord, slot }: Group): void {
  const { words, wordsARow, gradients, histograms: h, rows } = memory;
  const start = slot + fromWord * WORD;
  h.fill(0, start, slot + untilWord * WORD);
  for (let row = 0; row < rows; row++) {
    const g = gradients[2 * row]!;
    const s = gradients[2 * row + 1]!;
    const end = row * wordsARow + untilWord;
    for (let at = row * wordsARow + fromWord, o = start; at < end; at++, o += 2048) {
      const w = words[at]!;
      const a = o + ((w & 255) << 1);
      const b = o + 512 + ((w >>> 7) & 510);
      const c = o + 1024 + ((w >>> 15) & 510);
      const d = o + 1536 + ((w >>> 23) & 510);
      h[a]! += g;
      h[a + 1]! += s;
      h[b]! += g;
      h[b + 1]! += s;
      h[c]! += g;
      h[c + 1]! += s;
      h[d]! += g;
      h[d + 1]! += s;
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
    const g = ordered[2 * position]!;
    const s = ordered[2 * position + 1]!;
    const first = index[position]! * wordsARow;
    const end = first + untilWord;
    for (let at = first + fromWord, o = start; at < end; at++, o += 2048) {
      const w = words[at]!;
      const a = o + ((w & 255) << 1);
      const b = o + 512 + ((w >>> 7) & 510);
      const c = o + 1024 + ((w >>> 15) & 510);
      const d = o + 1536 + ((w >>> 23) & 510);
      h[a]! += g;
      h[a + 1]! += s;
      h[b]! += g;
      h[b + 1]! += s;
      h[c]! += g;
      h[c + 1]! += s;
      h[d]! += g;
      h[d + 1]! += s;
    }
  }
}

/** What the parent had and the smaller child has not is the larger one's. */
export function subtract({ histograms: h }: Memory, { fromWord, untilWord, slot }: Group, smaller: number): void {
  const end = slot + untilWord * WORD;
  for (let at = slot + fromWord * WORD, other = smaller + fromWord * WORD; at < end; at++, other++) h[at]! -= h[other]!;
}
