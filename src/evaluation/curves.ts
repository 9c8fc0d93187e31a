/** Curves for the page: few points, whatever the number of rows. */
import type { CalibrationBin, Points as Curve } from '../domain/evidence.ts';

type Calibration = readonly CalibrationBin[];

const MOST_POINTS = 100;
const CALIBRATION_BINS = 10;

/** False and true positive rate at falling thresholds, from (0, 0) to (1, 1). Empty when a class is missing. */
export function rocCurve(scores: Float64Array, labels: Uint8Array): Curve {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const points: [number, number][] = [[0, 0]];
  let truePositives = 0;
  let falsePositives = 0;
  const order = rowsByScore(scores).reverse();
  order.forEach((row, place) => {
    if (labels[row] === 1) truePositives += 1;
    else falsePositives += 1;
    const next = order[place + 1];
    if (next === undefined || scores[next] !== scores[row]) points.push([falsePositives / negatives, truePositives / positives]);
  });
  return thinned(points);
}

/** Mean score against the share of positives, in ten bins of about equally many rows; equal scores stay together. */
export function calibrationCurve(scores: Float64Array, labels: Uint8Array): Calibration {
  const order = rowsByScore(scores);
  const bins: CalibrationBin[] = [];
  for (let start = 0; start < order.length; ) {
    let end = Math.min(order.length, Math.max(start + 1, Math.round(((bins.length + 1) * order.length) / CALIBRATION_BINS)));
    while (end < order.length && scores[order[end]!] === scores[order[end - 1]!]) end += 1;
    bins.push(binOf(order.slice(start, end), scores, labels));
    start = end;
  }
  return bins;
}

function binOf(rows: readonly number[], scores: Float64Array, labels: Uint8Array) {
  const total = (of: ArrayLike<number>) => rows.reduce((sum, row) => sum + of[row]!, 0);
  const rate = total(labels) / rows.length;
  return { meanScore: total(scores) / rows.length, rate, interval: { low: rate, high: rate }, rows: rows.length };
}

function rowsByScore(scores: Float64Array): number[] {
  return Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
}

function thinned(points: readonly [number, number][]): Curve {
  if (points.length <= MOST_POINTS) return points;
  return Array.from({ length: MOST_POINTS }, (_, index) => points[Math.round((index * (points.length - 1)) / (MOST_POINTS - 1))]!);
}
