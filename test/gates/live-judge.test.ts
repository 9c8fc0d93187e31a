import { describe, expect, test } from 'vitest';
import type { JudgedStage, LiveEvidence } from '../../src/domain/decision-contract.ts';
import { judgeLive } from '../../src/gates/live-judge.ts';
import { aContract, aSpec, batches, groups, liveEvidence, scoredSample } from './fixtures.ts';

const since = '2026-01-20T00:00:00.000Z';
const shadow: JudgedStage = { kind: 'shadow', since };
const firstStep: JudgedStage = { kind: 'step', step: 0, since };
const middleStep: JudgedStage = { kind: 'step', step: 1, since };
const lastStep: JudgedStage = { kind: 'step', step: 2, since };
const stages = [shadow, firstStep, middleStep, lastStep];

const contract = aContract();
const equal = liveEvidence();
const judge = (more: Partial<LiveEvidence>, stage: JudgedStage = lastStep) => judgeLive(contract, { ...equal, ...more }, stage);

function pairs(more: Parameters<typeof scoredSample>[0]): LiveEvidence['pairs'] {
  const { labels, champion, challenger } = scoredSample(more);
  return { labels: [...labels], champion: [...champion], challenger: [...challenger] };
}

test('an equal challenger with all its evidence passes every stage', () => {
  for (const stage of stages) {
    const { verdict, metrics } = judgeLive(contract, equal, stage);
    expect(verdict.kind, verdict.reasons.join('\n')).toBe('pass');
    expect(metrics.every(({ state }) => state === 'passed')).toBe(true);
  }
});

describe('harm ends a rollout', () => {
  const harms: [string, Partial<LiveEvidence>][] = [
    ['errors', { errors: { ...equal.errors, challenger: groups(80_000, 0.02) } }],
    ['latency', { latency: { ...equal.latency, batches: batches(192, { challengerOver: 44, challengerOverTolerated: 32 }) } }],
    ['conversion', { conversion: { ...equal.conversion, challenger: { entities: 60_000, positives: 13_000 } } }],
    ['auc', { pairs: pairs({ rows: 30_000, challengerAuc: 0.76, seed: 6 }) }],
  ];

  test.each(harms)('on the last step by %s', (metric, more) => {
    const { verdict, metrics } = judge(more);
    expect(verdict.kind).toBe('fail');
    expect(metrics.find((judged) => judged.metric === metric)).toMatchObject({ state: 'failed', hasData: true });
    expect(verdict.reasons.some((reason) => reason.startsWith(`${metric}: `))).toBe(true);
  });

  test.each(harms)('at the first look of the first step by %s, long before the step may end', (_, more) => {
    const early = { ...more, stage: { sinceMs: 60_000, predictions: 10, maturedOutcomes: 0 } };
    expect(judge(early, firstStep).verdict.kind).toBe('fail');
  });

  test('in the shadow, when too many copies fail', () => {
    const { verdict } = judge({ errors: { ...equal.errors, shadow: { predictions: 20_000, errors: 600 } } }, shadow);
    expect(verdict).toEqual({ kind: 'fail', reasons: [expect.stringContaining('3.00 % of the copies failed')] });
  });

  test('when its p95 is beyond the hard limit, unless the champion was there before', () => {
    const slow = { ...equal.latency, challengerP95Ms: 240 };
    expect(judge({ latency: slow }).verdict).toEqual({ kind: 'fail', reasons: [expect.stringContaining('hard limit of 200 ms')] });
    expect(judge({ latency: { ...slow, controlP95Ms: 230 } }).verdict.kind).toBe('pass');
    expect(
      judge({ latency: { ...slow, batches: batches(24, { challengerCount: 8, challengerOver: 0, challengerOverTolerated: 0 }) } }).verdict
        .kind,
    ).not.toBe('fail');
  });
});

test('harm that is shown to be within the margin is no reason to roll back', () => {
  const entities = 4_000_000;
  const slight = { control: { entities, positives: 1_000_000 }, challenger: { entities, positives: 980_000 } };
  const conversion = judge({ conversion: slight }).metrics.find(({ metric }) => metric === 'conversion')!;
  expect(conversion.logEFail!).toBeGreaterThan(Math.log(1 / conversion.alpha));
  expect(conversion.state).toBe('passed');
});

test('where fewer are better, more is harm', () => {
  const spec = aSpec('outcomes: [{ name: complained, maturity: 2d, better: lower, role: primary }]');
  const complaints = aContract({ spec });
  const stateWith = (positives: number) => {
    const conversion = { ...equal.conversion, challenger: { entities: 60_000, positives } };
    return judgeLive(complaints, { ...equal, conversion }, lastStep).metrics.find(({ metric }) => metric === 'conversion')!.state;
  };
  expect([stateWith(13_000), stateWith(15_000), stateWith(17_000)]).toEqual(['passed', 'passed', 'failed']);
});

test('slowness below the tolerance never fails, however clear', () => {
  const slower = batches(192, { challengerOver: 60, challengerOverTolerated: 12 });
  expect(judge({ latency: { ...equal.latency, batches: slower } }).metrics.find(({ metric }) => metric === 'latency')!.state).toBe(
    'passed',
  );
});

test('where nobody is slow any more, keeping within what is tolerated passes', () => {
  const latencyWith = (challengerOverTolerated: number, length = 24) => {
    const given = batches(length, { controlOver: 0, challengerOver: challengerOverTolerated, challengerOverTolerated });
    return judge({ latency: { ...equal.latency, batches: given } }).metrics.find(({ metric }) => metric === 'latency')!.state;
  };
  expect([latencyWith(0), latencyWith(0, 19), latencyWith(20)]).toEqual(['passed', 'open', 'failed']);
});

test('slowness that is neither within nor beyond the tolerance is open', () => {
  const between = batches(24, { challengerOver: 60, challengerOverTolerated: 20 });
  expect(judge({ latency: { ...equal.latency, batches: between } }).metrics.find(({ metric }) => metric === 'latency')).toMatchObject({
    state: 'open',
    logEFail: expect.any(Number),
  });
});

test('harm fails exactly where its evidence reaches one over alpha, and not before', () => {
  const judged = Array.from({ length: 60 }, (_, index) => {
    const conversion = { control: { entities: 12_000, positives: 3_000 }, challenger: { entities: 12_000, positives: 3_050 - 12 * index } };
    return judge({ conversion }).metrics.find(({ metric }) => metric === 'conversion')!;
  });
  for (const { state, logEFail, logEPass, alpha } of judged) {
    const expected = logEPass! >= Math.log(20) ? 'passed' : logEFail! >= Math.log(1 / alpha) ? 'failed' : 'open';
    expect(state).toBe(expected);
  }
  expect(new Set(judged.map(({ state }) => state))).toEqual(new Set(['passed', 'open', 'failed']));
});

describe('what is missing is said in numbers', () => {
  test.each([
    ['time', { ...equal.stage, sinceMs: 3_600_000 }, 'time: 1h of 2d'],
    ['predictions', { ...equal.stage, predictions: 1_200 }, 'predictions: 1,200 of 5,000'],
    ['matured outcomes', { ...equal.stage, maturedOutcomes: 17 }, 'matured outcomes: 17 of 200'],
  ] as const)('%s', (_, stage, reason) => {
    expect(judge({ stage }, middleStep).verdict).toEqual({ kind: 'inconclusive', reasons: [reason] });
  });

  test('on the last step the critical metric that is furthest from its plan', () => {
    const { verdict, ready } = judge({
      conversion: { control: { entities: 3_120, positives: 780 }, challenger: { entities: 3_120, positives: 780 } },
    });
    const planned = contract.metrics.find(({ metric }) => metric === 'conversion')!.plannedRows;
    expect(ready.maturedOutcomes).toEqual({ have: 3_120, need: planned });
    expect(verdict.kind).toBe('inconclusive');
    expect(verdict.reasons.join('\n')).toContain(`open, 3,120 of ${planned.toLocaleString('en-US')} entities an arm`);
  });

  test('a number of outcomes in the spec is held as it is', () => {
    const few = aContract({ spec: aSpec('rollout: { step: { maturedOutcomes: 50 } }') });
    expect(judgeLive(few, { ...equal, stage: { ...equal.stage, maturedOutcomes: 49 } }, lastStep).ready.maturedOutcomes).toEqual({
      have: 49,
      need: 50,
    });
  });
});

describe('what ends which step', () => {
  const slowToTell: Partial<LiveEvidence> = {
    conversion: { control: { entities: 800, positives: 200 }, challenger: { entities: 800, positives: 195 } },
  };
  const errorsOpen: Partial<LiveEvidence> = { errors: { ...equal.errors, control: groups(100, 0), challenger: groups(100, 0) } };

  test.each([
    ['an open conversion holds the last step', slowToTell, lastStep, 'inconclusive'],
    ['an open conversion does not hold the first step', slowToTell, firstStep, 'pass'],
    ['an open conversion does not hold a middle step', slowToTell, middleStep, 'pass'],
    ['open errors hold the first step', errorsOpen, firstStep, 'inconclusive'],
    ['open errors do not hold a middle step', errorsOpen, middleStep, 'pass'],
    ['open latency holds the first step', { latency: { ...equal.latency, batches: batches(19) } }, firstStep, 'inconclusive'],
    ['the shadow does not ask for arms', { errors: { ...equal.errors, control: [], challenger: [] } }, shadow, 'pass'],
    ['the shadow asks for pairs', { pairsStored: 0 }, shadow, 'inconclusive'],
  ] as const)('%s', (_, more, stage, expected) => {
    expect(judge(more, stage).verdict.kind).toBe(expected);
  });

  test('a metric that is not critical need not pass, but still must not fail', () => {
    const lenient = aContract({ spec: aSpec('rollout: { metrics: { conversion: { critical: false } } }') });
    expect(judgeLive(lenient, { ...equal, ...slowToTell }, lastStep).verdict.kind).toBe('pass');
    const lost = { ...equal.conversion, challenger: { entities: 60_000, positives: 12_000 } };
    expect(judgeLive(lenient, { ...equal, conversion: lost }, lastStep).verdict.kind).toBe('fail');
  });
});

describe('silence never passes', () => {
  const noPairs = { labels: [], champion: [], challenger: [] };
  const noConversion = { control: { entities: 0, positives: 0 }, challenger: { entities: 0, positives: 0 } };

  test.each([
    ['errors', { errors: { ...equal.errors, challenger: [] } }, 'no prediction of the challenger has been logged'],
    ['latency', { latency: { controlP95Ms: null, challengerP95Ms: null, batches: [] } }, 'no p95 of control'],
    ['latency', { latency: { ...equal.latency, batches: [] } }, 'too few to compare'],
    ['conversion', { conversion: noConversion }, 'no prediction of the control arm has matured for the outcome "churned"'],
    [
      'conversion',
      { conversion: { control: { entities: 500, positives: 0 }, challenger: { entities: 500, positives: 0 } } },
      'its feed may be silent',
    ],
    ['auc', { pairs: noPairs }, 'no pair has matured'],
    ['auc', { pairs: { ...equal.pairs, labels: equal.pairs.labels.map(() => 0) } }, 'its feed may be silent'],
    ['auc', { pairs: { ...equal.pairs, labels: equal.pairs.labels.map(() => 1) } }, 'nothing could be measured'],
    ['log-loss', { pairs: { ...equal.pairs, challenger: equal.pairs.challenger.with(3, Number.NaN) } }, 'not probabilities'],
  ] as const)('%s without data holds the last step and names the feed', (metric, more, reason) => {
    const { verdict, metrics } = judge(more);
    expect(verdict.kind).toBe('inconclusive');
    expect(verdict.reasons.join('\n')).toContain(reason);
    expect(metrics.find((judged) => judged.metric === metric)).toMatchObject({ state: 'open', hasData: false, harm: null });
  });

  test('a middle step too is held by a critical metric without data', () => {
    expect(judge({ conversion: noConversion }, middleStep).verdict.kind).toBe('inconclusive');
    expect(judge({ errors: { ...equal.errors, control: [] } }, middleStep).verdict.kind).toBe('inconclusive');
  });

  test('outcomes that cannot have matured are not missed, unless the step asks for them', () => {
    const patient = aContract({ spec: aSpec('rollout: { step: { maturedOutcomes: 0 } }') });
    const stage = { sinceMs: 3 * 86_400_000, predictions: 20_000, maturedOutcomes: 0 };
    const young = { ...equal, stage, conversion: noConversion, pairs: noPairs };
    expect(judgeLive(patient, young, firstStep).verdict.kind).toBe('pass');
    expect(judgeLive(patient, { ...young, stage: { ...stage, sinceMs: 61 * 86_400_000 } }, firstStep).verdict.kind).toBe('inconclusive');
    expect(judgeLive(contract, young, firstStep).verdict.kind).toBe('inconclusive');
  });

  test('half of the metrics without data hold a step even when none of them is critical', () => {
    const spec = aSpec('rollout: { metrics: { conversion: { critical: false }, logLoss: { critical: false }, auc: { critical: false } } }');
    const silent = { ...equal, conversion: noConversion, pairs: noPairs };
    const { verdict } = judgeLive(aContract({ spec }), silent, middleStep);
    expect(verdict).toEqual({
      kind: 'inconclusive',
      reasons: ['conversion, log-loss and auc: no data, which is half of what is judged here or more'],
    });
  });

  test('nothing at all, at any stage', () => {
    const nothing: LiveEvidence = {
      asOf: equal.asOf,
      stage: { sinceMs: Number.NaN, predictions: 0, maturedOutcomes: 0 },
      errors: { control: [], challenger: [], shadow: { predictions: 0, errors: 0 } },
      latency: { controlP95Ms: null, challengerP95Ms: null, batches: [] },
      conversion: noConversion,
      pairs: noPairs,
      pairsStored: 0,
      copiesDropped: 0,
    };
    for (const stage of stages)
      expect(judgeLive(contract, nothing, stage)).toMatchObject({ verdict: { kind: 'inconclusive' }, alphaSpent: 0 });
  });
});

test('tiny samples neither pass nor fail on outcomes, however extreme', () => {
  const { verdict, metrics } = judge({
    conversion: { control: { entities: 12, positives: 8 }, challenger: { entities: 12, positives: 1 } },
    pairs: { labels: [1, 1, 1, 0, 0, 0], champion: [0.9, 0.8, 0.9, 0.1, 0.2, 0.1], challenger: [0.1, 0.1, 0.2, 0.9, 0.8, 0.9] },
  });
  expect(verdict.kind).toBe('inconclusive');
  expect(
    metrics.filter(({ metric }) => metric === 'conversion' || metric === 'auc' || metric === 'log-loss').map(({ state }) => state),
  ).toEqual(['open', 'open', 'open']);
});

test('a hundred of each class are needed before ranking may fail, however extreme it looks', () => {
  const stateWith = (positives: number) => {
    const labels = Array.from({ length: 2_000 }, (_, row) => (row < positives ? 1 : 0));
    const champion = labels.map((label, row) => (label === 1 ? 0.6 : 0.2) + (row % 50) / 500);
    const challenger = labels.map((label, row) => (label === 1 ? 0.2 : 0.6) + (row % 50) / 500);
    return judge({ pairs: { labels, champion, challenger } }).metrics.find(({ metric }) => metric === 'auc')!.state;
  };
  expect([stateWith(99), stateWith(100)]).toEqual(['open', 'failed']);
});

test('unequal arms are a broken assignment, and hold', () => {
  const { verdict } = judge({
    conversion: { control: { entities: 60_000, positives: 15_000 }, challenger: { entities: 56_000, positives: 14_000 } },
  });
  expect(verdict).toEqual({ kind: 'inconclusive', reasons: [expect.stringContaining('assignment or logging is broken')] });
});

test('errors of a few faithful entities are not taken for errors of many', () => {
  const control = groups(80_000, 0.002);
  const concentrated = control.map((group, index) => ({ ...group, errors: group.errors + (index === 0 ? 700 : 0) }));
  const spread = control.map((group) => ({ ...group, errors: group.errors + 7 }));
  const stateOf = (challenger: typeof control) => judge({ errors: { ...equal.errors, control, challenger } }).metrics[0]!.state;
  expect([stateOf(concentrated), stateOf(spread)]).toEqual(['open', 'failed']);
});

test('what is kept beside the verdict is plain JSON, also where evidence is boundless', () => {
  const same = { ...equal.pairs, challenger: equal.pairs.champion };
  const judged = judge({ pairs: same });
  expect(JSON.parse(JSON.stringify(judged))).toEqual(judged);
  expect(judged.metrics.find(({ metric }) => metric === 'auc')).toMatchObject({ state: 'passed', harm: 0, logEPass: 999 });
});

test('the same evidence gets the same verdict', () => {
  expect(judge({})).toEqual(judge({}));
});
