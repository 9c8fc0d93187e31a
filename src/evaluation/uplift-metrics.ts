/**
 * Metrics of an uplift model on rows of a randomised experiment, as scikit-uplift computes them. Rows come from the highest score to
 * the lowest; at each step n, y are the weights of all rows and of positives so far, t treated, c not treated.
 *
 * Qini (Radcliffe 2007): area under y_t - y_c · n_t / n_c above the straight line to its end, over the same area of a perfect order.
 * AUUC (area under the uplift curve): the same with (y_t/n_t - y_c/n_c) · (n_t + n_c). Both are 0 for a random order and 1 for the
 * perfect one. Uplift at k: rate of treated minus rate of untreated rows among the best part of all rows.
 */
import { rankingOf } from '../statistics/ranking.ts';
import { type Cutoff, type Metric, type TaskMetrics, topRows, weightBuffer } from './task-metrics.ts';

export interface PreparedUplift {
  readonly entities: Uint32Array;
  /** 2 · treated + positive, so 0 to 3. */
  readonly cells: Uint8Array;
  readonly last: Uint8Array;
}

/** Without a decision by share: three in ten, as is usual. */
const USUAL_SHARE = 0.3;

const metrics: readonly Metric[] = [
  { name: 'qini', better: 'higher', bounds: null },
  { name: 'auuc', better: 'higher', bounds: null },
  { name: 'uplift-at-k', better: 'higher', bounds: { low: -1, high: 1 } },
];

export function upliftMetrics(cutoff: Cutoff | null): TaskMetrics<PreparedUplift> {
  const share = cutoff?.kind === 'top' ? cutoff.share : USUAL_SHARE;
  return {
    metrics,
    prepare({ targets, treated, entities }, scores) {
      const { order, last } = rankingOf(scores);
      return {
        entities: Uint32Array.from(order, (row) => entities[row]!),
        cells: Uint8Array.from(order, (row) => 2 * treated![row]! + targets[row]!),
        last,
      };
    },
    measure(prepared, given, out, at) {
      const { weights, totals } = weighted(prepared, given);
      const found = curveAreas(prepared, weights, topRows(share, totals[0]! + totals[1]! + totals[2]! + totals[3]!));
      const [bestQini, bestUplift] = perfectAreas(totals);
      out[at] = found.qini / bestQini;
      out[at + 1] = found.uplift / bestUplift;
      out[at + 2] = found.upliftAtK;
    },
  };
}

type Cells = readonly [number, number, number, number];

function weighted({ entities, cells }: PreparedUplift, given: Uint8Array | null): { weights: Uint8Array; totals: Cells } {
  const weights = weightBuffer(cells.length);
  const totals: [number, number, number, number] = [0, 0, 0, 0];
  for (let row = 0; row < cells.length; row++) {
    const weight = given === null ? 1 : given[entities[row]!]!;
    weights[row] = weight;
    totals[cells[row] as 0 | 1 | 2 | 3] += weight;
  }
  return { weights, totals };
}

const qiniAt = ([controlNo, controlYes, treatedNo, treatedYes]: Cells): number => {
  const controls = controlNo + controlYes;
  return treatedYes - (controls === 0 ? 0 : (controlYes * (treatedNo + treatedYes)) / controls);
};

const upliftAt = (cells: Cells): number => rateDifference(cells) * (cells[0] + cells[1] + cells[2] + cells[3]);

function rateDifference([controlNo, controlYes, treatedNo, treatedYes]: Cells): number {
  const treated = treatedNo + treatedYes;
  const controls = controlNo + controlYes;
  return (treated === 0 ? 0 : treatedYes / treated) - (controls === 0 ? 0 : controlYes / controls);
}

/** Trapezoids under a curve through a few points, above the straight line to its end. */
function areaAboveLine(steps: readonly Cells[], height: (cells: Cells) => number): number {
  let [area, rowsBefore, before] = [0, 0, 0];
  for (const cells of steps) {
    const rows = cells[0] + cells[1] + cells[2] + cells[3];
    const now = height(cells);
    area += ((rows - rowsBefore) * (now + before)) / 2;
    rowsBefore = rows;
    before = now;
  }
  return area - (rowsBefore * before) / 2;
}

/** Plain numbers all the way: this runs for every row of every draw. */
function curveAreas({ cells, last }: PreparedUplift, weights: Uint8Array, top: number) {
  const now = new Float64Array(4);
  const before = new Float64Array(4);
  let [rows, rowsBefore, upliftAtK] = [0, 0, Number.NaN];
  let [qiniArea, qiniBefore, upliftArea, upliftBefore] = [0, 0, 0, 0];
  for (let row = 0; row < cells.length; row++) {
    const weight = weights[row]!;
    const cell = cells[row]!;
    now[cell] = now[cell]! + weight;
    rows += weight;
    if (last[row] === 0 || rows === rowsBefore) continue;
    const controls = now[0]! + now[1]!;
    const treated = now[2]! + now[3]!;
    const controlRate = controls === 0 ? 0 : now[1]! / controls;
    const qini = now[3]! - controlRate * treated;
    const uplift = ((treated === 0 ? 0 : now[3]! / treated) - controlRate) * rows;
    qiniArea += ((rows - rowsBefore) * (qini + qiniBefore)) / 2;
    upliftArea += ((rows - rowsBefore) * (uplift + upliftBefore)) / 2;
    if (rowsBefore < top && rows >= top) upliftAtK = partWay(before, now, (top - rowsBefore) / (rows - rowsBefore));
    before.set(now);
    rowsBefore = rows;
    qiniBefore = qini;
    upliftBefore = uplift;
  }
  return { qini: qiniArea - (rows * qiniBefore) / 2, uplift: upliftArea - (rows * upliftBefore) / 2, upliftAtK };
}

/** Among equal scores a part of each cell is taken. */
function partWay(before: Float64Array, now: Float64Array, part: number): number {
  const cell = (index: 0 | 1 | 2 | 3) => before[index]! + part * (now[index]! - before[index]!);
  return rateDifference([cell(0), cell(1), cell(2), cell(3)]);
}

/** What an order that knows every outcome would reach, from the four totals alone. */
function perfectAreas([controlNo, controlYes, treatedNo, treatedYes]: Cells): [number, number] {
  const end: Cells = [controlNo, controlYes, treatedNo, treatedYes];
  const persuaded: Cells = [0, 0, 0, treatedYes];
  // Which of the other two comes last depends on which are more.
  const third: Cells = controlYes > treatedNo ? [controlNo, controlYes, 0, treatedYes] : [controlNo, 0, treatedNo, treatedYes];
  return [
    areaAboveLine([persuaded, [controlNo, 0, treatedNo, treatedYes], end], qiniAt),
    areaAboveLine([persuaded, [controlNo, 0, 0, treatedYes], third, end], upliftAt),
  ];
}
