/** Curves and tables for the pages: few points, whatever the number of rows. */
import { type CalibrationBin, type Evidence, type Points, Z95 } from '../domain/evidence.ts';
import type { Task } from '../domain/spec.ts';
import { rankingOf } from '../statistics/ranking.ts';
import { wilson } from '../statistics/wilson.ts';

const MOST_POINTS = 100;
const CALIBRATION_BINS = 10;
const DECILES = 10;
const HISTOGRAM_BINS = 20;

export interface CurveRows {
  readonly targets: Float64Array;
  readonly treated: Uint8Array | null;
}

/** False and true positive rate at falling thresholds, from (0, 0) to (1, 1). Empty when a class is missing. */
export function rocCurve(scores: Float64Array, labels: Float64Array): Points {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const { order, last } = rankingOf(scores);
  const points: [number, number][] = [[0, 0]];
  let truePositives = 0;
  order.forEach((row, place) => {
    truePositives += labels[row]!;
    if (last[place] === 1) points.push([(place + 1 - truePositives) / negatives, truePositives / positives]);
  });
  return thinned(points);
}

/**
 * Share of rows, best first, against what they hold: of a classifier the share of positives, of a number the share of the sum, of
 * uplift the positives gained for each row of all (the Qini curve).
 */
export function gainCurve(task: Task, scores: Float64Array, { targets, treated }: CurveRows): Points {
  const total = targets.reduce((sum, target) => sum + target, 0);
  if (targets.length === 0 || (task !== 'uplift' && !(total > 0))) return [];
  const { order, last } = rankingOf(scores);
  const points: [number, number][] = [[0, 0]];
  const cells = new Float64Array(4);
  let found = 0;
  order.forEach((row, place) => {
    found += targets[row]!;
    const cell = treated ? 2 * treated[row]! + targets[row]! : 0;
    cells[cell] = cells[cell]! + 1;
    if (last[place] === 0) return;
    const controls = cells[0]! + cells[1]!;
    const gained = cells[3]! - (controls === 0 ? 0 : (cells[1]! * (cells[2]! + cells[3]!)) / controls);
    points.push([(place + 1) / order.length, task === 'uplift' ? gained / order.length : found / total]);
  });
  return thinned(points);
}

/** Mean score against what happened, in ten bins of about equally many rows; equal scores stay together. Of uplift: treated minus untreated. */
export function calibrationCurve(task: Task, scores: Float64Array, rows: CurveRows): readonly CalibrationBin[] {
  const rising = rankingOf(scores).order.toReversed();
  const bins: CalibrationBin[] = [];
  for (let start = 0; start < rising.length; ) {
    let end = Math.min(rising.length, Math.max(start + 1, Math.round(((bins.length + 1) * rising.length) / CALIBRATION_BINS)));
    while (end < rising.length && scores[rising[end]!] === scores[rising[end - 1]!]) end += 1;
    const chosen = rising.subarray(start, end);
    const meanScore = chosen.reduce((sum, row) => sum + scores[row]!, 0) / chosen.length;
    const rate = rateOf(task, chosen, rows);
    if (rate !== null) bins.push({ meanScore, ...rate, rows: chosen.length });
    start = end;
  }
  return bins;
}

function rateOf(task: Task, chosen: Uint32Array, { targets, treated }: CurveRows): Pick<CalibrationBin, 'rate' | 'interval'> | null {
  const sumOf = (rows: Uint32Array) => rows.reduce((sum, row) => sum + targets[row]!, 0);
  if (task === 'binary-classification') {
    const positives = sumOf(chosen);
    return { rate: positives / chosen.length, interval: wilson(positives, chosen.length) };
  }
  if (task === 'regression') {
    const mean = sumOf(chosen) / chosen.length;
    const squares = chosen.reduce((sum, row) => sum + (targets[row]! - mean) ** 2, 0);
    return around(mean, Math.sqrt(squares / Math.max(1, chosen.length - 1) / chosen.length));
  }
  const arms = [0, 1].map((arm) => chosen.filter((row) => treated![row] === arm)) as [Uint32Array, Uint32Array];
  if (arms.some(({ length }) => length === 0)) return null;
  const [control, test] = arms.map((arm) => ({ rate: sumOf(arm) / arm.length, rows: arm.length })) as [Arm, Arm];
  const variance = (arm: Arm) => (arm.rate * (1 - arm.rate)) / arm.rows;
  return around(test.rate - control.rate, Math.sqrt(variance(control) + variance(test)));
}

interface Arm {
  readonly rate: number;
  readonly rows: number;
}

function around(rate: number, standardError: number): Pick<CalibrationBin, 'rate' | 'interval'> {
  return { rate, interval: { low: rate - Z95 * standardError + 0, high: rate + Z95 * standardError + 0 } };
}

/** Tenths of the rows, best first; equal scores are told apart by the order of the rows, which is as good as random. */
export function decilesOf(task: Task, scores: Float64Array, rows: CurveRows): Evidence['curves']['deciles'] {
  const { order } = rankingOf(scores);
  const overall = rateOf(task, order, rows)?.rate ?? 0;
  return Array.from({ length: DECILES }, (_, index) => {
    const chosen = order.subarray(Math.round((index * order.length) / DECILES), Math.round(((index + 1) * order.length) / DECILES));
    const rate = chosen.length === 0 ? 0 : (rateOf(task, chosen, rows)?.rate ?? 0);
    return {
      decile: index + 1,
      rows: chosen.length,
      positives: task === 'regression' ? null : chosen.reduce((sum, row) => sum + rows.targets[row]!, 0),
      meanScore: chosen.length === 0 ? 0 : chosen.reduce((sum, row) => sum + scores[row]!, 0) / chosen.length,
      rate,
      lift: overall === 0 ? 0 : rate / overall,
    };
  });
}

/** Both versions over the same bins of equal width: from 0 to 1 of probabilities, else from the lowest score to the highest. */
export function scoreHistogram(task: Task, challenger: Float64Array, opponent: Float64Array | null): Evidence['curves']['scores'] {
  const all = [challenger, ...(opponent ? [opponent] : [])];
  const isProbability = task === 'binary-classification';
  const low = isProbability ? 0 : Math.min(...all.map((scores) => scores.reduce((least, score) => Math.min(least, score), Infinity)));
  const high = isProbability ? 1 : Math.max(...all.map((scores) => scores.reduce((most, score) => Math.max(most, score), -Infinity)));
  const width = (high - low) / HISTOGRAM_BINS || 1;
  const countsOf = (scores: Float64Array) => {
    const counts = new Array<number>(HISTOGRAM_BINS).fill(0);
    for (const score of scores) counts[Math.min(HISTOGRAM_BINS - 1, Math.floor((score - low) / width))]! += 1;
    return counts;
  };
  const edges = Array.from({ length: HISTOGRAM_BINS + 1 }, (_, edge) => low + edge * width);
  return { edges, challenger: countsOf(challenger), opponent: opponent && countsOf(opponent) };
}

function thinned(points: readonly [number, number][]): Points {
  if (points.length <= MOST_POINTS) return points;
  return Array.from({ length: MOST_POINTS }, (_, index) => points[Math.round((index * (points.length - 1)) / (MOST_POINTS - 1))]!);
}
