import { afterAll, beforeAll, expect, test } from 'vitest';
import { figureOf } from '../../src/domain/evidence.ts';
import { type LoggedRequest, replay } from '../../src/evaluating/replay.ts';
import { newStopFlag, raise } from '../../src/evaluating/stop-flag.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { type EvaluationFiles, evaluationFiles, evaluationSpec } from './evaluation-files.ts';

let files: EvaluationFiles;
beforeAll(async () => {
  files = await evaluationFiles({ rows: 100, challenger: [1, 0.7, -0.5, 0, 0.2, 0, 0, 0, 0] });
});
afterAll(() => files.remove());

const { gates } = evaluationSpec();
const spec = evaluationSpec({ gates: { ...gates, draws: 200 }, segments: [{ columns: ['device'], critical: false }] });

/** A champion that knows nothing of income; each person asks twice. */
function requests(count: number): LoggedRequest[] {
  const random = seededRandom(4);
  return Array.from({ length: count }, (_, index) => {
    const [age, income, visits] = [random.normal(), random.normal(), random.normal()];
    const chance = 1 / (1 + Math.exp(2 - age - 0.7 * income + 0.5 * visits));
    return {
      entity: `e${index >> 1}`,
      features: { age, income, visits, basket: 0, device: index % 3 === 0 ? 'tv' : 'tablet', coupon: 'only in the log' },
      score: 1 / (1 + Math.exp(2 - age + 0.5 * visits)),
      outcome: random.uniform() < chance ? 1 : 0,
      at: '2026-03-01T00:00:00.000Z',
    };
  });
}

const silent = { stop: newStopFlag(), progress: () => undefined };

test('a version that knows more is better on what the champion was asked, over entities that come back', async () => {
  const stages: string[] = [];
  const progress = (stage: string) => void (stages.at(-1) === stage || stages.push(stage));
  const found = await replay({ spec, requests: requests(6_000), challenger: files.job.challenger }, { ...silent, progress });
  expect(found).toMatchObject({ rows: 6_000, entities: 3_000, unreadable: 0, firstProblem: null, verdict: { kind: 'pass' } });
  expect(figureOf(found.overall, 'auc')!.gain!.interval.low).toBeGreaterThan(0);
  expect(found.segments.map(({ name }) => name)).toEqual(['device = tablet', 'device = tv']);
  expect(stages).toEqual(['reading the requests', 'scoring', 'comparing']);
});

test('requests that the version cannot read are counted, with what the first of them lacks', async () => {
  const [first, ...others] = requests(3_000);
  const { income: _, ...lacking } = first!.features;
  const found = await replay({ spec, requests: [{ ...first!, features: lacking }, ...others], challenger: files.job.challenger }, silent);
  expect(found).toMatchObject({ rows: 2_999, unreadable: 1 });
  expect(found.firstProblem).toContain('"income"');
});

test('nothing readable is doubt, not a pass', async () => {
  const found = await replay(
    { spec, requests: requests(5).map((request) => ({ ...request, features: {} })), challenger: files.job.challenger },
    silent,
  );
  expect(found.verdict.kind).toBe('inconclusive');
});

test('it stops when it is asked to', async () => {
  const stop = newStopFlag();
  raise(stop);
  await expect(replay({ spec, requests: requests(10), challenger: files.job.challenger }, { ...silent, stop })).rejects.toThrow('stopped');
});
