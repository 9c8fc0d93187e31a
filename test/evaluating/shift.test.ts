import { expect, test } from 'vitest';
import { shiftSince } from '../../src/evaluating/shift.ts';
import type { Task } from '../../src/domain/spec.ts';
import type { Manifest } from '../../src/training/manifest.ts';

function classes(baseRate: number, targets: readonly number[], task: Task = 'binary-classification') {
  const score = { kind: 'number', edges: [0.5], counts: [1, 1], nulls: 0 };
  const encoder = { features: [], inputs: [], columns: [], missingTexts: [] };
  const manifest = { encoder, referenceProfile: { baseRate, score, features: [] } } as unknown as Manifest;
  const labels = Float64Array.from(targets);
  const rows = { count: labels.length, columns: new Map(), seenAt: labels, targets: labels, scores: labels };
  return shiftSince(task, manifest, rows).classes;
}

const share = (positives: number, rows: number) => Array.from({ length: rows }, (_, row) => (row < positives ? 1 : 0));

test.each<[string, number, number[], boolean]>([
  ['three times as many positives', 0.1, share(300, 1_000), true],
  ['a third of the positives', 0.3, share(100, 1_000), true],
  ['a few more', 0.1, share(150, 1_000), false],
  ['three positives where one was expected', 0.01, share(3, 100), false],
  ['none at all, where one was expected', 0.01, share(0, 100), false],
])('%s: sharp only where it is far and no chance', (_, before, targets, isSharp) => {
  expect(classes(before, targets)).toEqual({ before, now: targets.reduce((sum, target) => sum + target, 0) / targets.length, isSharp });
});

test('a mean moves by standard deviations, whatever its sign', () => {
  const around = (mean: number) => Array.from({ length: 1_000 }, (_, row) => mean + (row % 2 ? 1 : -1));
  expect(classes(-0.1, around(0.1), 'regression')!.isSharp).toBe(false);
  expect(classes(-0.1, around(0.9), 'regression')!.isSharp).toBe(true);
});
