import { expect, test } from 'vitest';
import { parseDuration } from '../../src/domain/duration.ts';
import { figureOf } from '../../src/domain/evidence.ts';
import { leastTimeToPromoteMs, longestHarmMs } from '../../src/gates/rollout-times.ts';
import { aContract, aSpec, overallOf, scoredSample } from './fixtures.ts';

const metricsOf = (contract: ReturnType<typeof aContract>) => Object.fromEntries(contract.metrics.map((metric) => [metric.metric, metric]));
const hours = (ms: number) => ms / parseDuration('1h')!;

test('the ledger gives out half of alpha, and keeps the rest for segments and probation', () => {
  const { metrics } = aContract();
  const alphas = Object.fromEntries(metrics.map(({ metric, alpha }) => [metric, Number(alpha.toFixed(6))]));
  expect(alphas).toEqual({ errors: 0.00375, latency: 0.0025, conversion: 0.00625, 'log-loss': 0.00375, auc: 0.00625 });
  expect(metrics.reduce((sum, { alpha }) => sum + alpha, 0)).toBeCloseTo(0.0225, 12);
});

test('the planned sizes are those of the reference simulations', () => {
  const atTen = overallOf(scoredSample({ rows: 40_000, baseRate: 0.1, seed: 2 }));
  const planned = metricsOf(aContract({ overall: atTen }));
  expect(planned.conversion!.plannedRows / 39_273).toBeCloseTo(1, 1);
  // Its variance is measured on the sample.
  expect(Math.abs(planned.auc!.plannedRows / 9_624 - 1)).toBeLessThan(0.1);
  expect(planned.errors!.plannedRows / 4_808).toBeCloseTo(1, 1);
});

test('the harm to be found is the margin in the metric’s own units', () => {
  const overall = overallOf(scoredSample({ rows: 4_000 }));
  const planned = metricsOf(aContract({ overall }));
  expect(planned.conversion!.harmToFind).toBeCloseTo((0.1 * overall.positives!) / overall.rows, 12);
  expect(planned['log-loss']!.harmToFind).toBeCloseTo(0.03 * figureOf(overall, 'log-loss')!.opponent!.estimate, 12);
  expect([planned.auc!.harmToFind, planned.errors!.harmToFind]).toEqual([0.02, 0.01]);
});

test('without a comparison to measure on, the plan is cautious and finite', () => {
  const none = {
    ...overallOf(scoredSample({ rows: 4_000 })),
    rows: 0,
    positives: 0,
    figures: [],
  };
  for (const { plannedRows, harmToFind } of aContract({ overall: none }).metrics) {
    expect(Number.isFinite(plannedRows) && plannedRows >= 200).toBe(true);
    expect(harmToFind).toBeGreaterThan(0);
  }
});

test('identical versions still have to show a minimum of rows', () => {
  const { labels, champion } = scoredSample({ rows: 4_000 });
  const planned = metricsOf(aContract({ overall: overallOf({ labels, champion, challenger: champion }) }));
  expect([planned.auc!.plannedRows, planned['log-loss']!.plannedRows]).toEqual([200, 200]);
});

test('the primary outcome is a further outcome where the spec names one, and the label otherwise', () => {
  expect(aContract().primary).toMatchObject({ outcome: 'churned', better: 'higher' });
  const spec = aSpec('outcomes: [{ name: complained, maturity: 2d, better: lower, role: primary }]');
  expect(aContract({ spec }).primary).toEqual({ outcome: 'complained', maturityMs: 2 * 86_400_000, absent: 'negative', better: 'lower' });
});

test('least time to promote: shadow, the first step until its outcomes have matured, the other steps', () => {
  expect(hours(leastTimeToPromoteMs(aSpec()))).toBe(48 + 30 * 24 + 2 * 48);
  const impatient = aSpec('rollout: { step: { duration: 48h, maturedOutcomes: 0 } }');
  expect(hours(leastTimeToPromoteMs(impatient))).toBe(48 + 3 * 48);
});

test('longest harm: the first step, one look, one lease', () => {
  const impatient = aSpec('rollout: { step: { duration: 48h, maturedOutcomes: 0 }, lookEvery: 10m }');
  expect(longestHarmMs(impatient)).toBe(48 * 3_600_000 + 600_000 + 10_000);
});
