import { expect, test } from 'vitest';
import { fitInThread } from '../../src/training/fit-in-thread.ts';
import type { FitInput } from '../../src/training/fit-logistic-regression.ts';
import type { TrainingProgress } from '../../src/training/trainer.ts';
import { aFeature } from '../data/fixtures.ts';

/** Enough numbers to keep a thread busy for several seconds. */
function hardWork(): FitInput {
  const [rows, width] = [60_000, 80];
  const features = Array.from({ length: width }, (_, index) => aFeature(`f${index}`, 'number'));
  const columns = new Map(
    features.map(({ name }, column) => [name, Float64Array.from({ length: rows }, (_, row) => Math.sin(row * (column + 1) + column))]),
  );
  const training = {
    count: rows,
    labels: Uint8Array.from({ length: rows }, (_, row) => (Math.sin(row) + Math.sin(row * 7.3) > 0 ? 1 : 0)),
    columns,
    seenAt: new Float64Array(rows).fill(Number.NaN),
  };
  return { inputs: [], features, missingTexts: [], training, validation: training, ridge: 1e-6, iterations: 100, tolerance: 1e-14 };
}

test('a busy thread sends heartbeats and ends within a second when it is cancelled', async () => {
  const controller = new AbortController();
  const beats: TrainingProgress[] = [];
  let cancelledAt = 0;
  const heartbeat = (progress: TrainingProgress) => {
    beats.push(progress);
    if (beats.length < 2) return;
    cancelledAt = performance.now();
    controller.abort(new Error('cancelled'));
  };
  await expect(fitInThread(hardWork(), { signal: controller.signal, heartbeat })).rejects.toThrow('cancelled');
  expect(performance.now() - cancelledAt).toBeLessThan(1_000);
  expect(beats).toHaveLength(2);
  expect(beats.at(-1)!.stage).not.toBe('scoring');
});

test('what goes wrong in the thread comes out of it', async () => {
  const input = hardWork();
  const broken = { ...input, training: { ...input.training, columns: new Map() } };
  await expect(fitInThread(broken, { signal: new AbortController().signal, heartbeat: () => {} })).rejects.toThrow(
    'the rows have no column "f0"',
  );
});
