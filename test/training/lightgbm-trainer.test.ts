/** The Python trainer by itself, without Temporal: same bytes, same scores in the runtime that serves, and files that the official checker accepts. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { readRows } from '../../src/data/rows.ts';
import { splitSnapshot } from '../../src/data/split.ts';
import type { Spec } from '../../src/domain/spec.ts';
import { encodeColumns } from '../../src/features/encode.ts';
import type { Manifest } from '../../src/training/manifest.ts';
import { adoptGraph } from '../../src/training/onnx/adopt-graph.ts';
import { openScorer } from '../../src/training/onnx/scorer.ts';
import { checkPackage } from '../../src/training/package-check.ts';
import type { TrainerInput, TrainerOutput } from '../../src/training/trainer.ts';
import { trainerInput } from '../../src/training/trainer-input.ts';
import { trainerNamed } from '../../src/training/trainers.ts';
import { aFeature, aSpec, aWorkshop } from '../data/fixtures.ts';
import { inPython, lightgbmTrainer } from '../support/lightgbm-trainer.ts';
import { classifierWithZipMap } from './foreign-models.ts';

const workshop = aWorkshop();
const TRAINED_AND_SCORED = readFileSync(path.join(import.meta.dirname, '../support/trained_and_scored.py'), 'utf8');
const TRAINED =
  'import json, sys, threading\nfrom trainer import Context, train\nprint(json.dumps(train(json.load(sys.stdin), Context(threading.Event()))))';

let python: string | null = null;
let absent = '';
beforeAll(async () => {
  const installed = await lightgbmTrainer();
  if ('python' in installed) python = installed.python;
  else absent = installed.absent;
}, 300_000);
// Python takes a second or two to start, and more on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const lightgbm: Spec['trainer'] = { ...aSpec().trainer, name: 'lightgbm', queue: 'training-lightgbm', parameters: { num_iterations: 40 } };

/** Buyers are young, on the gold plan, and came lately; some plans and incomes are missing. */
function customers(count: number): string {
  const row = (index: number) => {
    const age = 18 + ((index * 37) % 60);
    const plan = ['gold', 'basic', 'n/a', 'family'][(index * 7) % 4];
    const income = index % 9 === 0 ? 'n/a' : ((index * 7_919) % 90_000) / 3;
    const joined = new Date(Date.UTC(2019, 0, 1) + ((index * 104_729) % 1_800) * 86_400_000 + index * 1_000).toISOString();
    const seen = new Date(Date.UTC(2025, 0, 1) + ((index * 31) % 300) * 86_400_000).toISOString();
    const chance = (age < 40 ? 0.5 : 0.15) + (plan === 'gold' ? 0.3 : 0);
    const bought = ((index * 7_919) % 1_000) / 1_000 < chance;
    return `c${index},${seen},${age},${plan},${index % 3 ? 'yes' : 'no'},${income},${joined},${index % 2},${bought ? 'yes' : 'no'},${age * 3 + (bought ? 40 : 0)}`;
  };
  return `id,seen,age,plan,member,income,joined,mailed,bought,spent\n${Array.from({ length: count }, (_, index) => row(index)).join('\n')}\n`;
}

/** One feature of every kind of derivation, beside plain ones. */
const derived: Pick<Spec, 'inputs' | 'features' | 'time'> = {
  time: { kind: 'column', column: 'seen', format: null },
  inputs: [
    { name: 'income', type: 'number', nullable: true, description: '' },
    { name: 'joined', type: 'time', nullable: false, description: '' },
  ],
  features: [
    ...aSpec().features,
    aFeature('income_per_year', 'number', { nullable: true, derive: { kind: 'ratio', of: 'income', to: 'age' } }),
    aFeature('log_income', 'number', { nullable: true, derive: { kind: 'log', of: 'income' } }),
    aFeature('age_group', 'category', { derive: { kind: 'bins', of: 'age', edges: [25, 40, 60] } }),
    aFeature('joined_days', 'number', { nullable: true, derive: { kind: 'recency', of: 'joined' } }),
    aFeature('age_rate', 'number', { nullable: true, derive: { kind: 'frequency', of: 'age', since: 'joined', days: 30 } }),
    ...(['day', 'week', 'month', 'year'] as const).map((cycle) =>
      aFeature(`joined_${cycle}`, 'number', { nullable: true, derive: { kind: 'season', of: 'joined', cycle, wave: 'sine' } }),
    ),
    aFeature('seen_year', 'number', { nullable: true, derive: { kind: 'season', of: null, cycle: 'year', wave: 'cosine' } }),
    aFeature('plan_member', 'category', { nullable: true, derive: { kind: 'cross', of: ['plan', 'member'] } }),
    aFeature('no_income', 'boolean', { derive: { kind: 'missing', of: 'income' } }),
  ],
};

async function inputFrom(spec: Spec, rows = 3_000): Promise<{ input: TrainerInput; snapshotPath: string; splitPath: string }> {
  const snapshot = await workshop.ingest(customers(rows), spec);
  const snapshotPath = workshop.artifacts.pathOf(snapshot.artifactDigest);
  const split = await splitSnapshot({ spec, snapshotPath, artifacts: workshop.artifacts, workDir: workshop.folder });
  const input = trainerInput(spec, {
    artifactsUrl: workshop.artifacts.url,
    snapshotDigest: snapshot.digest,
    snapshotArtifact: snapshot.artifactDigest,
    splitDigest: split.digest,
    seed: 1,
  });
  return { input, snapshotPath, splitPath: workshop.artifacts.pathOf(split.digest) };
}

/** The largest difference, over all comparison rows, between LightGBM's own scores and those of the runtime on rows encoded here. */
async function differenceTo(
  { output, scores }: { output: TrainerOutput; scores: number[] },
  paths: { snapshotPath: string; splitPath: string },
) {
  const manifest = await workshop.artifacts.readJson<Manifest>(output.manifestDigest);
  const onnxBytes = await workshop.artifacts.read(output.artifactDigest);
  await checkPackage({ manifest, onnxBytes });
  const rows = await readRows({ ...paths, purpose: 'comparison', columns: manifest.encoder.inputs });
  const scorer = await openScorer(manifest, onnxBytes);
  const served = await scorer.score(encodeColumns(manifest.encoder, rows.columns, rows.count, rows.seenAt), rows.count);
  await scorer.close();
  expect(rows.count).toBe(scores.length);
  return Math.max(...scores.map((score, row) => Math.abs(score - served[row]!) / Math.max(1, Math.abs(score))));
}

test('the same input gives the same bytes, on one thread and on two', async ({ skip }) => {
  if (python === null) return skip(absent);
  const { input } = await inputFrom(aSpec({ trainer: lightgbm }));
  const on = (threads: number) =>
    inPython<TrainerOutput>(python!, `import os\nos.environ["UNDERSTUDY_LIGHTGBM_THREADS"] = "${threads}"\n${TRAINED}`, input);
  const first = await on(1);
  const { trainedMs: _, threads, ...second } = await on(2);
  expect({ ...first, ...second, threads }).toEqual({ ...first, threads: 2 });
  expect(first.validation).toMatchObject({ auc: expect.toSatisfy((auc: number) => auc > 0.65) });
  expect(first.importances[0]!.feature).toMatch(/age|plan/);
});

test('every kind of derived feature is computed in Python as the gateway computes it', async ({ skip }) => {
  if (python === null) return skip(absent);
  const { input, ...paths } = await inputFrom(aSpec({ trainer: lightgbm, ...derived }), 6_000);
  const trained = await inPython<{ output: TrainerOutput; scores: number[] }>(python, TRAINED_AND_SCORED, input);
  expect(trained.scores.length).toBeGreaterThan(1_000);
  expect(await differenceTo(trained, paths)).toBeLessThan(1e-6);
});

test.for([
  ['regression', { task: 'regression', label: { ...aSpec().label, column: 'spent' } }],
  ['uplift', { task: 'uplift', treatment: { column: 'mailed', treated: '1', share: null } }],
] as const)('%s is served as LightGBM scores it', async ([task, changes], { skip }) => {
  if (python === null) return skip(absent);
  const { input, ...paths } = await inputFrom(aSpec({ trainer: lightgbm, ...changes }));
  const trained = await inPython<{ output: TrainerOutput; scores: number[] }>(python, TRAINED_AND_SCORED, input);
  expect(await differenceTo(trained, paths)).toBeLessThan(1e-6);
  const manifest = await workshop.artifacts.readJson<Manifest>(trained.output.manifestDigest);
  expect(manifest).toMatchObject({ task, outputRange: task === 'uplift' ? 'difference' : 'number', baseline: { kind: 'mean' } });
});

const CHECKED = `
import json, sys, onnx
for path in json.load(sys.stdin):
    onnx.checker.check_model(onnx.load(path), full_check=True)
print(json.dumps("checked"))
`;

test('the official checker accepts what every trainer writes, and what is adopted', async ({ skip }) => {
  if (python === null) return skip(absent);
  const context = { signal: new AbortController().signal, heartbeat: () => {}, workDir: workshop.folder };
  const written = async (trainer: Partial<Spec['trainer']>, more: Partial<Spec> = {}) => {
    const { input } = await inputFrom(aSpec({ trainer: { ...aSpec().trainer, ...trainer }, ...more }), 1_500);
    const output =
      trainer.name === 'lightgbm'
        ? await inPython<TrainerOutput>(python!, TRAINED, input)
        : await trainerNamed(input.trainer)(input, context);
    return workshop.artifacts.pathOf(output.artifactDigest);
  };
  const uplift: Partial<Spec> = { task: 'uplift', treatment: { column: 'mailed', treated: '1', share: null } };
  const regression: Partial<Spec> = { task: 'regression', label: { ...aSpec().label, column: 'spent' } };
  const trees = { name: 'gradient-boosted-trees', parameters: { trees: 10 } };
  const adopted = await workshop.artifacts.put(
    adoptGraph(classifierWithZipMap([1, 2], 0), { width: 2, output: null, column: null, transform: 'none' }).bytes,
  );
  const files = [
    await written({ name: 'logistic-regression' }),
    await written({ name: 'linear-regression' }, regression),
    await written(trees),
    await written(trees, uplift),
    await written(lightgbm),
    await written(lightgbm, uplift),
    workshop.artifacts.pathOf(adopted),
  ];
  expect(await inPython(python, CHECKED, files)).toBe('checked');
});

const REFUSED = `
import json, sys, threading
from failures import Refused
from trainer import Context, train
found = []
for input in json.load(sys.stdin):
    try:
        train(input, Context(threading.Event()))
    except Refused as refused:
        found.append({"type": refused.type, "message": str(refused)})
print(json.dumps(found))
`;

test('what it does not know, and rows it cannot learn from, are refused in a sentence', async ({ skip }) => {
  if (python === null) return skip(absent);
  const { input } = await inputFrom(aSpec({ trainer: lightgbm }), 500);
  const wishes: Partial<TrainerInput>[] = [
    { parameters: { num_leafs: 3 } },
    { calibration: 'platt' },
    { trainer: 'magic' },
    { splitDigest: 'f'.repeat(64) as never },
  ];
  const refusals = await inPython(
    python,
    REFUSED,
    wishes.map((wish) => ({ ...input, ...wish })),
  );
  expect(refusals).toMatchObject([
    { type: 'SpecInvalid', message: expect.stringContaining('did you mean "num_leaves"?') },
    { type: 'SpecInvalid', message: expect.stringContaining('trainer.calibration') },
    { type: 'TrainerUnknown' },
    { type: 'ArtifactMissing' },
  ]);
});

const CANCELLED = `
import json, sys, threading, time
from failures import Cancelled
from trainer import Context, train
context = Context(threading.Event())
at = []
def cancel():
    while context.progress["stage"] != "fitting":
        time.sleep(0.01)
    at.append(time.monotonic())
    context.cancelled.set()
threading.Thread(target=cancel).start()
try:
    train(json.load(sys.stdin), context)
except Cancelled:
    print(json.dumps(time.monotonic() - at[0]))
`;

test('a training that is cancelled ends within a second', async ({ skip }) => {
  if (python === null) return skip(absent);
  const { input } = await inputFrom(aSpec({ trainer: { ...lightgbm, parameters: { num_iterations: 100_000, early_stopping_round: 0 } } }));
  expect(await inPython<number>(python, CANCELLED, input)).toBeLessThan(1);
});
