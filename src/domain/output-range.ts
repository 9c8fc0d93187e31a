/**
 * What the numbers of a version mean, and so which of them cannot be answers: the probability of the positive label, the difference
 * that a treatment makes to a probability, or a value in the units of the label.
 */
export const outputRanges = ['probability', 'difference', 'number'] as const;
export type OutputRange = (typeof outputRanges)[number];

/** Not-a-number is in no range. */
export function isWithin(range: OutputRange, score: number): boolean {
  switch (range) {
    case 'probability':
      return score >= 0 && score <= 1;
    case 'difference':
      return score >= -1 && score <= 1;
    case 'number':
      return Number.isFinite(score);
  }
}

export function wordsFor(range: OutputRange): string {
  switch (range) {
    case 'probability':
      return 'a probability';
    case 'difference':
      return 'a difference of probabilities, -1 to 1';
    case 'number':
      return 'a finite number';
  }
}
