import { expect, test } from 'vitest';
import { fitInThread, type ThreadInput } from '../../src/training/fit-in-thread.ts';
import type { TrainingProgress } from '../../src/training/trainer.ts';
import { aFeature } from '../data/fixtures.ts';
import { fitInput, fitRows } from './fit-here.ts';

/** Enough numbers to keep a thread busy for several seconds. */
function hardWork(trainer: 'logistic-regression' | 'gradient-boosted-trees' = 'logistic-regression'): ThreadInput {
  const [rows, width] = [60_000, 80];
  const features = Array.from({ length: width }, (_, index) => aFeature(`f${index}`, 'number'));
  const columns = new Map(
    features.map(({ name }, column) => [name, Float64Array.from({ length: rows }, (_, row) => Math.sin(row * (column + 1) + column))]),
  );
  const targets = Float64Array.from({ length: rows }, (_, row) => (Math.sin(row) + Math.sin(row * 7.3) > 0 ? 1 : 0));
  const training = fitRows(columns, targets);
  const parameters = trainer === 'logistic-regression' ? { ridge: 1e-6, iterations: 100, tolerance: 1e-14 } : { trees: 10_000 };
  return { fit: fitInput(features, training, { trainer, parameters }), threads: 2, finished: new Map(), treesEveryMs: 1e9 };
}

test.each(['logistic-regression', 'gradient-boosted-trees'] as const)(
  'a busy thread that fits %s sends heartbeats and ends within a second when it is cancelled',
  async (trainer) => {
    const controller = new AbortController();
    const beats: TrainingProgress[] = [];
    let cancelledAt = 0;
    const heartbeat = (progress: TrainingProgress) => {
      if (['starting', 'encoding'].includes(progress.stage)) return;
      beats.push(progress);
      if (beats.length < 2) return;
      cancelledAt = performance.now();
      controller.abort(new Error('cancelled'));
    };
    await expect(fitInThread(hardWork(trainer), { signal: controller.signal, heartbeat })).rejects.toThrow('cancelled');
    expect(performance.now() - cancelledAt).toBeLessThan(1_000);
    expect(beats).toHaveLength(2);
    expect(beats.at(-1)!.stage).not.toBe('scoring');
  },
);

test('a stage that begins is told at once, however short it is', async () => {
  const ages = Float64Array.from({ length: 50 }, (_, row) => row);
  const rows = fitRows(
    new Map([['age', ages]]),
    ages.map((age) => age % 2),
  );
  const stages: string[] = [];
  const heartbeat = ({ stage }: TrainingProgress) => void stages.push(stage);
  const input = { fit: fitInput([aFeature('age', 'number')], rows), threads: 1, finished: new Map(), treesEveryMs: 1e9 };
  await fitInThread(input, { signal: new AbortController().signal, heartbeat });
  expect(stages.filter((stage) => stage !== 'starting')).toEqual(['encoding', 'fitting', 'scoring']);
});

test('what goes wrong in the thread comes out of it', async () => {
  const input = hardWork();
  const broken = { ...input, fit: { ...input.fit, training: { ...input.fit.training, columns: new Map() } } };
  await expect(fitInThread(broken, { signal: new AbortController().signal, heartbeat: () => {} })).rejects.toThrow(
    'the rows have no column "f0"',
  );
});
