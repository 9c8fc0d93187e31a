import { expect, test } from 'vitest';
import { parallelDraws } from '../../src/evaluating/parallel-draws.ts';
import { newStopFlag } from '../../src/evaluating/stop-flag.ts';
import { allDraws } from '../../src/evaluation/draws.ts';
import { prepareEvaluation } from '../../src/evaluation/evaluate.ts';
import { gates, scoredSample } from '../gates/fixtures.ts';

test('the draws are the same on one thread and on two, and all of them are made', async () => {
  const { labels, champion, challenger } = scoredSample({ rows: 20_000 });
  const { plan } = prepareEvaluation({
    task: 'binary-classification',
    targets: labels,
    challenger,
    opponent: champion,
    simpleBaseline: 0.25,
    segments: [],
    gates: { ...gates, draws: 1_000 },
    decision: null,
    seed: 1,
  });
  let most = 0;
  const draws = await parallelDraws(plan, newStopFlag(), (done) => {
    most = Math.max(most, done);
  });
  expect(Buffer.from(draws.slice().buffer).equals(Buffer.from(allDraws(plan).buffer))).toBe(true);
  expect(most).toBeGreaterThan(1);
});
