/**
 * What share of turned labels the champion's scores can show: labels drawn from logit-normal scores of a given AUC, three in ten positive,
 * against 3,200 rows (or four tenths, if that is more) from before the release. Figures are of these seeds; no machine changes them.
 */
import { describe, expect, test } from 'vitest';
import { labelAgreement } from '../../src/evaluation/label-agreement.ts';
import { championDoubts } from '../../src/gates/champion-on-labels.ts';
import { seededRandom } from '../../src/statistics/random.ts';

/** Mean and deviation of the logit: found by bisection, so that 30 % are positive and the AUC is that of the name. */
const worlds = { 0.75: [-1.034, 1.045], 0.85: [-1.314, 1.823], 0.95: [-2.268, 3.942] } as const;
type World = keyof typeof worlds;

function drawn(world: World, rows: number, { flipped, seed }: { flipped: number; seed: number }) {
  const random = seededRandom(seed);
  const [mean, deviation] = worlds[world];
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const scores = Float64Array.from({ length: rows }, () => 1 / (1 + Math.exp(-(mean + deviation * normal()))));
  const labels = Uint8Array.from(scores, (score) => Number(random.uniform() < score !== random.uniform() < flipped));
  return labelAgreement(scores, labels)!;
}

function stopped(world: World, rows: number, flipped: number): number {
  const weeks = 40;
  let found = 0;
  for (let week = 0; week < weeks; week++) {
    const before = drawn(world, Math.max(3_200, 0.4 * rows), { flipped: 0, seed: 2 * week + 1 });
    const now = drawn(world, rows, { flipped, seed: 2 * week + 2 });
    if (championDoubts({ version: 'x@1', before, now }, { aucMargin: 0.02 }).length > 0) found += 1;
  }
  return found / weeks;
}

test.each([0.75, 0.85, 0.95] as const)('AUC %d: clean weeks pass, of any size', (world) => {
  for (const rows of [2_000, 10_000, 50_000]) expect(stopped(world, rows, 0)).toBe(0);
});

describe('shares of turned labels that are stopped', () => {
  test.each<[World, number, number, number]>([
    [0.75, 2_000, 0.1, 0.95],
    [0.75, 10_000, 0.05, 0.9],
    [0.75, 50_000, 0.02, 0.85],
    [0.85, 2_000, 0.05, 0.85],
    [0.85, 10_000, 0.02, 0.45],
    [0.85, 50_000, 0.01, 0.8],
    [0.95, 2_000, 0.02, 0.65],
    [0.95, 10_000, 0.01, 0.8],
    [0.95, 50_000, 0.01, 0.95],
  ])('AUC %d, %d new rows, %d turned: at least %d of the weeks', (world, rows, flipped, least) => {
    expect(stopped(world, rows, flipped)).toBeGreaterThanOrEqual(least);
  });
});
