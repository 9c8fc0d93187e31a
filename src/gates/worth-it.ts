import { type Comparison, figureOf } from '../domain/evidence.ts';
import type { DecisionSpec } from '../domain/spec.ts';
import { figure } from './wording.ts';

/** The sentence that a gain in profit is below what a thousand predictions cost; null where it is not, or nobody has said what either is. */
export function worthIt(overall: Pick<Comparison, 'figures'>, decision: DecisionSpec | null): string | null {
  const gain = figureOf(overall, 'profit')?.gain;
  const cost = decision?.costPerThousand ?? null;
  if (!gain || cost === null || gain.estimate > cost) return null;
  const words = (value: number) => figure(value, 2);
  const kind =
    gain.estimate > 0
      ? `better by less than its cost: ${words(gain.estimate)} more profit`
      : `no better in profit: ${words(gain.estimate)}`;
  return `${kind} for each thousand predictions, which cost ${words(cost)}`;
}
