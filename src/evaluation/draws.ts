/**
 * Everything a draw of the bootstrap needs, as plain data that can be sent to a thread, and one draw as a row of numbers. The draw's
 * number seeds it, so that any thread may make any draw and the result is the same.
 */
import type { DecisionSpec, Task } from '../domain/spec.ts';
import { clustersIn, drawWeights, type Strata } from '../statistics/bootstrap.ts';
import { binaryMetrics } from './binary-metrics.ts';
import { type PreparedGroups, ratesInGroups, ratesWidth } from './fairness-rates.ts';
import { regressionMetrics } from './regression-metrics.ts';
import { type TaskMetrics, widthOf } from './task-metrics.ts';
import { upliftMetrics } from './uplift-metrics.ts';

export interface DrawPlan {
  readonly task: Task;
  readonly decision: DecisionSpec | null;
  readonly seed: number;
  readonly draws: number;
  readonly strata: Strata;
  /** Of each group of rows the challenger's and the opponent's, as prepared by the task's metrics. */
  readonly groups: readonly { readonly challenger: unknown; readonly opponent: unknown }[];
  readonly fairness: readonly PreparedGroups[];
}

/** What was prepared goes back only into the metrics of the same task. */
export function metricsOf(task: Task, decision: DecisionSpec | null): TaskMetrics<unknown> {
  switch (task) {
    case 'binary-classification':
      return binaryMetrics(decision) as TaskMetrics<unknown>;
    case 'regression':
      return regressionMetrics as TaskMetrics<unknown>;
    case 'uplift':
      return upliftMetrics(decision?.cutoff ?? null) as TaskMetrics<unknown>;
  }
}

/** Numbers a draw gives: for each group the metrics of both versions and their parts, then the rates of the groups that are to be treated alike. */
export function drawWidth({ task, decision, groups, fairness }: DrawPlan): number {
  return groups.length * 2 * widthOf(metricsOf(task, decision).metrics) + fairness.reduce((sum, given) => sum + ratesWidth(given), 0);
}

export type Measuring = (draw: number | null, out: Float64Array, at: number) => void;

/** Measures one draw, or with null the rows as they are. */
export function measuring(plan: DrawPlan): Measuring {
  const metrics = metricsOf(plan.task, plan.decision);
  const width = widthOf(metrics.metrics);
  const weights = new Uint8Array(clustersIn(plan.strata));
  return (draw, out, at) => {
    if (draw !== null) drawWeights(plan.strata, { seed: plan.seed, draw }, weights);
    const used = draw === null ? null : weights;
    let place = at;
    for (const { challenger, opponent } of plan.groups) {
      for (const prepared of [challenger, opponent]) {
        metrics.measure(prepared, used, out, place);
        place += width;
      }
    }
    for (const given of plan.fairness) {
      ratesInGroups(given, used, out, place);
      place += ratesWidth(given);
    }
  };
}

/** All draws, one after another, on this thread. */
export function allDraws(plan: DrawPlan): Float64Array {
  const width = drawWidth(plan);
  const results = new Float64Array(plan.draws * width);
  const measure = measuring(plan);
  for (let draw = 0; draw < plan.draws; draw++) measure(draw, results, draw * width);
  return results;
}
