/**
 * Boosted trees beside LightGBM, on the same rows, with the same parameters and threads, in turns: what encoding, binning and growing
 * take (of LightGBM: its data set and its training), and how well the model ranks rows that it has not seen. UNDERSTUDY_BENCH_TREE_ROWS=1000000 for the larger goal.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { processEnvironment } from '../../src/config.ts';
import type { Column } from '../../src/features/columns.ts';
import { encodeColumns } from '../../src/features/encode.ts';
import { auc } from '../../src/statistics/auc.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { fitInThread } from '../../src/training/fit-in-thread.ts';
import { scoresOf } from '../../src/training/model.ts';
import type { TrainingProgress } from '../../src/training/trainer.ts';
import { aFeature } from '../data/fixtures.ts';
import { inPython, lightgbmTrainer } from '../support/lightgbm-trainer.ts';
import { fitInput, fitRows } from '../training/fit-here.ts';

const ROWS = Number(processEnvironment().UNDERSTUDY_BENCH_TREE_ROWS ?? 200_000);
const UNSEEN = 50_000;
const WIDTH = 30;
const THREADS = 2;
const ROUNDS = 3;
const parameters = { trees: 100, leaves: 31, learningRate: 0.1, minimumRows: 20, l2: 0, earlyStopping: 0 };
const features = Array.from({ length: WIDTH }, (_, index) => aFeature(`x${index}`, 'number', { nullable: true, transform: 'none' }));

const folder = mkdtempSync(path.join(os.tmpdir(), 'understudy-trees-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  /** Row by row, 32 bits, so that both see the same numbers. */
  readonly x: Float32Array;
  readonly y: Float64Array;
}

/** Thirty numbers, a tenth of which is missing; steps, products and a missing value that means something decide. */
function made(rows: number, seed: number): Made {
  const random = seededRandom(seed);
  const x = new Float32Array(rows * WIDTH);
  const y = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = row * WIDTH;
    for (let index = 0; index < WIDTH; index++) x[from + index] = random.uniform() < 0.1 ? Number.NaN : random.normal();
    const at = (index: number) => (Number.isNaN(x[from + index]!) ? 0 : x[from + index]!);
    const steps = (at(0) > 0.5 ? 1 : 0) + (at(1) < -1 ? 1 : 0) + (Number.isNaN(x[from + 2]!) ? 0.8 : 0);
    const z = -1 + steps + 0.6 * at(3) * at(4) + 0.5 * Math.sin(2 * at(5)) + 0.4 * at(6) + 0.3 * Math.abs(at(7));
    y[row] = random.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
  }
  return { x, y };
}

/** Anew for every round: a training takes the numbers with it. */
function columnsOf({ x, y }: Made): ReadonlyMap<string, Column> {
  const column = (index: number) => Float64Array.from({ length: y.length }, (_, row) => x[row * WIDTH + index]!);
  return new Map(features.map(({ name }, index) => [name, column(index)]));
}

interface Told {
  readonly seconds: number;
  /** Ours: from rows to a finished model, threads, golden rows and profile included. */
  readonly whole?: number;
  readonly auc: number;
}

async function ours(training: Made, unseen: Made): Promise<Told> {
  const none = fitRows(new Map(features.map(({ name }) => [name, new Float64Array(0)])), []);
  const rows = fitRows(columnsOf(training), training.y);
  const fit = fitInput(features, rows, { trainer: 'gradient-boosted-trees', parameters, validation: none });
  const began = performance.now();
  const reached = new Map<string, number>();
  const heartbeat = ({ stage }: TrainingProgress) => void (reached.has(stage) || reached.set(stage, performance.now()));
  const watching = { signal: new AbortController().signal, heartbeat };
  const found = await fitInThread({ fit, threads: THREADS, finished: new Map(), treesEveryMs: 3_600_000 }, watching);
  const whole = (performance.now() - began) / 1_000;
  const { encoder, model } = found.fit;
  const scores = scoresOf(model, encodeColumns(encoder, columnsOf(unseen), unseen.y.length), encoder.width);
  // Without starting threads before, and profiling rows afterwards.
  const seconds = (reached.get('scoring')! - reached.get('encoding')!) / 1_000;
  return { seconds, whole, auc: auc(scores, unseen.y) };
}

const PYTHON = `
import json, sys, time
import numpy as np, lightgbm
given = json.load(sys.stdin)
read = lambda name: np.fromfile(given[name], dtype=np.float32).reshape(-1, given["width"])
x, unseen = read("training"), read("unseen")
y = np.fromfile(given["labels"], dtype=np.float64)
began = time.perf_counter()
data = lightgbm.Dataset(x, label=y, params={"max_bin": 255, "verbosity": -1})
settings = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 20, "max_bin": 255, "num_threads": given["threads"], "verbosity": -1}
booster = lightgbm.train(settings, data, num_boost_round=100)
seconds = time.perf_counter() - began
booster.predict(unseen).astype(np.float64).tofile(given["scores"])
print(json.dumps({"seconds": seconds}))
`;

async function theirs(python: string, unseen: Made): Promise<Told> {
  const names = { training: 'training.bin', unseen: 'unseen.bin', labels: 'labels.bin', scores: 'scores.bin' };
  const files = Object.fromEntries(Object.entries(names).map(([name, file]) => [name, path.join(folder, file)]));
  const { seconds } = await inPython<{ seconds: number }>(python, PYTHON, { ...files, width: WIDTH, threads: THREADS });
  const { readFile } = await import('node:fs/promises');
  const bytes = await readFile(files.scores!);
  const scores = new Float64Array(bytes.buffer, bytes.byteOffset, unseen.y.length);
  return { seconds, auc: auc(scores, unseen.y) };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

test('boosted trees: a hundred of 31 leaves', { timeout: 1_800_000 }, async () => {
  const [training, unseen] = [made(ROWS, 1), made(UNSEEN, 2)];
  const installed = await lightgbmTrainer();
  if ('python' in installed) {
    writeFileSync(path.join(folder, 'training.bin'), training.x);
    writeFileSync(path.join(folder, 'unseen.bin'), unseen.x);
    writeFileSync(path.join(folder, 'labels.bin'), training.y);
  }
  const rounds: { our: Told; their: Told | null }[] = [];
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({ our: await ours(training, unseen), their: 'python' in installed ? await theirs(installed.python, unseen) : null });
  const our = rounds.map((round) => round.our);
  expect(median(our.map(({ auc: found }) => found))).toBeGreaterThan(0.7);
  const beside = rounds.flatMap(({ our: one, their }) => (their ? [one.seconds / their.seconds] : []));
  const their = rounds.flatMap((round) => (round.their ? [round.their] : []));
  const inWords =
    'absent' in installed
      ? installed.absent
      : `LightGBM ${median(their.map(({ seconds }) => seconds)).toFixed(2)} s, AUC ${their[0]!.auc.toFixed(4)}: ${median(beside).toFixed(2)} × its time, ${(our[0]!.auc - their[0]!.auc).toFixed(4)} of AUC`;
  const isBusy = os.loadavg()[0]! > os.cpus().length + THREADS;
  const caution = isBusy ? '. The machine does something else as well: LightGBM waits by spinning, so this flatters us' : '';
  console.log(
    `\nBoosted trees, ${ROWS.toLocaleString('en-US')} × ${WIDTH}, 100 trees, ${THREADS} threads, ${ROUNDS} rounds in turns, medians: ${median(our.map(({ seconds }) => seconds)).toFixed(2)} s (${median(our.map(({ whole }) => whole!)).toFixed(2)} s with threads, golden rows and profile), AUC ${our[0]!.auc.toFixed(4)}; ${inWords}${caution}\n`,
  );
});
