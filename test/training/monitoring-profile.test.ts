import { expect, test } from 'vitest';
import { aFeature } from '../data/fixtures.ts';
import { fitHere, fitRows } from './fit-here.ts';

const features = [aFeature('age', 'number'), aFeature('plan', 'category')];

/** Ages that rise from `youngest` on, and a label that follows them. */
function customers(count: number, youngest: number, plan: string) {
  const age = Float64Array.from({ length: count }, (_, row) => youngest + (row % 40));
  const columns = new Map<string, Float64Array | string[]>([
    ['age', age],
    ['plan', Array.from({ length: count }, () => plan)],
  ]);
  return fitRows(
    columns,
    age.map((years, row) => (years + (row % 7) > youngest + 22 ? 1 : 0)),
  );
}

test('monitoring compares with the rows kept for it, as they were and as they are scored, and nothing is learned from them', () => {
  const training = customers(2_000, 20, 'basic');
  const alone = fitHere(features, training);
  const fit = fitHere(features, training, { reference: customers(1_000, 40, 'gold') });
  const [age, plan] = fit.monitoringProfile!.features;
  expect(age!.histogram).toMatchObject({ kind: 'number', nulls: 0 });
  expect(age!.histogram.kind === 'number' && Math.min(...age!.histogram.edges)).toBeGreaterThan(39);
  expect(plan!.histogram).toMatchObject({ counts: [{ value: 'gold', count: 1_000 }] });
  expect(fit.monitoringProfile!.score.counts.reduce((sum, count) => sum + count, 0)).toBe(1_000);
  expect(fit.model).toEqual(alone.model);
  expect(fit.referenceProfile).toEqual(alone.referenceProfile);
});

test('with fewer than a thousand such rows the training rows stand in', () => {
  expect(fitHere(features, customers(2_000, 20, 'basic'), { reference: customers(999, 40, 'gold') }).monitoringProfile).toBeNull();
});
