import fc from 'fast-check';
import { expect, test } from 'vitest';
import { armOf, BUCKETS, bucketOf, murmur3 } from '../../src/domain/buckets.ts';

const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
const entity = (index: number) => index.toString(16).padStart(32, '0');

// Published vectors of MurmurHash3 x86 32-bit.
test('murmur3 agrees with its published vectors', () => {
  expect(murmur3('')).toBe(0);
  expect(murmur3('', 1)).toBe(0x514e28b7);
  expect(murmur3('abc')).toBe(0xb3dd93fa);
  expect(murmur3('Hello, world!', 0x9747b28c)).toBe(0x24884cba);
  expect(murmur3('The quick brown fox jumps over the lazy dog', 0x9747b28c)).toBe(0x2fa826cd);
});

test('raising the share moves nobody out of the challenger or out of its control arm', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 0, max: BUCKETS - 1 }),
      (a, b, bucket) => {
        const before = armOf(bucket, { challengerBps: Math.min(a, b), holdBackBps: 0 });
        const after = armOf(bucket, { challengerBps: Math.max(a, b), holdBackBps: 0 });
        if (before === 'challenger' || before === 'control') expect(after).toBe(before);
      },
    ),
  );
});

test('the control arm is exactly as large as the challenger at every share', () => {
  for (const share of [1, 500, 2_500, 4_999, 5_000]) {
    const arms = buckets.map((bucket) => armOf(bucket, { challengerBps: share, holdBackBps: 0 }));
    expect(arms.filter((arm) => arm === 'challenger')).toHaveLength(share);
    expect(arms.filter((arm) => arm === 'control')).toHaveLength(share);
  }
});

test('who is held back after a promotion was in the control arm before it', () => {
  for (const bucket of buckets) {
    if (armOf(bucket, { challengerBps: 0, holdBackBps: 500 }) !== 'hold-back') continue;
    expect(armOf(bucket, { challengerBps: 500, holdBackBps: 0 })).toBe('control');
  }
});

test('a rollout that ramps while an older hold-back is still there suspends the hold-back', () => {
  expect(armOf(BUCKETS - 1, { challengerBps: 100, holdBackBps: 500 })).toBe('control');
});

test('buckets are even, and two ten-percent canaries with other salts overlap by one percent', () => {
  const entities = Array.from({ length: 100_000 }, (_, index) => entity(index * 7919));
  const counts = new Array<number>(20).fill(0);
  let both = 0;
  for (const name of entities) {
    const bucket = bucketOf('rollout-a', name);
    counts[Math.floor(bucket / 500)]! += 1;
    if (bucket < 1_000 && bucketOf('rollout-b', name) < 1_000) both += 1;
  }
  const expected = entities.length / 20;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(43.8); // 0.999 quantile of chi-square with 19 degrees of freedom
  expect(both / entities.length).toBeGreaterThan(0.0085);
  expect(both / entities.length).toBeLessThan(0.0115);
});
