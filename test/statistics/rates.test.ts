import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logEvidence, type Measured } from '../../src/statistics/always-valid.ts';
import { designEffect, effectiveArm } from '../../src/statistics/clustered-rate.ts';
import { batchVariance, exceedanceHarm, shareSlack } from '../../src/statistics/latency-exceedance.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { excessOverRatio, rateDifference, slackBelowAbsolute } from '../../src/statistics/rates.ts';
import { logSampleRatioFactor, sampleRatioP } from '../../src/statistics/sample-ratio.ts';
import { closeTo, hasReference, reference } from './reference.ts';

interface Vectors {
  readonly rate_fail: {
    cases: { x_ch: number; n_ch: number; x_c: number; n_c: number; delta?: number; harm?: number; se?: number; logE: number }[];
  };
  readonly rate_pass: {
    absolute: { x_ch: number; x_c: number; n: number; margin: number; se: number; z: number; logE: number }[];
    relative: { x_ch: number; x_c: number; n: number; rel_margin: number; se: number; z: number; logE: number }[];
  };
  readonly latency_batches: {
    d: number[];
    rows_per_arm: number;
    V: number;
    harm: number;
    se: number;
    z: number;
    delta: number;
    logE: number;
  };
  readonly srm: { cases: { counts: number[]; theta: number[]; C: number; logBF: number; p: number }[] };
}

const z = ({ estimate, standardError }: Measured) => estimate / standardError;

describe.skipIf(!hasReference)('against the reference values', () => {
  const vectors = hasReference ? reference<Vectors>('judging_vectors.json') : (undefined as never);

  test('harm of a rate, with the pooled error', () => {
    for (const { x_ch, n_ch, x_c, n_c, delta = 0.01, harm = 0, se = 0, logE } of vectors.rate_fail.cases) {
      const found = rateDifference({ events: x_ch, trials: n_ch }, { events: x_c, trials: n_c })!;
      // The first case prints the harm as lost events.
      expect(Math.abs(found.estimate)).toBeCloseTo(harm, 10);
      expect(found.standardError).toBeCloseTo(se, 8);
      expect(logEvidence({ ...found, estimate: Math.abs(found.estimate) }, delta)).toBeCloseTo(logE, 4);
    }
  });

  test('absence of harm, with the error at the edge of the margin', () => {
    for (const { x_ch, x_c, n, margin, se, z: expected, logE } of vectors.rate_pass.absolute) {
      const found = slackBelowAbsolute({ events: x_ch, trials: n }, { events: x_c, trials: n }, margin)!;
      expect(found.standardError).toBeCloseTo(se, 8);
      expect(z(found)).toBeCloseTo(expected, 4);
      expect(logEvidence(found, margin)).toBeCloseTo(logE, 4);
    }
    for (const { x_ch, x_c, n, rel_margin, se, z: expected, logE } of vectors.rate_pass.relative) {
      const found = excessOverRatio({ events: x_ch, trials: n }, { events: x_c, trials: n }, 1 - rel_margin)!;
      expect(found.standardError).toBeCloseTo(se, 8);
      expect(z(found)).toBeCloseTo(expected, 4);
      // The vector is tuned to the margin of control's rate at the edge.
      const atEdge = (x_ch + x_c) / (n * (2 - rel_margin));
      expect(logEvidence(found, rel_margin * atEdge)).toBeCloseTo(logE, 4);
    }
  });

  test('latency over batches, with the variance about their mean', () => {
    const { d, rows_per_arm, V, harm, se, delta, logE } = vectors.latency_batches;
    expect(batchVariance(d)).toBeCloseTo(V, 4);
    const rows = rows_per_arm / d.length;
    const found = exceedanceHarm(d.map((over) => ({ control: rows, challenger: rows, controlOver: 10, challengerOver: 10 + over })))!;
    expect(found.estimate).toBeCloseTo(harm, 12);
    expect(found.standardError).toBeCloseTo(se, 8);
    expect(logEvidence(found, delta)).toBeCloseTo(logE, 4);
  });

  test('the sample ratio', () => {
    for (const { counts, theta, C, logBF, p } of vectors.srm.cases) {
      const factor = logSampleRatioFactor(counts, theta, C);
      expect(factor).toBeCloseTo(logBF, 4);
      expect(closeTo(Math.min(1, Math.exp(-factor)), p)).toBe(true);
    }
  });
});

test('an empty arm has no rate', () => {
  const some = { events: 3, trials: 100 };
  const none = { events: 0, trials: 0 };
  expect([rateDifference(some, none), slackBelowAbsolute(none, some, 0.01), excessOverRatio(none, none, 0.9)]).toEqual([null, null, null]);
});

test('more errors of the challenger are more harm and less slack', () => {
  const arm = fc.record({ events: fc.integer({ min: 0, max: 400 }), trials: fc.constant(1_000) });
  fc.assert(
    fc.property(arm, arm, (challenger, control) => {
      const worse = { ...challenger, events: challenger.events + 50 };
      expect(rateDifference(worse, control)!.estimate).toBeGreaterThan(rateDifference(challenger, control)!.estimate);
      expect(slackBelowAbsolute(worse, control, 0.01)!.estimate).toBeLessThan(slackBelowAbsolute(challenger, control, 0.01)!.estimate);
    }),
  );
});

test('a pair without any event passes only when it is large enough, as the plain variance would not see', () => {
  const evidence = (trials: number) => logEvidence(slackBelowAbsolute({ events: 0, trials }, { events: 0, trials }, 0.01)!, 0.01);
  expect(evidence(400)).toBeLessThan(Math.log(20));
  expect(evidence(800)).toBeGreaterThan(Math.log(20));
});

test('entities that fail always count once, not once a prediction', () => {
  const faithful = Array.from({ length: 100 }, (_, group) => ({ trials: 20, events: group % 10 === 0 ? 20 : 0 }));
  expect(designEffect(faithful)).toBeCloseTo(20.2, 1);
  expect(effectiveArm(faithful, 20)).toEqual({ events: 10, trials: 100 });
});

test('independent trials have a design effect of about one, and never below', () => {
  const random = seededRandom(3);
  const effects = Array.from({ length: 50 }, () => {
    const clusters = Array.from({ length: 100 }, () => {
      const trials = 20 + Math.floor(60 * random.uniform());
      return { trials, events: Array.from({ length: trials }, () => random.uniform()).filter((draw) => draw < 0.05).length };
    });
    return designEffect(clusters);
  });
  expect(Math.min(...effects)).toBe(1);
  expect(effects.reduce((sum, effect) => sum + effect, 0) / effects.length).toBeLessThan(1.12);
  expect(designEffect([])).toBe(1);
  expect(designEffect([{ trials: 10, events: 0 }])).toBe(1);
});

test('arms of unequal size are not slower for it', () => {
  const batches = Array.from({ length: 30 }, (_, batch) => ({
    control: 1_000,
    challenger: 1_100,
    controlOver: 50 + (batch % 3),
    challengerOver: Math.round(1.1 * (50 + (batch % 3))),
  }));
  const found = exceedanceHarm(batches)!;
  expect(Math.abs(found.estimate)).toBeLessThan(0.0005);
  expect(exceedanceHarm([])).toBeNull();
  expect(exceedanceHarm([batches[0]!])).toBeNull();
});

test('no slow answer at all is not certainty', () => {
  const quick = Array.from({ length: 30 }, () => ({ control: 100, challenger: 100, controlOver: 0, challengerOver: 0 }));
  const slack = shareSlack(quick, 0.05)!;
  expect(slack.estimate).toBeCloseTo(0.05, 12);
  expect(slack.standardError).toBeCloseTo(Math.sqrt((0.05 * 0.95) / 3_000), 12);
  const few = quick.slice(0, 2).map((batch) => ({ ...batch, challenger: 25 }));
  expect(logEvidence(shareSlack(few, 0.05)!, 0.05)).toBeLessThan(Math.log(20));
  expect(shareSlack([], 0.05)).toBeNull();
});

test('slowness that lasts for hours is seen in coarser batches', () => {
  const over = Array.from({ length: 96 }, (_, batch) => (Math.floor(batch / 8) % 2 === 0 ? 30 : -30));
  const batches = over.map((extra) => ({ control: 1_000, challenger: 1_000, controlOver: 50, challengerOver: 50 + extra }));
  const fine = Math.sqrt(batchVariance(over)) / 96_000;
  expect(exceedanceHarm(batches)!.standardError).toBeGreaterThan(1.9 * fine);
});

test('planned shares are not called a mismatch, broken ones are', () => {
  expect(sampleRatioP([0, 0], [0.5, 0.5])).toBe(1);
  expect(sampleRatioP([5_050, 4_950], [0.5, 0.5])).toBeGreaterThan(0.01);
  expect(sampleRatioP([5_300, 4_700], [0.5, 0.5])).toBeLessThan(0.001);
});
