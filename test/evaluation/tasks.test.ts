import { describe, expect, test } from 'vitest';
import { figureOf } from '../../src/domain/evidence.ts';
import { type EvaluateInput, evaluate } from '../../src/evaluation/evaluate.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { gates } from '../gates/fixtures.ts';

const ROWS = 3_000;
const base = { segments: [], gates: { ...gates, draws: 200 }, decision: null, seed: 1 } as const;

/** Values that grow with x; the better the answer, the less noise it adds. */
function values(noise: number, seed = 3) {
  const random = seededRandom(seed);
  const rows = Array.from({ length: ROWS }, () => {
    const x = Math.exp(random.normal());
    return { target: x + 0.3 * random.normal() ** 2, champion: x + 0.2 * random.normal(), challenger: x + noise * random.normal() };
  });
  return {
    task: 'regression' as const,
    targets: rows.map(({ target }) => target),
    champion: rows.map(({ champion }) => champion),
    challenger: rows.map(({ challenger }) => challenger),
    simpleBaseline: rows.reduce((sum, { target }) => sum + target, 0) / ROWS,
  };
}

const regressionGates = { ...base.gates, margins: { rmse: 0.03, mae: 0.03 } };

describe('regression', () => {
  const judged = (noise: number, more: Partial<EvaluateInput> = {}) => {
    const { champion, ...given } = values(noise);
    return evaluate({ ...base, ...given, opponent: champion, gates: regressionGates, ...more });
  };

  test('a challenger with smaller errors passes on RMSE and MAE, and everything else is told', () => {
    const { overall, verdict, curves, simpleBaselineFigures } = judged(0.1);
    expect(verdict.kind).toBe('pass');
    expect(overall).toMatchObject({ positives: null, rows: ROWS });
    expect(overall.figures.map(({ metric, margin }) => [metric, margin === null])).toEqual([
      ['mae', false],
      ['rmse', false],
      ['r-squared', true],
      ['quantile-loss', true],
      ['gini', true],
    ]);
    expect(figureOf(overall, 'r-squared')!.challenger.estimate).toBeGreaterThan(0.9);
    expect(simpleBaselineFigures.find(({ metric }) => metric === 'r-squared')!.estimate).toBeCloseTo(0, 12);
    expect(curves.roc.challenger).toEqual([]);
    expect(curves.deciles[0]!.positives).toBeNull();
    expect(curves.deciles[0]!.rate).toBeGreaterThan(curves.deciles[9]!.rate);
  });

  test('one with larger errors fails', () => {
    expect(judged(0.6).verdict.kind).toBe('fail');
  });

  test('a first champion must be shown to beat the mean', () => {
    expect(judged(0.2, { opponent: null }).verdict.kind).toBe('pass');
    const guess = new Float64Array(ROWS).fill(values(0.2).simpleBaseline);
    expect(judged(0.2, { opponent: null, challenger: guess }).verdict).toMatchObject({
      kind: 'inconclusive',
      reasons: [expect.stringContaining('not shown to be better')],
    });
  });

  test('an answer that is not a number spoils it', () => {
    expect(judged(0.2, { challenger: values(0.2).challenger.with(5, Number.NaN) }).verdict.reasons.join()).toContain('are not numbers');
  });
});

/** Half are treated; the treatment helps where x is high. `insight`: how much of it the score knows. */
function experiment(insight: number, seed = 8) {
  const random = seededRandom(seed);
  const rows = Array.from({ length: 4 * ROWS }, () => {
    const x = random.uniform();
    const treated = random.uniform() < 0.5 ? 1 : 0;
    return { x, treated, target: random.uniform() < 0.2 + 0.4 * treated * x ** 2 ? 1 : 0, noise: random.uniform() };
  });
  const score = (know: number) => rows.map(({ x, noise }) => 0.4 * (know * x + (1 - know) * noise));
  return {
    task: 'uplift' as const,
    targets: rows.map(({ target }) => target),
    treated: rows.map(({ treated }) => treated),
    challenger: score(insight),
    opponent: score(0.6),
    simpleBaseline: 0,
  };
}

describe('uplift', () => {
  const judged = (insight: number, more: Partial<EvaluateInput> = {}) =>
    evaluate({ ...base, ...experiment(insight), gates: { ...base.gates, margins: { qini: 0.2 } }, ...more });

  test('whoever knows whom the treatment moves is better, with intervals', () => {
    const { overall, verdict, curves, simpleBaselineFigures } = judged(1);
    expect(verdict.kind).toBe('pass');
    expect(overall.figures.map(({ metric }) => metric)).toEqual(['qini', 'auuc', 'uplift-at-k']);
    expect(figureOf(overall, 'qini')!.gain!.interval.low).toBeGreaterThan(0);
    expect(figureOf(overall, 'uplift-at-k')!.challenger.estimate).toBeGreaterThan(0.2);
    expect(simpleBaselineFigures.find(({ metric }) => metric === 'qini')!.estimate).toBeCloseTo(0, 12);
    expect(curves.gain.challenger.at(-1)![1]).toBeGreaterThan(0.05);
    expect(curves.deciles[0]!.rate).toBeGreaterThan(curves.deciles[9]!.rate + 0.2);
  });

  test('a score that turns the order around fails against a champion, and never passes as a first one', () => {
    const { challenger } = experiment(1);
    const turned = challenger.map((score) => 0.4 - score);
    expect(judged(1, { challenger: turned }).verdict.kind).toBe('fail');
    expect(judged(1, { challenger: turned, opponent: null }).verdict.kind).toBe('inconclusive');
    expect(judged(1, { opponent: null }).verdict.kind).toBe('pass');
  });

  test('without marks of who was treated nothing is compared', () => {
    expect(judged(1, { treated: null }).verdict.reasons.join()).toContain('marks of who was treated');
  });
});

describe('fairness', () => {
  const random = seededRandom(2);
  const groups = Array.from({ length: 6_000 }, (_, row) => (row % 3 === 0 ? 'north' : 'south'));
  const targets = groups.map(() => (random.uniform() < 0.3 ? 1 : 0));
  /** The north is scored higher by this much. */
  const scores = (more: number) => {
    const noise = seededRandom(6);
    return groups.map((group, row) => Math.min(1, 0.2 + 0.3 * targets[row]! + 0.2 * noise.uniform() + (group === 'north' ? more : 0)));
  };
  const decision = { cutoff: { kind: 'score', from: 0.5 }, profit: null, costPerThousand: null } as const;
  const spec = { column: 'region', tolerated: 0.02, breach: 0.05, parity: ['demographic', 'equalised-odds'] } as const;
  const judged = (more: number, given: Partial<EvaluateInput> = {}) =>
    evaluate({
      ...base,
      task: 'binary-classification',
      targets,
      challenger: scores(more),
      opponent: scores(0),
      simpleBaseline: 0.3,
      decision,
      fairness: [{ spec, values: groups }],
      ...given,
    });

  test('a gap beyond a breach fails, and says between whom', () => {
    const { fairness, verdict } = judged(0.2);
    expect(verdict.kind).toBe('fail');
    expect(fairness[0]).toMatchObject({ kind: 'demographic', between: ['north', 'south'], verdict: { kind: 'fail' } });
    expect(fairness[1]!.verdict.kind).toBe('fail');
    expect(verdict.reasons.join()).toContain('fairness by region');
  });

  test('groups that are treated alike pass', () => {
    expect(judged(0).fairness.map(({ verdict }) => verdict.kind)).toEqual(['pass', 'pass']);
  });

  test('one group, or no decision, is doubt: a limit that nobody can check is not kept', () => {
    const one = judged(0, { fairness: [{ spec, values: groups.map(() => 'north') }] });
    expect(one.verdict).toMatchObject({
      kind: 'inconclusive',
      reasons: expect.arrayContaining([expect.stringContaining('fewer than two groups')]),
    });
    const undecided = judged(0, { decision: null });
    expect(undecided.verdict.reasons.join()).toContain('does not say what is done with a score');
  });
});

describe('segments', () => {
  const input: EvaluateInput = {
    ...base,
    ...values(0.1),
    opponent: values(0.1).champion,
    gates: regressionGates,
    segments: [
      {
        name: 'device × plan',
        critical: false,
        columns: [
          Array.from({ length: ROWS }, (_, row) => (row % 2 ? 'tv' : 'phone')),
          Array.from({ length: ROWS }, (_, row) => row % 100 === 0),
        ],
      },
      {
        name: 'age',
        critical: false,
        columns: [Float64Array.from({ length: ROWS }, (_, row) => (row % 50 === 0 ? Number.NaN : row % 40))],
      },
    ],
  };

  test('are crossed, cut into quarters, and said to be too small where they are', () => {
    const { segments, segmentColumns, worstSegment } = evaluate(input);
    expect(segments.filter(({ name }) => name.startsWith('device')).map(({ name, rows, tooSmall }) => [name, rows, tooSmall])).toEqual([
      ['device × plan = tv × false', 1_500, false],
      ['device × plan = phone × false', 1_470, false],
      ['device × plan = phone × true', 30, true],
    ]);
    expect(segments.filter(({ name }) => name.startsWith('age')).map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'age = up to 9.75',
        'age = over 9.75 to 19.5',
        'age = over 19.5 to 29.25',
        'age = over 29.25',
        'age = (missing)',
      ]),
    );
    expect(segmentColumns[0]).toEqual({ name: 'device × plan', values: 3, smallest: 30, tooSmall: 1 });
    expect(segments.map(({ name }) => name)).toContain(worstSegment);
  });
});
