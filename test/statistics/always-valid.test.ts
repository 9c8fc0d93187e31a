import { describe, expect, test } from 'vitest';
import { alwaysValidInterval, boundary, boundaryClosedForm, logE, logEvidence } from '../../src/statistics/always-valid.ts';
import { planConstant, plannedRows } from '../../src/statistics/power.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { hasReference, reference } from './reference.ts';

interface Vectors {
  readonly log_e_value: { cases: { z: number; k: number; logE: number }[] };
  readonly boundary_z: { cases: { alpha: number; k: number; z: number; z_closed_form: number }[] };
  readonly confseq_one_sided: { v: number; alpha: number; k: number; bound_on_sum: number };
  readonly plan_constant: { exact_J90_20_looks: Record<string, number>; cases: { alpha: number; J90: number; J80: number }[] };
  readonly plan_examples: {
    alpha: number;
    V: number;
    delta: number;
    'n_closed_form_x1.05'?: number;
    'n_pairs_closed_form_x1.05'?: number;
  }[];
}

describe.skipIf(!hasReference)('against the reference values', () => {
  const vectors = hasReference ? reference<Vectors>('judging_vectors.json') : (undefined as never);

  test('the e-value is the integral over the half-normal mixture', () => {
    for (const { z, k, logE: expected } of vectors.log_e_value.cases) expect(logE(z, k), `z ${z}, k ${k}`).toBeCloseTo(expected, 4);
  });

  test('the boundary is where the e-value reaches one over alpha', () => {
    for (const { alpha, k, z, z_closed_form } of vectors.boundary_z.cases) {
      expect(boundary(alpha, k)).toBeCloseTo(z, 4);
      expect(boundaryClosedForm(alpha, k)).toBeCloseTo(z_closed_form, 4);
    }
  });

  test('the published bound of the one-sided normal mixture is met', () => {
    const { v, alpha, k, bound_on_sum } = vectors.confseq_one_sided;
    expect(boundary(alpha, k) * Math.sqrt(v)).toBeCloseTo(bound_on_sum, 3);
  });

  test('the plan asks for the published sizes, and is never below the exact ones', () => {
    for (const { alpha, J90, J80 } of vectors.plan_constant.cases) {
      expect(planConstant(alpha, 0.9)).toBeCloseTo(J90, 3);
      expect(planConstant(alpha, 0.8)).toBeCloseTo(J80, 3);
      expect(1.05 * planConstant(alpha, 0.9)).toBeGreaterThan(vectors.plan_constant.exact_J90_20_looks[String(alpha)]!);
    }
    for (const example of vectors.plan_examples) {
      const { alpha, V, delta } = example;
      const rows = plannedRows({ alpha, power: 0.9, variance: V, harm: delta });
      // The vectors print the variance with five digits.
      const expected = example['n_closed_form_x1.05'] ?? example['n_pairs_closed_form_x1.05']!;
      expect(Math.abs(rows / expected - 1)).toBeLessThan(3e-4);
    }
  });
});

test('identical answers are no evidence of harm, and complete evidence of none', () => {
  expect(logEvidence({ estimate: 0, standardError: 0 }, 0.02)).toBe(0);
  expect(logEvidence({ estimate: 0.02, standardError: 0 }, 0.02)).toBe(Infinity);
  expect(logEvidence({ estimate: -0.01, standardError: 0 }, 0.02)).toBe(-Infinity);
});

test('a number that is not one never becomes evidence', () => {
  expect(logEvidence({ estimate: Number.NaN, standardError: 0.01 }, 0.02)).toBeNaN();
  expect(logEvidence({ estimate: 0.01, standardError: Number.NaN }, 0.02)).toBeNaN();
});

test('evidence grows with the distance, and an interval without information is endless', () => {
  for (const k of [0.01, 1, 50]) {
    for (let z = -8; z < 12; z += 0.25) expect(logE(z + 0.25, k)).toBeGreaterThan(logE(z, k));
  }
  const wide = alwaysValidInterval({ estimate: 0.1, standardError: 1e6 }, 0.02, 0.05);
  expect(wide.low).toBeLessThan(-1e6);
  expect(alwaysValidInterval({ estimate: 0.1, standardError: 0.01 }, 0.02, 0.05).low).toBeLessThan(0.1 - 0.02);
});

test('a hundred looks keep the level, which a test for one look does not', () => {
  const random = seededRandom(41);
  const [alpha, harmToFind] = [0.05, 0.3];
  let alarms = 0;
  let naive = 0;
  const walks = 2_000;
  for (let walk = 0; walk < walks; walk++) {
    let sum = 0;
    let [alarmed, naivelyAlarmed] = [false, false];
    for (let rows = 1; rows <= 1_000; rows++) {
      sum += random.normal();
      if (rows % 10 !== 0) continue;
      const measured = { estimate: sum / rows, standardError: 1 / Math.sqrt(rows) };
      alarmed ||= logEvidence(measured, harmToFind) >= -Math.log(alpha);
      naivelyAlarmed ||= measured.estimate / measured.standardError > 1.645;
    }
    alarms += Number(alarmed);
    naive += Number(naivelyAlarmed);
  }
  expect(alarms / walks).toBeLessThan(alpha);
  expect(naive / walks).toBeGreaterThan(0.2);
});
