import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { literal, withDuck } from '../../src/data/duck.ts';
import { figureOf } from '../../src/domain/evidence.ts';
import type { GateSpec } from '../../src/domain/spec.ts';
import type { EvaluationProgress } from '../../src/evaluating/evaluate-job.ts';
import { evaluateInThread } from '../../src/evaluating/evaluate-in-thread.ts';
import { type EvaluationFiles, evaluationFiles, evaluationSpec } from './evaluation-files.ts';

const made: EvaluationFiles[] = [];
afterEach(() => Promise.all(made.splice(0).map((files) => files.remove())));

async function filesOf(given: Parameters<typeof evaluationFiles>[0]) {
  const files = await evaluationFiles(given);
  made.push(files);
  return files.job;
}

const { gates } = evaluationSpec();
const quick: GateSpec = { ...gates, draws: 200 };
const decision = {
  cutoff: { kind: 'top', share: 0.2 },
  profit: { truePositive: 10, falsePositive: -1, falseNegative: 0, trueNegative: 0 },
  costPerThousand: 5_000,
} as const;
const silent = { signal: new AbortController().signal, progress: () => undefined };

test('both versions on the same rows: figures, segments, fairness, importances, shift, golden rows and what turned wrong', async () => {
  const spec = evaluationSpec({
    gates: quick,
    decision,
    fairness: [{ column: 'region', tolerated: 0.1, breach: 0.2, parity: ['demographic', 'equalised-odds'] }],
    segments: [
      { columns: ['device'], critical: true },
      { columns: ['device', 'region'], critical: false },
      { columns: ['age'], critical: false },
    ],
    golden: [
      { name: 'a young visitor', instance: { age: 0, income: 0, visits: 0, basket: 0, device: 'tv' }, from: 0.1, to: 0.14 },
      { name: 'a hopeless one', instance: { age: -3, income: -3, visits: 3, basket: 0, device: 'tv' }, from: 0, to: 0.01 },
    ],
  });
  const stages = new Set<EvaluationProgress['stage']>();
  const found = await evaluateInThread(await filesOf({ rows: 12_000, spec }), { ...silent, progress: ({ stage }) => stages.add(stage) });
  expect([...stages]).toEqual(['reading', 'scoring', 'comparing']);
  expect(found.verdict.kind).toBe('pass');
  expect(found.comparisonRows).toMatchObject({ count: 11_760, entities: 11_760, excludedBecauseTrainedOn: 240 });
  expect(found.overall.figures.map(({ metric }) => metric)).toContain('profit');
  expect(figureOf(found.overall, 'auc')!.method).toBe('delong');
  expect(found.segments.map(({ name }) => name)).toEqual(expect.arrayContaining(['device = mobile', 'device × region = tv × abroad']));
  expect(found.segmentColumns.map(({ name, values }) => [name, values])).toEqual([
    ['device', 5],
    ['device × region', 25],
    ['age', 4],
  ]);
  expect(found.fairness.map(({ kind, groups }) => [kind, groups.length])).toEqual([
    ['demographic', 5],
    ['equalised-odds', 5],
  ]);
  expect(found.importances.challenger[0]!.feature).toBe('age');
  expect(found.importances.ndcg).toBeGreaterThan(0.98);
  expect(found.shift.features.every(({ psi }) => psi < 0.01)).toBe(true);
  expect(found.golden.map(({ holds }) => holds)).toEqual([true, true]);
  expect(found.turnedWrong!.compared).toBe(11_760);
  expect(found.turnedWrong!.samples.every(({ sourceRow }) => sourceRow >= 1 && sourceRow <= 12_000)).toBe(true);
  expect(found.cost.worthIt).toMatch(/for each thousand predictions, which cost 5000.00$/);
  expect(found.simpleBaseline.figures.find(({ metric }) => metric === 'auc')!.estimate).toBe(0.5);
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});

test('the same files give the same findings, with one thread for draws or two', async () => {
  const spec = evaluationSpec({ gates: { ...gates, draws: 1_000 }, segments: [] });
  // 20,000 rows and 1,000 draws are where a second thread begins.
  const job = await filesOf({ rows: 21_000, spec });
  expect(await evaluateInThread(job, silent)).toEqual(await evaluateInThread(job, silent));
});

test('the same rows in another order give the same bytes', async () => {
  const spec = evaluationSpec({ gates: quick, decision });
  const job = await filesOf({ rows: 3_000, rowsAnEntity: 3, spec });
  const found = JSON.stringify(await evaluateInThread(job, silent));
  const shuffled = path.join(job.workDir, 'shuffled.parquet');
  await withDuck({}, (duck) =>
    duck.run(`copy (select * from read_parquet(${literal(job.snapshotPath)}) order by hash(row_id)) to ${literal(shuffled)}`),
  );
  expect(JSON.stringify(await evaluateInThread({ ...job, snapshotPath: shuffled }, silent))).toBe(found);
});

test('where entities come back, AUC is drawn over entities, too', async () => {
  const spec = evaluationSpec({ gates: quick, segments: [] });
  const found = await evaluateInThread(await filesOf({ rows: 4_000, rowsAnEntity: 4, spec }), silent);
  expect(found.comparisonRows.entities).toBe(1_000);
  expect(figureOf(found.overall, 'auc')!.method).toBe('bootstrap');
});

test('a golden row outside its band fails the whole', async () => {
  const golden = [{ name: 'a young visitor', instance: { age: 0, income: 0, visits: 0, basket: 0, device: 'tv' }, from: 0.5, to: 0.6 }];
  const found = await evaluateInThread(await filesOf({ rows: 4_000, spec: evaluationSpec({ gates: quick, golden }) }), silent);
  expect(found.verdict.kind).toBe('fail');
  expect(found.verdict.reasons.join()).toContain('golden row "a young visitor" scores 0.1192, expected 0.5 to 0.6');
});

test('labels that were turned around show in the champion, which has not changed', async () => {
  const spec = evaluationSpec({ gates: quick, segments: [] });
  const before = await evaluateInThread(await filesOf({ rows: 12_000, spec, champion: null }), silent);
  const job = await filesOf({ rows: 12_000, spec, flipped: 10 });
  const found = await evaluateInThread({ ...job, champion: { ...job.champion!, released: before.overall } }, silent);
  expect(found.verdict.kind).toBe('inconclusive');
  expect(found.verdict.reasons.join()).toContain('the labels, or what they mean, have changed');
  expect(found.sinceRelease.find(({ metric }) => metric === 'auc')!.worseBy).toBeGreaterThan(4);
  const clean = await filesOf({ rows: 12_000, spec });
  const quiet = await evaluateInThread({ ...clean, champion: { ...clean.champion!, released: before.overall } }, silent);
  expect([quiet.verdict.kind, quiet.suspicions]).toEqual(['pass', []]);
});

test('a mistake in a golden row names it', async () => {
  const golden = [{ name: 'nobody', instance: { age: 0 }, from: 0, to: 1 }];
  const job = await filesOf({ rows: 2_000, spec: evaluationSpec({ golden }) });
  await expect(evaluateInThread(job, silent)).rejects.toMatchObject({
    type: 'SpecInvalid',
    message: expect.stringContaining('golden row "nobody"'),
  });
});

test('a cancellation ends it at once, in the middle of the draws', async () => {
  const job = await filesOf({ rows: 40_000, spec: evaluationSpec({ gates: { ...gates, draws: 20_000 } }) });
  const stopping = new AbortController();
  const evaluated = evaluateInThread(job, {
    signal: stopping.signal,
    progress: ({ stage, done }) => {
      if (stage === 'comparing' && done > 0) stopping.abort(new Error('nobody wants it any more'));
    },
  });
  await expect(evaluated).rejects.toThrow('nobody wants it any more');
});

test('a column that only the champion still asks for is named before anything is read', async () => {
  const job = await filesOf({ rows: 2_000, spec: evaluationSpec({ gates: quick }) });
  const { manifest } = job.champion!;
  const inputs = [...manifest.encoder.inputs, { name: 'shoe_size', type: 'number' as const, nullable: false }];
  const champion = { ...job.champion!, manifest: { ...manifest, encoder: { ...manifest.encoder, inputs } } };
  await expect(evaluateInThread({ ...job, champion }, silent)).rejects.toMatchObject({
    type: 'FeatureSchemaIncompatible',
    message: expect.stringContaining('"shoe_size"'),
  });
});

test('without a row that neither has trained on there is doubt, and nothing is made up', async () => {
  const job = await filesOf({ rows: 2_000, spec: evaluationSpec({ gates: quick, decision }) });
  const found = await evaluateInThread({ ...job, splitPath: job.champion!.splitPath }, silent);
  expect(found.verdict).toMatchObject({ kind: 'inconclusive', reasons: [expect.stringContaining('there are no comparison rows')] });
  expect(found).toMatchObject({ comparisonRows: { count: 0, meanLabel: 0 }, turnedWrong: null, shift: { classes: null } });
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});

test('a segment may be a derived feature', async () => {
  const derived = {
    ...evaluationSpec().features[0]!,
    name: 'age_band',
    type: 'category',
    derive: { kind: 'bins', of: 'age', edges: [0] },
  } as const;
  const spec = evaluationSpec({
    gates: quick,
    features: [...evaluationSpec().features, derived],
    segments: [{ columns: ['age_band'], critical: false }],
  });
  const found = await evaluateInThread(await filesOf({ rows: 4_000, spec }), silent);
  expect(found.segments.map(({ name }) => name).sort()).toEqual(['age_band = 0', 'age_band = 1']);
});
