import { describe, expect, test } from 'vitest';
import { releasedFigures } from '../../src/domain/evidence.ts';
import type { Histogram, NumberHistogram } from '../../src/domain/reference-profile.ts';
import type { WatchFigures } from '../../src/domain/watch-figures.ts';
import { judgeWatch } from '../../src/gates/monitoring.ts';
import { psi } from '../../src/statistics/psi.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { aSpec, overallOf, scoredSample } from './fixtures.ts';

const limits = aSpec().monitoring;
const released = scoredSample({ rows: 5_000, seed: 1 });
const baseline = releasedFigures(overallOf({ ...released, challenger: released.champion }))!;

const histogram = (counts: readonly number[], nulls = 0): NumberHistogram => ({
  kind: 'number',
  edges: counts.slice(1).map((_, edge) => edge),
  counts,
  nulls,
});
const even = (rows: number) => histogram(new Array<number>(10).fill(rows / 10));

function matured(rows: number, more: { seed?: number; challengerAuc?: number } = {}): WatchFigures['matured'] {
  const { labels, challenger } = scoredSample({ rows, seed: 9, ...more });
  return { labels: [...labels], scores: [...challenger] };
}

function figures(more: Partial<WatchFigures> = {}): WatchFigures {
  return {
    asOf: '2026-03-01T00:00:00.000Z',
    windowMs: 86_400_000,
    predictions: 20_000,
    usualPredictions: 21_000,
    errors: 10,
    latency: { p95Ms: 40, limitMs: 200 },
    sample: { predictions: 10_000, entities: 5_000 },
    features: [{ feature: 'age', reference: even(20_000), current: even(10_000) }],
    score: { reference: even(20_000), current: even(10_000) },
    matured: matured(3_000),
    ...more,
  };
}

test('a quiet window passes and asks for nothing', () => {
  expect(judgeWatch(figures(), limits, baseline)).toEqual({
    verdict: { kind: 'pass', reasons: ['20,000 predictions look as at the release'] },
    findings: [],
    retrain: null,
  });
});

describe('drift', () => {
  const shifted = (first: number) => histogram([first, ...new Array<number>(9).fill((10_000 - first) / 9)]);
  const age = (current: Histogram) => ({ features: [{ feature: 'age', reference: even(20_000), current }] });

  test('a major shift asks for a retraining, with its figure', () => {
    const judged = judgeWatch(figures(age(shifted(4_000))), limits, baseline);
    expect(judged.verdict.kind).toBe('fail');
    expect(judged.retrain).toMatch(/^"age" has moved: PSI 0\.\d\d over 10,000 predictions against the reference rows, major from 0\.25$/);
    expect(judged.findings).toMatchObject([{ kind: 'drift', feature: 'age', limit: 0.25 }]);
  });

  test('the figure is what is left after chance, over entities', () => {
    const few = { sample: { predictions: 10_000, entities: 500 } };
    const [found] = judgeWatch(figures({ ...age(shifted(4_000)), ...few }), limits, baseline).findings;
    const index = psi([...even(20_000).counts, 0], [...shifted(4_000).counts, 0])!;
    expect(found!.value).toBeCloseTo(index - 9 * (1 / 20_000 + 1 / 500), 12);
  });

  test('a significant one is reported, no more', () => {
    const judged = judgeWatch(figures(age(shifted(2_400))), limits, baseline);
    expect(judged).toMatchObject({ verdict: { kind: 'pass' }, retrain: null, findings: [{ kind: 'drift', limit: 0.1 }] });
  });

  test('a feature that falls silent is the largest shift', () => {
    const judged = judgeWatch(figures(age(histogram(new Array<number>(10).fill(0), 10_000))), limits, baseline);
    expect(judged.retrain).toContain('"age" has moved');
  });

  test('the score is watched like a feature', () => {
    const judged = judgeWatch(figures({ score: { reference: even(20_000), current: shifted(5_000) } }), limits, baseline);
    expect(judged).toMatchObject({ findings: [{ kind: 'score-drift' }], retrain: expect.stringContaining('the score has moved') });
  });

  test('a window below the minimum is doubt, whatever it shows', () => {
    const judged = judgeWatch(figures({ ...age(shifted(9_000)), sample: { predictions: 999, entities: 900 } }), limits, baseline);
    expect(judged).toMatchObject({
      verdict: { kind: 'inconclusive', reasons: ['999 of 1,000 predictions that drift is judged on'] },
      retrain: null,
    });
  });

  test('few entities that come back often are no shift of the population', () => {
    const wobble = histogram([1_900, 100, 1_500, 500, 1_000, 1_000, 1_200, 800, 1_600, 400]);
    expect(judgeWatch(figures({ ...age(wobble), sample: { predictions: 10_000, entities: 40 } }), limits, baseline).retrain).toBeNull();
    expect(
      judgeWatch(figures({ ...age(wobble), sample: { predictions: 10_000, entities: 10_000 } }), limits, baseline).retrain,
    ).not.toBeNull();
  });
});

test('small unmoved windows over many features do not alarm', () => {
  const random = seededRandom(21);
  const drawn = (rows: number): NumberHistogram => {
    const counts = new Array<number>(10).fill(0);
    for (let row = 0; row < rows; row++) counts[Math.floor(10 * random.uniform())]! += 1;
    return histogram(counts);
  };
  const small = { ...limits, minimumPredictions: 50 };
  for (let window = 0; window < 300; window++) {
    const features = Array.from({ length: 10 }, (_, feature) => ({ feature: `f${feature}`, reference: drawn(500), current: drawn(60) }));
    const judged = judgeWatch(figures({ features, score: null, sample: { predictions: 60, entities: 60 } }), small, baseline);
    expect(judged.retrain, `window ${window}`).toBeNull();
  }
});

describe('performance on matured outcomes', () => {
  test('a lost ranking asks for a retraining, and says from where to where', () => {
    const inverted = matured(3_000);
    const worse = { labels: inverted.labels, scores: inverted.scores.map((score, row) => (row % 3 === 0 ? 1 - score : score)) };
    const judged = judgeWatch(figures({ matured: worse }), limits, baseline);
    expect(judged.verdict.kind).toBe('fail');
    expect(judged.findings.map(({ kind }) => kind)).toEqual(['performance', 'performance']);
    expect(judged.retrain).toMatch(/^(AUC|log loss) on 3,000 matured outcomes is 0\.\d+ against 0\.\d+ at the release/);
  });

  test('an unmoved champion asks for nothing, window after window', () => {
    for (let seed = 100; seed < 160; seed++) {
      expect(judgeWatch(figures({ matured: matured(1_000, { seed }) }), limits, baseline).retrain, `seed ${seed}`).toBeNull();
    }
  });

  test.each([
    ['too few outcomes', { labels: [1, 0], scores: [0.1, 0.9] }],
    ['one class', { labels: new Array<number>(900).fill(0), scores: new Array<number>(900).fill(0.1) }],
    ['scores that are no numbers', { labels: matured(900).labels, scores: new Array<number>(900).fill(Number.NaN) }],
    ['nothing', { labels: [], scores: [] }],
  ])('%s ask for nothing', (_, given) => {
    expect(judgeWatch(figures({ matured: given }), limits, baseline).retrain).toBeNull();
  });

  test('without a baseline there is doubt, and no request', () => {
    expect(judgeWatch(figures(), limits, null)).toMatchObject({ verdict: { kind: 'inconclusive' }, retrain: null });
  });
});

test('an outage is said, and no model is trained against it', () => {
  const judged = judgeWatch(figures({ predictions: 6_000, errors: 600, latency: { p95Ms: 900, limitMs: 200 } }), limits, baseline);
  expect(judged.findings.map(({ kind }) => kind)).toEqual(['volume', 'errors', 'latency']);
  expect(judged).toMatchObject({ verdict: { kind: 'pass' }, retrain: null });
});

test('an empty window is doubt', () => {
  const empty = figures({
    predictions: 0,
    usualPredictions: null,
    sample: { predictions: 0, entities: 0 },
    features: [],
    score: null,
    matured: { labels: [], scores: [] },
  });
  const { verdict, retrain } = judgeWatch(empty, limits, baseline);
  expect(verdict.kind).toBe('inconclusive');
  expect(verdict.reasons[0]).toContain('no prediction was logged');
  expect(retrain).toBeNull();
});

describe('a regression', () => {
  const absoluteError = { estimate: 20, interval: { low: 19, high: 21 }, standardError: 0.5 };
  const released = { task: 'regression', absoluteError } as const;
  const off = (by: number): Partial<WatchFigures> => {
    const labels = Array.from({ length: 2_000 }, (_, row) => row % 100);
    return { matured: { labels, scores: labels.map((label, row) => label + (row % 2 === 0 ? by : -by)) } };
  };

  test('passes while it is off by as much as at its release', () => {
    expect(judgeWatch(figures(off(20)), limits, released).verdict.kind).toBe('pass');
  });

  test('asks for a retraining when its error has grown beyond the margin, with the figures', () => {
    const judged = judgeWatch(figures(off(26)), limits, released);
    expect(judged.verdict.kind).toBe('fail');
    expect(judged.retrain).toBe(
      'the mean absolute error on 2,000 matured outcomes is 26.00 against 20.00 at the release, beyond the margin of 5 %',
    );
  });

  test('says nothing of a growth that chance explains', () => {
    expect(judgeWatch(figures(off(21.5)), limits, released).findings).toEqual([]);
  });
});

test('an uplift model passes on what can be seen, and its pass says what cannot', () => {
  const { verdict } = judgeWatch(figures(), limits, { task: 'uplift' });
  expect(verdict.kind).toBe('pass');
  expect(verdict.reasons.at(-1)).toContain('whether the differences still hold was not judged');
});
