/**
 * Metrics of a classifier. `w` is the weight of a row, P and N the weights of positives and negatives, W = P + N; rows come from the
 * highest score to the lowest, and rows of equal scores count as one step.
 *
 * AUC: Mann-Whitney with ties counting half (Hanley & McNeil 1982). Average precision: sum of the rise in recall times the precision
 * there, without interpolation (as scikit-learn's average_precision_score). Log loss with scores clipped at 1e-6, Brier score (Brier
 * 1950). Expected calibration error: ten bins of equal width, |mean score - rate| weighted by rows (Naeini et al. 2015); chance
 * alone keeps it above 0, by about 1 / sqrt(rows), which its interval takes off (statistics/sum-of-sizes.ts). Precision,
 * recall, F1 (van Rijsbergen 1979) and profit for each 1,000 rows at the decision's cut-off. Lift: rate among the best tenth of the
 * rows over the rate of all. KS: largest distance between the score distributions of the classes (Kolmogorov-Smirnov).
 */
import type { DecisionSpec } from '../domain/spec.ts';
import { logLosses } from '../statistics/log-loss.ts';
import { rankingOf } from '../statistics/ranking.ts';
import { type Cutoff, type Metric, type TaskMetrics, topRows, weightBuffer } from './task-metrics.ts';

export interface PreparedBinary {
  readonly entities: Uint32Array;
  /** To 32 bits, because draws wait for memory: measured, this is four times as fast, and a mean changes in its ninth digit. */
  readonly logLosses: Float32Array;
  /** Score minus label. */
  readonly errors: Float32Array;
  /** Of the rows as they are, to 64 bits. */
  readonly exactly: LossSums;
  /** Places of the positives. */
  readonly positives: Uint32Array;
  readonly steps: Steps;
  /** Where each bin of the calibration error ends; rows are sorted, so bins are runs of rows. */
  readonly binEnds: readonly number[];
  /** Rows at or above the cut-off, when that is a score. */
  readonly cut: number | null;
}

/**
 * The runs of equal scores that hold a positive. Between them nothing but negatives is passed, so that everything about the order can be
 * said at them alone: a draw visits these, and not every row.
 */
interface Steps {
  /** The places of a run: from, and up to but not including. */
  readonly from: Uint32Array;
  readonly until: Uint32Array;
  /** Positives up to the end of the run. */
  readonly positives: Uint32Array;
}

const BINS = 10;
const LIFT_SHARE = 0.1;

const share = { low: 0, high: 1 };
const positive = { low: 0, high: Number.POSITIVE_INFINITY };
const ranking: readonly Metric[] = [
  { name: 'auc', better: 'higher', bounds: share },
  { name: 'average-precision', better: 'higher', bounds: share },
  { name: 'log-loss', better: 'lower', bounds: positive },
  { name: 'brier', better: 'lower', bounds: share },
  { name: 'calibration-error', better: 'lower', bounds: share, parts: BINS },
  { name: 'lift', better: 'higher', bounds: positive },
  { name: 'ks', better: 'higher', bounds: share },
];
const atTheCutoff: readonly Metric[] = [
  { name: 'precision', better: 'higher', bounds: share },
  { name: 'recall', better: 'higher', bounds: share },
  { name: 'f1', better: 'higher', bounds: share },
];
const profit: Metric = { name: 'profit', better: 'higher', bounds: null };

export function binaryMetrics(decision: DecisionSpec | null): TaskMetrics<PreparedBinary> {
  const metrics = [...ranking, ...(decision ? atTheCutoff : []), ...(decision?.profit ? [profit] : [])];
  return {
    metrics,
    prepare: (rows, scores) => prepared(rows, scores, decision?.cutoff ?? null),
    measure(given, weights, out, at) {
      const sums = weighed(given, weights);
      const ranked = rankedSums(given, sums, decision?.cutoff ?? null);
      const { positives: P, all: W } = sums;
      const N = W - P;
      const figures = [
        ranked.auc / (P * N),
        ranked.averagePrecision / P,
        sums.logLoss / W,
        sums.brier / W,
        sums.gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / W,
        (ranked.topPositives / ranked.topRows) * (W / P),
        ranked.ks / (P * N),
      ];
      for (let index = 0; index < figures.length; index++) out[at + index] = figures[index]!;
      for (let bin = 0; bin < BINS; bin++) out[at + metrics.length + bin] = (sums.gaps[bin] ?? 0) / W;
      if (!decision) return;
      const { truePositives: tp, chosen } = ranked;
      const fp = chosen - tp;
      out[at + 7] = tp / chosen;
      out[at + 8] = tp / P;
      out[at + 9] = (2 * tp) / (chosen + P);
      if (!decision.profit) return;
      const { truePositive, falsePositive, falseNegative, trueNegative } = decision.profit;
      out[at + 10] = (1_000 * (truePositive * tp + falsePositive * fp + falseNegative * (P - tp) + trueNegative * (N - fp))) / W;
    },
  };
}

function prepared(
  { targets, entities }: { readonly targets: Float64Array; readonly entities: Uint32Array },
  scores: Float64Array,
  cutoff: Cutoff | null,
): PreparedBinary {
  const ranking = rankingOf(scores);
  const labels = Uint8Array.from(ranking.order, (row) => targets[row]!);
  const ranked = Float64Array.from(ranking.order, (row) => scores[row]!);
  const losses = logLosses(ranked, labels);
  const errors = ranked.map((score, row) => score - labels[row]!);
  const ends = binEnds(ranked);
  return {
    entities: Uint32Array.from(ranking.order, (row) => entities[row]!),
    logLosses: Float32Array.from(losses),
    errors: Float32Array.from(errors),
    exactly: {
      logLoss: losses.reduce((sum, loss) => sum + loss, 0),
      brier: errors.reduce((sum, error) => sum + error * error, 0),
      gaps: ends.map((end, bin) => errors.subarray(ends[bin - 1] ?? 0, end).reduce((gap, error) => gap + error, 0)),
    },
    positives: placesOf(labels),
    steps: stepsOf(labels, ranking.last),
    binEnds: ends,
    cut: cutoff?.kind === 'score' ? rowsFrom(ranked, cutoff.from) : null,
  };
}

function placesOf(labels: Uint8Array): Uint32Array {
  const places: number[] = [];
  for (let place = 0; place < labels.length; place++) if (labels[place] === 1) places.push(place);
  return Uint32Array.from(places);
}

function stepsOf(labels: Uint8Array, last: Uint8Array): Steps {
  const [from, until, positives]: [number[], number[], number[]] = [[], [], []];
  let [start, found] = [0, 0];
  for (let place = 0; place < labels.length; place++) {
    found += labels[place]!;
    if (last[place] === 0) continue;
    if (found > (positives.at(-1) ?? 0)) {
      from.push(start);
      until.push(place + 1);
      positives.push(found);
    }
    start = place + 1;
  }
  return { from: Uint32Array.from(from), until: Uint32Array.from(until), positives: Uint32Array.from(positives) };
}

function binEnds(falling: Float64Array): number[] {
  const ends: number[] = [];
  const binOf = (score: number) => Math.min(BINS - 1, Math.floor(score * BINS));
  for (let place = 0; place < falling.length; place++) {
    const next = falling[place + 1];
    if (next === undefined || binOf(next) !== binOf(falling[place]!)) ends.push(place + 1);
  }
  return ends;
}

function rowsFrom(falling: Float64Array, cut: number): number {
  const below = falling.findIndex((score) => score < cut);
  return below === -1 ? falling.length : below;
}

interface LossSums {
  readonly logLoss: number;
  readonly brier: number;
  /** Of each bin that has rows: scores minus labels. */
  readonly gaps: readonly number[];
}

interface Sums extends LossSums {
  readonly positives: number;
  readonly all: number;
}

/** The weight of all rows before each place; one more than there are rows. One a thread. */
let before = new Uint32Array(1);

function weighed({ entities, positives: places, ...prepared }: PreparedBinary, given: Uint8Array | null): Sums & { weights: Uint8Array } {
  const rows = entities.length;
  const weights = weightBuffer(rows);
  if (before.length <= rows) before = new Uint32Array(rows + 1);
  let all = 0;
  for (let row = 0; row < rows; row++) {
    const weight = given === null ? 1 : given[entities[row]!]!;
    weights[row] = weight;
    all = (all + weight) | 0;
    before[row + 1] = all;
  }
  let positives = 0;
  for (let index = 0; index < places.length; index++) positives += weights[places[index]!]!;
  return { weights, positives, all, ...(given === null ? prepared.exactly : lossSums(prepared, weights)) };
}

function lossSums(
  { logLosses: losses, errors, binEnds: ends }: Pick<PreparedBinary, 'logLosses' | 'errors' | 'binEnds'>,
  weights: Uint8Array,
): LossSums {
  let [logLoss, brier, row] = [0, 0, 0];
  const gaps: number[] = [];
  for (const end of ends) {
    let gap = 0;
    for (; row < end; row++) {
      const weight = weights[row]!;
      const error = errors[row]!;
      logLoss += weight * losses[row]!;
      brier += weight * error * error;
      gap += weight * error;
    }
    gaps.push(gap);
  }
  return { logLoss, brier, gaps };
}

/** From the highest score to the lowest. Where a share of rows ends among equal scores, it takes a part of them. */
function rankedSums({ positives: places, steps, cut }: PreparedBinary, sums: Sums & { weights: Uint8Array }, cutoff: Cutoff | null) {
  const { weights, positives: P, all: W } = sums;
  const lifted = topRows(LIFT_SHARE, W);
  const chosen = cutoff?.kind === 'top' ? topRows(cutoff.share, W) : cut === null ? 0 : before[cut]!;
  let [tp, index] = [0, 0];
  let [auc, averagePrecision, highest, lowest] = [0, 0, 0, 0];
  let [topPositives, truePositives] = [-1, -1];
  for (let step = 0; step < steps.from.length; step++) {
    const tpBefore = tp;
    for (const end = steps.positives[step]!; index < end; index++) tp = (tp + weights[places[index]!]!) | 0;
    const allBefore = before[steps.from[step]!]!;
    const all = before[steps.until[step]!]!;
    const positives = tp - tpBefore;
    // Negatives below, those of the same score half.
    auc += positives * (W - P - (allBefore - tpBefore) - (all - allBefore - positives) / 2);
    if (positives !== 0) averagePrecision += (positives * tp) / all;
    const [distanceBefore, distance] = [tpBefore * W - allBefore * P, tp * W - all * P];
    if (distance > highest) highest = distance;
    if (distanceBefore < lowest) lowest = distanceBefore;
    if (topPositives < 0 && all >= lifted) topPositives = within(tpBefore, positives, (lifted - allBefore) / (all - allBefore));
    if (truePositives < 0 && all >= chosen) truePositives = within(tpBefore, positives, (chosen - allBefore) / (all - allBefore));
  }
  return {
    auc,
    averagePrecision,
    ks: Math.max(highest, -lowest),
    topPositives: topPositives < 0 ? tp : topPositives,
    topRows: lifted,
    truePositives: truePositives < 0 ? tp : truePositives,
    chosen,
  };
}

/** Of a step that began after the share had ended, nothing. */
function within(tpBefore: number, positives: number, part: number): number {
  return part > 0 ? tpBefore + positives * part : tpBefore;
}
