/** The sections about offline judging, from what was written to a `Spec`. */
import type { Spec, Task } from '../domain/spec.ts';
import type { WrittenSpec } from './schema.ts';

/** Margins of tasks whose metrics have no key of their own: what the losses of a classifier may lose; of uplift, which is noisy, more. */
const usualMargins: Readonly<Record<Task, Readonly<Record<string, number>>>> = {
  'binary-classification': {},
  regression: { rmse: 0.03, mae: 0.03 },
  uplift: { qini: 0.2 },
};

export function gatesOf({ gates: { auc, logLoss, brier, margins, ...gates }, task }: Pick<WrittenSpec, 'gates' | 'task'>): Spec['gates'] {
  return { aucMargin: auc, logLossMargin: logLoss, brierMargin: brier, margins: { ...usualMargins[task], ...margins }, ...gates };
}

export function decisionOf(decision: WrittenSpec['decision']): Spec['decision'] {
  if (decision === null) return null;
  const { cutoff, top, profit, costPerThousand } = decision;
  if (cutoff !== null) return { cutoff: { kind: 'score', from: cutoff }, profit, costPerThousand };
  if (top !== null) return { cutoff: { kind: 'top', share: top }, profit, costPerThousand };
  throw new RangeError('a decision without a cut-off: evaluation-checks.ts should have refused it');
}

export function segmentsOf(segments: WrittenSpec['segments']): Spec['segments'] {
  return segments.map(({ column, critical }) => ({ columns: column, critical }));
}
