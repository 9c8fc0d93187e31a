import { expect, test } from 'vitest';
import { releasedFigures } from '../../src/domain/evidence.ts';
import { releaseBaseline } from '../../src/reports/release-baseline.ts';
import { aRecord } from './a-model-card.ts';
import { anEvidence, anUpliftEvidence, aRegressionEvidence } from './an-evidence.ts';
import { leavesOf } from './figures-of.ts';

const { version } = aRecord();
const latency = {
  predictions: 5_012,
  p50Ms: 4.1,
  p95Ms: 9.7,
  p99Ms: 23.5,
  from: '2026-03-04T00:00:00.000Z',
  until: '2026-03-09T00:00:00.000Z',
};
const oneRow = { rows: 200, p50Ms: 0.041, p95Ms: 0.063, p99Ms: 0.119 };
const trained = { oneRow, surroundings: { processor: 'a cpu', runtime: 'Node 20' } };
const baseline = (evidence = anEvidence()) => releaseBaseline({ version, evidence, latency, trained });

test('it carries quality, business, latency, intervals, test set, period, machine and versions', () => {
  const made = baseline();
  expect(made.quality.map(({ metric }) => metric)).toEqual(['auc', 'log-loss', 'brier', 'average-precision', 'calibration-error', 'ks']);
  expect(made.business.figures.map(({ metric }) => metric)).toEqual(['precision', 'recall', 'f1', 'profit', 'lift']);
  expect(made.quality[0]!.challenger.interval.low).toBeLessThan(made.quality[0]!.challenger.estimate);
  expect(made.testSet).toMatchObject({ rows: 41_873, split: 'd'.repeat(64), from: '2026-02-01T00:00:00.000Z' });
  expect(made.latency).toEqual({ scoringMsPerThousand: 3.42, oneRow, rollout: latency });
  expect(made.machine).toMatchObject({ cpu: 'a cpu at 2.9 GHz', node: '20.20.2' });
  expect(made.trainedOn).toEqual(trained.surroundings);
  expect(made.versions).toMatchObject({ codeCommit: '1f2e3d4c', trainer: { name: 'gradient-boosted-trees' } });
});

test('every number in it is one of the evidence, of the registry or of the log', () => {
  const known = new Set(leavesOf([anEvidence(), version, latency, trained]).numbers);
  expect(leavesOf(baseline()).numbers.filter((value) => !known.has(value))).toEqual([]);
});

test('monitoring finds in it what it holds matured outcomes against, whatever the task', () => {
  const tasks = [anEvidence(), aRegressionEvidence(), anUpliftEvidence()].map(
    (evidence) => releasedFigures({ figures: baseline(evidence).quality })?.task,
  );
  expect(tasks).toEqual(['binary-classification', 'regression', 'uplift']);
  expect(releasedFigures({ figures: baseline().quality })).toEqual(releasedFigures(anEvidence().overall));
});
