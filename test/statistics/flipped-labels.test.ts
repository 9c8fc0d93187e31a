import { expect, test } from 'vitest';
import { flippedShare } from '../../src/statistics/flipped-labels.ts';
import { seededRandom } from '../../src/statistics/random.ts';

/** Labels drawn from the probabilities themselves, and then turned round by chance. */
function rows(flipped: number, { seed = 1, count = 20_000 } = {}) {
  const random = seededRandom(seed);
  const probabilities = Float64Array.from({ length: count }, () => random.uniform() ** 3);
  const labels = Uint8Array.from(probabilities, (p) => {
    const label = random.uniform() < p ? 1 : 0;
    return random.uniform() < flipped ? 1 - label : label;
  });
  return { probabilities, labels };
}

test.each([0, 0.02, 0.05, 0.2, 0.5, 0.9, 1])('the share %d is found again within its error', (flipped) => {
  const { probabilities, labels } = rows(flipped);
  const { share, standardError } = flippedShare(probabilities, labels)!;
  expect(Math.abs(share - flipped)).toBeLessThan(4 * standardError);
  expect(standardError).toBeLessThan(0.01);
});

test('the error is that of the estimate over many draws', () => {
  const found = Array.from({ length: 60 }, (_, seed) => {
    const { probabilities, labels } = rows(0.1, { seed: seed + 10, count: 3_000 });
    return flippedShare(probabilities, labels)!;
  });
  const mean = found.reduce((sum, { share }) => sum + share, 0) / found.length;
  const spread = Math.sqrt(found.reduce((sum, { share }) => sum + (share - mean) ** 2, 0) / (found.length - 1));
  expect(mean).toBeCloseTo(0.1, 2);
  expect(spread / found[0]!.standardError).toBeGreaterThan(0.7);
  expect(spread / found[0]!.standardError).toBeLessThan(1.3);
});

test('turning every label and every probability round changes nothing', () => {
  const { probabilities, labels } = rows(0.1);
  const turned = flippedShare(
    probabilities.map((p) => 1 - p),
    labels.map((label) => 1 - label),
  )!;
  expect(turned.share).toBeCloseTo(flippedShare(probabilities, labels)!.share, 9);
});

test('without rows, or where the scores say nothing, there is no answer', () => {
  expect(flippedShare([], [])).toBeNull();
  expect(flippedShare([0.5, 0.5], [1, 0])).toBeNull();
  expect(flippedShare([0, 1], [1, 0])!.share).toBeGreaterThan(0.9);
});
