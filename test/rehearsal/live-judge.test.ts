import { expect, test } from 'vitest';
import { endings, equal } from './rollouts.ts';

// Shadow, 5 %, 25 % and 50 % with looks on each; the last step sees the planned evidence and at most a quarter more.
test('equal challengers are promoted, and hardly ever rolled back', () => {
  const seen = endings(equal, { from: 1, count: 100 });
  expect(seen.promoted, JSON.stringify(seen)).toBeGreaterThanOrEqual(0.95);
  expect(seen['rolled back']).toBeLessThanOrEqual(0.02);
}, 120_000);

test.each([
  ['ranks worse by 0.02 of AUC', { ...equal, challengerAuc: 0.78 }],
  ['converts a tenth less', { ...equal, conversion: 0.9 }],
  ['errs one point more', { ...equal, errorRates: { control: 0.005, challenger: 0.015 } }],
  ['is half as slow again at the p95', { ...equal, slow: { over: 0.107, overTolerated: 0.085 } }],
] as const)(
  'a challenger that %s is rolled back',
  (_, harmed) => {
    const seen = endings(harmed, { from: 1, count: 40 });
    expect(seen['rolled back'], JSON.stringify(seen)).toBeGreaterThanOrEqual(0.9);
    expect(seen.promoted).toBeLessThanOrEqual(0.05);
  },
  120_000,
);
