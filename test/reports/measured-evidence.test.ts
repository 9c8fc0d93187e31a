/** The pages of evidence that was really measured, whose figures have all their digits. */
import { expect, test } from 'vitest';
import { canonical } from '../../src/domain/canonical.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import type { DecisionSpec } from '../../src/domain/spec.ts';
import { type EvaluateInput, evaluate } from '../../src/evaluation/evaluate.ts';
import { evidencePage } from '../../src/reports/evidence-page.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { gates, scoredSample } from '../gates/fixtures.ts';
import { anEvidence, anUpliftEvidence, aRegressionEvidence, evidenceDigest } from './an-evidence.ts';
import { figuresNotIn, figuresOf, textOf } from './figures-of.ts';

const ROWS = 2_000;
const decision: DecisionSpec = {
  cutoff: { kind: 'top', share: 0.2 },
  profit: { truePositive: 10.5, falsePositive: -2, falseNegative: 0, trueNegative: 0 },
  costPerThousand: 1.25,
};
const device = Array.from({ length: ROWS }, (_, row) => (row % 10 === 0 ? null : row % 3 === 0 ? 'mobile' : 'desktop'));
const group = Array.from({ length: ROWS }, (_, row) => ['a', 'b', 'c'][(row % 7) % 3]!);
const given = {
  segments: [{ name: 'device', critical: true, columns: [device] }],
  gates: { ...gates, draws: 60 },
  seed: 1,
};

function measured(base: Evidence, input: EvaluateInput): Evidence {
  const { simpleBaselineFigures: figures, ...rest } = evaluate(input);
  const simpleBaseline = { ...base.simpleBaseline, figures };
  return JSON.parse(canonical({ ...base, ...rest, gates: input.gates, decision: input.decision, simpleBaseline })) as Evidence;
}

function binary(): Evidence {
  const { labels, challenger, champion } = scoredSample({ rows: ROWS, seed: 5, challengerAuc: 0.82 });
  const fairness = [
    { spec: { column: 'group', tolerated: 0.02, breach: 0.05, parity: ['demographic', 'equalised-odds'] as const }, values: group },
  ];
  const task = 'binary-classification';
  return measured(anEvidence(), {
    ...given,
    task,
    targets: labels,
    challenger,
    opponent: champion,
    simpleBaseline: 0.25,
    decision,
    fairness,
  });
}

function regression(): Evidence {
  const random = seededRandom(7);
  const targets = Float64Array.from({ length: ROWS }, () => Math.exp(4 + random.normal()));
  const challenger = targets.map((target) => 0.7 * target + 20 + 15 * random.normal());
  return measured(aRegressionEvidence(), {
    ...given,
    ...{ task: 'regression', targets, challenger, opponent: null, simpleBaseline: 90.1, decision: null },
  });
}

function uplift(): Evidence {
  const random = seededRandom(11);
  const treated = Uint8Array.from({ length: ROWS }, () => (random.uniform() < 0.5 ? 1 : 0));
  const effect = Float64Array.from({ length: ROWS }, () => 0.3 * random.uniform() - 0.05);
  const targets = Uint8Array.from(effect, (more, row) => (random.uniform() < 0.2 + treated[row]! * more ? 1 : 0));
  const challenger = effect.map((more) => more + 0.05 * random.normal());
  const opponent = effect.map(() => 0.1 * random.normal());
  return measured(anUpliftEvidence(), { ...given, task: 'uplift', targets, treated, challenger, opponent, simpleBaseline: 0, decision });
}

test.each([
  ['binary classification', binary],
  ['regression', regression],
  ['uplift', uplift],
])('every figure on the page of a measured %s is found in its evidence', async (_, made) => {
  const evidence = made();
  const text = textOf(await evidencePage(evidence, { evidenceDigest }));
  expect(figuresOf(text).length).toBeGreaterThan(100);
  expect(figuresNotIn(text, { evidence, evidenceDigest })).toEqual([]);
  expect(text).not.toMatch(/NaN|undefined|null/);
});
