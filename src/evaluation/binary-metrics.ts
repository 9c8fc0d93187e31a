/**
 * Metrics of a classifier. `w` is the weight of a row, P and N the weights of positives and negatives, W = P + N; rows come from the
 * highest score to the lowest, and rows of equal scores count as one step.
 *
 * AUC: Mann-Whitney with ties counting half (Hanley & McNeil 1982). Average precision: sum of the rise in recall times the precision
 * there, without interpolation (as scikit-learn's average_precision_score). Log loss with scores clipped at 1e-6, Brier score (Brier
 * 1950). Expected calibration error: ten bins of equal width, |mean score - rate| weighted by rows (Naeini et al. 2015). Precision,
 * recall, F1 (van Rijsbergen 1979) and profit for each 1,000 rows at the decision's cut-off. Lift: rate among the best tenth of the
 * rows over the rate of all. KS: largest distance between the score distributions of the classes (Kolmogorov-Smirnov).
 */
import type { DecisionSpec } from '../domain/spec.ts';
import { logLosses } from '../statistics/log-loss.ts';
import { rankingOf } from '../statistics/ranking.ts';
import { type Cutoff, type Metric, type TaskMetrics, topRows, weightBuffer } from './task-metrics.ts';

export interface PreparedBinary {
  readonly entities: Uint32Array;
  readonly labels: Uint8Array;
  readonly logLosses: Float64Array;
  /** Score minus label. */
  readonly errors: Float64Array;
  readonly squares: Float64Array;
  readonly last: Uint8Array;
  /** Where each bin of the calibration error ends; rows are sorted, so bins are runs of rows. */
  readonly binEnds: readonly number[];
  /** Rows at or above the cut-off, when that is a score. */
  readonly cut: number | null;
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
  { name: 'calibration-error', better: 'lower', bounds: share },
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
      const sums = lossSums(given, weights);
      const ranked = rankedSums(given, sums, decision?.cutoff ?? null);
      const { positives: P, negatives: N } = sums;
      const W = P + N;
      const figures = [
        ranked.auc / (P * N),
        ranked.averagePrecision / P,
        sums.logLoss / W,
        sums.brier / W,
        sums.calibrationGap / W,
        (ranked.topPositives / ranked.topRows) * (W / P),
        ranked.ks / (P * N),
      ];
      for (let index = 0; index < figures.length; index++) out[at + index] = figures[index]!;
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
  const { order, last } = rankingOf(scores);
  const labels = Uint8Array.from(order, (row) => targets[row]!);
  const ranked = Float64Array.from(order, (row) => scores[row]!);
  const errors = ranked.map((score, row) => score - labels[row]!);
  return {
    entities: Uint32Array.from(order, (row) => entities[row]!),
    labels,
    errors,
    squares: errors.map((error) => error * error),
    logLosses: logLosses(ranked, labels),
    last,
    binEnds: binEnds(ranked),
    cut: cutoff?.kind === 'score' ? rowsFrom(ranked, cutoff.from) : null,
  };
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
  readonly weights: Uint8Array;
  readonly positives: number;
  readonly negatives: number;
  readonly logLoss: number;
  readonly brier: number;
  readonly calibrationGap: number;
  readonly cutPositives: number;
  readonly cutRows: number;
}

/** First what does not depend on the order, in short loops: measured, one loop over everything takes six times as long. */
function lossSums(prepared: PreparedBinary, given: Uint8Array | null): LossSums {
  const { labels, logLosses: losses, squares, errors, binEnds: ends, cut } = prepared;
  const { weights, positives, all } = gathered(prepared, given);
  let [logLoss, brier, calibrationGap, row] = [0, 0, 0, 0];
  for (const end of ends) {
    let gap = 0;
    for (; row < end; row++) {
      const weight = weights[row]!;
      logLoss += weight * losses[row]!;
      brier += weight * squares[row]!;
      gap += weight * errors[row]!;
    }
    calibrationGap += Math.abs(gap);
  }
  let [cutPositives, cutRows] = [0, 0];
  for (let place = 0; place < (cut ?? 0); place++) {
    cutPositives += weights[place]! & -labels[place]!;
    cutRows += weights[place]!;
  }
  return { weights, positives, negatives: all - positives, logLoss, brier, calibrationGap, cutPositives, cutRows };
}

/** The weight of each row, in the order of the rows. A label is 0 or 1, so `& -label` is a product without a float. */
function gathered({ entities, labels }: PreparedBinary, given: Uint8Array | null) {
  const rows = labels.length;
  const weights = weightBuffer(rows);
  if (given === null) weights.fill(1, 0, rows);
  else for (let row = 0; row < rows; row++) weights[row] = given[entities[row]!]!;
  let [positives, all] = [0, 0];
  for (let row = 0; row < rows; row++) {
    positives += weights[row]! & -labels[row]!;
    all += weights[row]!;
  }
  return { weights, positives, all };
}

/** Then from the highest score to the lowest. Where a share of rows ends among equal scores, it takes a part of them. */
function rankedSums({ labels, last }: PreparedBinary, sums: LossSums, cutoff: Cutoff | null) {
  const { weights, positives: P, negatives: N } = sums;
  const W = P + N;
  const lifted = topRows(LIFT_SHARE, W);
  const chosen = cutoff?.kind === 'top' ? topRows(cutoff.share, W) : 0;
  let [tp, all, tpBefore, allBefore] = [0, 0, 0, 0];
  let [auc, averagePrecision, highest, lowest] = [0, 0, 0, 0];
  let [topPositives, truePositives] = [Number.NaN, Number.NaN];
  for (let row = 0; row < labels.length; row++) {
    const weight = weights[row]!;
    tp = (tp + (weight & -labels[row]!)) | 0;
    all = (all + weight) | 0;
    if (last[row] === 0) continue;
    const positives = (tp - tpBefore) | 0;
    if (positives !== 0) averagePrecision += (positives * tp) / all;
    auc += (all - allBefore - positives) * (tpBefore + positives / 2);
    const distance = tp * W - all * P;
    if (distance > highest) highest = distance;
    else if (distance < lowest) lowest = distance;
    if (allBefore < lifted && all >= lifted) topPositives = tpBefore + (positives * (lifted - allBefore)) / (all - allBefore);
    if (allBefore < chosen && all >= chosen) truePositives = tpBefore + (positives * (chosen - allBefore)) / (all - allBefore);
    tpBefore = tp;
    allBefore = all;
  }
  const decided = cutoff?.kind === 'top' ? { truePositives, chosen } : { truePositives: sums.cutPositives, chosen: sums.cutRows };
  return { auc, averagePrecision, ks: Math.max(highest, -lowest), topPositives, topRows: lifted, ...decided };
}
