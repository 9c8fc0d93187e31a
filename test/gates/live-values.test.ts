import { describe, expect, test } from 'vitest';
import type { ArmOutcomes, DecisionContract, JudgedStage, LiveEvidence } from '../../src/domain/decision-contract.ts';
import type { Comparison, Evidence } from '../../src/domain/evidence.ts';
import { digest, rolloutId, versionId } from '../../src/domain/ids.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { pass } from '../../src/domain/verdict.ts';
import { decisionContract } from '../../src/gates/decision-contract.ts';
import { judgeValue } from '../../src/gates/live/value.ts';
import { judgeLive } from '../../src/gates/live-judge.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { type Random, seededRandom } from '../../src/statistics/random.ts';
import { evidenceOf, liveEvidence } from './fixtures.ts';

const specOf = (lines: string): Spec =>
  parseSpec(`model: value\nowners: ann\nentity: customer\nfeatures: { age: number }\n${lines}`, { file: 'value.yaml' }).spec;
const VALUE = 'task: regression\nlabel: { column: spent, maturity: 30d, absent: negative, dependsOnAction: none }\n';
const UPLIFT = 'task: uplift\nlabel: { column: bought, maturity: 7d }\ntreatment: { column: mailed }\n';

const estimate = (value: number, standardError: number) => ({
  estimate: value,
  interval: { low: value - 1.96 * standardError, high: value + 1.96 * standardError },
  standardError,
});

/** 4,000 rows on which the champion is wrong by 20 on average, the label being 30 on average with a deviation of 60. */
function evidenceFor(task: Spec['task']): Evidence {
  const overall: Comparison = {
    name: 'overall',
    critical: true,
    rows: 4_000,
    entities: 4_000,
    positives: task === 'regression' ? null : 400,
    tooSmall: false,
    figures:
      task === 'regression'
        ? [
            {
              metric: 'mae',
              better: 'lower',
              challenger: estimate(19.9, 0.5),
              opponent: estimate(20, 0.5),
              gain: estimate(0.1, 0.1),
              margin: 0.6,
              method: 'bootstrap',
              verdict: null,
            },
          ]
        : [],
    verdict: pass('as measured'),
  };
  const rows = { ...evidenceOf(overall).comparisonRows, meanLabel: 30 };
  const simpleBaseline = { description: 'the mean', figures: [{ metric: 'rmse', estimate: 60 } as const] };
  return { ...evidenceOf(overall), task, comparisonRows: rows, simpleBaseline };
}

const equal = liveEvidence();

const contractFor = (spec: Spec, labelCap: number | null = null): DecisionContract =>
  decisionContract({
    spec,
    evidence: evidenceFor(spec.task),
    rolloutId: rolloutId('value-1'),
    evidenceDigest: digest('0'.repeat(64)),
    challenger: versionId('value@2'),
    champion: versionId('value@1'),
    labelCap,
  });
const lastStep: JudgedStage = { kind: 'step', step: 2, since: '2026-01-01T00:00:00.000Z' };
const metric = (contract: DecisionContract, evidence: LiveEvidence, name: string) =>
  judgeLive(contract, evidence, lastStep).metrics.find((each) => each.metric === name)!;

/** Three in ten spend something, lognormal. */
const spend = (random: Random, factor = 1) => (random.uniform() < 0.3 ? Math.min(500, factor * Math.exp(3.5 + random.normal())) : 0);

function anArm(random: Random, entities: number, factor = 1): ArmOutcomes {
  const values = Array.from({ length: entities }, () => spend(random, factor));
  return sums(values);
}

function sums(values: readonly number[]): ArmOutcomes {
  return {
    entities: values.length,
    positives: values.filter((value) => value !== 0).length,
    sum: values.reduce((sum, value) => sum + value, 0),
    sumOfSquares: values.reduce((sum, value) => sum + value ** 2, 0),
  };
}

function added(one: ArmOutcomes, other: ArmOutcomes): ArmOutcomes {
  return {
    entities: one.entities + other.entities,
    positives: one.positives + other.positives,
    sum: one.sum! + other.sum!,
    sumOfSquares: one.sumOfSquares! + other.sumOfSquares!,
  };
}

/** What people spend, and two versions that know something of it. */
function pairsOf(random: Random, rows: number, worse = 0): LiveEvidence['pairs'] {
  const labels = Array.from({ length: rows }, () => spend(random));
  const guess = (label: number, noise: number) => 15 + 0.3 * label + noise * random.normal();
  return { labels, champion: labels.map((label) => guess(label, 8)), challenger: labels.map((label) => guess(label, 8) + worse) };
}

describe('the contract', () => {
  test('of a regression judges values and absolute errors, and says what it does not see', () => {
    const contract = contractFor(specOf(VALUE), 250);
    expect(contract).toMatchObject({
      task: 'regression',
      label: { kind: 'value' },
      primary: { outcome: 'spent', kind: 'value', cap: 250 },
    });
    expect(contract.metrics.map(({ metric: name }) => name)).toEqual(['errors', 'latency', 'value', 'absolute-error']);
    expect(contract.notJudged?.join()).toContain('a bias of the mean');
    expect(contract.metrics.reduce((sum, { alpha }) => sum + alpha, 0)).toBeCloseTo(0.0225, 12);
  });

  test('of an uplift model leans on the arms alone, and says why', () => {
    const contract = contractFor(specOf(UPLIFT));
    expect(contract.metrics.map(({ metric: name }) => name)).toEqual(['errors', 'latency', 'conversion']);
    expect(contract.metrics.reduce((sum, { alpha }) => sum + alpha, 0)).toBeCloseTo(0.0225, 12);
    expect(contract.notJudged?.join()).toContain('what somebody who was treated would have done otherwise');
  });

  test('of a classifier holds nothing that it did not hold before', () => {
    const binary = specOf('label: { column: bought, maturity: 7d }\n');
    const contract = contractFor(binary);
    expect(Object.keys(contract)).not.toContain('task');
    expect(Object.keys(contract)).not.toContain('notJudged');
    expect(contract.label).toEqual({ outcome: 'bought', maturityMs: 7 * 86_400_000, absent: 'negative' });
    expect(contract.primary).toEqual({ outcome: 'bought', maturityMs: 7 * 86_400_000, absent: 'negative', better: 'higher' });
  });

  test('plans values by their spread, and errors by their variance on the frozen rows', () => {
    const metrics = contractFor(specOf(VALUE)).metrics;
    const [value, errors] = ['value', 'absolute-error'].map((name) => metrics.find((each) => each.metric === name)!);
    // J(0.00625) = 21.76, spread 2, margin 10 %: 21.76 × 2 × 4 / 0.01, a twentieth in reserve.
    expect(value!.plannedRows / 18_280).toBeCloseTo(1, 1);
    expect(errors!.plannedRows).toBeGreaterThan(1_000);
    expect(errors!.plannedRows).toBeLessThan(4_000);
  });

  test('takes a primary outcome that is a sum beside a label that happens or not', () => {
    const spec = specOf(
      'label: { column: bought, maturity: 7d }\noutcomes: [{ name: revenue, kind: value, maturity: 14d, absent: negative, cap: 300, role: primary }]\n',
    );
    const contract = contractFor(spec);
    expect(contract.metrics.map(({ metric: name }) => name)).toEqual(['errors', 'latency', 'value', 'log-loss', 'auc']);
    expect(contract.primary).toMatchObject({ outcome: 'revenue', kind: 'value', cap: 300 });
  });
});

describe('values between arms', () => {
  const contract = contractFor(specOf(VALUE), 500);
  const judged = (control: ArmOutcomes, challenger: ArmOutcomes) =>
    metric(contract, { ...equal, conversion: { control, challenger } }, 'value');

  test('pass when they are equal, and fail when the challenger earns a fifth less', () => {
    const random = seededRandom(1);
    const control = anArm(random, 60_000);
    expect(judged(control, anArm(random, 60_000)).state).toBe('passed');
    expect(judged(control, anArm(random, 60_000, 0.8)).state).toBe('failed');
  });

  test('are turned around where less is better', () => {
    const costs = contractFor(specOf(VALUE.replace('dependsOnAction', 'better: lower, dependsOnAction')), 500);
    const random = seededRandom(2);
    const conversion = { control: anArm(random, 60_000), challenger: anArm(random, 60_000, 0.8) };
    expect(metric(costs, { ...equal, conversion }, 'value').state).toBe('passed');
    const turned = { control: conversion.challenger, challenger: conversion.control };
    expect(metric(costs, { ...equal, conversion: turned }, 'value').state).toBe('failed');
  });

  test.each([
    ['nobody has matured', sums([]), sums([]), 'no prediction of the control arm has matured for the outcome "spent"'],
    ['nobody has spent anything', sums(new Array(80).fill(0)), sums(new Array(80).fill(0)), 'its feed may be silent'],
    [
      'the sums are missing',
      { entities: 500, positives: 100 },
      { entities: 500, positives: 100 },
      'the sums of the outcome "spent" are missing',
    ],
    ['what was spent and sent back is equal', sums([5, -5, 5, -5]), sums([5, -5]), 'is zero on the whole'],
  ])('are silent when %s: neither pass nor fail', (_, control, challenger, sentence) => {
    const found = judged(control, challenger);
    expect([found.state, found.hasData]).toEqual(['open', false]);
    expect(found.sentence).toContain(sentence);
  });

  test('of a handful of entities decide nothing, however far apart they are', () => {
    expect(judged(sums([100, 101, 99, 100]), sums([1, 2, 1, 2])).state).toBe('open');
  });

  test('of equal arms roll back hardly ever, looked at twenty times: at most 1 in 100 of 300', () => {
    const planned = contract.metrics.find((each) => each.metric === 'value')!;
    let failures = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(10_000 + seed);
      let [control, challenger] = [sums([]), sums([])];
      for (let look = 1; look <= 20; look++) {
        [control, challenger] = [added(control, anArm(random, 100)), added(challenger, anArm(random, 100))];
        if (judgeValue(planned, { control, challenger }, contract.primary).state === 'failed') failures += 1;
      }
    }
    expect(failures).toBeLessThanOrEqual(3);
  });
});

describe('absolute errors on the same rows', () => {
  const contract = contractFor(specOf(VALUE), 500);
  const judged = (pairs: LiveEvidence['pairs']) => metric(contract, { ...equal, pairs }, 'absolute-error');

  test('pass for an equal challenger and fail for one that is off by a third', () => {
    expect(judged(pairsOf(seededRandom(1), 12_000)).state).toBe('passed');
    expect(judged(pairsOf(seededRandom(2), 12_000, 10)).state).toBe('failed');
  });

  test('are moved by one giant order no further than the versions are apart', () => {
    const pairs = pairsOf(seededRandom(3), 2_000);
    const before = judged(pairs);
    const giant = { labels: [...pairs.labels, 1e9], champion: [...pairs.champion, 40], challenger: [...pairs.challenger, 30] };
    expect(judged(giant).harm! - before.harm!).toBeLessThan(10 / 2_000 + 1e-3);
  });

  test.each([
    ['there are none', { labels: [], champion: [], challenger: [] }, 'no pair has matured'],
    ['one is no number', { labels: [1, 2], champion: [1, Number.NaN], challenger: [1, 1] }, 'hold what is no number'],
    [
      'nobody ever spends anything',
      { labels: new Array(150).fill(0), champion: new Array(150).fill(1), challenger: new Array(150).fill(1) },
      'its feed may be silent',
    ],
  ])('are silent when %s', (_, pairs, sentence) => {
    const found = judged(pairs);
    expect([found.state, found.hasData]).toEqual(['open', false]);
    expect(found.sentence).toContain(sentence);
  });

  test('of the same scores twice need their minimum of rows and then pass', () => {
    const { labels, champion } = pairsOf(seededRandom(4), 400);
    expect(judged({ labels, champion, challenger: champion }).state).toBe('passed');
    const few = { labels: labels.slice(0, 100), champion: champion.slice(0, 100), challenger: champion.slice(0, 100) };
    expect(judged(few).state).toBe('open');
  });
});

describe('an uplift challenger', () => {
  const contract = contractFor(specOf(UPLIFT));

  test('is promoted when operations and the arms pass, and scores are never asked', () => {
    const strange = { labels: [1, 0], champion: [-0.2, 0.1], challenger: [5, -3] };
    const { verdict } = judgeLive(contract, { ...equal, pairs: strange }, lastStep);
    expect(verdict.kind).toBe('pass');
    expect(verdict.reasons).toHaveLength(3);
  });

  test('is not promoted while the arms have no outcomes: the doubt is named, and the longest step asks a person', () => {
    const none = { entities: 0, positives: 0 };
    const { verdict } = judgeLive(contract, { ...equal, conversion: { control: none, challenger: none } }, lastStep);
    expect(verdict.kind).toBe('inconclusive');
    expect(verdict.reasons.join()).toContain('no prediction of the control arm has matured for the outcome "bought"');
  });

  test('is rolled back by what people do', () => {
    const conversion = { control: { entities: 60_000, positives: 9_000 }, challenger: { entities: 60_000, positives: 7_000 } };
    expect(judgeLive(contract, { ...equal, conversion }, lastStep).verdict.kind).toBe('fail');
  });
});
