/** The champion's own figures on today's rows against those it was released on: the champion has not changed, so rows or labels have. */
import { type Comparison, figureOf, type MetricName, type SinceRelease, standardErrorOf } from '../domain/evidence.ts';
import type { Task } from '../domain/spec.ts';

/** What tells how well a version does, of each task. */
const telling: Readonly<Record<Task, readonly MetricName[]>> = {
  'binary-classification': ['auc', 'log-loss', 'brier'],
  regression: ['rmse', 'mae'],
  uplift: ['qini'],
};

/** `released`: the comparison that the champion was released on, in which it was the challenger; `now`: in which it is the opponent. */
export function sinceRelease(task: Task, released: Pick<Comparison, 'figures'>, now: Pick<Comparison, 'figures'>): SinceRelease[] {
  return telling[task].flatMap((metric) => {
    const before = figureOf(released, metric)?.challenger;
    const found = figureOf(now, metric);
    if (!before || !found?.opponent) return [];
    const lost = (found.better === 'higher' ? 1 : -1) * (before.estimate - found.opponent.estimate);
    const error = Math.hypot(standardErrorOf(before), standardErrorOf(found.opponent));
    return [{ metric, released: before, now: found.opponent, worseBy: error > 0 ? lost / error : 0 }];
  });
}
